//! Groups of rules as YAML: quoted, in a fixed order.
//!
//! Every text that is not ours stands in double quotes. What YAML and PromQL escape there they escape alike,
//! so one function serves both. Deliberately absent: which rules there are.

use alloc::format;
use alloc::string::String;

/// A group of rules, as far as it is written.
pub(super) struct Group {
    name: String,
    rules: String,
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), rules: String::new() }
    }

    /// Adds a rule that records a series.
    pub(super) fn record(&mut self, name: &str, expression: &str, labels: &[(&str, String)]) {
        self.rule("record", name, expression);
        self.pairs("labels", labels);
    }

    /// Adds a rule that alerts.
    pub(super) fn alert(&mut self, name: &str, expression: &str, labels: &[(&str, String)], annotations: &[(&str, String)]) {
        self.rule("alert", name, expression);
        self.pairs("labels", labels);
        self.pairs("annotations", annotations);
    }

    /// Writes it, if there is anything in it.
    pub(super) fn write(self, text: &mut String) {
        if !self.rules.is_empty() {
            text.push_str(&format!("  - name: {}\n    rules:\n{}", quoted(&self.name), self.rules));
        }
    }

    fn rule(&mut self, kind: &str, name: &str, expression: &str) {
        self.rules.push_str(&format!("      - {kind}: {}\n        expr: |-\n", quoted(name)));
        expression.lines().for_each(|line| self.rules.push_str(&format!("          {line}\n")));
    }

    fn pairs(&mut self, what: &str, pairs: &[(&str, String)]) {
        self.rules.push_str(&format!("        {what}:\n"));
        pairs.iter().for_each(|(name, value)| self.rules.push_str(&format!("          {name}: {}\n", quoted(value))));
    }
}

/// A text in double quotes, as YAML and PromQL read it: what is no letter, digit or sign of ASCII is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            c if !c.is_ascii() && c.is_alphanumeric() => quoted.push(c),
            c if u32::from(c) < 0x1_0000 => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// A text in which Prometheus, which takes the labels and annotations of alerts for templates, finds none.
pub(super) fn spared(text: &str) -> String {
    text.replace("{{", "{{\"{{\"}}")
}

/// A fraction, exactly: in decimals where they end soon, else as a division.
pub(super) fn number(mut numerator: u128, mut denominator: u128) -> String {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numerator, denominator) = (numerator / a.max(1), denominator / a.max(1));
    let mut rest = denominator;
    let mut times = |factor: u128| {
        let mut count = 0u32;
        while rest.is_multiple_of(factor) && rest > 0 {
            (rest, count) = (rest / factor, count + 1);
        }
        count
    };
    let places = times(2).max(times(5));
    let scaled = 10u128.checked_pow(places).and_then(|scale| Some((numerator.checked_mul(scale / denominator.max(1))?, scale)));
    match scaled {
        Some((digits, _)) if rest == 1 && places == 0 => format!("{digits}"),
        Some((digits, scale)) if rest == 1 && places <= 15 => {
            format!("{}.{:0width$}", digits / scale, digits % scale, width = places as usize)
        }
        _ => format!("({numerator} / {denominator})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for ((numerator, denominator), expected) in [
            ((0, 7), "0"),
            ((30, 1), "30"),
            ((1, 1_000), "0.001"),
            ((72, 5_000), "0.0144"),
            ((14 * 2, 15 * 2), "(14 / 15)"),
            ((21, 2), "10.5"),
            ((1, 1 << 15), "0.000030517578125"),
            ((1, 1 << 16), "(1 / 65536)"),
            ((u128::from(u64::MAX), 10), "1844674407370955161.5"),
        ] {
            assert_eq!(number(numerator, denominator), expected);
        }
    }

    #[test]
    fn nothing_gets_out_of_its_quotes() {
        assert_eq!(quoted("a \"b\"\\\n\t{é}\u{7f}\u{2028}\u{1f600}"), r#""a \"b\"\\\n\u0009{é}\u007f\u2028\U0001f600""#);
        assert_eq!(spared("{{ $value }} {{{"), r#"{{"{{"}} $value }} {{"{{"}}{"#);
    }
}
