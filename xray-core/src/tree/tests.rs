//! The queue of subtrees that may leave.

use super::{Begin, Leaving, NONE, Streaming, Tree};

const LIMITS: Streaming = Streaming {
    count: 100,
    bytes: 64 * 1024,
};

/// Begins what nothing here is the parent of, or what hangs from `parent`.
fn begin(tree: &mut Tree, id: u64, parent: (u32, u64)) -> (u32, u64) {
    let slot = tree.begin(&Begin {
        id,
        parent,
        name: "work",
        fallback: "unknown",
        start: id,
        flags: 0,
    });
    (slot, id)
}

fn end(tree: &mut Tree, at: (u32, u64)) -> Leaving {
    tree.end(at, at.1, 0, LIMITS).expect("it is open")
}

#[test]
fn subtrees_that_leave_with_their_parent_leave_nothing_in_the_queue() {
    let (mut tree, mut away) = (Tree::default(), Tree::default());
    let gone = (NONE, 1);
    let open = begin(&mut tree, 2, gone);
    for id in [3, 4] {
        let waits = begin(&mut tree, id, open);
        assert_eq!(end(&mut tree, waits), Leaving::Nothing);
    }
    for id in 5..10_000 {
        let job = begin(&mut tree, 2 * id, gone);
        let query = begin(&mut tree, 2 * id + 1, job);
        assert_eq!(end(&mut tree, query), Leaving::Nothing);
        let leaving = end(&mut tree, job);
        assert_eq!(leaving, Leaving::Only(job.0));
        away.reset();
        tree.shed(leaving, LIMITS, &mut away);
        assert_eq!(away.entities(), 2);
    }
    assert!(tree.roots.len() < 100, "{}", tree.roots.len());
    // Those that wait are still in it, and in order.
    let mut waiting = tree.roots.iter().map(|&slot| tree.nodes[slot as usize].id);
    assert_eq!((waiting.next(), waiting.next()), (Some(3), Some(4)));
    assert_eq!(end(&mut tree, open), Leaving::All);
    assert_eq!(tree.entities(), 3);
}
