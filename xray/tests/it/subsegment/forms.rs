//! Every form of function.

use super::tree_of;
use futures_util::FutureExt as _;
use std::fmt::Display;
use std::pin::Pin;
use xray::subsegment;

#[subsegment]
fn sync_one(a: u32) -> u32 {
    a + 1
}

#[subsegment]
async fn async_one(a: u32) -> u32 {
    std::future::ready(a).await + 1
}

#[subsegment]
fn returns_future(a: u32) -> impl Future<Output = u32> {
    let b = a * 2;
    async move { std::future::ready(b).await + 1 }
}

#[subsegment]
fn returns_boxed<'a>(a: &'a str) -> Pin<Box<dyn Future<Output = &'a str> + Send + 'a>> {
    Box::pin(async move { a.trim() })
}

#[subsegment]
fn returns_alias(a: &str) -> futures_util::future::BoxFuture<'_, usize> {
    use futures_util::FutureExt as _;
    async move { a.len() }.boxed()
}

#[test]
fn functions_and_futures() {
    let (output, tree) = tree_of(async {
        let sum = sync_one(1) + async_one(2).await + returns_future(3).await;
        (sum, returns_boxed(" x ").await, returns_alias("four").await)
    });
    assert_eq!(output, (12, "x", 4));
    assert_eq!(
        tree,
        "test\n  sync_one\n  async_one\n  returns_future\n  returns_boxed\n  returns_alias\n"
    );
}

#[derive(Default)]
struct Cart {
    items: Vec<String>,
    total: u32,
}

impl Cart {
    #[subsegment]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[subsegment]
    async fn first(&self) -> Option<&str> {
        self.items.first().map(String::as_str)
    }

    #[subsegment]
    fn last_mut(&mut self) -> Option<&mut String> {
        self.items.last_mut()
    }

    #[subsegment]
    async fn add(&mut self, item: impl Display + Send, price: &mut u32) -> &mut Self {
        self.items.push(item.to_string());
        self.total += *price;
        *price = 0;
        self
    }

    #[subsegment]
    async fn pay(mut self) -> u32 {
        self.items.clear();
        self.total
    }

    #[subsegment]
    fn sorted(mut self) -> Self {
        self.items.sort();
        self
    }

    #[subsegment]
    async fn empty() -> Self {
        Self::default()
    }
}

#[test]
fn methods() {
    let (total, tree) = tree_of(async {
        let mut cart = Cart::empty().await;
        let mut price = 7;
        assert_eq!(cart.add("b", &mut price).await.len(), 1);
        cart.add('a', &mut price).await;
        if let Some(last) = cart.last_mut() {
            last.push('!');
        }
        let cart = cart.sorted();
        assert_eq!(cart.first().await, Some("a!"));
        cart.pay().await
    });
    assert_eq!(total, 7);
    let expected = "test\n  empty\n  add\n  len\n  add\n  last_mut\n  sorted\n  first\n  pay\n";
    assert_eq!(tree, expected);
}

trait Store {
    fn load(&self, key: &str) -> impl Future<Output = String> + Send;
    #[subsegment]
    fn name(&self) -> &'static str {
        "store"
    }
}

struct Memory;

impl Store for Memory {
    #[subsegment]
    async fn load(&self, key: &str) -> String {
        format!("{key} from {}", self.name())
    }
}

#[async_trait::async_trait]
trait Queue: Sync {
    #[subsegment(annotate(id))]
    async fn send(&self, id: u32) -> Result<u32, std::fmt::Error> {
        Ok(self.position() + id)
    }
    fn position(&self) -> u32;
    async fn receive(&mut self, most: &u32) -> Result<u32, std::fmt::Error>;
}

#[async_trait::async_trait]
impl Queue for u32 {
    fn position(&self) -> u32 {
        *self
    }

    #[subsegment(annotate(most, position = self.position()))]
    async fn receive(&mut self, most: &u32) -> Result<u32, std::fmt::Error> {
        *self -= 1;
        if *self < *most {
            return Err(std::fmt::Error);
        }
        Ok(*self)
    }
}

