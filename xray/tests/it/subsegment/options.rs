//! What can stand between the parentheses.

use super::tree_of;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use xray::AnnotationValue;

#[xray::subsegment("GET /cart", namespace = "remote")]
fn by_position() {}

#[xray::subsegment(name = "DynamoDB", namespace = "aws")]
async fn by_key() {}

#[xray::subsegment("last comma")]
fn comma() {}

#[test]
fn names_and_namespaces() {
    let (_, tree) = tree_of(async {
        by_position();
        by_key().await;
        comma();
    });
    assert_eq!(
        tree,
        "test\n  GET /cart namespace=remote\n  DynamoDB namespace=aws\n  last comma\n"
    );
}

struct OrderId(u64);

impl<'a> From<&'a OrderId> for AnnotationValue<'a> {
    fn from(id: &'a OrderId) -> Self {
        id.0.into()
    }
}

#[xray::subsegment(annotate(owned, borrowed, twice, shared, cow))]
fn texts(
    owned: String,
    borrowed: &str,
    twice: &&str,
    shared: Arc<str>,
    cow: Cow<'_, str>,
) -> String {
    drop((borrowed, twice, shared, cow));
    owned
}

#[xray::subsegment(annotate(number, by_ref, flag, own))]
fn others(number: u64, by_ref: &&i32, flag: bool, own: &OrderId) -> u64 {
    let _ = (by_ref, flag);
    number - own.0
}

#[xray::subsegment(
    annotate(
        type = "book",
        "class" = 'a' as u32,
        sum = a + b,
        len = text.len(),
        text = &text,
        made = format!("{a}-{b}"),
        half = f64::from(a) / 2.0,
        value = AnnotationValue::Bool(true),
    ),
    metadata(items, "cart.text" = text, nested = (a, &b)),
)]
async fn expressions(text: String, a: u32, b: u32, items: Vec<u32>) -> String {
    drop(items);
    text
}

#[test]
fn values_of_all_kinds() {
    let (_, tree) = tree_of(async {
        let kept = texts("o".to_owned(), "b", &"t", "s".into(), "c".into());
        assert_eq!(kept, "o");
        assert_eq!(others(u64::MAX, &&-1, true, &OrderId(5)), u64::MAX - 5);
        assert_eq!(expressions("four".to_owned(), 1, 2, vec![7]).await, "four");
    });
    assert_eq!(
        tree,
        "test\n  \
         texts annotations={borrowed: \"b\", cow: \"c\", owned: \"o\", shared: \"s\", \
         twice: \"t\"}\n  \
         others annotations={by_ref: -1, flag: true, number: 18446744073709551615, own: 5}\n  \
         expressions annotations={class: 97, half: 0.5, len: 4, made: \"1-2\", sum: 3, \
         text: \"four\", type: \"book\", value: true} \
         metadata={default.cart.text: \"four\", default.items: [7], default.nested: [1,2]}\n"
    );
}

fn counted(calls: &AtomicU32) -> u32 {
    calls.fetch_add(1, Ordering::Relaxed)
}

#[xray::subsegment(annotate(n = counted(calls)), metadata(m = counted(calls)))]
fn costly(calls: &AtomicU32) {
    let _ = calls;
}

#[test]
fn values_are_computed_only_where_they_are_recorded() {
    let calls = AtomicU32::new(0);
    costly(&calls);
    let recorder = xray::Recorder::builder("off")
        .emitter(xray::test_util::MemoryEmitter::new())
        .sampler(xray::sampling::Never)
        .build()
        .unwrap();
    let segment = recorder.segment("off").start();
    {
        let _entered = segment.enter();
        costly(&calls);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let (_, tree) = tree_of(async { costly(&calls) });
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(
        tree,
        "test\n  costly annotations={n: 0} metadata={default.m: 1}\n"
    );
}

mod renamed {
    pub(super) use xray as tracing_by_another_name;

    #[xray::subsegment(crate = self::tracing_by_another_name, annotate(n))]
    pub(super) async fn elsewhere(n: u8) -> u8 {
        n
    }
}

#[xray::subsegment(crate = xray_core)]
fn in_core() {}

#[test]
fn the_crate_can_be_found_elsewhere() {
    let (_, tree) = tree_of(async {
        in_core();
        renamed::elsewhere(1).await
    });
    assert_eq!(tree, "test\n  in_core\n  elsewhere annotations={n: 1}\n");
}
