//! The text formats: Prometheus text exposition 0.0.4, and OpenMetrics 1.0.
//!
//! Sources: Prometheus documentation, Exposition formats, section Text-based format; OpenMetrics 1.0,
//! section Text format. Families stand in the order of their names and series in the order of their
//! label values. Here are the pages, and the instruments whose samples have one value; histograms and
//! summaries are in `distribution`. Deliberately absent: timestamps of samples, which Prometheus advises
//! against, and exponential histograms as such, for which neither format has a place.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::line::{Labels, Name, push_escaped, push_label, push_name};
use super::shown::{CONFLICTS_HELP, CONFLICTS_NAME, DROPPED_HELP, DROPPED_NAME, Own, Shown, escaped, own, shown};
use super::slos::{self, Names, Reach};
use super::{Escaping, number, points};
use crate::label::OVERFLOW_LABEL;
use crate::metrics::{Exemplar, Gauge, Instrument, Point, Series};
use crate::snapshot::Snapshot;
use crate::time::Extent;

/// So many series are looked at together before they are written.
const BATCH: usize = 32;

/// The accounts as `text/plain; version=0.0.4`. An exponential histogram is written as one with fixed
/// buckets, an info and a state set as gauges, and exemplars and times of creation not at all.
#[must_use]
pub fn prometheus(snapshot: &Snapshot, escaping: Escaping) -> String {
    Page { text: String::new(), escaping, is_open: false }.write(snapshot)
}

/// The accounts as `application/openmetrics-text; version=1.0.0`. A series says with `_created` since
/// when it counts, where the times of its records were given.
///
/// The format knows no sum that falls and no quantile below zero, and not all of its readers overlook
/// one: where a histogram or a summary has seen a value below zero, its sum is left out, with a
/// histogram's count, which its last bucket says too, and such quantiles are. So is what a state set
/// came to past the limits, as it belongs to no state.
#[must_use]
pub fn openmetrics(snapshot: &Snapshot, escaping: Escaping) -> String {
    Page { text: String::new(), escaping, is_open: true }.write(snapshot)
}

/// What is written so far.
pub(super) struct Page {
    pub(super) text: String,
    escaping: Escaping,
    pub(super) is_open: bool, // OpenMetrics; otherwise Prometheus
}

