//! The function that the attribute stands on, and where in it the work is done.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{
    AttrStyle, Attribute, Block, Error, Expr, ExprAsync, GenericArgument, PathArguments, Result,
    ReturnType, Signature, Stmt, Token, Type, TypeParamBound, Visibility,
};

/// A function with its body as it was written.
///
/// The body is only parsed where its last expression matters, and what does not parse is passed on,
/// so that the compiler tells of syntax errors, in its own words.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

/// Where the work is done.
pub(crate) enum Body {
    /// In the body of a function that is not async.
    Sync(Group),
    /// In the body of an `async fn`.
    Async(Group),
    /// In the async block that the function's last expression is, or boxes.
    Returned(Returned),
}

/// A function that returns a future of its own.
pub(crate) struct Returned {
    /// What is done by the call itself.
    pub(crate) before: Vec<Stmt>,
    /// The last expression, with the block in it.
    pub(crate) last: Expr,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let default = input.parse()?;
        if !is_function(input) {
            let why = "`#[subsegment]` stands on functions: put it on each `fn` that is to be one";
            return Err(Error::new(input.span(), why));
        }
        let sig: Signature = input.parse()?;
        if let Some(token) = &sig.constness {
            let why = "a `const fn` cannot record anything: leave out `const`, or the attribute";
            return Err(Error::new(token.span, why));
        }
        if input.peek(Token![;]) {
            let why =
                "this function has no body: put `#[subsegment]` on the one that implements it";
            return Err(Error::new(input.span(), why));
        }
        let TokenTree::Group(braces) = input.parse()? else {
            return Err(Error::new(
                input.span(),
                "expected the body of the function",
            ));
        };
        if braces.delimiter() != Delimiter::Brace {
            return Err(Error::new(
                braces.span(),
                "expected the body of the function",
            ));
        }
        let body = body(&mut attrs, &sig, &braces)?;
        Ok(Self {
            attrs,
            vis,
            default,
            sig,
            body,
        })
    }
}

/// Looks no further than the qualifiers, so that a mistake in the signature is told of as such.
fn is_function(input: ParseStream<'_>) -> bool {
    let mut ahead = input.cursor();
    while let Some((ident, rest)) = ahead.ident() {
        if ident == "fn" {
            return true;
        }
        // The ABI of `extern "C"`.
        ahead = rest.literal().map_or(rest, |(_, rest)| rest);
    }
    false
}

fn body(attrs: &mut Vec<Attribute>, sig: &Signature, braces: &Group) -> Result<Body> {
    // Inner attributes become outer ones, as the body is about to become a closure's.
    let split = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, statements) = syn::parse::Parser::parse2(split, braces.stream())?;
    attrs.extend(inner.into_iter().map(|mut attr| {
        attr.style = AttrStyle::Outer;
        attr
    }));
    let mut body = Group::new(Delimiter::Brace, statements);
    body.set_span(braces.span());
    if sig.asyncness.is_some() {
        return Ok(Body::Async(body));
    }
    let parsed = syn::parse2::<Block>(body.to_token_stream());
    match parsed.ok().and_then(|block| returned(block.stmts)) {
        Some(returned) => Ok(Body::Returned(returned)),
        None if output_of_future(&sig.output).is_some() => {
            let why = "this function returns a future that is not an `async` block of its own, so \
                       the subsegment would end before the work begins: make it an `async fn`, or \
                       let it end with `async move { … }` or `Box::pin(async move { … })`";
            Err(Error::new_spanned(&sig.output, why))
        }
        None => Ok(Body::Sync(body)),
    }
}

/// A body whose last expression is an async block, boxed or not.
fn returned(mut statements: Vec<Stmt>) -> Option<Returned> {
    let Some(Stmt::Expr(mut last, None)) = statements.pop() else {
        return None;
    };
    async_block(&mut last)?;
    Some(Returned {
        before: statements,
        last,
    })
}

impl Returned {
    /// Puts something else in place of the block.
    pub(crate) fn replace(&mut self, with: impl FnOnce(&ExprAsync) -> TokenStream) {
        if let Some(expr) = async_block(&mut self.last) {
            if let Expr::Async(block) = expr {
                *expr = Expr::Verbatim(with(block));
            }
        }
    }
}

/// The block in `async { .. }`, `Box::pin(async { .. })`, which `async_trait` and its like make, and
/// `async { .. }.boxed()`. In no other call: `spawn(async { .. })` returns something else.
fn async_block(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::Async(_) => Some(expr),
        Expr::Paren(e) => async_block(&mut e.expr),
        Expr::Group(e) => async_block(&mut e.expr),
        Expr::Call(call) if call.args.len() == 1 && is_box_pin(&call.func) => {
            async_block(call.args.first_mut()?)
        }
        Expr::MethodCall(call)
            if call.args.is_empty() && (call.method == "boxed" || call.method == "boxed_local") =>
        {
            async_block(&mut call.receiver)
        }
        _ => None,
    }
}

fn is_box_pin(func: &Expr) -> bool {
    let Expr::Path(path) = func else {
        return false;
    };
    let mut names = path.path.segments.iter().rev().map(|s| &s.ident);
    names.next().is_some_and(|i| i == "pin") && names.next().is_some_and(|i| i == "Box")
}

/// What the function's future gives, where the return type names a future: `Some(None)` if it does
/// not say what.
pub(crate) fn output_of_future(output: &ReturnType) -> Option<Option<Type>> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => of_type(ty),
    }
}

fn of_type(ty: &Type) -> Option<Option<Type>> {
    match ty {
        Type::Paren(t) => of_type(&t.elem),
        Type::Group(t) => of_type(&t.elem),
        Type::ImplTrait(t) => t.bounds.iter().find_map(of_bound),
        Type::TraitObject(t) => t.bounds.iter().find_map(of_bound),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let types = types(&last.arguments);
            match &*last.ident.to_string() {
                "Pin" | "Box" => of_type(types.last()?),
                "BoxFuture" | "LocalBoxFuture" => Some(types.last().map(|t| (*t).clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_bound(bound: &TypeParamBound) -> Option<Option<Type>> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let last = bound.path.segments.last().filter(|s| s.ident == "Future")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(None);
    };
    Some(arguments.args.iter().find_map(|a| match a {
        GenericArgument::AssocType(a) if a.ident == "Output" => Some(a.ty.clone()),
        _ => None,
    }))
}

fn types(arguments: &PathArguments) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|a| match a {
        GenericArgument::Type(t) => Some(t),
        _ => None,
    });
    types.collect()
}
