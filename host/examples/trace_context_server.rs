//! A service for the W3C's own harness of Trace Context (`test/` of its repository w3c/trace-context), so that
//! the ledger's propagation can be judged by it, over real sockets.
//!
//! ```text
//! cargo run -p codomyrmex-telemetry-host --example trace_context_server 5000
//! python test.py http://127.0.0.1:5000/test       in the harness' folder
//! ```
//! The harness POSTs a list of `{"url": …, "arguments": …}`; each is a request to send, in a span of its own under
//! the span of the request that came. As it sends what it is told to where it is told to, it listens on 127.0.0.1
//! only. Deliberately absent: anything that a service would do besides.
#![expect(clippy::print_stdout, reason = "a program: its port is said on standard output")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::{Parent, SpanHandle, SpanKind, SpanStatus, TracerId};
use codomyrmex_telemetry_host::{HostEnvironment, SystemClock};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri, client, server};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Bytes of a request's body. The harness sends some 500.
const BODY_MAX: usize = 1 << 20;
/// Requests that one asks for.
const REQUESTS_MAX: usize = 64;
/// How long each of them may take. The harness waits no longer.
const REQUEST_TIME: Duration = Duration::from_secs(5);
/// How long a connection may last.
const CONNECTION_TIME: Duration = Duration::from_secs(60);

/// A ledger, and the numbers of its spans' names.
struct Service {
    door: Mutex<Door<HostEnvironment>>,
    answer: u32,
    ask: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(5000), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}/test", listener.local_addr()?);
    let service = Arc::new(Service::new()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = Arc::clone(&service);
        let answer = service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(service.answer(request).await) }
        });
        let connection = server::conn::http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(tokio::time::timeout(CONNECTION_TIME, connection)); // how it ends is the client's business
    }
}

impl Service {
    fn new() -> Result<Self, Failure> {
        let mut door = Door::new(HostEnvironment::new(Arc::new(SystemClock)));
        let answer = door.ledger.declare_span(TracerId::default(), "POST /test", SpanKind::Server)?.0;
        let ask = door.ledger.declare_span(TracerId::default(), "POST", SpanKind::Client)?.0;
        Ok(Self { door: Mutex::new(door), answer, ask })
    }

    fn door<T>(&self, act: impl FnOnce(&mut Door<HostEnvironment>) -> T) -> T {
        act(&mut self.door.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::POST {
            return told(StatusCode::METHOD_NOT_ALLOWED, "POST a list of requests to send");
        }
        let span = match self.begin(request.headers()) {
            Ok(span) => span,
            Err(error) => return told(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        };
        let sent = self.send_all(span, request.into_body()).await;
        self.end(span, sent.as_ref().err());
        match sent {
            Ok(()) => told(StatusCode::OK, "sent"),
            Err(error) => told(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    /// Begins a span under the one that sent these headers, or a new trace.
    fn begin(&self, headers: &HeaderMap) -> Result<u32, Failure> {
        // What is no text breaks the rules, and must not look as if it had not come.
        let texts: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
        self.door(|door| {
            let came = door.ledger.extract(texts.iter().map(|(name, value)| (*name, value.as_ref())))?;
            let span = door.start_span(self.answer, Parent::Span(came), None, None);
            door.end_span(came.0, None);
            Ok(span)
        })
    }

    fn end(&self, span: u32, error: Option<&Failure>) {
        self.door(|door| {
            if let Some(error) = error {
                door.ledger.set_status(SpanHandle(span), SpanStatus::Error(error.to_string()));
            }
            door.end_span(span, None);
        });
    }

    async fn send_all(&self, above: u32, body: Incoming) -> Result<(), Failure> {
        let body = Limited::new(body, BODY_MAX).collect().await?.to_bytes();
        let asked: Vec<Value> = serde_json::from_slice(&body)?;
        if asked.len() > REQUESTS_MAX {
            return Err(format!("{} requests are asked for; at most {REQUESTS_MAX} are sent", asked.len()).into());
        }
        for request in asked {
            let url = request["url"].as_str().ok_or("a request without its url")?;
            let (span, headers) = self.door(|door| {
                let span = door.start_span(self.ask, Parent::Span(SpanHandle(above)), None, None);
                (span, door.ledger.inject(SpanHandle(span)))
            });
            let sent = tokio::time::timeout(REQUEST_TIME, post(url, headers, request["arguments"].to_string()));
            let sent = sent.await.unwrap_or_else(|_| Err(format!("{url} took too long").into()));
            self.end(span, sent.as_ref().err());
            sent?;
        }
        Ok(())
    }
}

/// Sends one request, and waits until its answer begins.
async fn post(url: &str, headers: Vec<(&'static str, String)>, body: String) -> Result<(), Failure> {
    let uri: Uri = url.parse()?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{url} is no http address").into());
    };
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).header(HOST, authority.as_str()).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body)))?;
    tokio::spawn(connection); // it ends with its sender
    let status = sender.send_request(request).await?.status();
    if status.is_success() { Ok(()) } else { Err(format!("{url} answered {status}").into()) }
}

fn told(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{sentence}\n"))));
    *response.status_mut() = status;
    response
}
