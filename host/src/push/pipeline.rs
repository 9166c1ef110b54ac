//! The pipeline: from a ledger through batches to an exporter.
//!
//! The ledger is only touched in [`SpanPipeline::pull`], never while something is sent, so that who records does
//! not wait for a network. An embedder ticks it, or gives it a thread. Deliberately absent: which batch is due.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use codomyrmex_telemetry::Ledger;
use codomyrmex_telemetry::tracer::{BatchOptions, BatchProcessor, Delivery};

use super::{ExportError, SpanExporter};
use crate::Error;
use crate::environment::{Clock, SystemClock};

/// What gives the ledger to what it is called with, as from behind a lock.
type WithLedger<'w> = dyn FnMut(&mut dyn FnMut(&mut Ledger)) + 'w;

/// How long a thread sleeps at most before it looks for new spans.
const LOOK: Duration = Duration::from_millis(200);

/// From a ledger to an exporter.
pub struct SpanPipeline {
    processor: BatchProcessor,
    exporter: Box<dyn SpanExporter>,
    lost: u64, // which the ledger does not know of yet
    trouble: Option<ExportError>,
}

/// A pipeline on a thread of its own.
#[derive(Debug)]
pub struct SpanThread {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

/// What a thread is asked to do, in how long, and where it answers.
struct Order {
    is_last: bool,
    timeout: Duration,
    done: Sender<Result<(), Error>>,
}

impl fmt::Debug for SpanPipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanPipeline").field("pending", &self.pending()).field("trouble", &self.trouble).finish_non_exhaustive()
    }
}

fn now() -> u64 {
    SystemClock.elapsed()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl SpanPipeline {
    /// A pipeline to an exporter.
    #[must_use]
    pub fn new(exporter: impl SpanExporter + 'static, options: BatchOptions) -> Self {
        Self { processor: BatchProcessor::new(options), exporter: Box::new(exporter), lost: 0, trouble: None }
    }

    /// How many spans wait here.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.processor.pending()
    }

    /// Why the last attempt failed; `None` where it did not.
    #[must_use]
    pub const fn trouble(&self) -> Option<&ExportError> {
        self.trouble.as_ref()
    }

    /// Tells a ledger what was lost, and takes from it what there is room for.
    pub fn pull(&mut self, ledger: &mut Ledger) {
        self.lost += self.processor.fill(now(), |most| ledger.take_spans(most));
        ledger.lose_spans(std::mem::take(&mut self.lost));
    }

    /// Sends the batches that are due. It takes as long as the exporter does.
    pub fn push(&mut self) {
        self.push_within(Duration::MAX);
    }

    /// Sends one batch after another while they are due and there is time.
    fn push_within(&mut self, most: Duration) {
        let begun = now();
        let left = || most.saturating_sub(Duration::from_nanos(now() - begun));
        let timeout = Duration::from_nanos(self.processor.options().export_timeout);
        while !left().is_zero()
            && let Some(batch) = self.processor.due(now())
        {
            let sent = self.exporter.export(batch, timeout.min(left()));
            let delivery = sent.as_ref().map_or_else(|error| error.delivery, |()| Delivery::Delivered);
            self.lost += self.processor.done(now(), delivery);
            self.trouble = sent.err();
        }
    }

    /// Pulls and pushes once; to be called again and again, as every second.
    pub fn tick(&mut self, ledger: &mut Ledger) {
        self.pull(ledger);
        self.push();
        self.pull(ledger);
    }

    /// Sends all that there is, or as much as there is time for.
    ///
    /// # Errors
    /// [`Error::Exporter`] where spans still wait when the time is over.
    pub fn force_flush(&mut self, ledger: &mut Ledger, timeout: Duration) -> Result<(), Error> {
        self.flush(&mut |act| act(ledger), timeout)
    }

    /// The same, and then takes no more: what still waits is lost, and counted in the ledger as dropped.
    ///
    /// # Errors
    /// [`Error::Exporter`] where there is such.
    pub fn shutdown(&mut self, ledger: &mut Ledger, timeout: Duration) -> Result<(), Error> {
        self.end(&mut |act| act(ledger), timeout)
    }

    /// Runs on a thread of its own. `with_ledger` gives the ledger to what it is called with, as from behind a lock.
    ///
    /// # Errors
    /// [`Error::Exporter`] where the system gives no thread.
    pub fn spawn(mut self, mut with_ledger: impl FnMut(&mut dyn FnMut(&mut Ledger)) + Send + 'static) -> Result<SpanThread, Error> {
        let (orders, waiting) = mpsc::channel::<Order>();
        let work = move || {
            loop {
                with_ledger(&mut |ledger| self.pull(ledger));
                self.push();
                let wait = self.processor.wait(now()).map_or(LOOK, Duration::from_nanos).min(LOOK);
                match waiting.recv_timeout(wait) {
                    Err(RecvTimeoutError::Timeout) => {}
                    // Nobody is there who could ask for more time.
                    Err(RecvTimeoutError::Disconnected) => return drop(self.end(&mut with_ledger, Duration::ZERO)),
                    Ok(Order { is_last, timeout, done }) => {
                        let ended = if is_last { self.end(&mut with_ledger, timeout) } else { self.flush(&mut with_ledger, timeout) };
                        let _ = done.send(ended); // who asked may have gone
                        if is_last {
                            return;
                        }
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("spans".into()).spawn(work);
        let thread = thread.map_err(|why| Error::Exporter(format!("the system gives no thread for spans: {why}")))?;
        Ok(SpanThread { orders, thread })
    }

    fn flush(&mut self, with_ledger: &mut WithLedger<'_>, timeout: Duration) -> Result<(), Error> {
        let begun = now();
        loop {
            with_ledger(&mut |ledger| self.pull(ledger));
            let left = nanos(timeout).saturating_sub(now() - begun);
            if self.pending() == 0 {
                return Ok(());
            }
            if left == 0 {
                let why = self.trouble.as_ref().map_or_else(String::new, |trouble| format!("; last: {trouble}"));
                return Err(Error::Exporter(format!("{} spans still wait after {timeout:?}{why}", self.pending())));
            }
            self.processor.flush();
            let wait = self.processor.wait(now()).unwrap_or_default().min(left);
            std::thread::sleep(Duration::from_nanos(wait));
            self.push_within(Duration::from_nanos(nanos(timeout).saturating_sub(now() - begun)));
        }
    }

    fn end(&mut self, with_ledger: &mut WithLedger<'_>, timeout: Duration) -> Result<(), Error> {
        let flushed = self.flush(with_ledger, timeout);
        self.lost += self.processor.shut();
        with_ledger(&mut |ledger| self.pull(ledger));
        self.exporter.shutdown();
        flushed
    }
}

impl SpanThread {
    /// Sends all that there is, or as much as there is time for.
    ///
    /// # Errors
    /// As of [`SpanPipeline::force_flush`].
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.ask(false, timeout)
    }

    /// The same, and ends the thread.
    ///
    /// # Errors
    /// As of [`SpanPipeline::shutdown`].
    pub fn shutdown(self, timeout: Duration) -> Result<(), Error> {
        let ended = self.ask(true, timeout);
        let _ = self.thread.join(); // it answered, or it is gone
        ended
    }

    fn ask(&self, is_last: bool, timeout: Duration) -> Result<(), Error> {
        let gone = || Error::Exporter("the thread of spans is gone".into());
        let (done, answer) = mpsc::channel();
        self.orders.send(Order { is_last, timeout, done }).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}
