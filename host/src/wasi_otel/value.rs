//! Attributes of `wasi:otel`, whose values are JSON, as the ledger has them.
//!
//! Texts, booleans and numbers are themselves, and so are lists of one of these. Whole numbers that 64 bits with a
//! sign hold are integers, also where an SDK began with a double: JSON does not tell. Objects, lists of lists and of
//! different things are kept as their JSON; bytes as the data URI that they came as. Nothing (`null`) and what is no
//! JSON is no value. Deliberately absent: limits on number and size but for what is read at once; a span and a
//! label have their own.

use codomyrmex_telemetry::limits::SPAN_BYTES_MAX;
use codomyrmex_telemetry::{Double, Value};
use serde_json::Value as Json;

/// The value of an attribute; `None` where it is none, or longer than a whole span may be.
pub(super) fn value(text: &str) -> Option<Value> {
    if text.len() > SPAN_BYTES_MAX {
        return None;
    }
    // At most 128 deep: the parser's own limit.
    Some(match serde_json::from_str(text).ok()? {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Integer(value),
            (None, Some(value)) => value.to_string().into(), // a double would not be exact
            (None, None) => Value::Float(Double::new(number.as_f64()?)),
        },
        Json::String(text) => text.into(),
        Json::Array(list) => array(&list).unwrap_or_else(|| Json::Array(list).to_string().into()),
        Json::Object(map) => Json::Object(map).to_string().into(),
    })
}

/// A list of one kind of things; integers among doubles are doubles.
fn array(list: &[Json]) -> Option<Value> {
    let all = |one: &dyn Fn(&Json) -> bool| list.iter().all(one);
    Some(if all(&Json::is_string) {
        Value::Texts(list.iter().filter_map(Json::as_str).map(Into::into).collect())
    } else if all(&Json::is_boolean) {
        Value::Booleans(list.iter().filter_map(Json::as_bool).collect())
    } else if all(&Json::is_i64) {
        Value::Integers(list.iter().filter_map(Json::as_i64).collect())
    } else if all(&|item| item.is_i64() || item.is_f64()) {
        Value::Floats(list.iter().filter_map(Json::as_f64).map(Double::new).collect())
    } else {
        return None;
    })
}

/// The value of an attribute as the value of a label: a text as it is, other things as JSON.
pub(super) fn label(text: &str) -> Option<String> {
    Some(match value(text)? {
        Value::Text(text) => text.into(),
        Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => text.trim().into(),
        _ => serde_json::from_str::<Json>(text).ok()?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_values_of_one_type_or_stays_text() {
        let text = |text: &str| Some(Value::Text(text.into()));
        let cases = [
            ("true", Some(Value::Boolean(true))),
            ("-7", Some(Value::Integer(-7))),
            ("9223372036854775807", Some(Value::Integer(i64::MAX))),
            ("18446744073709551615", text("18446744073709551615")),
            ("2.5", Some(Value::Float(Double::new(2.5)))),
            ("1e400", None),
            ("\"a\\u00fc\"", text("aü")),
            ("\"data:application/octet-stream;base64,AAE=\"", text("data:application/octet-stream;base64,AAE=")),
            ("[]", Some(Value::Texts(vec![]))),
            ("[\"a\",\"b\"]", Some(Value::Texts(vec!["a".into(), "b".into()]))),
            ("[true]", Some(Value::Booleans(vec![true]))),
            ("[1, 2]", Some(Value::Integers(vec![1, 2]))),
            ("[1, 2.5]", Some(Value::Floats(vec![Double::new(1.0), Double::new(2.5)]))),
            ("[1, \"a\"]", text("[1,\"a\"]")),
            ("[null]", text("[null]")),
            ("{\"b\": [1], \"a\": null}", text("{\"a\":null,\"b\":[1]}")),
            ("null", None),
            ("", None),
            ("nonsense", None),
            ("1 2", None),
            ("\"\\ud800\"", None),
        ];
        for (json, expected) in cases {
            assert_eq!(value(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_none() {
        assert_eq!(value(&"[".repeat(10_000)), None);
        assert_eq!(value(&format!("{}{}", "[".repeat(200), "]".repeat(200))), None);
        assert_eq!(value(&format!("\"{}\"", "a".repeat(SPAN_BYTES_MAX))), None);
    }

    #[test]
    fn labels_are_texts() {
        let cases = [("\"a\"", "a"), (" 5 ", "5"), ("2.50", "2.50"), ("false", "false"), ("[1, 2]", "[1,2]"), ("{ }", "{}")];
        for (json, expected) in cases {
            assert_eq!(label(json).as_deref(), Some(expected), "{json}");
        }
        assert_eq!((label("null"), label("x")), (None, None));
    }
}
