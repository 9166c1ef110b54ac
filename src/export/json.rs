//! The JSON form of a message (Protocol Buffers, ProtoJSON; with what OpenTelemetry changes of it).
//!
//! Integers of 64 bits are strings, enumerations are numbers, ids are hexadecimal; doubles that JSON
//! does not know are "NaN", "Infinity" and "-Infinity". Deliberately absent: white space, and reading.

use alloc::string::String;
use core::fmt::Write;

use super::sink::{Field, Sink};
use crate::float::Double;

/// What is written so far.
pub(super) struct Json {
    text: String,
}

impl Json {
    /// An object that is not closed yet.
    pub(super) fn open() -> Self {
        Self { text: String::from("{") }
    }

    pub(super) fn close(mut self) -> String {
        self.text.push('}');
        self.text
    }

    /// What separates a field or an item from the one before. A text ends with a quote, so what was
    /// written ends with a bracket only where nothing is before.
    fn comma(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
    }

    fn key(&mut self, field: Field) {
        self.comma();
        self.put(format_args!("\"{}\":", field.1));
    }

    fn quoted(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                c if c < ' ' => self.put(format_args!("\\u{:04x}", u32::from(c))),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    fn number(&mut self, value: f64) {
        if value.is_finite() {
            // With a point or an exponent always: "-0" would be read as a whole number, which has no sign.
            self.put(format_args!("{value:?}"));
        } else {
            self.text.push_str(if value.is_nan() {
                "\"NaN\""
            } else if value > 0.0 {
                "\"Infinity\""
            } else {
                "\"-Infinity\""
            });
        }
    }

    fn array<T: Copy>(&mut self, field: Field, values: &[T], put: impl Fn(&mut Self, T)) {
        self.key(field);
        self.text.push('[');
        for value in values {
            self.comma();
            put(self, *value);
        }
        self.text.push(']');
    }

    fn put(&mut self, text: core::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(text);
    }
}

impl Sink for Json {
    fn text(&mut self, field: Field, value: &str) {
        self.key(field);
        self.quoted(value);
    }

    fn flag(&mut self, field: Field, value: bool) {
        self.key(field);
        self.put(format_args!("{value}"));
    }

    fn choice(&mut self, field: Field, value: u32) {
        self.key(field);
        self.put(format_args!("{value}"));
    }

    fn sint(&mut self, field: Field, value: i32) {
        self.key(field);
        self.put(format_args!("{value}"));
    }

    fn int(&mut self, field: Field, value: i64) {
        self.key(field);
        self.put(format_args!("\"{value}\""));
    }

    fn fixed32(&mut self, field: Field, value: u32) {
        self.choice(field, value);
    }

    fn fixed(&mut self, field: Field, value: u64) {
        self.key(field);
        self.put(format_args!("\"{value}\""));
    }

    fn double(&mut self, field: Field, value: f64) {
        self.key(field);
        self.number(value);
    }

    fn id(&mut self, field: Field, bytes: &[u8]) {
        self.key(field);
        self.text.push('"');
        bytes.iter().for_each(|byte| self.put(format_args!("{byte:02x}")));
        self.text.push('"');
    }

    fn fixeds(&mut self, field: Field, values: &[u64]) {
        self.array(field, values, |json, value| json.put(format_args!("\"{value}\"")));
    }

    fn varints(&mut self, field: Field, values: &[u64]) {
        self.fixeds(field, values);
    }

    fn doubles(&mut self, field: Field, values: &[Double]) {
        self.array(field, values, |json, value| json.number(value.get()));
    }

    fn message(&mut self, field: Field, fill: impl FnOnce(&mut Self)) {
        self.key(field);
        self.text.push('{');
        fill(self);
        self.text.push('}');
    }

    fn list(&mut self, field: Field, fill: impl FnOnce(&mut Self)) {
        self.key(field);
        self.text.push('[');
        fill(self);
        self.text.push(']');
    }

    fn item(&mut self, _: Field, fill: impl FnOnce(&mut Self)) {
        self.comma();
        self.text.push('{');
        fill(self);
        self.text.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_field_has_its_form() {
        let mut json = Json::open();
        let field = |name| Field(1, name);
        json.text(field("text"), "a\"\\\n\u{1}{[é");
        json.flag(field("flag"), true);
        json.choice(field("choice"), 2);
        json.sint(field("sint"), -3);
        json.int(field("int"), i64::MIN);
        json.fixed32(field("fixed32"), u32::MAX);
        json.fixed(field("fixed"), u64::MAX);
        json.id(field("id"), &[0, 0xab]);
        json.fixeds(field("fixeds"), &[1, 2]);
        json.varints(field("varints"), &[]);
        json.doubles(field("doubles"), &[0.5, -0.0, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Double::new));
        json.message(field("message"), |json| json.double(field("double"), 3.0));
        json.list(field("list"), |json| {
            json.item(field("list"), |_| {});
            json.item(field("list"), |json| json.text(field("a"), "["));
        });
        let expected = r#"{"text":"a\"\\\n\u0001{[é","flag":true,"choice":2,"sint":-3,"int":"-9223372036854775808","fixed32":4294967295,"fixed":"18446744073709551615","id":"00ab","fixeds":["1","2"],"varints":[],"doubles":[0.5,-0.0,1e300,"NaN","Infinity","-Infinity"],"message":{"double":3.0},"list":[{},{"a":"["}]}"#;
        assert_eq!(json.close(), expected);
    }
}
