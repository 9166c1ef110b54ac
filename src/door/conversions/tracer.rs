//! The words of the interface `tracer`, for a door that serves it.
//!
//! Deliberately absent: choices.

/// Conversions of `tracer`; see [`wit_conversions!`](crate::wit_conversions).
#[doc(hidden)]
#[macro_export]
macro_rules! wit_tracer {
    () => {
        fn attributes(list: Vec<types::Attribute>) -> $crate::Attributes {
            list.into_iter().map(|attribute| (attribute.key.into(), attribute.value.into())).collect()
        }

        $crate::wit_tracer!(@kinds);

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

        impl From<tracer::InstrumentationScope> for $crate::Scope {
            fn from(scope: tracer::InstrumentationScope) -> Self {
                let tracer::InstrumentationScope { name, version, schema_url, attributes: list } = scope;
                Self { name, version, schema_url, attributes: attributes(list) }
            }
        }

        impl From<tracer::BaggageEntry> for $crate::tracer::BaggageEntry {
            fn from(entry: tracer::BaggageEntry) -> Self {
                Self { key: entry.key, value: entry.value, metadata: entry.metadata }
            }
        }

        impl From<$crate::tracer::BaggageEntry> for tracer::BaggageEntry {
            fn from(entry: $crate::tracer::BaggageEntry) -> Self {
                Self { key: entry.key, value: entry.value, metadata: entry.metadata }
            }
        }

        impl From<tracer::Exception> for $crate::tracer::Exception {
            fn from(exception: tracer::Exception) -> Self {
                let tracer::Exception { exception_type, message, stacktrace } = exception;
                Self { exception_type, message, stacktrace }
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
                Ok(Self { name: event.name.into(), at: event.at.try_into()?, attributes: attributes(event.attributes) })
            }
        }

        impl TryFrom<tracer::SpanData> for $crate::SpanData {
            type Error = $crate::Error;

            fn try_from(data: tracer::SpanData) -> Result<Self, $crate::Error> {
                let parent = data.parent.map($crate::SpanId::new).transpose()?;
                let mut span = Self::begin(data.context.try_into()?, parent, data.name.into(), data.kind.into(), data.started.try_into()?);
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
    (@kinds) => {
        $crate::wit_words!(tracer::SpanKind = $crate::SpanKind { Internal Server Client Producer Consumer });
    };
}
