//! The list of words that the WIT and the ledger share, for doors whose types are generated.
//!
//! A macro, since every door has types of its own that only look alike. Deliberately absent: choices.

/// Conversions between the types that are generated from the WIT and the ledger's own.
///
/// The modules `types`, `metrics`, `query`, `tracer` and `slo` that it names are those in scope where it is
/// used. The WIT gives both sides the same words, so this is a list of them; there is no choice in it.
#[macro_export]
macro_rules! wit_conversions {
    () => {
        $crate::wit_conversions!(@types);
        $crate::wit_conversions!(@metrics);
        $crate::wit_conversions!(@query);
        $crate::wit_conversions!(@tracer);
        $crate::wit_conversions!(@slo);
    };
    (@types) => {
        impl From<$crate::Outcome> for types::Outcome {
            fn from(outcome: $crate::Outcome) -> Self {
                match outcome {
                    $crate::Outcome::Recorded => Self::Recorded,
                    $crate::Outcome::UnknownId => Self::UnknownId,
                    $crate::Outcome::WrongKind => Self::WrongKind,
                    $crate::Outcome::InvalidValue => Self::InvalidValue,
                    $crate::Outcome::InvalidTime => Self::InvalidTime,
                    $crate::Outcome::OverLimit => Self::OverLimit,
                }
            }
        }

        impl From<$crate::Error> for types::Error {
            fn from(error: $crate::Error) -> Self {
                match error {
                    $crate::Error::InvalidName(text) => Self::InvalidName(text),
                    $crate::Error::InvalidArgument(text) => Self::InvalidArgument(text),
                    $crate::Error::Conflict(text) => Self::Conflict(text),
                    $crate::Error::Unknown(text) => Self::Unknown(text),
                    $crate::Error::Limit(text) => Self::Limit(text),
                    $crate::Error::Malformed(text) => Self::Malformed(text),
                    $crate::Error::NewerVersion(version) => Self::NewerVersion(version),
                    $crate::Error::Unsupported(text) => Self::Unsupported(text),
                }
            }
        }

        impl From<$crate::Ratio> for types::Ratio {
            fn from(ratio: $crate::Ratio) -> Self {
                Self { numerator: ratio.numerator(), denominator: ratio.denominator() }
            }
        }

        impl TryFrom<types::Ratio> for $crate::Ratio {
            type Error = $crate::Error;

            fn try_from(ratio: types::Ratio) -> Result<Self, $crate::Error> {
                Self::new(ratio.numerator, ratio.denominator)
            }
        }

        impl From<$crate::TraceId> for types::TraceId {
            fn from(id: $crate::TraceId) -> Self {
                Self { high: (id.get() >> 64) as u64, low: id.get() as u64 }
            }
        }

        impl TryFrom<types::TraceId> for $crate::TraceId {
            type Error = $crate::Error;

            fn try_from(id: types::TraceId) -> Result<Self, $crate::Error> {
                Self::new(u128::from(id.high) << 64 | u128::from(id.low))
            }
        }

        impl From<types::Value> for $crate::Value {
            fn from(value: types::Value) -> Self {
                match value {
                    types::Value::Boolean(value) => Self::Boolean(value),
                    types::Value::Integer(value) => Self::Integer(value),
                    types::Value::Float(value) => Self::Float(value.into()),
                    types::Value::Text(text) => Self::Text(text),
                    types::Value::Booleans(list) => Self::Booleans(list),
                    types::Value::Integers(list) => Self::Integers(list),
                    types::Value::Floats(list) => Self::Floats(list.into_iter().map(Into::into).collect()),
                    types::Value::Texts(list) => Self::Texts(list),
                }
            }
        }

        fn attributes(list: Vec<types::Attribute>) -> $crate::Attributes {
            list.into_iter().map(|attribute| (attribute.key, attribute.value.into())).collect()
        }
    };
    (@metrics) => {
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
    };
    (@query) => {
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
    (@tracer) => {
        impl From<tracer::SpanKind> for $crate::SpanKind {
            fn from(kind: tracer::SpanKind) -> Self {
                match kind {
                    tracer::SpanKind::Internal => Self::Internal,
                    tracer::SpanKind::Server => Self::Server,
                    tracer::SpanKind::Client => Self::Client,
                    tracer::SpanKind::Producer => Self::Producer,
                    tracer::SpanKind::Consumer => Self::Consumer,
                }
            }
        }

        impl From<tracer::SpanStatus> for $crate::SpanStatus {
            fn from(status: tracer::SpanStatus) -> Self {
                match status {
                    tracer::SpanStatus::Unset => Self::Unset,
                    tracer::SpanStatus::Ok => Self::Ok,
                    tracer::SpanStatus::Error(text) => Self::Error(text),
                }
            }
        }

        impl From<$crate::SpanContext> for tracer::SpanContext {
            fn from(context: $crate::SpanContext) -> Self {
                Self {
                    trace_id: context.trace_id.into(),
                    span_id: context.span_id.get(),
                    trace_flags: context.trace_flags,
                    trace_state: context.trace_state,
                }
            }
        }

        impl TryFrom<tracer::SpanContext> for $crate::SpanContext {
            type Error = $crate::Error;

            fn try_from(context: tracer::SpanContext) -> Result<Self, $crate::Error> {
                Ok(Self {
                    trace_id: context.trace_id.try_into()?,
                    span_id: $crate::SpanId::new(context.span_id)?,
                    trace_flags: context.trace_flags,
                    trace_state: context.trace_state,
                })
            }
        }

        impl TryFrom<tracer::Parent> for $crate::Parent {
            type Error = $crate::Error;

            fn try_from(parent: tracer::Parent) -> Result<Self, $crate::Error> {
                Ok(match parent {
                    tracer::Parent::Root => Self::Root,
                    tracer::Parent::Current => Self::Current,
                    tracer::Parent::Trace(id) => Self::Trace(id.try_into()?),
                    tracer::Parent::Span(span) => Self::Span($crate::SpanHandle(span)),
                })
            }
        }

        impl TryFrom<tracer::Link> for $crate::SpanLink {
            type Error = $crate::Error;

            fn try_from(link: tracer::Link) -> Result<Self, $crate::Error> {
                Ok(Self { context: link.context.try_into()?, attributes: attributes(link.attributes) })
            }
        }

        impl TryFrom<tracer::Event> for $crate::SpanEvent {
            type Error = $crate::Error;

            fn try_from(event: tracer::Event) -> Result<Self, $crate::Error> {
                Ok(Self { name: event.name, at: event.at.try_into()?, attributes: attributes(event.attributes) })
            }
        }

        impl TryFrom<tracer::SpanData> for $crate::SpanData {
            type Error = $crate::Error;

            fn try_from(data: tracer::SpanData) -> Result<Self, $crate::Error> {
                let parent = data.parent.map($crate::SpanId::new).transpose()?;
                let mut span = Self::begin(data.context.try_into()?, parent, data.name, data.kind.into(), data.started.try_into()?);
                span.ended = data.ended.try_into()?;
                span.attributes = attributes(data.attributes);
                span.events = data.events.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                span.links = data.links.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
                span.status = data.status.into();
                span.dropped = $crate::tracer::SpanDrops {
                    attributes: data.dropped_attributes,
                    events: data.dropped_events,
                    links: data.dropped_links,
                };
                Ok(span)
            }
        }
    };
    (@slo) => {
        impl TryFrom<slo::Objective> for $crate::Objective {
            type Error = $crate::Error;

            fn try_from(objective: slo::Objective) -> Result<Self, $crate::Error> {
                Ok(Self {
                    sli_type: match objective.sli_type {
                        slo::SliType::Availability => $crate::SliType::Availability,
                        slo::SliType::Latency => $crate::SliType::Latency,
                        slo::SliType::Throughput => $crate::SliType::Throughput,
                        slo::SliType::ErrorRate => $crate::SliType::ErrorRate,
                        slo::SliType::Saturation => $crate::SliType::Saturation,
                    },
                    indicator: match objective.indicator {
                        slo::Indicator::Events => $crate::Indicator::Events,
                        slo::Indicator::Threshold(threshold) => {
                            let comparison = match threshold.comparison {
                                slo::Comparison::Below => $crate::Comparison::Below,
                                slo::Comparison::AtMost => $crate::Comparison::AtMost,
                                slo::Comparison::Above => $crate::Comparison::Above,
                                slo::Comparison::AtLeast => $crate::Comparison::AtLeast,
                            };
                            $crate::Indicator::Threshold(comparison, threshold.value.into())
                        }
                        slo::Indicator::Metrics(_) | slo::Indicator::Spans(_) | slo::Indicator::Composite(_) => {
                            let text = format!("objective '{}': this build takes good and bad from events and thresholds only", objective.id);
                            return Err($crate::Error::Unsupported(text));
                        }
                    },
                    target: objective.target.try_into()?,
                    window: match objective.window {
                        slo::Window::Rolling(nanos) => $crate::Window::rolling(nanos)?,
                        slo::Window::Calendar(calendar) => $crate::Window::Calendar {
                            unit: match calendar.unit {
                                slo::CalendarUnit::Day => $crate::slo::CalendarUnit::Day,
                                slo::CalendarUnit::Week => $crate::slo::CalendarUnit::Week,
                                slo::CalendarUnit::Month => $crate::slo::CalendarUnit::Month,
                                slo::CalendarUnit::Quarter => $crate::slo::CalendarUnit::Quarter,
                            },
                            utc_offset_minutes: calendar.utc_offset_minutes,
                        },
                    },
                    budgeting: match objective.budgeting {
                        slo::Budgeting::Occurrences => $crate::Budgeting::Occurrences,
                        slo::Budgeting::Timeslices(slices) => $crate::Budgeting::timeslices(slices.slice, slices.target.try_into()?)?,
                        slo::Budgeting::RatioTimeslices(_) => {
                            let text = format!("objective '{}': this build does not budget in ratio-timeslices; use occurrences or timeslices", objective.id);
                            return Err($crate::Error::Unsupported(text));
                        }
                    },
                    id: objective.id,
                    name: objective.name,
                    description: objective.description,
                })
            }
        }

        impl From<$crate::Status> for slo::Status {
            fn from(status: $crate::Status) -> Self {
                Self {
                    id: status.id,
                    name: status.name,
                    target: status.target.into(),
                    window_end: status.window_end,
                    window_start: status.window_start,
                    good: status.good,
                    total: status.total,
                    state: match status.state {
                        $crate::slo::State::NoData => slo::State::NoData,
                        $crate::slo::State::Met => slo::State::Met,
                        $crate::slo::State::Violated => slo::State::Violated,
                    },
                    current: status.current,
                    budget_remaining: status.budget_remaining,
                    budget_remaining_events: status.budget_remaining_events,
                    expired: status.expired,
                }
            }
        }
    };
}