#[test]
fn traits() {
    let (_, tree) = tree_of(async {
        assert_eq!(Memory.load("k").await, "k from store");
        let mut queue: Box<dyn Queue> = Box::new(4_u32);
        assert_eq!(queue.send(2).await, Ok(6));
        assert_eq!(queue.receive(&3).await, Ok(3));
        assert_eq!(queue.receive(&3).await, Err(std::fmt::Error));
    });
    let cause = std::fmt::Error.to_string();
    assert_eq!(
        tree,
        format!(
            "test\n  load\n    name\n  send annotations={{id: 2}}\n  \
             receive annotations={{most: 3, position: 4}}\n  \
             receive fault annotations={{most: 3, position: 3}} cause=\"{cause}\"\n"
        )
    );
}

#[subsegment]
fn even<'a, T: Copy + Into<u64>>(items: &'a [T]) -> impl Iterator<Item = T> + 'a {
    items.iter().copied().filter(|i| (*i).into() % 2 == 0)
}

#[subsegment]
async fn parsed(text: &str) -> Result<impl Iterator<Item = u32>, std::num::ParseIntError> {
    let numbers: Vec<u32> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    Ok(numbers.into_iter())
}

#[subsegment]
fn factorial(n: u64) -> u64 {
    if n < 2 {
        return 1;
    }
    n * factorial(n - 1)
}

#[subsegment]
async fn countdown(n: u32) {
    if n > 0 {
        Box::pin(countdown(n - 1)).await;
    }
}

#[test]
fn opaque_results_and_recursion() {
    let (_, tree) = tree_of(async {
        assert_eq!(even(&[1_u32, 2, 4]).sum::<u32>(), 6);
        assert_eq!(parsed("1,2").await.map(Iterator::sum::<u32>), Ok(3));
        assert_eq!(factorial(3), 6);
        countdown(1).await;
    });
    assert_eq!(
        tree,
        "test\n  even\n  parsed\n  factorial\n    factorial\n      factorial\n  \
         countdown\n    countdown\n"
    );
}

/// Documented.
#[subsegment]
#[must_use]
#[inline(never)]
pub(crate) extern "C" fn exported(r#type: u8) -> u8 {
    #![expect(unused_variables, reason = "shows that inner attributes are kept")]
    let unused = 0;
    r#type
}

#[subsegment]
fn r#match((a, b): (u8, u8), [c, ..]: [u8; 3]) -> u8 {
    a + b + c
}

#[subsegment]
fn stop(code: u8) -> ! {
    panic!("stopped by {code}")
}

#[subsegment]
async fn stop_later(code: u8) -> ! {
    std::future::ready(()).await;
    std::panic::panic_any(code)
}

#[test]
fn qualifiers_patterns_and_functions_that_never_return() {
    let (_, tree) = tree_of(async {
        assert_eq!(exported(1), 1);
        assert_eq!(r#match((1, 2), [3, 0, 0]), 6);
        assert!(std::panic::catch_unwind(|| stop(1)).is_err());
        let later = std::panic::AssertUnwindSafe(stop_later(2));
        assert!(futures_util::FutureExt::catch_unwind(later).await.is_err());
    });
    assert_eq!(
        tree,
        "test\n  exported\n  match\n  stop fault cause=\"stopped by 1\"\n  \
         stop_later fault cause=\"a value that is no text\"\n"
    );
}

#[test]
fn nothing_is_recorded_where_nothing_is_open() {
    assert_eq!(sync_one(1), 2);
    assert_eq!(xray::test_util::block_on(async_one(1)), 2);
    assert!(xray::current().is_missing());
}

/// Tells when it is dropped.
struct Told<'a>(&'static str, &'a std::cell::RefCell<Vec<&'static str>>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[subsegment]
fn drops((first, second): (Told<'_>, Told<'_>), third: Told<'_>) {
    assert_eq!((first.0, third.0), ("first", "third"));
    std::hint::black_box([&first, &second, &third]);
}

#[subsegment]
async fn drops_halfway(first: Told<'_>, second: Told<'_>, #[cfg(any())] third: Told<'_>) {
    std::future::pending::<()>().await;
    #[cfg(any())]
    drop(third);
    std::hint::black_box([&first, &second]);
}

#[test]
fn parameters_are_dropped_in_the_order_of_the_function() {
    let dropped = std::cell::RefCell::new(Vec::new());
    let told = |name| Told(name, &dropped);
    let ((), tree) = tree_of(async {
        drops((told("first"), told("second")), told("third"));
        let halfway = drops_halfway(told("first"), told("second"));
        assert!(halfway.now_or_never().is_none());
    });
    assert_eq!(tree, "test\n  drops\n  drops_halfway\n");
    let dropped = dropped.into_inner();
    assert_eq!(dropped, ["third", "second", "first", "second", "first"]);
}
