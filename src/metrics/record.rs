//! Recording by number: the hot path.
//!
//! Deliberately absent: names, and everything that decides which series there are (see `registry`).

use super::registry::{Cell, Live};
use super::{Exemplar, Instrument, Point, Registry, SeriesId};
use crate::Outcome;
use crate::float::Double;
use crate::time::Timestamp;

impl Registry {
    /// Adds to a counter or an up-down-counter, or to what a gauge last was in this layer.
    #[inline]
    pub(crate) fn add(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let Some((cell, live)) = self.cell(series) else { return Outcome::UnknownId };
        let total = match &mut cell.series.point {
            Point::Counter(total) => {
                if value < 0.0 {
                    return Outcome::InvalidValue;
                }
                total
            }
            Point::UpDownCounter(total) => total,
            _ => return Outcome::WrongKind,
        };
        if cell.needs_time && at.is_none() {
            return Outcome::InvalidTime;
        }
        if !total.sum.add(value) {
            return Outcome::InvalidValue;
        }
        if let Some(at) = at {
            total.extent.cover(at);
            if cell.needs_time {
                recent(cell, live, at, |point, _| {
                    if let Point::Counter(total) | Point::UpDownCounter(total) = point {
                        total.sum.add(value);
                        total.extent.cover(at);
                    }
                });
            }
        }
        Outcome::Recorded
    }

    /// Adds to a counter that needs no time and stands for itself, which most are; `false` where it is not so
    /// simple, and then nothing changed.
    #[inline]
    pub(crate) fn add_plainly(&mut self, series: SeriesId, value: f64) -> bool {
        let Some(cell) = series.0.checked_sub(1).and_then(|place| self.cells.get_mut(place as usize)) else { return false };
        if !cell.is_plain() {
            return false;
        }
        match &mut cell.series.point {
            Point::Counter(total) if value >= 0.0 => total.sum.add(value),
            _ => false,
        }
    }

    /// Sets a gauge or a state.
    pub(crate) fn set(&mut self, series: SeriesId, value: f64, at: Timestamp) -> Outcome {
        let Some((cell, _)) = self.cell(series) else { return Outcome::UnknownId };
        match &mut cell.series.point {
            Point::Gauge(gauge) => gauge.set(at, Double::new(value)),
            Point::State(state) if value == 0.0 || value == 1.0 => state.set(at, Double::new(value + 0.0)),
            Point::State(_) => return Outcome::InvalidValue,
            _ => return Outcome::WrongKind,
        }
        Outcome::Recorded
    }

    /// Observes a value so many times.
    #[inline]
    pub(crate) fn observe(&mut self, series: SeriesId, value: f64, times: u32, at: Option<Timestamp>) -> Outcome {
        let Some((cell, live)) = self.cell(series) else { return Outcome::UnknownId };
        if !matches!(cell.series.point, Point::Histogram(_) | Point::ExponentialHistogram(_) | Point::Summary(_)) {
            return Outcome::WrongKind;
        }
        if !value.is_finite() {
            return Outcome::InvalidValue;
        }
        if cell.needs_time && at.is_none() {
            return Outcome::InvalidTime;
        }
        if times == 0 {
            return Outcome::Recorded;
        }
        observe(&mut cell.series.point, &live.schema.instrument, value, times, at);
        if let Some(at) = at.filter(|_| cell.needs_time) {
            recent(cell, live, at, |point, instrument| observe(point, instrument, value, times, Some(at)));
        }
        Outcome::Recorded
    }

    /// Offers a record that was made as an exemplar.
    pub(crate) fn offer(&mut self, series: SeriesId, exemplar: Exemplar) {
        if let Some((cell, live)) = self.cell(series) {
            cell.series.point.offer(&live.schema.instrument, exemplar);
        }
    }

    /// What a gauge was last written here, drained or not. `None` for what is no gauge.
    pub(crate) fn gauge(&self, series: SeriesId) -> Option<Option<(Timestamp, Double)>> {
        let cell = self.cells.get(self.place(series)?)?;
        let Point::Gauge(live) = &cell.series.point else { return None };
        let mut last = cell.before;
        live.last.into_iter().for_each(|(at, value)| last.set(at, value));
        Some(last.last)
    }

    /// Whether a record without a time would be turned away.
    #[inline]
    pub(crate) fn needs_time(&self, series: SeriesId) -> bool {
        let own = series.0.checked_sub(1).and_then(|place| self.cells.get(place as usize));
        own.is_some_and(|cell| cell.needs_time)
            || self.place(series).and_then(|place| self.cells.get(place)).is_some_and(|cell| cell.needs_time)
    }

    #[inline]
    pub(super) fn cell(&mut self, series: SeriesId) -> Option<(&mut Cell, &Live)> {
        let place = self.place(series)?;
        let cell = self.cells.get_mut(place)?;
        let live = self.families.get(cell.family as usize)?;
        Some((cell, live))
    }
}

fn observe(point: &mut Point, instrument: &Instrument, value: f64, times: u32, at: Option<Timestamp>) {
    match (point, instrument) {
        (Point::Histogram(histogram), Instrument::Histogram(bounds)) => histogram.observe(bounds, value, times.into(), at),
        (Point::ExponentialHistogram(histogram), Instrument::ExponentialHistogram(options)) => {
            histogram.observe(options, value, times.into(), at);
        }
        (Point::Summary(summary), Instrument::Summary(options)) => summary.observe(options.digits, value, times.into(), at),
        _ => {}
    }
}

/// The same once more, for the slice of event time that it lies in.
pub(super) fn recent(cell: &mut Cell, live: &Live, at: Timestamp, record: impl FnOnce(&mut Point, &Instrument)) {
    let Some(window) = live.schema.window else { return };
    let instrument = &live.schema.instrument;
    if let Some(point) = cell.series.recent.get_or_insert_default().at(instrument, window, at) {
        record(point, instrument);
    }
}
