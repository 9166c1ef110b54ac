//! Law 3 for bytes: what a series counts against the limit of a ledger bounds what it takes.
//!
//! Otherwise a ledger within its limits could write a delta that is too long to be read. Deliberately
//! absent: which series stay at the limit (see `limits_of_series`).

use codomyrmex_telemetry::limits::{BYTES_MAX, SERIES_BYTES_MAX};
use codomyrmex_telemetry::{Descriptor, ExponentialOptions, Instrument, Ledger, SpanContext, SummaryOptions, Timestamp, TraceId, WriterId};
use codomyrmex_telemetry_tests::span_id;

/// What a series counts bounds what it takes encoded, whatever its names, labels and values.
#[test]
fn a_series_takes_encoded_at_most_four_times_what_it_counts() {
    let wide = [1e-300, 1e300, -1e300, 5e-324, f64::MAX, 1.0];
    let instruments = [
        Instrument::Counter,
        Instrument::UpDownCounter,
        Instrument::Gauge,
        Instrument::histogram(&[]),
        Instrument::histogram(&(0..256).map(f64::from).collect::<Vec<_>>()),
        Instrument::ExponentialHistogram(ExponentialOptions::new(1_024, 20, 0.0)),
        Instrument::Summary(SummaryOptions { quantiles: vec![], digits: 1 }),
        Instrument::Summary(SummaryOptions { quantiles: vec![], digits: 5 }),
    ];
    for (labels, bytes) in [(0, 0), (1, 256), (2, 256), (4, 256), (16, 64)] {
        for (instrument, window) in instruments.iter().flat_map(|instrument| [(instrument, None), (instrument, Some(12))]) {
            let mut ledger = Ledger::new(WriterId::new(1));
            let labels: Vec<String> = (0..labels).map(|label| format!("l{label}")).collect();
            let (name, help, unit, instrument) = ("n".into(), String::new(), String::new(), instrument.clone());
            let Ok(family) = ledger.declare(Descriptor { name, help, unit, labels: labels.clone(), instrument, window }) else { continue };
            let before = ledger.snapshot().to_bytes().len() as u64;
            let series = ledger.resolve(family, &vec!["v".repeat(bytes); labels.len()]).unwrap();
            let spans: Vec<_> = (1..=20).map(|id| ledger.remote_span(context(id)).unwrap()).collect();
            for place in 0..9_000u64 {
                let at = Timestamp::from_nanos((1 << 62) + place % 12).unwrap();
                let value = f64::from_bits(place.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !(0x7ff << 52) | (place % 2_000 + 1) << 52);
                for value in [value, wide[place as usize % wide.len()]] {
                    ledger.record_in(series, value, at, spans[place as usize % spans.len()]);
                    ledger.set(series, value, at);
                }
            }
            let snapshot = ledger.snapshot();
            let (cost, taken) = (snapshot.metrics.cost(), snapshot.to_bytes().len() as u64 - before);
            assert!(
                taken <= 4 * cost,
                "{} labels of {bytes} bytes: {taken} bytes, {cost} counted, {:?}",
                labels.len(),
                snapshot.metrics.0.keys()
            );
        }
    }
}

fn context(id: u64) -> SpanContext {
    SpanContext { trace_id: TraceId::new(id.into()).unwrap(), span_id: span_id(id), trace_flags: 1, trace_state: String::new() }
}

#[test]
fn a_full_ledger_can_be_read() {
    // Beside the series, a delta holds spans and slots, of at most a tenth of it.
    assert!(4 * SERIES_BYTES_MAX <= BYTES_MAX as u64);
}
