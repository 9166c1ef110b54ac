//! The words of the interfaces `metrics` and `query`, for a door that serves them.
//!
//! Deliberately absent: choices.

/// Conversions of `metrics` and `query`; see [`wit_conversions!`](crate::wit_conversions).
#[doc(hidden)]
#[macro_export]
macro_rules! wit_metrics {
    () => {
        impl From<metrics::Descriptor> for $crate::Descriptor {
            fn from(descriptor: metrics::Descriptor) -> Self {
                let instrument = match descriptor.instrument {
                    metrics::Instrument::Counter => $crate::Instrument::Counter,
                    metrics::Instrument::UpDownCounter => $crate::Instrument::UpDownCounter,
                    metrics::Instrument::Gauge => $crate::Instrument::Gauge,
                    metrics::Instrument::Histogram(bounds) => $crate::Instrument::histogram(&bounds),
                    metrics::Instrument::ExponentialHistogram(options) => {
                        let metrics::ExponentialOptions { max_size, max_scale, zero_threshold } = options;
                        $crate::Instrument::ExponentialHistogram($crate::ExponentialOptions::new(max_size, max_scale, zero_threshold))
                    }
                    metrics::Instrument::Summary(metrics::SummaryOptions { quantiles, digits }) => {
                        let quantiles = quantiles.into_iter().map(Into::into).collect();
                        $crate::Instrument::Summary($crate::SummaryOptions { quantiles, digits })
                    }
                    metrics::Instrument::Info => $crate::Instrument::Info,
                    metrics::Instrument::StateSet(states) => $crate::Instrument::StateSet(states),
                };
                let metrics::Descriptor { name, help, unit, labels, window, .. } = descriptor;
                Self { name, help, unit, labels, instrument, window }
            }
        }

        impl From<$crate::query::Row> for query::Row {
            fn from(row: $crate::query::Row) -> Self {
                Self { labels: row.labels, value: row.value }
            }
        }

        impl From<$crate::metrics::Quantile> for query::Estimate {
            fn from(quantile: $crate::metrics::Quantile) -> Self {
                Self { value: quantile.value, low: quantile.low, high: quantile.high }
            }
        }
    };
}
