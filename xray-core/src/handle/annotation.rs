//! Annotations: the values that X-Ray indexes.

use crate::json;
use crate::recorder::Counters;
use crate::short::Short;
use crate::trace::{Edit, Trace};
use crate::tree::{Node, Part};

/// The value of an annotation: a text, a number or a truth value, which is what X-Ray indexes.
///
/// Borrowed, so that annotating costs no allocation, and an unsampled call not even a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnnotationValue<'a> {
    /// A text of at most 1,000 characters; more is cut.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A whole number that only fits without a sign.
    Unsigned(u64),
    /// Any other number. One that JSON lacks (NaN, the infinities) is not recorded, and counted.
    Number(f64),
    /// True or false.
    Bool(bool),
}

const LONGEST: usize = 1000;

#[inline(never)]
pub(super) fn add(trace: &Trace, at: (u32, u64), key: &str, value: AnnotationValue<'_>) {
    if value.is_valid() {
        trace.edit(at, |node| value.write(node, key));
    } else {
        let counters = &trace.recorder.inner().outlet.counters;
        Counters::add(&counters.invalid_values, 1);
    }
}

impl AnnotationValue<'_> {
    #[inline]
    fn is_valid(self) -> bool {
        !matches!(self, Self::Number(v) if !v.is_finite())
    }

    /// Adds this to an entity, where it is valid.
    // In one piece with what calls it, since nothing is called more often.
    #[inline(always)]
    pub(crate) fn write(self, node: &mut Node, key: &str) -> Edit {
        let Some(at) = node.start(Part::Annotation) else {
            return Edit::NoRoom;
        };
        let key = match self.short(&mut node.text, key) {
            Some(key) => key,
            None => self.long(&mut node.text, key),
        };
        Edit::from(node.finish(Part::Annotation, at, key))
    }

    /// Writes the whole member at once, where key and value are short.
    #[inline(always)]
    fn short(self, out: &mut Vec<u8>, key: &str) -> Option<usize> {
        let key = Short::key(key)?;
        Some(match self {
            Self::Text(s) => key.member::<true>(out, Short::text(s)?),
            Self::Integer(v) => key.member::<false>(out, Short::number(v)?),
            _ => return None,
        })
    }

    #[inline(never)]
    fn long(self, out: &mut Vec<u8>, key: &str) -> usize {
        let key = crate::name::key(out, key);
        self.value(out);
        key
    }

    /// Goes on after a key: `":value,`.
    #[inline(always)]
    fn value(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(s) => {
                out.extend_from_slice(b"\":\"");
                json::text(out, json::cut_chars(s, LONGEST));
                return out.extend_from_slice(b"\",");
            }
            Self::Integer(v) => return json::int_member(out, v.unsigned_abs(), v < 0),
            Self::Unsigned(v) => return json::int_member(out, v, false),
            Self::Number(v) => {
                out.extend_from_slice(b"\":");
                json::float(out, v);
            }
            Self::Bool(v) => out.extend_from_slice(if v { b"\":true" } else { b"\":false" }),
        }
        out.push(b',');
    }
}

/// Adds several in one go, before the entity is known to anybody else.
pub(crate) fn write_all(
    node: &mut Node,
    annotations: &[(&str, AnnotationValue<'_>)],
    invalid: &mut u64,
) -> Edit {
    let mut done = Edit::Done;
    for (key, value) in annotations {
        if !value.is_valid() {
            *invalid += 1;
        } else if value.write(node, key) != Edit::Done {
            done = Edit::NoRoom;
        }
    }
    done
}

impl<'a> From<&AnnotationValue<'a>> for AnnotationValue<'a> {
    fn from(v: &AnnotationValue<'a>) -> Self {
        *v
    }
}
impl<'a> From<&'a str> for AnnotationValue<'a> {
    fn from(v: &'a str) -> Self {
        Self::Text(v)
    }
}
impl<'a> From<&'a String> for AnnotationValue<'a> {
    fn from(v: &'a String) -> Self {
        Self::Text(v)
    }
}
impl<'a> From<&'a std::borrow::Cow<'_, str>> for AnnotationValue<'a> {
    fn from(v: &'a std::borrow::Cow<'_, str>) -> Self {
        Self::Text(v)
    }
}
impl From<f64> for AnnotationValue<'_> {
    fn from(v: f64) -> Self {
        Self::Number(v)
    }
}
impl From<f32> for AnnotationValue<'_> {
    fn from(v: f32) -> Self {
        Self::Number(v.into())
    }
}
impl From<bool> for AnnotationValue<'_> {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}

macro_rules! integers { ($($t:ty)*) => { $(impl From<$t> for AnnotationValue<'_> {
    fn from(v: $t) -> Self {
        match i64::try_from(v) {
            Ok(v) => Self::Integer(v),
            Err(_) => Self::Unsigned(v as u64),
        }
    }
})* } }
integers!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize);

/// References annotate as what they refer to, so that patterns and closures need no `*`.
macro_rules! references { ($($t:ty)*) => { $(impl From<&$t> for AnnotationValue<'_> {
    fn from(v: &$t) -> Self {
        Self::from(*v)
    }
})* } }
references!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32 f64 bool);

impl<'a> From<&&'a str> for AnnotationValue<'a> {
    fn from(v: &&'a str) -> Self {
        Self::Text(v)
    }
}
