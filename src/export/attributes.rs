//! Attributes as OTLP has them: `KeyValue`, `AnyValue` and `ArrayValue`.
//!
//! Source: opentelemetry-proto, `common.proto`. A value is one of several kinds, so it is written even where it
//! is what absence says elsewhere: zero, false, the empty text. Deliberately absent: maps and bytes, which no
//! attribute of ours holds.

use super::sink::{Field, Sink};
use crate::attribute::{Attributes, Value};
use crate::float::Double;

const KEY: Field = Field(1, "key");
const VALUE: Field = Field(2, "value");

// AnyValue.
const STRING: Field = Field(1, "stringValue");
const BOOL: Field = Field(2, "boolValue");
const INT: Field = Field(3, "intValue");
const DOUBLE: Field = Field(4, "doubleValue");
const ARRAY: Field = Field(5, "arrayValue");

// ArrayValue.
const VALUES: Field = Field(1, "values");

/// All of them, by key; nothing where there is none.
pub(super) fn all<S: Sink>(sink: &mut S, field: Field, attributes: &Attributes) {
    if !attributes.is_empty() {
        sink.list(field, |sink| attributes.iter().for_each(|(key, value)| sink.item(field, |sink| one(sink, key, value))));
    }
}

/// One, into its message.
pub(super) fn one<S: Sink>(sink: &mut S, key: &str, value: &Value) {
    sink.text(KEY, key);
    sink.message(VALUE, |sink| any(sink, value));
}

/// One that is a text, into its message.
pub(super) fn text<S: Sink>(sink: &mut S, key: &str, value: &str) {
    sink.text(KEY, key);
    sink.message(VALUE, |sink| sink.text(STRING, value));
}

fn any<S: Sink>(sink: &mut S, value: &Value) {
    let double = |sink: &mut S, value: &Double| sink.double(DOUBLE, value.get());
    match value {
        Value::Boolean(value) => sink.flag(BOOL, *value),
        Value::Integer(value) => sink.int(INT, *value),
        Value::Float(value) => double(sink, value),
        Value::Text(value) => sink.text(STRING, value),
        Value::Booleans(list) => array(sink, list, |sink, value| sink.flag(BOOL, *value)),
        Value::Integers(list) => array(sink, list, |sink, value| sink.int(INT, *value)),
        Value::Floats(list) => array(sink, list, double),
        Value::Texts(list) => array(sink, list, |sink, value| sink.text(STRING, value)),
    }
}

fn array<S: Sink, T>(sink: &mut S, list: &[T], put: impl Fn(&mut S, &T)) {
    // In JSON an empty one says so: collectors written in Rust take no list that is left out.
    sink.message(ARRAY, |sink| sink.list(VALUES, |sink| list.iter().for_each(|value| sink.item(VALUES, |sink| put(sink, value)))));
}
