//! A row of the table, as JSON on standard output; and what is said meanwhile, on standard error.
//!
//! Deliberately absent: the table, for which all rows have to be there.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "rows are what the binaries of this package put out")]

use serde_json::json;

/// What came of one case beside one peer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'a> {
    /// What was done.
    pub case: &'a str,
    /// Nanoseconds an operation of ours.
    pub ours_ns: Option<f64>,
    /// Bytes of ours.
    pub ours_bytes: Option<f64>,
    /// The peer and its nanoseconds.
    pub peer: Option<(&'a str, f64)>,
    /// The peer's time by ours; above 1 is ahead.
    pub ratio: Option<f64>,
}

impl Row<'_> {
    /// Writes it.
    pub fn print(&self) {
        println!("{}", self.json());
    }

    fn json(&self) -> String {
        let rounded = |value: Option<f64>| value.map(|value| (value * 1000.0).round() / 1000.0);
        let (peer, peer_ns) = self.peer.map_or(("none", None), |(name, nanos)| (name, Some(nanos)));
        let mut row = json!({
            "case": self.case,
            "ours_ns": rounded(self.ours_ns),
            "peer": peer,
            "peer_ns": rounded(peer_ns),
            "ratio": rounded(self.ratio),
        });
        if let (Some(bytes), Some(row)) = (rounded(self.ours_bytes), row.as_object_mut()) {
            row.insert("ours_bytes".into(), json!(bytes));
        }
        row.to_string()
    }
}

/// Says what is done.
pub fn say(text: &str) {
    eprintln!("    {text} …");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_with_all_of_its_keys() {
        let row = Row { case: "a", ours_ns: Some(1.23456), peer: Some(("b", 2.0)), ratio: Some(1.62), ..Row::default() };
        assert_eq!(row.json(), r#"{"case":"a","ours_ns":1.235,"peer":"b","peer_ns":2.0,"ratio":1.62}"#);
        let row = Row { case: "memory: a", ours_bytes: Some(283.0), ..Row::default() };
        assert_eq!(row.json(), r#"{"case":"memory: a","ours_bytes":283.0,"ours_ns":null,"peer":"none","peer_ns":null,"ratio":null}"#);
    }
}
