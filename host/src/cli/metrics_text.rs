//! Metrics for people: a line a series, the largest first, as many as help.
//!
//! Counters that are split by outcome have a table of their own (see `text`). Deliberately absent:
//! exemplars and bucket counts; JSON has them.

use codomyrmex_telemetry::metrics::{Instrument, Point, Quantile, Schema, Series, Tally};
use codomyrmex_telemetry::query::{self, Asked};
use codomyrmex_telemetry::{Snapshot, Timestamp};

use super::clean;
use super::text::{FAINT, HEAD, line, short, thousands};

const ROWS_MAX: usize = 8;

/// What was not shown as outcomes.
pub(super) fn metrics(text: &mut String, snapshot: &Snapshot) {
    for (schema, family) in &snapshot.metrics.0 {
        if schema.instrument == Instrument::Counter && schema.labels.iter().any(|label| label == "outcome") {
            continue; // shown as a table
        }
        let unit = if schema.unit.is_empty() { String::new() } else { format!(", in {}", schema.unit) };
        let by = if schema.labels.is_empty() { String::new() } else { format!(" by {}", schema.labels.join(", ")) };
        line(text, format_args!("\n{HEAD}{}{HEAD:#}{}{}", clean(&schema.exposed_name()), clean(&by), clean(&unit)));
        let named = |values: &[String]| clean(&values.join(", "));
        let mut rows: Vec<_> =
            family.series.iter().map(|(key, series)| (named(key.values()), weight(series), describe(schema, series))).collect();
        rows.sort_by(|(a_name, a, _), (b_name, b, _)| b.total_cmp(a).then_with(|| a_name.cmp(b_name)));
        if let Some(series) = &family.overflow {
            rows.insert(0, ("(label sets past the limit)".into(), 0.0, describe(schema, series)));
        }
        let width = rows.iter().take(ROWS_MAX).map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
        for (name, _, shown) in rows.iter().take(ROWS_MAX) {
            line(text, format_args!("  {name:<width$}  {shown}"));
        }
        if rows.len() > ROWS_MAX {
            line(text, format_args!("  {FAINT}and {} more{FAINT:#}", rows.len() - ROWS_MAX));
        }
    }
}

fn weight(series: &Series) -> f64 {
    query::value(&series.point).unwrap_or(f64::NEG_INFINITY)
}

fn describe(schema: &Schema, series: &Series) -> String {
    let asked = Asked { schema, series };
    let observed = |count: u64, tally: &Tally| {
        let mean = if count > 0 { tally.sum.value() / count as f64 } else { 0.0 };
        let shown = format!("{:>7} values, mean {}", thousands(count as f64), short(mean));
        match asked.quantile(0.5) {
            Ok(Some(half)) => format!("{shown}, half of them at most {}", at_most(schema, &half)),
            _ => shown,
        }
    };
    match &series.point {
        Point::Counter(total) | Point::UpDownCounter(total) => format!("{:>7}{}", thousands(total.sum.value()), rate(&asked)),
        Point::Gauge(gauge) => gauge.last.map_or_else(|| "never set".into(), |(_, value)| short(value.get())),
        Point::State(state) => match state.last {
            Some((_, value)) if value.get() == 1.0 => "yes".into(),
            Some(_) => "no".into(),
            None => "never set".into(),
        },
        Point::Info => "holds".into(),
        Point::Histogram(histogram) => observed(histogram.count(), &histogram.tally),
        Point::ExponentialHistogram(histogram) => observed(histogram.count(), &histogram.tally),
        Point::Summary(summary) => {
            let shown = observed(summary.count(), &summary.tally);
            let high = asked.quantile(0.99).ok().flatten();
            high.map_or_else(|| shown.clone(), |high| format!("{shown}, 99 % at most {}", short(high.value)))
        }
    }
}

/// Of fixed bounds the bound itself, which is sure; otherwise what is most likely.
fn at_most(schema: &Schema, half: &Quantile) -> String {
    match &schema.instrument {
        Instrument::Histogram(bounds) => {
            let bound = bounds.iter().find(|bound| bound.get() >= half.high).map(|bound| bound.get());
            thousands(bound.unwrap_or(half.high))
        }
        _ => short(half.value),
    }
}

/// Per second, minute or hour, whichever makes a number that can be read.
fn rate(asked: &Asked<'_>) -> String {
    let newest: Option<Timestamp> = None;
    let Ok(rate) = asked.rate(newest) else { return String::new() };
    let units = [(1.0, "a second"), (60.0, "a minute"), (3_600.0, "an hour")];
    let (length, name) = units.into_iter().find(|(length, _)| (rate * length).abs() >= 1.0 || rate == 0.0).unwrap_or(units[2]);
    format!(", lately {} {name}", short(rate * length))
}
