//! The attribute macro of the AWS X-Ray SDK for Rust.

mod args;
mod expand;
mod item;
mod name;
mod ranges;

use proc_macro::TokenStream;
use syn::parse_macro_input;

#[proc_macro_attribute]
pub fn subsegment(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as args::Args);
    let function = parse_macro_input!(item as item::Function);
    match expand::expand(args, function) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}
