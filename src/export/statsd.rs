//! Accounts as lines of StatsD or DogStatsD: what happened between two drains, for servers that add up.
//!
//! Lines stand in the order of the families' schemas and of their label values.
//! - A counter and an up-down-counter are counts, also where they fell.
//! - A gauge, a state and an info are gauges; one that is not finite has no line.
//! - StatsD has no buckets. A histogram of either kind is two counts, `name.count` and `name.sum`.
//! - A summary that still knows each of its values says them as they are, for the server to reckon with:
//!   to DogStatsD as one packed distribution, to StatsD as a timing each. One that has more
//!   ([`SUMMARY_EXACT_MAX`](crate::limits::SUMMARY_EXACT_MAX)) is two counts as above, and `name.quantile` is a gauge for each quantile
//!   with the label `quantile`. Sampled values would need a rate of `1 / count`, which is not always
//!   a decimal, and counts would no longer be right.
//!
//! Of objectives it is told what happened and what was promised; how they stand does not follow from what two
//! drains lie around.
//!
//! Overflows have the label `otel_metric_overflow`. Deliberately absent: times, since a server that is
//! told one overwrites counts of the same second instead of adding them; exemplars; datagrams.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter::once;

use super::points::{self, Labels};
use super::shown::own;
use super::slos::{self, Names as Prefix, Reach};
use crate::label::OVERFLOW_LABEL;
use crate::metrics::{Form, Instrument, Point, Schema, Summary, SummaryOptions};
use crate::snapshot::Snapshot;
use crate::statsd::{Dialect, Kind, line, number};

#[cfg(doc)]
use crate::metrics::Values;

const DROPPED: &str = "codomyrmex.telemetry.dropped";

/// What [`Ledger::recent`](crate::Ledger::recent) gives, one line a record; of a whole snapshot the counts
/// would be added again each time.
#[must_use]
pub fn statsd(recent: &Snapshot, dialect: Dialect) -> String {
    let mut lines = Lines { text: String::new(), dialect };
    let slos = slos::families(recent, Prefix::Dots, Reach::Part);
    for (schema, family) in recent.metrics.0.iter().chain(&slos.0) {
        let names = Names::new(schema);
        points::each(schema, family, |labels, series| {
            let overflow = Some((OVERFLOW_LABEL, "true")).filter(|_| matches!(labels, Labels::Overflow));
            let labels: Vec<(&str, &str)> = labels.pairs().chain(overflow).collect();
            lines.point(&names, schema, &labels, &series.point);
        });
    }
    for (reason, count) in own(recent, 0).dropped {
        lines.put(DROPPED, &[("reason", reason)], Kind::Count, &count.to_string());
    }
    lines.text
}

/// The names of a family's lines.
struct Names {
    own: String,
    count: String,
    sum: String,
    quantile: String,
}

struct Lines {
    text: String,
    dialect: Dialect,
}

impl Names {
    fn new(schema: &Schema) -> Self {
        let with = |ending: &str| [&schema.name, ending].concat();
        let own = if let Instrument::Info = schema.instrument { schema.exposed_name() } else { schema.name.clone() };
        Self { own, count: with(".count"), sum: with(".sum"), quantile: with(".quantile") }
    }
}

impl Lines {
    fn point(&mut self, names: &Names, schema: &Schema, labels: &[(&str, &str)], point: &Point) {
        match (point, &schema.instrument) {
            (Point::Counter(total) | Point::UpDownCounter(total), _) => self.number(&names.own, labels, Kind::Count, total.sum.value()),
            (Point::Gauge(gauge) | Point::State(gauge), _) => {
                if let Some((_, value)) = gauge.last {
                    self.number(&names.own, labels, Kind::Gauge, value.get());
                }
            }
            (Point::Info, _) => self.put(&names.own, labels, Kind::Gauge, "1"),
            (Point::Histogram(seen), _) => self.totals(names, labels, seen.count(), seen.tally.sum.value()),
            (Point::ExponentialHistogram(seen), _) => self.totals(names, labels, seen.count(), seen.tally.sum.value()),
            (Point::Summary(seen), Instrument::Summary(options)) => self.summary(names, labels, seen, options),
            // A schema fixes the kind of all its points.
            (Point::Summary(_), _) => {}
        }
    }

    fn summary(&mut self, names: &Names, labels: &[(&str, &str)], seen: &Summary, options: &SummaryOptions) {
        if let Form::Exact(values) = seen.values.form() {
            let numbers = values.iter().filter_map(|value| number(value.get()));
            match self.dialect {
                Dialect::Statsd => numbers.for_each(|number| self.put(&names.own, labels, Kind::Distribution, &number)),
                Dialect::DogStatsd if values.is_empty() => {}
                Dialect::DogStatsd => {
                    let packed = numbers.collect::<Vec<_>>().join(":");
                    self.put(&names.own, labels, Kind::Distribution, &packed);
                }
            }
            return;
        }
        self.totals(names, labels, seen.count(), seen.tally.sum.value());
        for share in &options.quantiles {
            if let (Some(quantile), Some(text)) = (seen.quantile(share.get()), number(share.get())) {
                let labels: Vec<_> = labels.iter().copied().chain(once(("quantile", text.as_str()))).collect();
                self.number(&names.quantile, &labels, Kind::Gauge, quantile.value);
            }
        }
    }

    fn totals(&mut self, names: &Names, labels: &[(&str, &str)], count: u64, sum: f64) {
        self.put(&names.count, labels, Kind::Count, &count.to_string());
        self.number(&names.sum, labels, Kind::Count, sum);
    }

    fn number(&mut self, name: &str, labels: &[(&str, &str)], kind: Kind, value: f64) {
        if let Some(number) = number(value) {
            self.put(name, labels, kind, &number);
        }
    }

    fn put(&mut self, name: &str, labels: &[(&str, &str)], kind: Kind, value: &str) {
        line(&mut self.text, self.dialect, name, labels, kind, value, None);
    }
}
