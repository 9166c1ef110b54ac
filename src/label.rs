//! The rules for names, help texts, units and label values, checked once where they come in.
//!
//! Sources: Prometheus data model, section Metric names and labels; OpenMetrics 1.0, sections
//! Metric, Unit and Reserved label names. Deliberately absent: escaping but for the one scheme that
//! decides which names clash; the rest belongs to exports.

use alloc::format;
use alloc::string::String;

use crate::Error;
use crate::limits::{LABEL_VALUE_BYTES_MAX, LABEL_VALUES_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// The prefix of the names that exports use for the ledger's own account.
pub(crate) const OWN_PREFIX: &str = "codomyrmex_telemetry_";

/// The label of the series that all label sets beyond a family's limit share (OpenTelemetry Metrics
/// SDK, section Overflow attribute, spelled as Prometheus can have it).
pub(crate) const OVERFLOW_LABEL: &str = "otel_metric_overflow";

/// Checks the name of a family: any text without control characters (Prometheus data model, UTF-8
/// names). Exports escape what their readers cannot take.
pub(crate) fn check_metric_name(name: &str) -> Result<(), Error> {
    check_length("metric name", name)?;
    check_printable("metric name", name)?;
    if legacy_name(name).starts_with(OWN_PREFIX) {
        return Err(Error::InvalidName(format!(
            "metric name '{name}' begins with '{OWN_PREFIX}', which the ledger keeps for its own account"
        )));
    }
    Ok(())
}

/// Checks the names of a family's labels. `reserved` are those that its export adds itself.
pub(crate) fn check_label_names(family: &str, names: &[String], reserved: &[&str]) -> Result<(), Error> {
    if names.len() > LABELS_MAX {
        return Err(Error::Limit(format!("'{family}' has {} labels; at most {LABELS_MAX} are kept", names.len())));
    }
    for (place, name) in names.iter().enumerate() {
        check_length("label name", name)?;
        check_printable("label name", name)?;
        let legacy = legacy_label(name);
        if legacy.starts_with("__") || legacy == OVERFLOW_LABEL || reserved.contains(&legacy.as_str()) {
            return Err(Error::InvalidName(format!("label name '{name}' of '{family}' is reserved; take another")));
        }
        if let Some(earlier) = names.iter().take(place).find(|earlier| legacy_label(earlier) == legacy) {
            return Err(Error::InvalidName(if earlier == name {
                format!("'{family}' has the label '{name}' twice")
            } else {
                format!("the labels '{earlier}' and '{name}' of '{family}' would be one where names must be escaped")
            }));
        }
    }
    Ok(())
}

/// A name as those know it who take only letters, digits, `_` and `:`, a digit not first (Prometheus,
/// escaping scheme `underscores`).
pub(crate) fn legacy_name(name: &str) -> String {
    name.char_indices().map(|(at, c)| if is_legacy(at, c) { c } else { '_' }).collect()
}

/// The same of a label's name, which may not have `:` either.
fn legacy_label(name: &str) -> String {
    name.char_indices().map(|(at, c)| if is_legacy_label(at, c) { c } else { '_' }).collect()
}

/// Whether a character at a place may stand in a label's name of the older data model.
pub(crate) const fn is_legacy_label(at: usize, c: char) -> bool {
    c != ':' && is_legacy(at, c)
}

/// Whether a character at a place may stand in a name of the older data model.
pub(crate) const fn is_legacy(at: usize, c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':' || (at > 0 && c.is_ascii_digit())
}

fn check_printable(what: &str, name: &str) -> Result<(), Error> {
    if name.chars().any(char::is_control) {
        return Err(Error::InvalidName(format!("the {what} {name:?} has a control character")));
    }
    Ok(())
}

/// Checks a unit: empty, or letters, digits and `_ / % . { }` as in `bytes`, `seconds`, `By/s`.
pub(crate) fn check_unit(family: &str, unit: &str) -> Result<(), Error> {
    if unit.len() > NAME_BYTES_MAX || !unit.chars().all(|c| c.is_ascii_alphanumeric() || "_/%.{}".contains(c)) {
        return Err(Error::InvalidName(format!(
            "the unit of '{family}' may hold letters, digits and _ / % . {{ }} and at most {NAME_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}

/// Checks a text for people.
pub(crate) fn check_text(of: &str, text: &str) -> Result<(), Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::Limit(format!("the text of '{of}' has {} bytes; at most {TEXT_BYTES_MAX} are kept", text.len())));
    }
    Ok(())
}

/// Checks the values of a series' labels.
pub(crate) fn check_label_values(family: &str, names: &[String], values: &[String]) -> Result<(), Error> {
    if names.len() != values.len() {
        return Err(Error::InvalidArgument(format!(
            "'{family}' has {} labels ({}) but {} values were given",
            names.len(),
            names.join(", "),
            values.len()
        )));
    }
    names.iter().zip(values).try_for_each(|(name, value)| check_value(family, name, value))?;
    let all: usize = values.iter().map(String::len).sum();
    if all > LABEL_VALUES_BYTES_MAX {
        return Err(Error::Limit(format!(
            "the label values of a series of '{family}' have {all} bytes together; at most {LABEL_VALUES_BYTES_MAX} are kept"
        )));
    }
    Ok(())
}

/// Checks one value.
pub(crate) fn check_value(of: &str, name: &str, value: &str) -> Result<(), Error> {
    if value.len() > LABEL_VALUE_BYTES_MAX {
        return Err(Error::Limit(format!(
            "the value of label '{name}' of '{of}' has {} bytes; at most {LABEL_VALUE_BYTES_MAX} are kept",
            value.len()
        )));
    }
    Ok(())
}

/// Checks a name that may hold any text: not empty, not too long.
pub(crate) fn check_length(what: &str, name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::InvalidName(format!("a {what} must not be empty")));
    }
    if name.len() > NAME_BYTES_MAX {
        let start = name.chars().take(32).collect::<String>();
        return Err(Error::InvalidName(format!(
            "the {what} beginning '{start}' has {} bytes; at most {NAME_BYTES_MAX} are allowed",
            name.len()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn labels_that_are_one_once_they_are_escaped_are_refused() {
        let check =
            |names: &[&str]| check_label_names("f", &names.iter().map(|name| String::from(*name)).collect::<vec::Vec<_>>(), &["le"]);
        for names in
            [&["a:b", "a_b"][..], &["a.b", "a-b"], &["_:c"], &[".-x"], &["__x"], &["otel.metric.overflow"], &["le"], &[""], &["a\n"]]
        {
            assert!(matches!(check(names), Err(Error::InvalidName(_))), "{names:?}");
        }
        assert_eq!(check(&["a:b", "a_c", "größe", "_x", "1"]), Ok(()));
    }
}
