//! Recording by the values of two labels, looked up each time; there are 50 pairs of them.
//!
//! The caller has the values as borrowed text, and what an interface wants to own is made of it in each
//! call. Deliberately absent: label sets that are new; those are made once.

use std::error::Error;
use std::hint::black_box;

use codomyrmex_telemetry::{Instrument, Ledger, WriterId};
use codomyrmex_telemetry_bench::{PLACES, Work, each, places, race};
use codomyrmex_telemetry_guest::{FamilyOptions, get_metrics};
use opentelemetry::KeyValue;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::peers::{OwnedLabels, StaticLabels, opentelemetry};
use super::{LABELS, combinations, descriptor};

pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let (pairs, order) = (combinations(), places(combinations().len()));
    let pair = |place: usize| black_box(pairs[order[place % PLACES]]);

    let mut ledger = Ledger::new(WriterId::new(1));
    let family = ledger.declare(descriptor("labelled", Instrument::Counter))?;
    let by_ledger = each(|place| {
        if let Ok(series) = ledger.resolve(family, &pair(place).map(String::from)) {
            black_box(ledger.add(series, 1.0, None));
        }
    });
    race("native: labelled counter, Ledger::resolve and add", by_ledger, peers(&pair));

    let calls = get_metrics().counter(FamilyOptions { name: "labelled", labels: &LABELS, ..FamilyOptions::default() })?;
    let by_guest = each(|place| {
        if let Ok(series) = calls.with(&pair(place)) {
            black_box(series.inc());
        }
    });
    race("native: labelled counter, guest's Family::with and inc", by_guest, peers(&pair));
    Ok(())
}

fn peers<'a>(pair: &'a impl Fn(usize) -> [&'static str; 2]) -> Vec<(&'static str, Work<'a>)> {
    let pairs = Family::<Vec<(String, String)>, Counter>::default();
    let owned = Family::<OwnedLabels, Counter>::default();
    let known = Family::<StaticLabels, Counter>::default();
    let (provider, meter) = opentelemetry();
    let counter = meter.u64_counter("labelled").build();
    let by_pairs = each(move |place| {
        let [tool, outcome] = pair(place);
        pairs.get_or_create(&vec![(LABELS[0].into(), tool.into()), (LABELS[1].into(), outcome.into())]).inc();
    });
    let by_owned = each(move |place| {
        let [tool, outcome] = pair(place);
        owned.get_or_create(&OwnedLabels { tool: tool.into(), outcome: outcome.into() }).inc();
    });
    let by_known = each(move |place| {
        let [tool, outcome] = pair(place);
        known.get_or_create(&StaticLabels { tool, outcome }).inc();
    });
    let by_attributes = each(move |place| {
        let _kept = &provider;
        let [tool, outcome] = pair(place);
        counter.add(1, &[KeyValue::new(LABELS[0], tool), KeyValue::new(LABELS[1], outcome)]);
    });
    vec![
        ("prometheus-client Family<Vec<(String, String)>>", by_pairs),
        ("prometheus-client Family<struct of String>", by_owned),
        ("prometheus-client Family<struct of &'static str>", by_known),
        ("opentelemetry_sdk Counter<u64>, static values", by_attributes),
    ]
}
