//! Why an entity failed: exceptions of its own, or the id of one that a child recorded.

use super::less::Less;
use crate::tree::{Node, Part};

/// Own exceptions win over the id of a child's: with a second, different error the cause has to be
/// an object (Python's SDK does the same).
pub(super) fn write(out: &mut Vec<u8>, node: &Node, less: Less) {
    if node.has(Part::Exception) {
        exceptions(out, node, less);
    } else if let Some(id) = node.parts(Part::CauseId).last() {
        out.extend_from_slice(b",\"cause\":");
        out.extend_from_slice(id);
    }
}

fn exceptions(out: &mut Vec<u8>, node: &Node, less: Less) {
    let mut before: &[u8] = b",\"cause\":{\"exceptions\":[";
    let (mut size, mut kept) = (0, false);
    for (kind, bytes) in node.all() {
        if kind == Part::Exception as u8 {
            size += bytes.len();
            kept = less.keeps_exception(size);
            if kept {
                out.extend_from_slice(before);
                out.extend_from_slice(bytes);
                before = b"},";
            }
        } else if kind == Part::Frames as u8 && kept && less.keeps_frames() {
            out.extend_from_slice(bytes);
        }
    }
    if before.starts_with(b"}") {
        out.extend_from_slice(b"}]}");
    }
}