impl Page {
    fn write(mut self, snapshot: &Snapshot) -> String {
        let slos = slos::families(snapshot, Names::Underscores, Reach::Whole);
        let (families, conflicts) = shown(snapshot, &slos, self.escaping);
        families.iter().for_each(|family| self.family(family));
        self.own(&own(snapshot, conflicts));
        if self.is_open {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn family(&mut self, shown: &Shown<'_>) {
        let instrument = &shown.schema.instrument;
        // OpenMetrics names a family without the ending of its samples, Prometheus with it.
        let (kind, ending) = match (instrument, self.is_open) {
            (Instrument::Counter, true) => ("counter", ""),
            (Instrument::Counter, false) => ("counter", "_total"),
            (Instrument::UpDownCounter | Instrument::Gauge, _) | (Instrument::StateSet(_), false) => ("gauge", ""),
            (Instrument::Histogram(_) | Instrument::ExponentialHistogram(_), _) => ("histogram", ""),
            (Instrument::Summary(_), _) => ("summary", ""),
            (Instrument::Info, true) => ("info", ""),
            (Instrument::Info, false) => ("gauge", "_info"),
            (Instrument::StateSet(_), true) => ("stateset", ""),
        };
        let has_unit = !matches!(instrument, Instrument::Info | Instrument::StateSet(_));
        self.head((&shown.name, ending), kind, if has_unit { &shown.schema.unit } else { "" }, &shown.family.help);
        match instrument {
            Instrument::Counter => self.counters(shown),
            Instrument::UpDownCounter | Instrument::Gauge => self.gauges(shown),
            Instrument::Histogram(bounds) => self.histograms(shown, bounds),
            Instrument::ExponentialHistogram(options) => self.exponential_histograms(shown, options),
            Instrument::Summary(_) => self.summaries(shown),
            Instrument::Info => self.infos(shown),
            Instrument::StateSet(_) => self.state_sets(shown),
        }
    }

    /// The lines before a family's samples. OpenMetrics allows a unit only where the name ends in it.
    fn head(&mut self, (name, ending): (&str, &str), kind: &str, unit: &str, help: &str) {
        let is_open = self.is_open;
        let help = (!help.is_empty()).then_some(help);
        if let Some(help) = help.filter(|_| !is_open) {
            self.about("HELP", name, ending);
            push_escaped(&mut self.text, help, false);
            self.end();
        }
        self.about("TYPE", name, ending);
        self.text.push_str(kind);
        self.end();
        if is_open && !unit.is_empty() && name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')) {
            self.about("UNIT", name, ending);
            self.text.push_str(unit);
            self.end();
        }
        if let Some(help) = help.filter(|_| is_open) {
            self.about("HELP", name, ending);
            push_escaped(&mut self.text, help, true);
            self.end();
        }
    }

    fn about(&mut self, what: &str, name: &str, ending: &str) {
        self.text.push_str("# ");
        self.text.push_str(what);
        self.text.push(' ');
        push_name(&mut self.text, name, ending);
        self.text.push(' ');
    }

    /// Each series of a family, with its labels; at last what is past the limits.
    pub(super) fn each(&mut self, shown: &Shown<'_>, mut write: impl FnMut(&mut Self, &mut Labels<'_>, &Series)) {
        let mut labels = self.labels(&shown.schema.labels);
        let mut all = shown.family.series.iter();
        let mut batch: Vec<(&[String], &Series)> = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(all.by_ref().take(BATCH).map(|(key, series)| (key.values(), series)));
            if batch.is_empty() {
                break;
            }
            labels.look(batch.iter().map(|(values, _)| *values));
            for (values, series) in &batch {
                labels.set(values);
                write(self, &mut labels, series);
            }
        }
        if let Some(series) = &shown.family.overflow {
            let values = [String::from("true")];
            let mut labels = Labels::new([self.escaping.label(OVERFLOW_LABEL)]);
            labels.set(&values);
            write(self, &mut labels, series);
        }
    }

    fn labels<'v>(&self, names: &[String]) -> Labels<'v> {
        Labels::new(names.iter().map(|name| self.escaping.label(name)))
    }

    fn counters(&mut self, shown: &Shown<'_>) {
        let (total, created) = (Name::new(&shown.name, "_total"), Name::new(&shown.name, "_created"));
        self.each(shown, |page, labels, series| {
            let Point::Counter(point) = &series.point else { return };
            total.push(&mut page.text, labels);
            number::double(&mut page.text, point.sum.value());
            page.exemplar(series.point.exemplars().first());
            page.end();
            page.created(&created, labels, point.extent);
        });
    }

    /// Gauges, of which one that was never set has no value, and sums that may fall.
    fn gauges(&mut self, shown: &Shown<'_>) {
        let name = Name::new(&shown.name, "");
        self.each(shown, |page, labels, series| {
            let value = match &series.point {
                Point::UpDownCounter(total) => Some(total.sum.value()),
                Point::Gauge(gauge) => gauge.last.map(|(_, value)| value.get()),
                _ => None,
            };
            if let Some(value) = value {
                name.push(&mut page.text, labels);
                number::double(&mut page.text, value);
                page.end();
            }
        });
    }

    fn infos(&mut self, shown: &Shown<'_>) {
        let name = Name::new(&shown.name, "_info");
        self.each(shown, |page, labels, _| {
            name.push(&mut page.text, labels);
            page.text.push_str("1\n");
        });
    }

    /// The states that are shown of each label set; OpenMetrics has no place for what has no state.
    fn state_sets(&mut self, shown: &Shown<'_>) {
        let Some((last, names)) = shown.schema.labels.split_last() else { return };
        let (name, mut labels) = (Name::new(&shown.name, ""), self.labels(names));
        let (mut label, mut overflow) = (String::new(), String::new());
        push_label(&mut label, &self.escaping.label(last));
        push_label(&mut overflow, &self.escaping.label(OVERFLOW_LABEL));
        points::each(shown.schema, shown.family, |of, series| {
            let Point::State(Gauge { last: Some((_, value)) }) = &series.point else { return };
            match of {
                points::Labels::Of(_, values, Some(state)) => {
                    labels.set(values);
                    name.push_with(&mut self.text, &labels, &label);
                    push_escaped(&mut self.text, state, true);
                }
                points::Labels::Overflow if !self.is_open => {
                    name.push_with(&mut self.text, &Labels::new([""; 0]), &overflow);
                    self.text.push_str("true");
                }
                _ => return,
            }
            self.text.push_str("\"} ");
            number::double(&mut self.text, value.get());
            self.end();
        });
    }

    /// Since when a series counts; only OpenMetrics has a place for it.
    pub(super) fn created(&mut self, name: &Name, labels: &Labels<'_>, extent: Extent) {
        if let Some((first, _)) = extent.bounds().filter(|_| self.is_open) {
            name.push(&mut self.text, labels);
            number::seconds(&mut self.text, first);
            self.end();
        }
    }

    /// What stands behind a value: one of the records that it is made of; only OpenMetrics has a place
    /// for it.
    pub(super) fn exemplar(&mut self, exemplar: Option<&Exemplar>) {
        if let Some(Exemplar { value, at, trace_id, span_id }) = exemplar.filter(|_| self.is_open) {
            // Writing to a String cannot fail.
            let _ = write!(self.text, " # {{trace_id=\"{trace_id}\",span_id=\"{span_id}\"}} ");
            number::double(&mut self.text, value.get());
            self.text.push(' ');
            number::seconds(&mut self.text, *at);
        }
    }

    /// What the ledger has to say of itself.
    fn own(&mut self, own: &Own) {
        if own.conflicts > 0 {
            let name = self.escaping.metric(CONFLICTS_NAME);
            self.head((&name, ""), "gauge", "", CONFLICTS_HELP);
            self.text.push_str(&name);
            self.text.push(' ');
            number::whole(&mut self.text, own.conflicts);
            self.end();
        }
        if !own.dropped.is_empty() {
            let dropped = escaped(&[DROPPED_NAME, "_total"].concat(), "_total", self.escaping);
            let name = Name::new(&dropped, "_total");
            self.head((&dropped, if self.is_open { "" } else { "_total" }), "counter", "", DROPPED_HELP);
            for (reason, count) in &own.dropped {
                name.push_with(&mut self.text, &Labels::new([""; 0]), "reason");
                self.text.push_str(reason);
                self.text.push_str("\"} ");
                number::whole(&mut self.text, *count);
                self.end();
            }
        }
    }

    #[inline]
    pub(super) fn end(&mut self) {
        self.text.push('\n');
    }
}
