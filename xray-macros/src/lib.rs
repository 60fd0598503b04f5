//! The attribute macro of the AWS X-Ray SDK for Rust.
//!
//! Services do not name this crate: the facade `aws-xray` has the attribute as
//! [`xray::subsegment`](macro@subsegment).
//!
//! What stands between the parentheses is read in `args.rs`, the function in `item.rs`, and written
//! anew in `expand.rs`. Expansions name nothing but what the core keeps in `__private`.

mod args;
mod expand;
mod item;
mod name;
mod order;
mod ranges;

use proc_macro::TokenStream;

/// Runs a function in a subsegment of the current context: records its `Err` or its panic, ends,
/// and returns what it returned.
///
/// ```
/// use xray::test_util::{block_on, captured};
///
/// #[xray::subsegment("price-cart", annotate(cart = id))]
/// async fn total(id: u32) -> Result<u32, String> {
///     let price = price("book").await?;
///     xray::metadata("prices", &[price]);
///     Ok(price)
/// }
///
/// #[xray::subsegment(namespace = "remote", annotate(article))]
/// async fn price(article: &str) -> Result<u32, String> {
///     Err(format!("no price for a {article}"))
/// }
///
/// let captured = block_on(captured(total(7)));
/// assert!(captured.output.is_err());
/// assert_eq!(
///     captured.tree(),
///     r#"test
///   price-cart fault annotations={cart: 7} cause=<ref>
///     price fault namespace=remote annotations={article: "book"} cause="no price for a book"
/// "#
/// );
/// ```
///
/// Nothing of the function is recorded but its name and what the options say. Where nothing is
/// recorded, for want of a segment or because the trace is not sampled, the function runs all the
/// same.
///
/// # What it stands on
///
/// | function | the subsegment begins |
/// |---|---|
/// | `fn` | with the call |
/// | `async fn` | when the future is first polled |
/// | `fn` that ends with `async move { … }`, `Box::pin(async move { … })` or `async move { … }.boxed()` | when the future is first polled |
///
/// The last row is what `#[async_trait]`, `#[async_recursion]` and their like write, so the
/// attribute can stand on their methods, on either side of theirs. What such a function does before
/// its last expression is not part of the subsegment. A future that is never polled records
/// nothing, and one that is dropped halfway ends its subsegment there.
///
/// Methods, generics, `unsafe`, `extern` and all other attributes stay as they are. Not on a
/// `const fn`, and not on functions that return a future made elsewhere: their subsegment would end
/// before the work begins. `#[track_caller]` works on the function, but not through it: what its
/// body calls is called from the body.
///
/// # Options
///
/// Any of them, in any order, each once. Expansions are simplified: the real ones work without the
/// names shown, and cannot clash with those of the function.
///
/// ## Without any
///
/// ```ignore
/// #[xray::subsegment]
/// async fn load(id: u32) -> Result<Cart, Error> { body }
///
/// // becomes
/// async fn load(id: u32) -> Result<Cart, Error> {
///     let subsegment = xray::subsegment("load");
///     async move {
///         let output: Result<Cart, Error> = async move { body }.await;
///         if let Err(error) = &output {
///             xray::record_error(error);
///         }
///         output
///     }
///     .within(subsegment)
///     .await
/// }
///
/// #[xray::subsegment]
/// fn sum(items: &[u32]) -> u32 { body }
///
/// // becomes
/// fn sum(items: &[u32]) -> u32 {
///     let _subsegment = xray::subsegment("sum").entered();
///     (move || -> u32 { body })()
/// }
/// ```
///
/// ## `"name"`, `name = "name"`
///
/// The subsegment's name, instead of the function's. For a call to another service, it is that
/// service's name on the map.
///
/// ```ignore
/// let subsegment = xray::subsegment("name");
/// ```
///
/// At most 200 characters: letters, digits, blanks and `_.:/%&#=+-@`.
///
/// ## `annotate(key = value, variable, …)`
///
/// Values that X-Ray indexes. A variable is its own key.
///
/// ```ignore
/// if subsegment.is_recording() {
///     subsegment.annotate("key", &value);
///     subsegment.annotate("variable", &variable);
/// }
/// ```
///
/// A value is borrowed, never moved, and is whatever an `AnnotationValue` can be made of: texts,
/// numbers, truth values, references and smart pointers to them, and your own types that implement
/// `From<&Type> for AnnotationValue`. A key has letters, digits and `_` only; those that are Rust's
/// keywords can be used.
///
/// ## `metadata(key = value, variable, …)`
///
/// Values that are stored but not indexed: whatever implements `Serialize`, borrowed as well.
///
/// ```ignore
/// if subsegment.is_recording() {
///     subsegment.metadata("key", &value);
/// }
/// ```
///
/// ## `namespace = "remote"`, `namespace = "aws"`
///
/// For a function that is a call to another service, or to one of AWS.
///
/// ```ignore
/// subsegment.namespace(xray::Namespace::Remote);
/// ```
///
/// ## `skip_err`
///
/// Does not look at the output: an `Err` is not recorded. A panic is.
///
/// ## `crate = path`
///
/// Where the facade or the core is to be found, if not under `::xray`.
///
/// ```
/// # mod telemetry { pub use xray; }
/// #[xray::subsegment(crate = telemetry::xray)]
/// fn load() {}
/// # fn main() { load() }
/// ```
///
/// # Which errors tell what
///
/// The output is known by its type, where the function stands:
///
/// | output | recorded |
/// |---|---|
/// | `Result<_, impl Error>` | the error, its sources, a fault |
/// | `Result<_, Box<dyn Error>>`, `anyhow::Result`, `eyre::Result` | the same |
/// | `Result<_, impl Display>` | its message, a fault |
/// | `Result<_, _>` | a fault |
/// | anything else | nothing |
///
/// An error that was recorded further in is not told again, but referred to.
///
/// # Example: a generic error
///
/// The type that counts is the one the function knows. Of an `E` without a bound it knows nothing,
/// so there is a fault, but no message. With `E: Error` there is one.
///
/// ```
/// # use xray::test_util::captured_sync;
/// #[xray::subsegment]
/// fn retried<E>(call: impl Fn() -> Result<(), E>) -> Result<(), E> {
///     call().or_else(|_| call())
/// }
///
/// let captured = captured_sync(|| retried(|| Err("no answer")));
/// assert_eq!(captured.tree(), "test\n  retried fault\n");
/// ```
///
/// # Example: the caller's mistake is not a fault
///
/// An `Err` is recorded as the service's own fault. What is the caller's doing is better told by the
/// function itself.
///
/// ```
/// # use xray::test_util::captured_sync;
/// #[xray::subsegment(skip_err)]
/// fn quantity(text: &str) -> Result<u32, std::num::ParseIntError> {
///     let parsed = text.parse();
///     if let Err(error) = &parsed {
///         xray::current().record(xray::Exception::new(error).as_error());
///     }
///     parsed
/// }
///
/// let captured = captured_sync(|| quantity("many").is_err());
/// assert_eq!(
///     captured.tree(),
///     "test\n  quantity error cause=\"invalid digit found in string\"\n"
/// );
/// ```
///
/// # Example: values are computed only where they are recorded
///
/// The values of `annotate` and `metadata` cost nothing where the trace is not sampled, because they
/// are not computed there. So they must not change anything, and cannot `return`, `.await` or use
/// `?`. They are computed before the body runs; what only the body knows, it says itself.
///
/// ```
/// # use xray::test_util::captured_sync;
/// #[xray::subsegment(annotate(wanted = ids.len()))]
/// fn load(ids: Vec<u32>) -> Vec<u32> {
///     let found: Vec<u32> = ids.into_iter().filter(|id| id % 2 == 0).collect();
///     xray::annotate("found", found.len());
///     found
/// }
///
/// let captured = captured_sync(|| load(vec![1, 2, 3]));
/// assert_eq!(captured.tree(), "test\n  load annotations={found: 1, wanted: 3}\n");
/// ```
#[proc_macro_attribute]
pub fn subsegment(args: TokenStream, item: TokenStream) -> TokenStream {
    let untouched = item.clone();
    let expanded = syn::parse(args).and_then(|args| expand::expand(args, syn::parse(item)?));
    match expanded {
        Ok(tokens) => tokens.into(),
        Err(error) => {
            // The function stays, so that its callers are no mistakes, too.
            let mut tokens = TokenStream::from(error.into_compile_error());
            tokens.extend(untouched);
            tokens
        }
    }
}
