//! The order in which parameters are dropped: the function's own, though its body is a closure's.

use crate::expand::block;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{FnArg, Ident, Signature};

/// The body, which captures the parameters in the order in which the function would drop them: a
/// closure drops what it has captured in the order in which that was mentioned.
pub(crate) fn in_order(sig: &Signature, body: Group) -> Group {
    let names = mentioned(sig, &body);
    if names.len() < 2 {
        return body;
    }
    let statements = body.stream();
    let order = quote_spanned!(Span::mixed_site()=> let _ = (#(&#names),*););
    block(quote!(#order #statements), body.span())
}

/// The parameters that the body mentions, the last one first: in that order they are dropped.
fn mentioned(sig: &Signature, body: &Group) -> Vec<Ident> {
    struct Bound(Vec<Ident>);
    impl Visit<'_> for Bound {
        fn visit_pat_ident(&mut self, pat: &syn::PatIdent) {
            self.0.push(pat.ident.clone());
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut bound = Bound(Vec::new());
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => bound.0.push(receiver.self_token.into()),
            // Where there is a `cfg`, it may not be there at all.
            FnArg::Typed(input) if input.attrs.is_empty() => bound.visit_pat(&input.pat),
            FnArg::Typed(_) => {}
        }
    }
    let mut names = bound.0;
    names.retain(|name| mentions(body.stream(), &name.to_string()));
    names.reverse();
    names
}

/// By its name, or between the braces of a format string.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(text) => text.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}
