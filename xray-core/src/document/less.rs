//! What a document that is too long all alone leaves out, stage by stage.

/// A stage of leaving out: 0 nothing, 1 stack frames, 2–6 metadata values above a size that falls,
/// 7 annotations, 8 long members, where the service runs, and all but
/// the first exceptions, 9 everything but the skeleton: id, name, times, flags, status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Less(u8);

/// The longest metadata value that stays, by stage.
const METADATA: [usize; 10] = [
    usize::MAX,
    usize::MAX,
    16 << 10,
    4 << 10,
    1 << 10,
    256,
    0,
    0,
    0,
    0,
];
/// The longest member that stays at the last stage but one.
const MEMBER: usize = 300;
/// What exceptions may take together then.
const EXCEPTIONS: usize = 8 << 10;

impl Less {
    pub(super) fn stages() -> impl Iterator<Item = Self> {
        (0..METADATA.len() as u8).map(Self)
    }

    #[inline]
    pub(super) fn is_nothing(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_last(self) -> bool {
        usize::from(self.0) == METADATA.len() - 1
    }

    pub(super) fn keeps_frames(self) -> bool {
        self.0 == 0
    }

    pub(super) fn keeps_metadata(self, size: usize) -> bool {
        size <= METADATA[usize::from(self.0)]
    }

    pub(super) fn keeps_annotations(self) -> bool {
        self.0 < 7
    }

    #[inline]
    pub(super) fn keeps_place(self) -> bool {
        self.0 < 8
    }

    pub(super) fn keeps_member(self, size: usize) -> bool {
        self.0 < 8 || size <= MEMBER
    }

    /// Whether an exception stays with which all take `size` together.
    pub(super) fn keeps_exception(self, size: usize) -> bool {
        self.0 < 8 || size <= EXCEPTIONS
    }
}
