//! Metrics: families of series in the data model of Prometheus and OpenMetrics.
//!
//! A family is declared once and found by number ([`registry`]); what was recorded is a map from
//! label values to series ([`family`]): a point, which merges exactly ([`point`]), and where it was
//! asked for, the same by slices of event time ([`recent`]). Deliberately absent: clocks, exports,
//! and any knowledge of objectives and spans.

mod bounds;
mod buckets;
mod distribution;
mod exemplar;
mod exponential;
mod family;
mod grid;
mod instrument;
mod merge;
mod point;
mod recent;
mod record;
mod registry;
mod scale;
mod values;

pub use bounds::{DEFAULT_BOUNDS, OTEL_BOUNDS, exponential_bounds, linear_bounds};
pub use buckets::Buckets;
pub use distribution::{ExponentialHistogram, Histogram, Summary, Tally};
pub use exemplar::{Exemplar, Exemplars};
pub use exponential::{Exponential, ExponentialOptions};
pub use family::{Families, Family, Schema, Series, SeriesKey};
pub use grid::ValueBuckets;
pub use instrument::{Descriptor, Instrument, SummaryOptions};
pub use point::{Gauge, Point, Total};
pub use recent::Recent;
pub(crate) use registry::{Registry, Watch};
pub use scale::bucket_index;
pub use values::{Form, Quantile, Values};

/// The number of a declared family; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FamilyId(pub u32);

/// The number of a resolved series; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SeriesId(pub u32);
