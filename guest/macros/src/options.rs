//! What is written in `#[trace(..)]`: each option once, in any order.
//!
//! Deliberately absent: what becomes of it.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Result, Token, parenthesized, parse_quote};

const OPTIONS: &str = "there are `name = \"..\"`, `kind = ..`, `parent = ..`, `tracer = ..` and `fields(..)`";
const KINDS: [(&str, &str); 5] =
    [("internal", "Internal"), ("server", "Server"), ("client", "Client"), ("producer", "Producer"), ("consumer", "Consumer")];

/// What the attribute says; what is left out is none.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<Ident>, // as a variant of `SpanKind`
    pub(crate) parent: Option<Expr>,
    pub(crate) tracer: Option<Expr>,
    pub(crate) fields: Option<Vec<Field>>,
}

/// An attribute of the span.
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) value: Expr,
    pub(crate) shown: Shown,
}

/// How an attribute's value is made of an expression.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// It is one.
    Value,
    /// `?value`: as `Debug` writes it.
    Debug,
    /// `%value`: as `Display` writes it.
    Display,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        if input.peek(LitStr) {
            options.name = Some(name(input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        while !input.is_empty() {
            let key: Ident = input.parse().map_err(|error| Error::new(error.span(), format!("not an option of #[trace]; {OPTIONS}")))?;
            match key.to_string().as_str() {
                "name" => set(&mut options.name, &key, assigned(input, name)?)?,
                "kind" => set(&mut options.kind, &key, assigned(input, kind)?)?,
                "parent" => set(&mut options.parent, &key, assigned(input, Expr::parse)?)?,
                "tracer" => set(&mut options.tracer, &key, assigned(input, Expr::parse)?)?,
                "fields" => set(&mut options.fields, &key, fields(input)?)?,
                other => return Err(Error::new(key.span(), format!("`{other}` is not an option of #[trace]; {OPTIONS}"))),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (key, variable) = key(input)?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            let shown = shown(input)?;
            return Ok(Self { key, value: input.parse()?, shown });
        }
        match variable {
            Some(variable) => Ok(Self { key, value: parse_quote!(#variable), shown: Shown::Value }),
            None => Err(Error::new(input.span(), format!("the field `{key}` has no value; write `\"{key}\" = ..`"))),
        }
    }
}

fn set<T>(place: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match place.replace(value) {
        Some(_) => Err(Error::new(key.span(), format!("`{key}` is said twice"))),
        None => Ok(()),
    }
}

fn assigned<T>(input: ParseStream<'_>, value: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
    input.parse::<Token![=]>()?;
    value(input)
}

fn name(input: ParseStream<'_>) -> Result<LitStr> {
    let name: LitStr = input
        .parse()
        .map_err(|error| Error::new(error.span(), "the name of a span is a text that does not vary; put what varies into `fields(..)`"))?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "the name of a span is not empty; leave it out to take the function's"));
    }
    Ok(name)
}

fn kind(input: ParseStream<'_>) -> Result<Ident> {
    let given: Ident = input.parse()?;
    let known = KINDS.iter().find(|(word, _)| given == word);
    known.map(|(_, variant)| Ident::new(variant, given.span())).ok_or_else(|| {
        let words: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        Error::new(given.span(), format!("`{given}` is not a kind of span; there are {}", words.join(", ")))
    })
}

fn fields(input: ParseStream<'_>) -> Result<Vec<Field>> {
    let inside;
    parenthesized!(inside in input);
    Ok(Punctuated::<Field, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}

/// A field's key, and the variable that is meant where no value is given: a text, or words with dots between.
fn key(input: ParseStream<'_>) -> Result<(String, Option<Ident>)> {
    if input.peek(LitStr) {
        let key: LitStr = input.parse()?;
        let key = if key.value().is_empty() { Err(Error::new(key.span(), "the key of a field is not empty")) } else { Ok(key.value()) };
        return Ok((key?, None));
    }
    let first = Ident::parse_any(input)?; // a key may hold words of Rust: `gen_ai.tool.type`
    let mut key = first.unraw().to_string();
    if !input.peek(Token![.]) {
        return Ok((key, Some(first)));
    }
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        key = format!("{key}.{}", Ident::parse_any(input)?.unraw());
    }
    Ok((key, None))
}

fn shown(input: ParseStream<'_>) -> Result<Shown> {
    if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        return Ok(Shown::Debug);
    }
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        return Ok(Shown::Display);
    }
    Ok(Shown::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        syn::parse_str::<Options>(text).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn all_that_can_be_said_is_understood() {
        let options: Options =
            syn::parse_str("\"parse\", kind = client, parent = &a.b, tracer = t(), fields(x, y.type = ?z, \"k\" = %1,),").unwrap();
        assert_eq!(options.name.unwrap().value(), "parse");
        assert_eq!(options.kind.unwrap(), "Client");
        assert!(options.parent.is_some() && options.tracer.is_some());
        let fields = options.fields.unwrap();
        let shown: Vec<_> = fields.iter().map(|field| (field.key.as_str(), matches!(field.shown, Shown::Value))).collect();
        assert_eq!(shown, [("x", true), ("y.type", false), ("k", false)]);
        let options: Options = syn::parse_str("kind = server, name = \"answer\"").unwrap();
        assert_eq!((options.name.unwrap().value(), options.kind.unwrap().to_string()), ("answer".into(), "Server".into()));
        assert!(syn::parse_str::<Options>("").unwrap().name.is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let there_are = "there are `name = \"..\"`, `kind = ..`, `parent = ..`, `tracer = ..` and `fields(..)`";
        assert_eq!(error("skip(x)"), format!("`skip` is not an option of #[trace]; {there_are}"));
        assert_eq!(error("7"), format!("not an option of #[trace]; {there_are}"));
        assert_eq!(error("kind = remote"), "`remote` is not a kind of span; there are internal, server, client, producer, consumer");
        assert_eq!(error("kind = client, kind = server"), "`kind` is said twice");
        assert_eq!(error("\"a\", name = \"b\""), "`name` is said twice");
        assert_eq!(error("\"\""), "the name of a span is not empty; leave it out to take the function's");
        assert_eq!(error("name = format!(\"{x}\")"), "the name of a span is a text that does not vary; put what varies into `fields(..)`");
        assert_eq!(error("fields(a.b)"), "the field `a.b` has no value; write `\"a.b\" = ..`");
        assert_eq!(error("fields(\"\" = 1)"), "the key of a field is not empty");
        assert_eq!(error("\"a\" kind = client"), "expected `,`");
    }
}
