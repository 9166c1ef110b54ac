//! Spans go from a ledger over real sockets to a receiver that fails in every way that the protocol knows.
//!
//! The receiver is a small one of ours; a real one judges in `tests/judges`. Deliberately absent: what is in a
//! request, beyond that it is what the export gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use codomyrmex_telemetry::tracer::BatchOptions;
use codomyrmex_telemetry::{Ledger, SpanContext, SpanData, SpanId, SpanKind, Timestamp, TraceId, WriterId, export};
use codomyrmex_telemetry_host::push::{Console, Encoding, InMemory, OtlpHttp, SpanExporter, SpanPipeline};

const LONG: Duration = Duration::from_secs(60);

/// A request's head in lower case, and its body.
type Request = (String, Vec<u8>);

/// A receiver that gives one answer after another, none being a socket that is closed; then what it got.
fn receiver(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<Request>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let work = move || {
        let answer = |answer: &&str| {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(reader.read_line(&mut head).unwrap() > 0);
            }
            let head = head.to_lowercase();
            let length = head.split_once("content-length: ").unwrap().1.lines().next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            (head, body)
        };
        answers.iter().map(answer).collect()
    };
    (endpoint, std::thread::spawn(work))
}

fn spans(count: u64) -> Vec<SpanData> {
    let span = |number: u64| {
        let (trace_id, span_id) = (TraceId::derive(&number.to_string()), SpanId::new(number + 1).unwrap());
        let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
        SpanData::begin(context, None, "s\u{1b}[2J".into(), SpanKind::Client, Timestamp::from_nanos(number).unwrap())
    };
    (0..count).map(span).collect()
}

fn ledger(count: u64) -> Ledger {
    let mut ledger = Ledger::new(WriterId::new(1));
    spans(count).into_iter().for_each(|span| ledger.complete_span(span).unwrap());
    ledger
}

fn exporter(endpoint: &str, encoding: Encoding) -> OtlpHttp {
    OtlpHttp::new(Some(endpoint), &[("x-key".into(), "secret".into())], encoding).unwrap()
}

fn quick() -> BatchOptions {
    BatchOptions { first_pause: 1_000_000, max_attempts: 3, max_export_batch_size: 10, ..BatchOptions::default() }
}

/// Delivered or pending, pending in the ledger, dropped.
fn counts(ledger: &Ledger) -> (u64, usize, u64) {
    let spans = ledger.snapshot().spans;
    (spans.exported(), spans.len(), spans.dropped())
}

#[test]
fn both_encodings_arrive_as_they_are_exported() {
    for (encoding, content_type) in [(Encoding::Protobuf, "application/x-protobuf"), (Encoding::Json, "application/json")] {
        let (endpoint, received) = receiver(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]);
        let spans = spans(3);
        assert_eq!(exporter(&endpoint, encoding).export(&spans, LONG), Ok(()));
        let [(head, body)] = received.join().unwrap().try_into().unwrap();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        let host = endpoint.strip_prefix("http://").unwrap().strip_suffix("/v1/traces").unwrap();
        for line in [format!("content-type: {content_type}\r\n"), "x-key: secret\r\n".into(), format!("host: {host}\r\n")] {
            assert!(head.contains(&line), "{line} is not in {head}");
        }
        let expected = match encoding {
            Encoding::Protobuf => export::otlp_traces(&spans),
            Encoding::Json => export::otlp_traces_json(&spans).into_bytes(),
        };
        assert_eq!(body, expected);
    }
}

