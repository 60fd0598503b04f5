//! What stands between the parentheses of the attribute.

use crate::name;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::{self, VisitMut};
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token, parenthesized};

const VALID: &str = "a name, `name = \"…\"`, `annotate(key = value, …)`, `metadata(key = value, …)`, \
                     `namespace = \"remote\"`, `namespace = \"aws\"`, `skip_err` and `crate = path`";

#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) annotations: Vec<Entry>,
    pub(crate) metadata: Vec<Entry>,
    pub(crate) namespace: Option<Ident>,
    pub(crate) skip_err: bool,
    pub(crate) krate: Option<Path>,
}

/// `key = value`, or an identifier that is both.
pub(crate) struct Entry {
    pub(crate) key: LitStr,
    pub(crate) value: Expr,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        let mut seen: Vec<String> = Vec::new();
        // Mistakes of meaning are all told of; one of syntax ends the reading.
        let mut mistakes = Mistakes::default();
        while !input.is_empty() {
            if input.peek(LitStr) {
                let name: LitStr = input.parse()?;
                mistakes.once(&mut seen, "name", name.span());
                mistakes.check(name.span(), name::name(&name.value()));
                args.name = Some(name);
            } else {
                let option = Ident::parse_any(input)
                    .map_err(|e| Error::new(e.span(), format!("expected {VALID}")))?;
                let what = option.to_string();
                mistakes.once(&mut seen, &what, option.span());
                args.option(&what, &option, input, &mut mistakes)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        mistakes.0.map_or(Ok(args), Err)
    }
}

impl Args {
    fn option(
        &mut self,
        what: &str,
        option: &Ident,
        input: ParseStream<'_>,
        mistakes: &mut Mistakes,
    ) -> Result<()> {
        match what {
            "name" => {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                mistakes.check(name.span(), name::name(&name.value()));
                self.name = Some(name);
            }
            "annotate" => self.annotations = entries(input, true, mistakes)?,
            "metadata" => self.metadata = entries(input, false, mistakes)?,
            "namespace" => {
                input.parse::<Token![=]>()?;
                let namespace: LitStr = input.parse()?;
                let variant = match &*namespace.value() {
                    "aws" => "Aws",
                    "remote" => "Remote",
                    other => {
                        let why = format!(
                            "unknown namespace `{other}`: `\"remote\"` and `\"aws\"` are the ones \
                             of X-Ray"
                        );
                        mistakes.add(namespace.span(), why);
                        "Remote"
                    }
                };
                self.namespace = Some(Ident::new(variant, Span::mixed_site()));
            }
            "skip_err" => self.skip_err = true,
            "crate" => {
                input.parse::<Token![=]>()?;
                self.krate = Some(input.call(Path::parse_mod_style)?);
            }
            other => {
                let why = format!("unknown argument `{other}`: valid are {VALID}");
                return Err(mistakes.and(option.span(), why));
            }
        }
        Ok(())
    }
}

/// `(key = value, variable, …)`
fn entries(input: ParseStream<'_>, indexed: bool, mistakes: &mut Mistakes) -> Result<Vec<Entry>> {
    let content;
    parenthesized!(content in input);
    let mut entries: Vec<Entry> = Vec::new();
    while !content.is_empty() {
        let (key, variable) = if content.peek(LitStr) {
            (content.parse::<LitStr>()?, None)
        } else {
            let ident = Ident::parse_any(&content).map_err(|e| {
                let why = "expected `key = value`, or a variable that is its own key";
                Error::new(e.span(), why)
            })?;
            let key = LitStr::new(&ident.unraw().to_string(), ident.span());
            (key, Some(ident))
        };
        mistakes.check(key.span(), name::key(&key.value(), indexed));
        if entries.iter().any(|e| e.key.value() == key.value()) {
            let why = format!("the key `{}` is given twice", key.value());
            mistakes.add(key.span(), why);
        }
        let value = match variable {
            _ if content.peek(Token![=]) => {
                content.parse::<Token![=]>()?;
                let mut value = content.parse()?;
                Leaving(mistakes).visit_expr_mut(&mut value);
                value
            }
            Some(ident) if content.is_empty() || content.peek(Token![,]) => {
                Expr::Path(syn::ExprPath {
                    attrs: Vec::new(),
                    qself: None,
                    path: ident.into(),
                })
            }
            _ => {
                let why = "what is not a variable needs a key: write `key = value`";
                return Err(mistakes.and(key.span(), why.to_owned()));
            }
        };
        entries.push(Entry { key, value });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

/// Values are only computed where something is recorded, so none may decide where the function goes.
struct Leaving<'a>(&'a mut Mistakes);

impl VisitMut for Leaving<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let (what, span) = match expr {
            Expr::Try(e) => ("?", e.question_token.span),
            Expr::Return(e) => ("return", e.return_token.span),
            Expr::Await(e) => (".await", e.await_token.span),
            // What these do stays inside.
            Expr::Closure(_) | Expr::Async(_) => return,
            _ => return visit_mut::visit_expr_mut(self, expr),
        };
        let why = format!(
            "`{what}` cannot be used here: the value is only computed for traces that are \
             recorded, and others must run alike; compute it in the function, and record it with \
             `annotate` or `metadata` there"
        );
        self.0.add(span, why);
    }
}

/// All that is wrong so far.
#[derive(Default)]
struct Mistakes(Option<Error>);

impl Mistakes {
    fn add(&mut self, span: Span, why: String) {
        let error = Error::new(span, why);
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    fn check(&mut self, span: Span, result: std::result::Result<(), String>) {
        if let Err(why) = result {
            self.add(span, why);
        }
    }

    fn once(&mut self, seen: &mut Vec<String>, what: &str, span: Span) {
        if seen.iter().any(|s| s == what) {
            self.add(span, format!("`{what}` is given twice"));
        }
        seen.push(what.to_owned());
    }

    /// The same with one more, after which nothing can be read.
    fn and(&mut self, span: Span, why: String) -> Error {
        self.add(span, why);
        let all = self.0.take();
        all.unwrap_or_else(|| Error::new(span, "invalid argument"))
    }
}
