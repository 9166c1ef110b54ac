//! OTLP over HTTP: spans to a collector.
//!
//! Sources: OTLP specification, sections OTLP/HTTP Request, Response, Failures and Throttling; RFC 9110, section
//! 10.2.3 for `Retry-After`. What of an answer is read is bounded; spans of which the first line of an answer
//! says that they arrived are not sent again, whatever becomes of the rest of it. Deliberately absent: TLS, which a collector
//! beside the program speaks to those farther away; compression.

use std::time::{Duration, Instant, SystemTime};

use codomyrmex_telemetry::{SpanData, export};
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, StatusCode, Uri, client};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use super::{ExportError, SpanExporter};
use crate::Error;

/// Where a collector listens unless it is told otherwise.
const ENDPOINT: &str = "http://localhost:4318/v1/traces";
/// Bytes of an answer. One says how many spans were refused and why.
const ANSWER_MAX: usize = 64 * 1024;
/// The port of http.
const PORT: u16 = 80;

/// The form of a request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Encoding {
    /// `http/protobuf`.
    #[default]
    Protobuf,
    /// `http/json`.
    Json,
}

/// Sends spans to a collector over HTTP.
#[derive(Debug)]
pub struct OtlpHttp {
    endpoint: Uri,
    headers: HeaderMap,
    encoding: Encoding,
    runtime: Runtime,
}

/// What a collector answered.
struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl OtlpHttp {
    /// One that sends to an address, `None` being `http://localhost:4318/v1/traces`, with these headers.
    ///
    /// # Errors
    /// [`Error::Exporter`] for an address that is not of http, or a header that HTTP does not allow.
    pub fn new(endpoint: Option<&str>, headers: &[(String, String)], encoding: Encoding) -> Result<Self, Error> {
        let text = endpoint.unwrap_or(ENDPOINT);
        let wrong = |why: &str| Error::Exporter(format!("the endpoint '{text}' {why}"));
        let endpoint: Uri = text.parse().map_err(|why| wrong(&format!("is no address: {why}")))?;
        match (endpoint.scheme_str(), endpoint.host()) {
            (Some("http"), Some(_)) => {}
            (Some("https"), _) => {
                return Err(wrong("is of https, which is not spoken here; send to a collector on this machine, which can"));
            }
            _ => return Err(wrong("is no http address; give one like http://localhost:4318/v1/traces")),
        }
        let header = |(name, value): &(String, String)| {
            let pair = name.parse::<HeaderName>().ok().zip(value.parse::<HeaderValue>().ok());
            pair.ok_or_else(|| Error::Exporter(format!("'{name}' cannot be sent as a header with its value")))
        };
        let headers = headers.iter().map(header).collect::<Result<_, _>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| Error::Exporter(format!("the system gives no sockets: {why}")))?;
        Ok(Self { endpoint, headers, encoding, runtime })
    }

    fn request(&self, spans: &[SpanData]) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let (body, content_type) = match self.encoding {
            Encoding::Protobuf => (export::otlp_traces(spans), "application/x-protobuf"),
            Encoding::Json => (export::otlp_traces_json(spans).into_bytes(), "application/json"),
        };
        let path = self.endpoint.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.endpoint.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::builder().method(Method::POST).uri(path).header(HOST, authority).body(Full::from(body))?;
        request.headers_mut().extend(self.headers.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Ok(request)
    }

    /// How many spans the answer to a request that went well says are refused, and why.
    fn refused(&self, body: &[u8]) -> (u64, String) {
        match self.encoding {
            Encoding::Protobuf => read_refused(body).unwrap_or_default(),
            Encoding::Json => {
                let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                let part = &answer["partialSuccess"];
                let count = &part["rejectedSpans"]; // a number of 64 bits, so a text; some write a number
                let count = count.as_u64().or_else(|| count.as_str()?.parse().ok()).unwrap_or_default();
                (count, part["errorMessage"].as_str().unwrap_or_default().into())
            }
        }
    }
}

