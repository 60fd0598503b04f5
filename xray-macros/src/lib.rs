//! The attribute macro of the AWS X-Ray SDK for Rust.

mod args;
mod expand;
mod item;
mod name;
mod ranges;

use proc_macro::TokenStream;

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
