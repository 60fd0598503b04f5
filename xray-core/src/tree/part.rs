//! Fragments: what the user said about an entity, as finished JSON in order of arrival.

use super::node::Node;

/// What a fragment is. 0 is one given up for a later one with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Part {
    /// `"key":value,` of the entity itself (user, sql).
    Member = 1,
    /// `{…}`, the request of the `http` block.
    Request = 2,
    /// `{…}`, the response of the `http` block.
    Response = 3,
    /// `"key":value,`
    Annotation = 4,
    /// The length of the namespace in two bytes, then `"namespace""key":value,`
    Metadata = 5,
    /// `{"id":…` without the closing brace: frames may follow.
    Exception = 6,
    /// `,"stack":[…]`, and how many frames were left out.
    Frames = 7,
    /// The id of an exception that a child recorded.
    CauseId = 8,
    /// `"key":value,` of the `aws` block.
    Aws = 9,
    /// The name of the sampling rule, quoted.
    Rule = 10,
    /// What was asked of the service; for observers, never sent.
    Operation = 11,
    /// `{…},`, a link to another trace.
    Link = 12,
    /// `"id",` of a precursor.
    Precursor = 13,
}

const KIND: u32 = 24;
const START: u32 = (1 << KIND) - 1;

/// What one entity may hold in memory. More than a datagram, so that the writer can choose what to
/// leave out; bounded, so that a loop over `metadata` cannot grow without end.
pub(crate) const MOST_TEXT: usize = 256 * 1024;
/// How many fragments one entity may hold: each new one is compared with those before it.
const MOST_PARTS: usize = 4096;

impl Node {
    /// Adds a fragment written by `write`, which returns the length of its key; an older one of the
    /// same kind and key is given up. False when there is no room.
    #[inline]
    pub(crate) fn add(&mut self, part: Part, write: impl FnOnce(&mut Vec<u8>) -> usize) -> bool {
        let Some(at) = self.start(part) else {
            return false;
        };
        let key = write(&mut self.text);
        self.finish(part, at, key)
    }

    /// Where a fragment will begin that is written to `text`; none when there is no room.
    #[inline]
    pub(crate) fn start(&mut self, part: Part) -> Option<usize> {
        if self.lean && !matches!(part, Part::Response | Part::Operation) {
            self.truncated = true;
            return None;
        }
        Some(self.text.len())
    }

    /// Keeps the fragment that was written from there on, as [`add`](Self::add) does.
    #[inline(always)]
    pub(crate) fn finish(&mut self, part: Part, mut at: usize, key: usize) -> bool {
        if self.is_full() {
            at = self.make_room(at);
            if self.is_full() {
                self.text.truncate(at);
                self.truncated = true;
                return false;
            }
        }
        let bit = 1 << part as u16;
        if self.kinds & bit != 0 && !matches!(part, Part::Exception | Part::Frames) {
            let (old, new) = self.text.split_at(at);
            for older in &mut self.parts {
                let at = (*older & START) as usize;
                if *older >> KIND == part as u32
                    && old.get(at + 1) == new.get(1)
                    && old[at..].starts_with(&new[..key])
                {
                    *older = at as u32;
                    break;
                }
            }
        }
        self.parts.push((part as u32) << KIND | at as u32);
        self.kinds |= bit;
        true
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.text.len() > MOST_TEXT || self.parts.len() >= MOST_PARTS
    }

    /// Drops what was given up for later fragments, where that is a good part of all, so that in a
    /// loop over one key the last value counts. What was written from `at` on is kept; says where it
    /// begins then.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, at: usize) -> usize {
        let (mut parts, mut bytes) = (0, 0);
        let given_up = self.all().filter(|(kind, _)| *kind == 0);
        given_up.for_each(|(_, text)| (parts, bytes) = (parts + 1, bytes + text.len()));
        if parts < MOST_PARTS / 4 && bytes < MOST_TEXT / 4 {
            return at;
        }
        let mut to = usize::from(self.name);
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let part = self.parts[i];
            let from = (part & START) as usize;
            let end = self.parts.get(i + 1);
            let end = end.map_or(at, |next| (next & START) as usize);
            if part >> KIND != 0 {
                self.text.copy_within(from..end, to);
                self.parts[kept] = part & !START | to as u32;
                (to, kept) = (to + end - from, kept + 1);
            }
        }
        self.parts.truncate(kept);
        let new = self.text.len() - at;
        self.text.copy_within(at.., to);
        self.text.truncate(to + new);
        to
    }

    /// Every fragment in order of arrival.
    #[inline]
    pub(crate) fn all(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.parts.iter().enumerate().map(|(i, part)| {
            let end = self
                .parts
                .get(i + 1)
                .map_or(self.text.len(), |p| (p & START) as usize);
            let bytes = &self.text[(part & START) as usize..end];
            ((part >> KIND) as u8, bytes)
        })
    }

    /// The fragments of one kind.
    #[inline]
    pub(crate) fn parts(&self, part: Part) -> impl Iterator<Item = &[u8]> {
        self.all()
            .filter_map(move |(kind, bytes)| (kind == part as u8).then_some(bytes))
    }

    /// All fragments as one slice, when they are all of the one kind.
    #[inline]
    pub(crate) fn only(&self, part: Part) -> Option<&[u8]> {
        let replaced = || self.parts.iter().any(|p| p >> KIND == 0);
        (self.kinds == 1 << part as u16 && !replaced()).then(|| &self.text[self.name as usize..])
    }

    /// Whether there ever was one of this kind.
    #[inline]
    pub(crate) fn has(&self, part: Part) -> bool {
        self.kinds & 1 << part as u16 != 0
    }
}
