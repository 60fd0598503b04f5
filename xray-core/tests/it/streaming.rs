//! Ended subtrees that leave a segment which is still open.

use crate::support::{Arrived, balanced, recorder, with};

#[test]
fn ended_subtrees_leave_an_open_segment() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let open = segment.subsegment("open");
    let (above, below) = (segment.context(), open.context());
    let mut before = Vec::new();
    for i in 0..20_000 {
        let parent = if i % 3 == 0 { &below } else { &above };
        let sub = parent.subsegment("work");
        sub.annotate("i", i);
        if i % 10 == 0 {
            sub.subsegment("leaf").end();
        }
    }
    before.append(&mut memory.take());
    let streamed = recorder.stats().streamed;
    assert!(streamed > 21_700, "{streamed}");
    drop(open);
    segment.end();
    before.append(&mut memory.take());
    let arrived = Arrived::read(&before);
    assert_eq!(arrived.entities.len(), 2 + 22_000);
    balanced(&recorder.stats());
}

#[test]
fn children_of_an_ended_parent_do_not_pile_up() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let parent = segment.subsegment("parent").context();
    for _ in 0..2_000 {
        parent.subsegment("child").end();
    }
    let before = memory.take();
    assert!(Arrived::read(&before).entities.len() > 1_800);
    segment.end();
    let arrived = Arrived::read(&[before, memory.take()].concat());
    assert_eq!(arrived.entities.len(), 2_002);
    assert_eq!(arrived.parent_of("child"), "parent");
    balanced(&recorder.stats());
}

/// Go's vectors (22 children at a threshold of 20: three documents; twice 20 grandchildren; a chain
/// of three at 1). Ours sends nothing early that fits into one document (decisions D15).
#[test]
fn c54_what_fits_into_one_document_arrives_in_one() {
    for (children, depth, threshold) in [(22, 1, 20), (20, 2, 20), (1, 3, 1)] {
        let (recorder, memory) = with(|b| b.streaming_threshold(threshold));
        let segment = recorder.segment("api").start();
        for _ in 0..children {
            let mut chain = vec![segment.subsegment("0")];
            for _ in 1..depth {
                chain.push(chain[chain.len() - 1].subsegment("n"));
            }
            while chain.pop().is_some() {}
        }
        segment.end();
        let documents = memory.take();
        assert_eq!(documents.len(), 1);
        assert_eq!(
            Arrived::read(&documents).entities.len(),
            1 + children * depth
        );
    }
}

#[test]
fn c54_the_threshold_bounds_what_waits() {
    let (recorder, memory) = with(|b| b.streaming_threshold(20));
    let segment = recorder.segment("api").start();
    for begun in 1..=500 {
        segment.subsegment("work").end();
        let left = recorder.stats().streamed;
        assert!(begun - left < 20 + 64, "{begun} begun, {left} left");
    }
    segment.end();
    assert_eq!(Arrived::read(&memory.take()).entities.len(), 501);
    balanced(&recorder.stats());
}

#[test]
fn large_subsegments_leave_by_their_bytes() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    for i in 0..20 {
        let sub = segment.subsegment("large");
        sub.metadata("blob", &"x".repeat(10_000));
        sub.annotate("i", i);
    }
    assert!(recorder.stats().streamed >= 10, "{:?}", recorder.stats());
    segment.end();
    assert_eq!(Arrived::read(&memory.take()).entities.len(), 21);
    balanced(&recorder.stats());
}
