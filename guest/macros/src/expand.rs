//! The function that comes out: the one that went in, with a span around its body.
//!
//! A body that is run at once becomes a closure, so that `return` and `?` leave it and not the function; one
//! that is awaited becomes a future in the span. Names of our own have the hygiene of `macro_rules`: the body
//! cannot see them. Deliberately absent: what reports an error; the type of the value decides, and only the
//! compiler knows that.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::visit_mut::{VisitMut, visit_assoc_type_mut, visit_type_mut};
use syn::{AssocType, Block, Error, Expr, Ident, ItemFn, Result, ReturnType, Stmt, Type, parse_quote};

use crate::options::{Field, Options, Shown};

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let mut function: ItemFn =
        syn::parse2(item).map_err(|error| Error::new(error.span(), format!("#[trace] stands before a function with a body: {error}")))?;
    if let Some(word) = function.sig.constness {
        return Err(Error::new_spanned(word, "a `const fn` cannot begin a span; #[trace] the function that calls it"));
    }
    let start = start(&options, &function);
    let returned = match &function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, returned) => (**returned).clone(),
    };
    let block = &mut function.block;
    if function.sig.asyncness.is_some() {
        let body = awaited(&start, block, &value_type(returned));
        **block = parse_quote!({ #body });
    } else if let Some(inner) = block.stmts.last_mut().and_then(future_in) {
        let body = awaited(&start, &inner.block, &output_type(returned));
        inner.block = parse_quote!({ #body });
    } else {
        **block = run(&start, block, returned);
    }
    Ok(function.into_token_stream())
}

fn ours(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The expression that begins the span.
fn start(options: &Options, function: &ItemFn) -> TokenStream {
    let span = ours("span");
    let name = options.name.as_ref().map_or_else(|| syn::ext::IdentExt::unraw(&function.sig.ident).to_string(), syn::LitStr::value);
    let kind = options.kind.clone().unwrap_or_else(|| Ident::new("Internal", Span::call_site()));
    let kind = quote!(::codomyrmex_telemetry_guest::SpanKind::#kind);
    let parent = options.parent.as_ref().map_or_else(
        || quote!(::codomyrmex_telemetry_guest::Parent::Current),
        |parent| quote!(::core::convert::Into::<::codomyrmex_telemetry_guest::Parent<'_>>::into(#parent)),
    );
    let declared = match &options.tracer {
        Some(tracer) => quote!(::codomyrmex_telemetry_guest::Tracer::name(&#tracer, #name, #kind)),
        // Once a place in the code, in the scope of the package that it is in.
        None => quote!({
            ::std::thread_local! {
                static NAME: ::codomyrmex_telemetry_guest::SpanName = ::codomyrmex_telemetry_guest::__private::name(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::option_env!("CARGO_PKG_VERSION"),
                    #name,
                    #kind,
                );
            }
            NAME.with(|name| *name)
        }),
    };
    let fields = options.fields.iter().flatten().map(|Field { key, value, shown }| {
        let value = match shown {
            Shown::Value => quote!(::codomyrmex_telemetry_guest::__private::ToValue::to_value(&#value)),
            Shown::Debug => quote!(::std::format!("{:?}", &#value)),
            Shown::Display => quote!(::std::format!("{}", &#value)),
        };
        quote!(::codomyrmex_telemetry_guest::Span::set_attribute(&#span, #key, #value);)
    });
    quote!({
        let #span = ::codomyrmex_telemetry_guest::__private::begin(#declared, #parent);
        #(#fields)*
        #span
    })
}

/// A body that is run at once.
fn run(start: &TokenStream, block: &Block, returned: Type) -> Block {
    let (span, value, entered) = (ours("span"), ours("value"), ours("entered"));
    if matches!(returned, Type::Never(_)) {
        // It has no value to look at, and a closure that never returns has no type.
        return parse_quote!({
            let #span = #start;
            let #entered = ::codomyrmex_telemetry_guest::Span::entered(&#span);
            #block
        });
    }
    let returned = value_type(returned);
    let report = report(&span, &value);
    parse_quote!({
        let #span = #start;
        let #entered = ::codomyrmex_telemetry_guest::Span::entered(&#span);
        let #value: #returned = ::codomyrmex_telemetry_guest::__private::call(move || -> #returned #block);
        #report
        #value
    })
}

/// A body that is awaited.
fn awaited(start: &TokenStream, block: &Block, returned: &Type) -> TokenStream {
    let (span, value) = (ours("span"), ours("value"));
    // Where nothing says what comes out, it cannot be asked whether it is an error.
    let report = if matches!(returned, Type::Infer(_)) { TokenStream::new() } else { report(&span, &value) };
    let fake = ours("fake");
    // A return that never happens: by it the compiler knows the type in time for what `async fn` would coerce.
    quote! {
        let #span = #start;
        let #value: #returned = ::codomyrmex_telemetry_guest::InSpan::in_span(async move {
            #[allow(
                unreachable_code,
                clippy::diverging_sub_expression,
                clippy::empty_loop,
                clippy::let_unit_value,
                clippy::let_with_type_underscore,
                clippy::needless_return,
                reason = "it is never run"
            )]
            if false {
                let #fake: #returned = loop {};
                return #fake;
            }
            #block
        }, &#span)
        .await;
        #report
        #value
    }
}

/// Tells the span whether the value is an error. Of the traits in scope the compiler takes the one that needs
/// the fewest dereferences: results whose error can be shown, then debugged, any results, anything.
fn report(span: &Ident, value: &Ident) -> TokenStream {
    quote!({
        #[allow(unused_imports, reason = "one of them is used, by the type of the value")]
        use ::codomyrmex_telemetry_guest::__private::{ReportAny as _, ReportDebug as _, ReportDisplay as _, ReportResult as _};
        (&&&&::codomyrmex_telemetry_guest::__private::Returned(&#value)).report(&#span);
    })
}

/// The future that an expression makes, where one can see it: `async move { .. }`, or that in `Box::pin`.
fn future_in(last: &mut Stmt) -> Option<&mut syn::ExprAsync> {
    let Stmt::Expr(expression, None) = last else { return None };
    match expression {
        Expr::Async(future) if future.capture.is_some() => Some(future),
        Expr::Call(call) if is_box_pin(&call.func) && call.args.len() == 1 => match call.args.first_mut()? {
            Expr::Async(future) if future.capture.is_some() => Some(future),
            _ => None,
        },
        _ => None,
    }
}

fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    names.ends_with(&["Box".into(), "pin".into()])
}

/// A type as it may be written within a function: what only a signature may leave open becomes `_`.
fn value_type(mut returned: Type) -> Type {
    struct Opaque;
    impl VisitMut for Opaque {
        fn visit_type_mut(&mut self, node: &mut Type) {
            if matches!(node, Type::ImplTrait(_)) {
                *node = parse_quote!(_);
            }
            visit_type_mut(self, node);
        }
    }
    Opaque.visit_type_mut(&mut returned);
    returned
}

/// What comes out of a future of this type: its `Output`, or `_` where it does not say one.
fn output_type(mut future: Type) -> Type {
    #[derive(Default)]
    struct Output(Option<Type>);
    impl VisitMut for Output {
        fn visit_assoc_type_mut(&mut self, node: &mut AssocType) {
            if node.ident == "Output" && self.0.is_none() {
                self.0 = Some(node.ty.clone());
            }
            visit_assoc_type_mut(self, node);
        }
    }
    let mut output = Output::default();
    output.visit_type_mut(&mut future);
    value_type(output.0.unwrap_or_else(|| parse_quote!(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(item: &str) -> String {
        expand(TokenStream::new(), item.parse().unwrap()).err().map_or_else(String::new, |error| error.to_string())
    }

    fn shown(shown: &Type) -> String {
        shown.to_token_stream().to_string()
    }

    #[test]
    fn what_cannot_be_traced_is_told() {
        assert_eq!(error("const fn a() {}"), "a `const fn` cannot begin a span; #[trace] the function that calls it");
        assert_eq!(error("struct A;"), "#[trace] stands before a function with a body: expected `fn`");
        assert_eq!(error("fn a();"), "#[trace] stands before a function with a body: expected curly braces");
        assert_eq!(error("fn a() {}"), "");
    }

    #[test]
    fn types_that_only_a_signature_may_leave_open_are_inferred() {
        assert_eq!(shown(&value_type(parse_quote!(Result<impl Iterator<Item = u8>, E>))), "Result < _ , E >");
        assert_eq!(shown(&value_type(parse_quote!(&'a str))), "& 'a str");
        assert_eq!(shown(&output_type(parse_quote!(Pin<Box<dyn Future<Output = Result<u8, E>> + Send>>))), "Result < u8 , E >");
        assert_eq!(shown(&output_type(parse_quote!(BoxFuture<'a, u8>))), "_");
    }
}
