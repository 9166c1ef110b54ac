//! Futures in spans: entered while they are polled and at no other time, so that of several that take turns
//! none sees another's span.
//!
//! Deliberately absent: an executor.

use std::borrow::Borrow;
use std::future::{Future, poll_fn};
use std::pin::pin;

use codomyrmex_telemetry::Attributes;

use crate::span::Span;

/// Futures can be put in a span.
pub trait InSpan: Future + Sized {
    /// This future in a span: the span is current whenever the future is polled, and ends when it completes or
    /// is dropped. Dropped before it completes, the span has an event `cancelled`, and its status stays as it
    /// is: to be called off is no error. In `&Span` the span goes on when the future is complete.
    fn in_span<S: Borrow<Span>>(self, span: S) -> impl Future<Output = Self::Output> {
        let mut running = Running::new(span);
        async move { running.poll(self).await }
    }
}

impl<F: Future> InSpan for F {}

/// A span, and whether what runs in it was called off.
struct Running<S: Borrow<Span>> {
    span: S,
    is_waiting: bool, // to be polled, for the first time or again; not while it is, nor after a panic
}

impl<S: Borrow<Span>> Running<S> {
    const fn new(span: S) -> Self {
        Self { span, is_waiting: true }
    }

    async fn poll<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.is_waiting = false;
            let entered = self.span.borrow().entered();
            let polled = future.as_mut().poll(context);
            drop(entered);
            self.is_waiting = polled.is_pending();
            polled
        })
        .await
    }
}

impl<S: Borrow<Span>> Drop for Running<S> {
    fn drop(&mut self) {
        if self.is_waiting {
            self.span.borrow().add_event("cancelled", None, Attributes::new());
        }
    }
}
