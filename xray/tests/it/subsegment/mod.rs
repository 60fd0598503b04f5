//! `#[xray::subsegment]`: what each form of function and each option records.

mod errors;
mod forms;
mod futures;
mod options;

use xray::test_util::{block_on, captured};

/// Fails on documents that the official schema does not take, too.
fn tree_of<F: Future>(future: F) -> (F::Output, String) {
    let captured = block_on(captured(future));
    for document in captured.documents() {
        xray::test_util::check(&document).unwrap();
    }
    let tree = captured.tree();
    (captured.output, tree)
}
