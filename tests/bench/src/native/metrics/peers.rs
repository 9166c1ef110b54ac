//! The peers' instruments, set up as their documentation says.
//!
//! Deliberately absent: anything that reads them while they are timed; OpenTelemetry's reader is one
//! that only collects when it is asked to.

use std::sync::atomic::AtomicU64;

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::metrics::{Aggregation, Instrument, ManualReader, SdkMeterProvider, Stream};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;

/// prometheus-client's counter of doubles.
pub(super) type DoubleCounter = Counter<f64, AtomicU64>;

/// Labels that their owner brings along.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct OwnedLabels {
    pub(super) tool: String,
    pub(super) outcome: String,
}

/// Labels whose values are all known when the program is built.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(super) struct StaticLabels {
    pub(super) tool: &'static str,
    pub(super) outcome: &'static str,
}

/// OpenTelemetry's instruments. The provider has to be kept as long as they are used.
pub(super) fn opentelemetry() -> (SdkMeterProvider, Meter) {
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let meter = provider.meter("bench");
    (provider, meter)
}

/// The same with histograms whose buckets follow the values, at the settings of its documentation.
pub(super) fn opentelemetry_exponential() -> (SdkMeterProvider, Meter) {
    let view = |_: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
        Stream::builder().with_aggregation(aggregation).build().ok()
    };
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).with_view(view).build();
    let meter = provider.meter("bench");
    (provider, meter)
}
