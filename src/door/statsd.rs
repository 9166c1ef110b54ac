//! StatsD and DogStatsD lines that come in: what a host does with a datagram of them.
//!
//! A name becomes a family: a count a counter, a gauge a gauge, a timing an exponential histogram in
//! milliseconds, a histogram or distribution one without a unit. Tags become labels. Deliberately
//! absent: sockets, and sets of unique values, which nothing here counts.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Door, Environment};
use crate::metrics::{Descriptor, ExponentialOptions, Instrument};
use crate::statsd::{Dialect, Record, Sample, parse_packet};
use crate::{Error, Outcome, Timestamp};

impl<E: Environment> Door<E> {
    /// Records a datagram of lines. What of it could not be recorded is answered, line by line; the rest
    /// is in the accounts.
    ///
    /// A signed gauge changes it in StatsD and sets it in DogStatsD. A line whose tags have other keys than
    /// those of its name before is a [`Error::Conflict`]. A count that is not at least zero is refused.
    pub fn receive_statsd(&mut self, packet: &[u8], dialect: Dialect) -> Vec<Error> {
        let mut errors = Vec::new();
        for line in parse_packet(packet) {
            match line {
                Ok(records) => errors.extend(records.into_iter().filter_map(|record| self.receive(record, dialect).err())),
                Err(error) => errors.push(error),
            }
        }
        errors
    }

    fn receive(&mut self, record: Record, dialect: Dialect) -> Result<(), Error> {
        let name = String::from(&*record.name);
        let exponential = || Instrument::ExponentialHistogram(ExponentialOptions::default());
        let (instrument, unit) = match &record.sample {
            Sample::Count(_) => (Instrument::Counter, ""),
            Sample::Set(_) | Sample::Change(_) => (Instrument::Gauge, ""),
            Sample::Timing { .. } => (exponential(), "milliseconds"),
            Sample::Histogram { .. } | Sample::Distribution { .. } => (exponential(), ""),
            Sample::Unique(_) => return Err(Error::Unsupported(format!("'{name}' is a set of unique values, which is not kept"))),
        };
        let (labels, values): (Vec<String>, Vec<String>) = record.tags.iter().cloned().unzip();
        let unit = String::from(unit);
        let descriptor = Descriptor { name: name.clone(), help: String::new(), unit, labels, instrument, window: None };
        let family = self.ledger.declare(descriptor)?;
        let series = self.ledger.resolve(family, &values)?.0;
        let dropped = |outcome: Outcome| Error::InvalidArgument(format!("'{name}' was dropped: {}", outcome.name()));
        let at = Some(self.moment(record.at.map(Timestamp::nanos)).map_err(dropped)?.nanos());
        let outcome = match record.sample {
            Sample::Count(value) => self.add(series, value, at),
            Sample::Change(value) if dialect == Dialect::Statsd => self.add(series, value, at),
            Sample::Set(value) | Sample::Change(value) => self.set(series, value, at),
            Sample::Timing { value, times } | Sample::Histogram { value, times } | Sample::Distribution { value, times } => {
                let times = u32::try_from(times)
                    .map_err(|_| Error::Limit(format!("a line of '{name}' stands for {times} values; at most {} are taken", u32::MAX)))?;
                self.observe_times(series, value, times, at)
            }
            Sample::Unique(_) => Outcome::WrongKind,
        };
        if outcome.is_recorded() { Ok(()) } else { Err(dropped(outcome)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Families;
    use crate::query;

    struct Fixed;

    impl Environment for Fixed {
        fn now(&mut self) -> u64 {
            1_000_000_000
        }

        fn elapsed(&mut self) -> u64 {
            0
        }

        fn random(&mut self) -> u64 {
            1
        }
    }

    fn value(families: &Families, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        query::series(families, name, labels).unwrap().value()
    }

    #[test]
    fn a_datagram_becomes_counts_gauges_and_histograms() {
        let mut door = Door::new(Fixed);
        let errors = door.receive_statsd(
            b"api.hits:1|c|@0.1|#code:200\napi.hits:2|c|#code:500\nqueue:5|g\nqueue:-2|g\ntook:8|ms|@0.5\nusers:x|s\nlow:5|g\nlow:3|g\nbad\napi.hits:1|c\nlost:-1|c\n",
            Dialect::Statsd,
        );
        let texts: Vec<String> = errors.iter().map(|error| format!("{error}")).collect();
        assert_eq!(texts.len(), 4, "{texts:#?}");
        assert!(texts[0].starts_with("unsupported: 'users' is a set") && texts[1].starts_with("malformed: byte"), "{texts:#?}");
        assert!(
            texts[2].starts_with("conflict: api.hits") && texts[3] == "invalid argument: 'lost' was dropped: invalid-value",
            "{texts:#?}"
        );
        let families = door.ledger.snapshot().metrics;
        assert_eq!(value(&families, "api.hits", &[("code", "200")]), Some(10.0));
        assert_eq!(value(&families, "api.hits", &[("code", "500")]), Some(2.0));
        assert_eq!(value(&families, "queue", &[]), Some(3.0));
        assert_eq!(value(&families, "low", &[]), Some(3.0)); // the later of one tick of the clock
        assert_eq!(value(&families, "took", &[]), Some(2.0)); // one line that stands for two
    }

    #[test]
    fn a_signed_gauge_of_dogstatsd_is_its_value() {
        let mut door = Door::new(Fixed);
        assert_eq!(door.receive_statsd(b"queue:5|g\nqueue:3|g\nqueue:-2|g", Dialect::DogStatsd), []);
        assert_eq!(value(&door.ledger.snapshot().metrics, "queue", &[]), Some(-2.0));
    }
}
