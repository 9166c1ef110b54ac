//! What a scraper gets: the format that its `Accept` header asks for, and the accounts in it.
//!
//! For those who answer scrapes in a server of their own; `telemetry serve` answers them with this
//! too. Sources: Prometheus documentation, Scrape protocol content negotiation and Escaping schemes;
//! RFC 9110, sections 5.6.6 and 12.5.1. Deliberately absent: sockets, and compression.

use codomyrmex_telemetry::Snapshot;
use codomyrmex_telemetry::export::{self, Escaping};

/// A format that scrapers read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// Prometheus text, `text/plain; version=0.0.4`.
    Text0_0_4,
    /// Prometheus text, `text/plain; version=1.0.0`: the same, but made for names of any characters.
    Text1_0_0,
    /// OpenMetrics text, `application/openmetrics-text; version=0.0.1`: what 1.0.0 was called as a draft.
    OpenMetrics0_0_1,
    /// OpenMetrics text, `application/openmetrics-text; version=1.0.0`.
    OpenMetrics1_0_0,
    /// Prometheus protobuf, messages `io.prometheus.client.MetricFamily`, each behind its length.
    Protobuf,
}

const PROTOBUF: &str = "application/vnd.google.protobuf";
const PROTOBUF_MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// The names of the escaping schemes. The documentation also writes the first one without its last dash.
const ESCAPINGS: [(&str, Escaping); 5] = [
    ("allow-utf-8", Escaping::AllowUtf8),
    ("allow-utf8", Escaping::AllowUtf8),
    ("underscores", Escaping::Underscores),
    ("dots", Escaping::Dots),
    ("values", Escaping::Values),
];

/// What is answered to a scrape: a format, and how names are written in it that have other characters
/// than letters, digits, underscores and colons.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exposition {
    /// The format.
    pub format: Format,
    /// How such names are written.
    pub escaping: Escaping,
}

impl Default for Exposition {
    /// What every scraper reads.
    fn default() -> Self {
        Self { format: Format::Text0_0_4, escaping: Escaping::Underscores }
    }
}

impl Exposition {
    /// The best of what an `Accept` header asks for and can be had: what weighs most, and of equals what
    /// stands first. A wildcard stands for text 0.0.4. Where nothing can be had, or nothing is asked for,
    /// that is the answer too, as the documentation demands; a scrape is never refused for its header.
    #[must_use]
    pub fn negotiate(accept: Option<&str>) -> Self {
        let mut best = (0, Self::default());
        for (weight, exposition) in split(accept.unwrap_or_default(), ',').filter_map(range) {
            if weight > best.0 {
                best = (weight, exposition);
            }
        }
        best.1
    }

    /// What the answer's `Content-Type` header says.
    #[must_use]
    pub fn content_type(self) -> String {
        let format = match self.format {
            Format::Text0_0_4 => "text/plain; version=0.0.4; charset=utf-8",
            Format::Text1_0_0 => "text/plain; version=1.0.0; charset=utf-8",
            Format::OpenMetrics0_0_1 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Format::OpenMetrics1_0_0 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Protobuf => "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        };
        let escaping = ESCAPINGS.iter().find(|(_, escaping)| *escaping == self.escaping).map_or("underscores", |(name, _)| name);
        format!("{format}; escaping={escaping}")
    }

    /// The accounts, in the answer's body.
    #[must_use]
    pub fn body(self, snapshot: &Snapshot) -> Vec<u8> {
        match self.format {
            Format::Text0_0_4 | Format::Text1_0_0 => export::prometheus(snapshot, self.escaping).into_bytes(),
            Format::OpenMetrics0_0_1 | Format::OpenMetrics1_0_0 => export::openmetrics(snapshot, self.escaping).into_bytes(),
            Format::Protobuf => export::prometheus_protobuf(snapshot, self.escaping),
        }
    }
}

/// The answer to a scrape, as its `Accept` header asks: the value of `Content-Type`, and the body.
///
/// ```
/// use codomyrmex_telemetry::Snapshot;
/// let accept = "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";
/// let (content_type, body) = codomyrmex_telemetry_host::scrape::respond(Some(accept), &Snapshot::default());
/// assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores");
/// assert_eq!(body, b"# EOF\n");
/// ```
#[must_use]
pub fn respond(accept: Option<&str>, snapshot: &Snapshot) -> (String, Vec<u8>) {
    let exposition = Exposition::negotiate(accept);
    (exposition.content_type(), exposition.body(snapshot))
}

/// What one media range of an `Accept` header asks for, and its weight in thousandths; `None` where that
/// cannot be had, or the range is none.
fn range(text: &str) -> Option<(u16, Exposition)> {
    let mut parts = split(text, ';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let (mut weight, mut version, mut proto, mut encoding) = (1000, None, None, None);
    let mut escaping = Escaping::Underscores;
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value)?,
            "version" => version = Some(value),
            "proto" => proto = Some(value),
            "encoding" => encoding = Some(value),
            // A scheme that is unknown is none: the default can be read by all.
            "escaping" => escaping = ESCAPINGS.iter().find(|(name, _)| *name == value).map_or(Escaping::Underscores, |found| found.1),
            _ => {}
        }
    }
    let format = match (media.as_str(), version) {
        ("*/*" | "text/*", _) | ("text/plain", None | Some("0.0.4")) => Format::Text0_0_4,
        ("text/plain", Some("1.0.0")) => Format::Text1_0_0,
        ("application/openmetrics-text", None | Some("1.0.0")) | ("application/*", _) => Format::OpenMetrics1_0_0,
        ("application/openmetrics-text", Some("0.0.1")) => Format::OpenMetrics0_0_1,
        (PROTOBUF, _) if proto == Some(PROTOBUF_MESSAGE) && encoding == Some("delimited") => Format::Protobuf,
        _ => return None,
    };
    Some((weight, Exposition { format, escaping }))
}