#[test]
fn what_may_arrive_later_is_tried_again_and_arrives_once() {
    let answers = &[
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ];
    let (endpoint, received) = receiver(answers);
    let mut ledger = ledger(4);
    let mut pipeline = SpanPipeline::new(exporter(&endpoint, Encoding::Protobuf), quick());
    let begun = std::time::Instant::now();
    pipeline.force_flush(&mut ledger, LONG).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "Retry-After is kept");
    assert_eq!((counts(&ledger), pending(&pipeline)), ((4, 0, 0), (0, None)));
    let bodies: Vec<_> = received.join().unwrap().into_iter().map(|(_, body)| body).collect();
    assert!(bodies.len() == 3 && bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_arrived_is_not_sent_again_though_the_answer_breaks_off() {
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let (endpoint, received) = receiver(&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x0a\x07"]);
        let mut ledger = ledger(4);
        let mut pipeline = SpanPipeline::new(exporter(&endpoint, encoding), quick());
        pipeline.force_flush(&mut ledger, LONG).unwrap();
        assert_eq!((counts(&ledger), pending(&pipeline), received.join().unwrap().len()), ((4, 0, 0), (0, None), 1));
    }
    let (endpoint, received) = receiver(&["HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nno"]);
    let mut ledger = ledger(4);
    let mut pipeline = SpanPipeline::new(exporter(&endpoint, Encoding::Protobuf), quick());
    pipeline.force_flush(&mut ledger, LONG).unwrap();
    assert_eq!((counts(&ledger), received.join().unwrap().len()), ((0, 0, 4), 1), "what was refused neither");
}

fn pending(pipeline: &SpanPipeline) -> (usize, Option<String>) {
    (pipeline.pending(), pipeline.trouble().map(ToString::to_string))
}

#[test]
fn what_is_refused_counts_as_dropped() {
    const PARTIAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x0a\x07\x08\x03\x12\x03no!";
    let answers = &[PARTIAL, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"];
    let (endpoint, received) = receiver(answers);
    let mut ledger = ledger(17);
    let mut pipeline = SpanPipeline::new(exporter(&endpoint, Encoding::Protobuf), quick());
    pipeline.force_flush(&mut ledger, LONG).unwrap();
    assert_eq!(counts(&ledger), (7, 0, 10), "3 of the first ten, all of the other seven");
    assert_eq!(pending(&pipeline), (0, Some(format!("{endpoint} answered 400 Bad Request"))));
    assert_eq!(received.join().unwrap().len(), 2);
}

#[test]
fn where_nobody_listens_all_is_counted_when_the_time_is_over() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // and closed again
    let mut ledger = ledger(5);
    let options = BatchOptions { max_queue_size: 3, max_attempts: 1_000, ..quick() };
    let mut pipeline = SpanPipeline::new(exporter(&format!("http://{address}"), Encoding::Json), options);
    let said = pipeline.shutdown(&mut ledger, Duration::from_millis(50)).unwrap_err().to_string();
    assert!(said.starts_with(&format!("3 spans still wait after 50ms; last: http://{address}/: Connection refused")), "{said}");
    assert_eq!((counts(&ledger), pipeline.pending()), ((0, 2, 3), 0));
    pipeline.tick(&mut ledger);
    assert_eq!(counts(&ledger), (0, 2, 3), "it takes no more");
}

#[test]
fn a_thread_exports_beside_those_who_record() {
    let shared = Arc::new(Mutex::new(ledger(25)));
    let (there, kept) = (Arc::clone(&shared), InMemory::default());
    let thread = SpanPipeline::new(kept.clone(), quick()).spawn(move |act| act(&mut there.lock().unwrap())).unwrap();
    thread.force_flush(LONG).unwrap();
    let first = kept.take().len();
    shared.lock().unwrap().complete_span(spans(26).pop().unwrap()).unwrap();
    thread.shutdown(LONG).unwrap();
    assert_eq!((first, kept.take().len(), counts(&shared.lock().unwrap())), (25, 1, (26, 0, 0)));
}

#[test]
fn the_console_shows_a_line_a_span() {
    let mut written = Vec::new();
    let mut one = spans(1);
    one[0].attributes.insert("k".into(), true.into());
    Console(&mut written).export(&one, LONG).unwrap();
    let trace = TraceId::derive("0");
    assert_eq!(String::from_utf8(written).unwrap(), format!("{trace} 0000000000000001 client \"s\\u{{1b}}[2J\" 0ns \"k\"=Boolean(true)\n"));
}
