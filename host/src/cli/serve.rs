//! `telemetry serve`: snapshot files over HTTP, for Prometheus to scrape.
//!
//! It trusts nobody who connects: a request is small, a connection is one request and ends in time
//! whatever its client does, and there are only so many at once. Deliberately absent: TLS and
//! passwords, which a proxy in front adds; compression; any way to change what is served.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use super::watched::Watched;
use super::{Failure, complain, print};
use crate::scrape::{self, Exposition};

/// Connections at once; more wait until the system takes no more of them either.
const CONNECTIONS_MAX: usize = 64;
/// Bytes of a request's head. Prometheus sends some 500.
const HEAD_MAX: usize = 16 * 1024;
/// How long a request's head may take to come.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long a connection may last, from its first byte to its last.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// How long answers that are under way may take when the program is to end.
const GRACE: Duration = Duration::from_secs(3);
/// The pause after a connection could not be taken, as where there are too many open files.
const BREATH: Duration = Duration::from_millis(100);

const PATH: &str = "/metrics";
/// Who scrapes need not be who runs the server, so paths and errors of the system stay in its log.
const UNREADABLE: &str = "the accounts cannot be read just now; the server's log says why";
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What `telemetry serve` is told.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Snapshot files, taken together; read again when they change
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// The address to listen on; port 0 takes a free one. Others than 127.0.0.1 can be reached from outside, by anybody
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    /// The format to answer in
    #[arg(long, value_enum, default_value_t = FormatName::Auto)]
    format: FormatName,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum FormatName {
    /// What the scraper asks for
    Auto,
    /// Prometheus text exposition format 0.0.4, whatever the scraper asks for
    Prometheus,
    /// OpenMetrics 1.0 text, whatever the scraper asks for
    Openmetrics,
    /// Prometheus protobuf, whatever the scraper asks for
    PrometheusProtobuf,
}

impl FormatName {
    fn forced(self) -> Option<scrape::Format> {
        match self {
            Self::Auto => None,
            Self::Prometheus => Some(scrape::Format::Text0_0_4),
            Self::Openmetrics => Some(scrape::Format::OpenMetrics1_0_0),
            Self::PrometheusProtobuf => Some(scrape::Format::Protobuf),
        }
    }
}

/// Runs it until the program is told to end. The answer is an exit code.
pub(super) fn run(arguments: Arguments) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::machine)?;
    let served = runtime.block_on(serve(arguments));
    runtime.shutdown_background(); // a file that cannot be waited for must not keep the program
    served.map(|()| 0)
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    // Before anybody can know that there is something to end.
    let ended = signals().map_err(|error| Failure::machine(format_args!("signals cannot be waited for: {error}")))?;
    tokio::pin!(ended);
    let failed = |error: std::io::Error| Failure::machine(format_args!("{}: {error}", arguments.listen));
    let listener = TcpListener::bind(arguments.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let accounts = Accounts { watched: Watched::new(arguments.files), trouble: None };
    let desk = Arc::new(Desk { accounts: Arc::new(Mutex::new(accounts)), forced: arguments.format.forced() });
    tokio::select! {
        () = &mut ended => return Ok(()),
        // What cannot be read yet may be there when the first scrape comes.
        _ = desk.page(Exposition::default()) => {}
    }
    print(&format!("listening on http://{address}{PATH}\n"))?;

    let (places, connections) = (Arc::new(Semaphore::new(CONNECTIONS_MAX)), GracefulShutdown::new());
    loop {
        let (stream, place) = tokio::select! {
            () = &mut ended => break,
            next = next(&listener, &places) => next,
        };
        let desk = Arc::clone(&desk);
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(&request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_MAX)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // How it ended is the client's business.
            let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await; // those that take longer are cut off
    Ok(())
}

/// The next connection, once there is a place for it.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let place = Arc::clone(places).acquire_owned().await.ok(); // it is never closed
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(_) => tokio::time::sleep(BREATH).await,
        }
    }
}

/// The files, and whether they could be read the last time.
struct Accounts {
    watched: Watched,
    /// Why they could not.
    trouble: Option<String>,
}

impl Accounts {
    /// A page; `None` where the files cannot be read. The log gets a line when that begins, when its reason
    /// becomes another, and when it ends: not one for each scrape.
    fn page(&mut self, exposition: Exposition) -> Option<Bytes> {
        match self.watched.page(exposition) {
            Ok(page) => {
                if self.trouble.take().is_some() {
                    complain("reads again: the accounts can be served");
                }
                Some(page)
            }
            Err(Failure { message, .. }) => {
                if self.trouble.as_ref() != Some(&message) {
                    complain(&message);
                    self.trouble = Some(message);
                }
                None
            }
        }
    }
}

/// What is known to all connections.
struct Desk {
    /// One at a time reads the files; the others wait, and get what it made of them.
    accounts: Arc<Mutex<Accounts>>,
    forced: Option<scrape::Format>,
}

impl Desk {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != PATH {
            return told(StatusCode::NOT_FOUND, &format!("only {PATH} is served here"));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = told(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut exposition = Exposition::negotiate(accept(request.headers()).as_deref());
        exposition.format = self.forced.unwrap_or(exposition.format);
        match self.page(exposition).await {
            Some(page) => {
                let content_type = HeaderValue::from_str(&exposition.content_type()).unwrap_or(PLAIN);
                response(StatusCode::OK, content_type, page)
            }
            None => told(StatusCode::SERVICE_UNAVAILABLE, UNREADABLE),
        }
    }

    /// A page, made where waiting does not keep other connections.
    async fn page(&self, exposition: Exposition) -> Option<Bytes> {
        let mut accounts = Arc::clone(&self.accounts).lock_owned().await;
        tokio::task::spawn_blocking(move || accounts.page(exposition)).await.ok().flatten() // a panic is in the log, too
    }
}

/// All `Accept` headers as one, as they mean the same.
fn accept(headers: &HeaderMap) -> Option<String> {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() { None } else { Some(values.join(",")) }
}

fn response(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// A sentence as an answer.
fn told(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    response(status, PLAIN, Bytes::from(format!("{sentence}\n")))
}

/// Ends when the program is told to end.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the program is told to end.
#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await; // where it cannot be waited for, the system ends the program
    })
}
