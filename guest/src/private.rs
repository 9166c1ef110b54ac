//! What `#[trace]` expands to, and nobody else calls: it may change with any version.
//!
//! Deliberately absent: words for users.

use std::any::type_name;
use std::fmt::{Debug, Display};

use codomyrmex_telemetry::SpanKind;
use codomyrmex_telemetry::tracer::Scope;

use crate::span::Span;
use crate::tracer::{Parent, SpanName, StartOptions, get_tracer, get_tracer_with};
pub use crate::value::ToValue;

/// The name of the spans of a place in the code, in the scope of its package.
#[must_use]
pub fn name(package: Option<&str>, version: Option<&str>, name: &str, kind: SpanKind) -> SpanName {
    let version = version.unwrap_or_default().into();
    let scope = Scope { version, ..Scope::named(package.unwrap_or_default()) };
    get_tracer_with(scope).unwrap_or_else(|_| get_tracer("")).name(name, kind)
}

/// Begins a span.
#[must_use]
pub fn begin(name: SpanName, parent: Parent<'_>) -> Span {
    name.start(parent, StartOptions::default())
}

/// Calls a closure. By its bound the compiler knows that it is called once, so it may give back what it borrows.
pub fn call<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// A value that a function returned.
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// Reports a result whose error can be shown.
pub trait ReportDisplay {
    /// Tells the span.
    fn report(&self, span: &Span);
}

/// Reports a result whose error can be shown to programmers.
pub trait ReportDebug {
    /// Tells the span.
    fn report(&self, span: &Span);
}

/// Reports a result of whose error nothing but the type is known.
pub trait ReportResult {
    /// Tells the span.
    fn report(&self, span: &Span);
}

/// Reports a value that is no result.
pub trait ReportAny {
    /// Tells the span nothing.
    fn report(&self, _: &Span) {}
}

impl<T, E: Display> ReportDisplay for &&&Returned<'_, Result<T, E>> {
    fn report(&self, span: &Span) {
        if let Err(error) = self.0 {
            span.fail(type_name::<E>(), error.to_string(), None);
        }
    }
}

impl<T, E: Debug> ReportDebug for &&Returned<'_, Result<T, E>> {
    fn report(&self, span: &Span) {
        if let Err(error) = self.0 {
            span.fail(type_name::<E>(), format!("{error:?}"), None);
        }
    }
}

impl<T, E> ReportResult for &Returned<'_, Result<T, E>> {
    fn report(&self, span: &Span) {
        if self.0.is_err() {
            span.fail(type_name::<E>(), String::new(), None);
        }
    }
}

impl<T> ReportAny for Returned<'_, T> {}
