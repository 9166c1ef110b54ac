//! The example `trace_context_server` answers as W3C's harness of Trace Context wants it, over real sockets.
//!
//! A small harness of ours stands for the official one: it sends a request, takes what the service sends in
//! turn, and has it judged. Deliberately absent: the judgement, which is the kit's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use codomyrmex_telemetry_tests::{Call, Headers, harness_calls, own_calls};

use crate::kit::root;

/// A service that runs, and ends with the test.
struct Service {
    process: Child,
    port: u16,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have ended
        let _ = self.process.wait();
    }
}

/// A request or an answer.
struct Message {
    first: String,
    headers: Headers,
    body: String,
}

impl Message {
    fn read(stream: &TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            line.trim_end().to_string()
        };
        let first = line();
        let headers: Headers = std::iter::from_fn(|| line().split_once(": ").map(|(name, value)| (name.into(), value.into()))).collect();
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).map_or("0", |(_, value)| value);
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        Self { first, headers, body: String::from_utf8(body).unwrap() }
    }
}

impl Service {
    fn start() -> Self {
        let program = root().join("target/debug/examples/trace_context_server");
        assert!(program.exists(), "{} is missing; `cargo test --workspace` builds it", program.display());
        let mut process = Command::new(program).arg("0").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("listening on http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/test\n"));
        Self { port: port.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap(), process }
    }

    fn ask(&self, headers: &Headers, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut request = format!("POST /test HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        stream
    }

    /// What the service sends of a call.
    fn sent(&self, call: &Call, harness: &TcpListener) -> Vec<Headers> {
        let url = format!("http://{}/callback/", harness.local_addr().unwrap());
        let asked: Vec<String> = (0..call.downstream).map(|n| format!(r#"{{"url": "{url}{n}", "arguments": [{n}]}}"#)).collect();
        let stream = self.ask(&call.headers, &format!("[{}]", asked.join(", ")));
        let mut sent = Vec::new();
        for n in 0..call.downstream {
            let (mut callback, _) = harness.accept().unwrap();
            let request = Message::read(&callback);
            assert_eq!((request.first, request.body), (format!("POST /callback/{n} HTTP/1.1"), format!("[{n}]")));
            callback.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull").unwrap();
            sent.push(request.headers);
        }
        let answer = Message::read(&stream);
        assert_eq!((answer.first.as_str(), answer.body.as_str()), ("HTTP/1.1 200 OK", "sent\n"), "{}", call.name);
        sent
    }
}

#[test]
fn traces_go_on_over_real_sockets() {
    let (service, harness) = (Service::start(), TcpListener::bind("127.0.0.1:0").unwrap());
    let mut calls = own_calls();
    if let Ok(vectors) = std::env::var("CODOMYRMEX_VECTORS") {
        calls.extend(harness_calls(&vectors));
    }
    let complaint = |call: &Call| call.judge(&service.sent(call, &harness)).err().map(|what| format!("{}: {what}", call.name));
    assert_eq!(calls.iter().filter_map(complaint).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn baggage_goes_along() {
    let (service, harness) = (Service::start(), TcpListener::bind("127.0.0.1:0").unwrap());
    let mut call = own_calls().remove(0);
    call.headers = vec![("Baggage".into(), "user = Zo%C3%ab;p , wrong".into()), ("baggage".into(), "tier=1".into())];
    let sent = service.sent(&call, &harness);
    let baggage: Vec<&str> = sent[0].iter().filter(|(name, _)| name == "baggage").map(|(_, value)| value.as_str()).collect();
    assert_eq!(baggage, ["user=Zo%C3%AB;p,tier=1"]);
}

#[test]
fn what_cannot_be_sent_is_said() {
    let service = Service::start();
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // and closed again
    for (body, said) in [
        ("", "EOF while parsing"),
        ("{}", "invalid type: map, expected a sequence"),
        (r#"[{"arguments": []}]"#, "a request without its url"),
        (r#"[{"url": "https://127.0.0.1/", "arguments": []}]"#, "https://127.0.0.1/ is no http address"),
        (&format!(r#"[{{"url": "http://{refused}/", "arguments": []}}]"#), "Connection refused"),
        (&format!("[{}1]", "1,".repeat(64)), "65 requests are asked for; at most 64 are sent"),
    ] {
        let answer = Message::read(&service.ask(&Headers::new(), body));
        assert_eq!(answer.first, "HTTP/1.1 400 Bad Request", "{body}");
        assert!(answer.body.starts_with(said), "{body}: {}", answer.body);
    }
}