impl SpanExporter for OtlpHttp {
    fn export(&mut self, spans: &[SpanData], timeout: Duration) -> Result<(), ExportError> {
        let request = self.request(spans).map_err(|why| ExportError::lasting(why.to_string(), spans.len()))?;
        let place = &self.endpoint;
        let sent = self.runtime.block_on(send(place, request, timeout));
        let answer = sent.map_err(|why| ExportError::passing(format!("{place}: {why}"), None))?;
        match answer.status {
            status if status.is_success() => match self.refused(&answer.body) {
                (0, _) => Ok(()),
                (count, why) => {
                    let count = usize::try_from(count).unwrap_or(usize::MAX);
                    Err(ExportError::lasting(format!("{place} refused {count} of {} spans: {why:?}", spans.len()), count))
                }
            },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Err(ExportError::passing(format!("{place} answered {}", answer.status), answer.retry_after))
            }
            status => Err(ExportError::lasting(format!("{place} answered {status}"), spans.len())),
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn send(endpoint: &Uri, request: Request<Full<Bytes>>, timeout: Duration) -> Result<Answer, Failure> {
    let asked = async {
        let host = endpoint.host().unwrap_or_default().trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, endpoint.port_u16().unwrap_or(PORT))).await?;
        let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        Ok::<_, Failure>((sender.send_request(request).await?, connection))
    };
    let begun = Instant::now();
    let Ok(asked) = tokio::time::timeout(timeout, asked).await else { return Err(format!("no answer within {timeout:?}").into()) };
    let (response, connection) = asked?;
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|after| retry_after(after.to_str().ok()?, SystemTime::now()));
    let mut body = Bytes::new();
    if status.is_success() {
        let rest = Limited::new(response.into_body(), ANSWER_MAX).collect();
        let rest = tokio::time::timeout(timeout.saturating_sub(begun.elapsed()), rest).await;
        body = rest.ok().and_then(Result::ok).map(Collected::to_bytes).unwrap_or_default();
    }
    connection.abort();
    Ok(Answer { status, retry_after, body })
}

/// How long a receiver asks to wait: it says seconds, or until when.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default())
}

/// What an `ExportTraceServiceResponse` says in `partial_success`: `rejected_spans`, `error_message`. `None` where
/// it cannot be read.
fn read_refused(answer: &[u8]) -> Option<(u64, String)> {
    let (mut count, mut why) = (0, String::new());
    for_each_field(answer, |number, _, part| {
        if number == 1 {
            for_each_field(part, |number, value, bytes| match number {
                1 => count = value,
                2 => why = String::from_utf8_lossy(bytes).into_owned(),
                _ => {}
            })?;
        }
        Some(())
    })?;
    Some((count, why))
}

/// Gives the fields of a message: number, and its value or its bytes.
fn for_each_field<R>(mut rest: &[u8], mut field: impl FnMut(u64, u64, &[u8]) -> R) -> Option<()> {
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let (value, length) = match tag & 7 {
            0 => (varint(&mut rest)?, 0),
            1 => (0, 8),
            2 => (0, usize::try_from(varint(&mut rest)?).ok()?),
            5 => (0, 4),
            _ => return None,
        };
        let (bytes, after) = rest.split_at_checked(length)?;
        rest = after;
        field(tag >> 3, value, bytes);
    }
    Some(())
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_collector_refused_is_read() {
        let both = |encoding, body: &[u8]| OtlpHttp::new(None, &[], encoding).unwrap().refused(body);
        assert_eq!(both(Encoding::Protobuf, b""), (0, String::new()));
        assert_eq!(both(Encoding::Protobuf, b"\x0a\x07\x08\x96\x01\x12\x02no"), (150, "no".into()));
        assert_eq!(both(Encoding::Protobuf, b"\x12\x01x\x0a\x02\x08\x03"), (3, String::new()), "what is not known is passed over");
        for broken in [&b"\x0a\x07\x08"[..], b"\x0a", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0b"] {
            assert_eq!(both(Encoding::Protobuf, broken), (0, String::new()));
        }
        assert_eq!(both(Encoding::Json, br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}"#), (3, "no".into()));
        assert_eq!(both(Encoding::Json, br#"{"partialSuccess":{"rejectedSpans":3}}"#), (3, String::new()));
        for nothing in [&b"{}"[..], b"", b"[1]"] {
            assert_eq!(both(Encoding::Json, nothing), (0, String::new()));
        }
    }

    #[test]
    fn how_long_to_wait_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777); // 1994-11-06T08:49:37Z
        let cases = [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:49:37 1994", Some(0)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("-1", None),
            ("+1", None),
            ("soon", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_sent_to_is_said() {
        let refused = |endpoint| OtlpHttp::new(Some(endpoint), &[], Encoding::Json).unwrap_err().to_string();
        assert_eq!(
            refused("https://a/v1/traces"),
            "the endpoint 'https://a/v1/traces' is of https, which is not spoken here; send to a collector on this machine, which can"
        );
        for wrong in ["localhost:4318", "/v1/traces", "ftp://a"] {
            let said = format!("the endpoint '{wrong}' is no http address; give one like http://localhost:4318/v1/traces");
            assert_eq!(refused(wrong), said);
        }
        let header = [("a b".into(), "c".into())];
        let said = OtlpHttp::new(None, &header, Encoding::Json).unwrap_err().to_string();
        assert_eq!(said, "'a b' cannot be sent as a header with its value");
    }
}
