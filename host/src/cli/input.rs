//! Input lines, put into groups: the lines with one value of a key, in order of first appearance.
//!
//! Every line is checked to be a JSON object before any agent runs, so that wrong input costs
//! nothing. Deliberately absent: any meaning of the lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Failure;
use crate::Line;

/// The groups of a file's lines. Empty lines are passed over; numbers count them.
pub(super) fn groups(path: &Path, bytes: Vec<u8>, key: &str) -> Result<Vec<Vec<Line>>, Failure> {
    let shown = path.display();
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::input(format_args!("{shown}: byte {} is not UTF-8", error.utf8_error().valid_up_to())))?;
    let mut groups: Vec<Vec<Line>> = Vec::new();
    let mut places = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text); // some editors put it there
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: &str| Failure::input(format_args!("{shown}:{number}: {what}"));
        let not_json = |error: serde_json::Error| {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            wrong(&format!("not JSON: {what} at column {}", error.column()))
        };
        let value: Value = serde_json::from_str(line).map_err(not_json)?;
        let group = value.as_object().ok_or_else(|| wrong("not a JSON object"))?.get(key);
        let group = group.ok_or_else(|| wrong(&format!("no key '{key}' to group by; name another with --by")))?.to_string();
        let place = *places.entry(group).or_insert(groups.len());
        let line = Line { number, text: line.into() };
        match groups.get_mut(place) {
            Some(group) => group.push(line),
            None => groups.push(vec![line]),
        }
    }
    if groups.is_empty() {
        return Err(Failure::input(format_args!("{shown}: there are no lines in it")));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Result<Vec<Vec<u64>>, String> {
        let groups = groups(Path::new("f"), text.into(), "run").map_err(|failure| failure.message)?;
        Ok(groups.iter().map(|group| group.iter().map(|line| line.number).collect()).collect())
    }

    #[test]
    fn lines_of_one_value_stay_together_in_order() {
        assert_eq!(numbers("{\"run\":1}\n\n{\"run\":\"1\"}\n{\"run\":1}\n"), Ok(vec![vec![1, 4], vec![3]]));
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(numbers("{\"run\":1}\nnonsense"), Err("f:2: not JSON: expected ident at column 2".into()));
        assert_eq!(numbers("[]"), Err("f:1: not a JSON object".into()));
        assert_eq!(numbers("{}"), Err("f:1: no key 'run' to group by; name another with --by".into()));
        assert_eq!(numbers("\n"), Err("f: there are no lines in it".into()));
    }
}
