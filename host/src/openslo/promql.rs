//! The little of PromQL that the ledger's own selectors can say.
//!
//! `name`, `name{label="value"}`, and `rate`, `increase` and `sum` around it: whatever the function, a
//! ratio of two such counts the same events. Deliberately absent: everything else, above all other
//! matchers; a query that is half understood would count the wrong events.

use codomyrmex_telemetry::slo::MetricSelector;

/// Reads a query; `None` for all that a selector cannot say.
pub(super) fn read(query: &str) -> Option<MetricSelector> {
    let query = query.trim();
    let inner = inside(query, "sum").unwrap_or(query);
    match inside(inner, "rate").or_else(|| inside(inner, "increase")) {
        Some(ranged) => {
            let (selector, range) = ranged.strip_suffix(']')?.rsplit_once('[')?;
            let is_range = !range.trim().is_empty() && !range.contains([']', '"', ':']);
            selector_of(selector).filter(|_| is_range)
        }
        None => selector_of(inner),
    }
}

/// What is in the parentheses of a function that is all of the text.
fn inside<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    let inside = text.strip_prefix(function)?.trim_start().strip_prefix('(')?;
    inside.strip_suffix(')').map(str::trim)
}

/// Reads `name{label="value", ...}`.
fn selector_of(text: &str) -> Option<MetricSelector> {
    let text = text.trim();
    let (name, matchers) = match text.split_once('{') {
        Some((name, matchers)) => (name.trim(), matchers.strip_suffix('}')?),
        None => (text, ""),
    };
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut rest = matchers.trim();
    while !rest.is_empty() {
        let (label, after) = rest.split_once('=')?;
        let (value, after) = quoted(after.trim_start())?;
        let label = label.trim();
        // An empty value means that there may be no such label, which ours do not say.
        if !is_name(label, false) || value.is_empty() || labels.iter().any(|(before, _)| before == label) {
            return None;
        }
        labels.push((label.into(), value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    is_name(name, true).then(|| MetricSelector { name: name.into(), labels, threshold: None })
}

/// Whether it is the name of a metric, or of a label, which has no colon.
fn is_name(name: &str, colon: bool) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':');
    name.chars().all(is_inner) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// A text in double quotes, and what is after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                same @ ('"' | '\\') => same,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_selectors_are_read() {
        let expected = MetricSelector {
            name: "a:x_total".into(),
            labels: vec![("code".into(), "2\"00\n\\,}".into()), ("b".into(), "c".into())],
            threshold: None,
        };
        let selector = r#"a:x_total{code="2\"00\n\\,}", b = "c",}"#;
        for query in [
            selector.to_string(),
            format!(" sum( {selector} )\n"),
            format!("sum(rate({selector}[5m]))"),
            format!("increase({selector}[$__rate_interval])"),
            format!("sum ( rate ( {selector} [ {{{{.window}}}} ] ) )"),
        ] {
            assert_eq!(read(&query), Some(expected.clone()), "{query}");
        }
        assert_eq!(read("x{}"), read("x"));
        assert_eq!(read("sum"), Some(MetricSelector { name: "sum".into(), labels: Vec::new(), threshold: None }));
    }

    #[test]
    fn all_else_is_not() {
        for query in [
            "",
            "{}",
            "1x",
            "x{",
            "x}",
            "x{a}",
            r#"x{a=~"b"}"#,
            r#"x{a!="b"}"#,
            r#"x{a="b" c="d"}"#,
            r#"x{a="b",a="c"}"#,
            r#"x{a=""}"#,
            r#"x{a="b}"#,
            r#"x{a='b'}"#,
            r#"x{a="\x"}"#,
            r#"x{a:b="c"}"#,
            "x[5m]",
            "rate(x)",
            "rate(x[])",
            "rate(x[5m:1m])",
            "sum by (a) (x)",
            "sum(x) by (a)",
            "sum(x) / sum(y)",
            "avg(x)",
            "x offset 5m",
            "sum(sum(x))",
            "x + y",
            r#"x{a="b"} or y{c="d"}"#,
            "rate(x[5m][5m])",
            "größe",
            ",",
            r#"x{,}"#,
            r#"x{a="b",,}"#,
            r#"{__name__="x"}"#,
        ] {
            assert_eq!(read(query), None, "{query}");
        }
    }
}