/// A weight between 0 and 1; three decimals count.
fn thousandths(text: &str) -> Option<u16> {
    let weight: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u16)
}

/// The parts of a header between separators that do not stand in quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |character| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match character {
            '\\' if is_quoted && !was_escaped => is_escaped = true,
            '"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        character == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOBUF_RANGE: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    fn chosen(accept: &str) -> (Format, Escaping) {
        let Exposition { format, escaping } = Exposition::negotiate(Some(accept));
        (format, escaping)
    }

    #[test]
    fn every_prometheus_gets_what_it_asks_for_first() {
        use Escaping::{AllowUtf8, Underscores};
        use Format::{OpenMetrics1_0_0, Protobuf, Text0_0_4, Text1_0_0};
        let with_protobuf = |weight: &str, rest: &str| format!("{PROTOBUF_RANGE}{weight},{rest}");
        let open_2_42 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let open_2_42_after = "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let open_2_53 = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let open_2_53_after = "application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let open_3_0 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2";
        let open_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let open_3_after = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        for (accept, expected) in [
            (open_2_42.to_string(), (OpenMetrics1_0_0, Underscores)),
            (with_protobuf("", open_2_42_after), (Protobuf, Underscores)),
            (open_2_53.into(), (OpenMetrics1_0_0, Underscores)),
            (with_protobuf(";q=0.5", open_2_53_after), (Protobuf, Underscores)),
            (open_3_0.into(), (OpenMetrics1_0_0, AllowUtf8)),
            (open_3.into(), (OpenMetrics1_0_0, AllowUtf8)),
            (with_protobuf(";q=0.6", open_3_after), (Protobuf, Underscores)),
            // scrape_protocols: [PrometheusText1.0.0] and [PrometheusText0.0.4], of 3.x
            ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5".into(), (Text1_0_0, AllowUtf8)),
            ("text/plain;version=0.0.4;q=0.6,*/*;q=0.5".into(), (Text0_0_4, Underscores)),
        ] {
            assert_eq!(chosen(&accept), expected, "{accept}");
        }
    }

    #[test]
    fn what_others_ask_for_is_answered_too() {
        use Escaping::{AllowUtf8, Dots, Underscores, Values};
        use Format::{OpenMetrics0_0_1, OpenMetrics1_0_0, Protobuf, Text0_0_4, Text1_0_0};
        assert_eq!(Exposition::negotiate(None), Exposition { format: Text0_0_4, escaping: Underscores });
        for (accept, format, escaping) in [
            ("", Text0_0_4, Underscores),
            ("*/*", Text0_0_4, Underscores),
            ("*/*;escaping=dots", Text0_0_4, Dots),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Text0_0_4, Underscores), // a browser
            ("text/*;q=0.1, application/*;q=0.2", OpenMetrics1_0_0, Underscores),
            ("application/json", Text0_0_4, Underscores),
            ("text/plain", Text0_0_4, Underscores),
            ("text/plain;version=2.0.0, application/openmetrics-text;q=0.1", OpenMetrics1_0_0, Underscores),
            ("application/openmetrics-text", OpenMetrics1_0_0, Underscores),
            ("application/openmetrics-text;version=0.0.1;escaping=values", OpenMetrics0_0_1, Values),
            ("application/openmetrics-text; version=0.0.4", Text0_0_4, Underscores),
            ("text/plain;version=1.0.0;escaping=allow-utf8", Text1_0_0, AllowUtf8),
            ("text/plain;version=1.0.0;escaping=fancy", Text1_0_0, Underscores),
            // Spelled in other ways that mean the same.
            (" Text/Plain ; Version = \"1.0.0\" ; ESCAPING=dots ; q=1.000 , */*;q=0.1", Text1_0_0, Dots),
            ("text/plain;note=\"a,b;\\\"version=1.0.0,c\"", Text0_0_4, Underscores),
            // Weights: the greatest, then the first; 0 means never; what is no weight has no range.
            ("text/plain;version=1.0.0, application/openmetrics-text", Text1_0_0, Underscores),
            ("text/plain;version=1.0.0;q=.2, application/openmetrics-text;q=0.21", OpenMetrics1_0_0, Underscores),
            ("application/openmetrics-text;q=0", Text0_0_4, Underscores),
            ("application/openmetrics-text;q=NaN, text/plain;version=1.0.0;q=0.001", Text1_0_0, Underscores),
            ("application/openmetrics-text;q=2, text/plain;version=1.0.0;q=0.001", Text1_0_0, Underscores),
            (",;,=,;q=1,\"", Text0_0_4, Underscores),
            // Protobuf only as messages of that kind behind their lengths.
            ("application/vnd.google.protobuf", Text0_0_4, Underscores),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", Text0_0_4, Underscores),
            ("application/vnd.google.protobuf;proto=other;encoding=delimited", Text0_0_4, Underscores),
            (
                "application/vnd.google.protobuf;encoding=delimited;escaping=values;proto=io.prometheus.client.MetricFamily",
                Protobuf,
                Values,
            ),
        ] {
            assert_eq!(chosen(accept), (format, escaping), "{accept}");
        }
    }

    #[test]
    fn the_answer_names_what_was_chosen() {
        for (accept, expected) in [
            ("text/plain", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            ("text/plain;version=1.0.0;escaping=allow-utf8", "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"),
            ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"),
            (
                "application/openmetrics-text;version=0.0.1;escaping=dots",
                "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=dots",
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=values",
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=values",
            ),
        ] {
            assert_eq!(respond(Some(accept), &Snapshot::default()).0, expected);
            // What is answered is understood as the same when it is asked for.
            assert_eq!(Exposition::negotiate(Some(expected)).content_type(), expected);
        }
    }

    #[test]
    fn the_body_is_in_the_format_that_was_chosen() {
        let mut ledger = codomyrmex_telemetry::Ledger::new(codomyrmex_telemetry::WriterId::new(1));
        let instrument = codomyrmex_telemetry::Instrument::Counter;
        let (name, help, unit) = ("seen".to_string(), String::new(), String::new());
        ledger.declare(codomyrmex_telemetry::Descriptor { name, help, unit, labels: vec![], instrument, window: None }).unwrap();
        let snapshot = ledger.snapshot();
        let body = |accept: &str| respond(Some(accept), &snapshot).1;
        let text = |accept: &str| String::from_utf8(body(accept)).unwrap();
        assert_eq!(text("text/plain"), "# TYPE seen_total counter\n");
        assert_eq!(text("text/plain;version=1.0.0"), "# TYPE seen_total counter\n");
        assert_eq!(text("application/openmetrics-text"), "# TYPE seen counter\n# EOF\n");
        assert_eq!(text("application/openmetrics-text;version=0.0.1"), "# TYPE seen counter\n# EOF\n");
        assert_eq!(body(PROTOBUF_RANGE), export::prometheus_protobuf(&snapshot, Escaping::Underscores));
    }
}
