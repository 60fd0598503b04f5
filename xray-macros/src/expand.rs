//! What becomes of the function.
//!
//! Every name that is introduced here is hygienic, and every path goes through `__private`. No lint
//! attribute is written, since one below the user's `forbid` would not compile.

use crate::args::{Args, Entry};
use crate::item::{Body, Function, Returned, output_of_future};
use crate::name;
use crate::order::in_order;
use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Error, Expr, ExprAsync, Ident, LitStr, Result, ReturnType, Type, parse_quote};

pub(crate) fn expand(args: Args, function: Function) -> Result<TokenStream> {
    let expansion = Expansion::new(args, &function.sig.ident)?;
    let Function {
        attrs,
        vis,
        default,
        sig,
        body,
    } = function;
    let body = match body {
        Body::Sync(body) => expansion.sync(&sig.output, &in_order(&sig, body)),
        Body::Async(body) => expansion.awaited(&sig.output, &in_order(&sig, body)),
        Body::Returned(returned) => expansion.returned(&sig.output, returned),
    };
    Ok(quote!(#(#attrs)* #vis #default #sig { #body }))
}

struct Expansion {
    name: LitStr,
    args: Args,
}

impl Expansion {
    fn new(mut args: Args, function: &Ident) -> Result<Self> {
        let name = match args.name.take() {
            Some(name) => name,
            None => {
                let name = function.unraw().to_string();
                let why = "give the subsegment another name than the function's";
                name::name(&name)
                    .map_err(|e| Error::new(function.span(), format!("{e}; {why}")))?;
                LitStr::new(&name, Span::mixed_site())
            }
        };
        Ok(Self { name, args })
    }

    /// Where everything is that is expanded to.
    fn private(&self, span: Span) -> TokenStream {
        match &self.args.krate {
            Some(path) => quote_spanned!(span=> #path::__private),
            None => quote_spanned!(span=> ::xray::__private),
        }
    }

    fn sync(&self, output: &ReturnType, body: &Group) -> TokenStream {
        let private = self.private(Span::mixed_site());
        let (open, look) = (self.open(), self.look());
        let (ty, diverges) = declared(output);
        let ty = ty.unwrap_or_else(|| parse_quote!(_));
        let run = quote_spanned! {Span::mixed_site()=>
            #private::run(&subsegment, move || -> #ty #body, #look)
        };
        let run = never_given(diverges, run);
        quote_spanned! {Span::mixed_site()=>
            let subsegment = #open;
            #run
        }
    }

    fn awaited(&self, output: &ReturnType, body: &Group) -> TokenStream {
        let body = block(body.stream(), body.span());
        let (ty, diverges) = declared(output);
        let poll = self.poll(&quote!(move), ty.as_ref(), &body);
        never_given(diverges, poll)
    }

    fn returned(&self, output: &ReturnType, mut returned: Returned) -> TokenStream {
        let ty = output_of_future(output).flatten().map(erased);
        let ty = ty.filter(|t| !matches!(t, Type::Infer(_) | Type::Never(_)));
        returned.replace(|expr| {
            let ExprAsync {
                attrs,
                async_token,
                capture,
                block: body,
            } = expr;
            let capture = capture.to_token_stream();
            let statements = body.stmts.iter().map(ToTokens::to_token_stream).collect();
            let body = block(statements, body.brace_token.span.join());
            let poll = self.poll(&capture, ty.as_ref(), &body);
            quote!(#(#attrs)* #async_token #capture { #poll })
        });
        let Returned { before, last } = returned;
        quote!(#(#before)* #last)
    }

    /// Opens the subsegment and awaits the body in it.
    fn poll(&self, capture: &TokenStream, ty: Option<&Type>, body: &Group) -> TokenStream {
        let private = self.private(Span::mixed_site());
        let (open, look) = (self.open(), self.look());
        // An async block has no place for its type, so a return that is never reached fixes it:
        // mistakes are then told of where the user made them. It stands where the type does.
        let fixed = ty.map(|ty| {
            let span = at(ty);
            let private = self.private(span);
            quote_spanned!(span=> if false { return #private::never::<#ty>(); })
        });
        quote_spanned! {Span::mixed_site()=>
            #private::poll(#open, async #capture { #fixed #body }, #look).await
        }
    }

    /// The subsegment, with all that was asked to be said at its beginning.
    fn open(&self) -> TokenStream {
        let Self { name, args } = self;
        let private = self.private(Span::mixed_site());
        let namespace = args.namespace.iter().map(|namespace| {
            quote_spanned! {Span::mixed_site()=>
                subsegment.namespace(#private::Namespace::#namespace);
            }
        });
        let namespace = namespace.collect::<TokenStream>();
        let annotations = args.annotations.iter().map(|Entry { key, value }| {
            // Where the method is missing, the message points at the value.
            let method = Ident::new("to_xray_annotation", at(value));
            let value = operand(value);
            quote_spanned!(Span::mixed_site()=> (#key, #value.#method()),)
        });
        let annotations = annotations.collect::<TokenStream>();
        let metadata = args.metadata.iter().map(|Entry { key, value }| {
            let span = at(value);
            let value = operand(value);
            let value = quote_spanned!(span=> &#value);
            quote_spanned!(Span::mixed_site()=> subsegment.metadata(#key, #value);)
        });
        let metadata = metadata.collect::<TokenStream>();

        let plain = quote_spanned!(Span::mixed_site()=> #private::subsegment(#name, &[]));
        if annotations.is_empty() && metadata.is_empty() {
            if namespace.is_empty() {
                return plain;
            }
            return quote_spanned! {Span::mixed_site()=> {
                let subsegment = #plain;
                #namespace
                subsegment
            }};
        }
        let import = (!annotations.is_empty())
            .then(|| quote_spanned!(Span::mixed_site()=> use #private::Annotation as _;));
        quote_spanned! {Span::mixed_site()=>
            if #private::is_recording() {
                #import
                let subsegment = #private::subsegment(#name, &[#annotations]);
                #namespace
                #metadata
                subsegment
            } else {
                #plain
            }
        }
    }

    /// What looks at the output.
    fn look(&self) -> TokenStream {
        let private = self.private(Span::mixed_site());
        if self.args.skip_err {
            return quote_spanned!(Span::mixed_site()=> |_| {});
        }
        quote_spanned! {Span::mixed_site()=> |output| {
            use #private::prelude::*;
            (&&&&&#private::Outcome(output)).record();
        }}
    }
}

/// A block where the user's is, but not the user's: no lint is to find that one of two nested ones
/// would do.
pub(crate) fn block(statements: TokenStream, place: Span) -> Group {
    let mut group = Group::new(Delimiter::Brace, statements);
    group.set_span(Span::mixed_site().located_at(place));
    group
}

/// Ours, but told of where the user's is.
fn at(user: &impl ToTokens) -> Span {
    Span::mixed_site().located_at(user.span())
}

/// The type of the body as far as it can be written inside of it, and whether there is none since
/// the function never returns.
fn declared(output: &ReturnType) -> (Option<Type>, bool) {
    match output {
        ReturnType::Default => (Some(parse_quote!(())), false),
        ReturnType::Type(_, ty) => match erased((**ty).clone()) {
            Type::Never(_) => (Some(parse_quote!(::core::convert::Infallible)), true),
            Type::Infer(_) => (None, false),
            ty => (Some(ty), false),
        },
    }
}

/// With `_` for every `impl Trait`, which cannot be written inside of the function.
fn erased(mut ty: Type) -> Type {
    struct Erase;
    impl VisitMut for Erase {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::ImplTrait(_) = ty {
                *ty = parse_quote!(_);
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    Erase.visit_type_mut(&mut ty);
    ty
}

/// A function that never returns gives `!`, which cannot be written as the type of its body.
fn never_given(diverges: bool, run: TokenStream) -> TokenStream {
    if diverges {
        quote_spanned!(Span::mixed_site()=> match #run {})
    } else {
        run
    }
}

/// A value that `&` and `.method()` apply to as a whole.
fn operand(value: &Expr) -> TokenStream {
    match value {
        Expr::Path(_) | Expr::Lit(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Call(_) => {
            value.to_token_stream()
        }
        _ => quote_spanned!(Span::mixed_site()=> (#value)),
    }
}
