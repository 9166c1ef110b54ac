//! `telemetry serve`: what it answers, whom it keeps waiting, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use codomyrmex_telemetry::{Descriptor, Instrument, Ledger, Snapshot, WriterId};
use codomyrmex_telemetry_host::scrape;

use crate::kit::{folder, root};

/// A server that runs, and ends with the test.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have ended
        let _ = self.process.wait();
    }
}

/// One answer.
#[derive(Debug, Eq, PartialEq)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// The answer that a connection carried up to its end.
    fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        Self { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body: bytes[end..].to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(found, _)| *found == name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let program = root().join("target/debug/codomyrmex");
        assert!(program.exists(), "{} is missing; `cargo xtask test` builds it before the tests", program.display());
        let mut process = Command::new(program)
            .args(["telemetry", "serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("listening on http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/metrics\n"));
        let port = port.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
        assert_ne!(port, 0);
        Self { process, port }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(stream)
    }

    fn get(&self, accept: &str) -> Answer {
        self.ask(&format!("GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: {accept}\r\n\r\n"))
    }

    /// Sends a signal. The answer is the exit code, what stands on standard error, and how long it took.
    fn end(mut self, signal: &str) -> (Option<i32>, String, Duration) {
        let started = Instant::now();
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
        let code = self.process.wait().unwrap().code();
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said, started.elapsed())
    }
}

/// Accounts with one counter of this name.
fn accounts(name: &str) -> Snapshot {
    let mut ledger = Ledger::new(WriterId::new(1));
    let (help, unit) = ("Seen.".into(), String::new());
    let descriptor = Descriptor { name: name.into(), help, unit, labels: vec![], instrument: Instrument::Counter, window: None };
    let family = ledger.declare(descriptor).unwrap();
    ledger.resolve(family, &[]).unwrap();
    ledger.snapshot()
}

fn write(path: &Path, snapshot: &Snapshot) {
    let beside = path.with_extension("part");
    fs::write(&beside, snapshot.to_bytes()).unwrap();
    fs::rename(beside, path).unwrap();
}

const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

#[test]
fn a_scrape_is_answered_as_the_library_answers_it() {
    let path = folder("serve").join("snapshot");
    let snapshot = accounts("seen");
    write(&path, &snapshot);
    let server = Server::start(&[path.to_str().unwrap()]);
    for accept in ["*/*", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2", PROTOBUF] {
        let (content_type, body) = scrape::respond(Some(accept), &snapshot);
        let answer = server.get(accept);
        assert_eq!((answer.status, answer.header("content-type"), &answer.body), (200, Some(content_type.as_str()), &body), "{accept}");
        assert_eq!(answer.header("content-length"), Some(body.len().to_string().as_str()));
        let head = server.ask(&format!("HEAD /metrics HTTP/1.1\r\nHost: here\r\nAccept: {accept}\r\n\r\n"));
        assert_eq!((head.status, head.header("content-type"), head.body.len()), (200, Some(content_type.as_str()), 0));
        assert_eq!(head.header("content-length"), answer.header("content-length"));
    }
    // Several headers are one list; none asks for nothing.
    let two = "GET /metrics?x=1 HTTP/1.1\r\nHost: here\r\nAccept: text/plain;q=0.1\r\nAccept: application/openmetrics-text\r\n\r\n";
    assert_eq!(server.ask(two).text(), "# TYPE seen counter\n# HELP seen Seen.\nseen_total 0\n# EOF\n");
    assert_eq!(server.ask("GET /metrics HTTP/1.0\r\n\r\n").text(), "# HELP seen_total Seen.\n# TYPE seen_total counter\nseen_total 0\n");
    let (code, said, _) = server.end("-TERM");
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn a_format_can_be_forced() {
    let path = folder("serve-format").join("snapshot");
    write(&path, &accounts("seen"));
    for (name, accept, expected) in [
        ("prometheus", PROTOBUF, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
        (
            "openmetrics",
            "text/plain;version=1.0.0;escaping=dots",
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
        ),
        (
            "prometheus-protobuf",
            "*/*",
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores",
        ),
    ] {
        let server = Server::start(&["--format", name, path.to_str().unwrap()]);
        assert_eq!(server.get(accept).header("content-type"), Some(expected));
        assert_eq!(server.end("-INT").0, Some(0));
    }
}

#[test]
fn files_are_taken_together_and_read_again_when_they_change() {
    let folder = folder("serve-changes");
    let paths = ["one", "other"].map(|name| folder.join(name));
    let [one, other] = &paths;
    write(one, &accounts("early"));
    let server = Server::start(&[one.to_str().unwrap(), other.to_str().unwrap()]);
    let unreadable = "the accounts cannot be read just now; the server's log says why\n";
    let answer = server.get("*/*");
    assert_eq!((answer.status, answer.text()), (503, unreadable));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let shown = |names: &[&str]| -> String {
        names.iter().map(|name| format!("# HELP {name}_total Seen.\n# TYPE {name}_total counter\n{name}_total 0\n")).collect()
    };
    write(other, &accounts("later"));
    assert_eq!(server.get("*/*").text(), shown(&["early", "later"]));
    write(one, &accounts("other"));
    assert_eq!(server.get("*/*").text(), shown(&["later", "other"]));
    fs::write(other, "no snapshot").unwrap();
    for _ in 0..3 {
        let answer = server.get("*/*");
        assert_eq!((answer.status, answer.text()), (503, unreadable));
    }
    fs::remove_file(one).unwrap();
    assert_eq!(server.get("*/*").status, 503);
    write(one, &accounts("early"));
    write(other, &accounts("later"));
    assert_eq!(server.get("*/*").text(), shown(&["early", "later"]));
    let (code, said, _) = server.end("-TERM");
    assert_eq!(code, Some(0));
    // Each change once, and to nobody else.
    let [missing_other, missing_one] =
        [other, one].map(|path| format!("codomyrmex: {}: No such file or directory (os error 2)", path.display()));
    let malformed = format!("codomyrmex: {}: malformed", other.display());
    let again = "codomyrmex: reads again: the accounts can be served";
    let lines: Vec<&str> = said.lines().collect();
    let expected = [missing_other.as_str(), again, &malformed, &missing_one, again];
    assert_eq!(lines.len(), expected.len(), "{said}");
    assert!(lines.iter().zip(expected).all(|(line, expected)| line.starts_with(expected)), "{said}");
}

#[test]
fn what_is_no_scrape_is_turned_down() {
    let path = folder("serve-others").join("snapshot");
    write(&path, &accounts("seen"));
    let server = Server::start(&[path.to_str().unwrap()]);
    for target in ["/", "/metrics/", "/metricsx", "/../metrics", "//metrics"] {
        assert_eq!(server.ask(&format!("GET {target} HTTP/1.1\r\nHost: here\r\n\r\n")).status, 404, "{target}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = server.ask(&format!("{method} /metrics HTTP/1.1\r\nHost: here\r\n\r\n"));
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let long = format!("GET /metrics HTTP/1.1\r\nHost: here\r\nX: {}\r\n\r\n", "x".repeat(16 * 1024));
    assert_eq!(server.ask(&long).status, 431);
    assert_eq!(server.ask("nonsense\r\n\r\n").status, 400);
    assert_eq!(server.get("*/*").status, 200);
}

#[test]
fn slow_clients_hold_nobody_for_long() {
    let path = folder("serve-slow").join("snapshot");
    write(&path, &accounts("seen"));
    let server = Server::start(&[path.to_str().unwrap()]);
    // As many as there are places, half of them in the middle of a request.
    let silent: Vec<TcpStream> = (0..64).map(|_| server.connect()).collect();
    for stream in &silent[..32] {
        (&mut &*stream).write_all(b"GET /metr").unwrap();
    }
    let started = Instant::now();
    assert_eq!(server.get("*/*").status, 200);
    assert!(started.elapsed() > Duration::from_secs(2), "there are only so many places, and they were taken");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    for mut stream in silent {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap_or_default(); // cut off, one way or another
        assert!(rest.is_empty());
    }
}

#[test]
fn an_end_waits_for_nobody_who_is_silent() {
    let path = folder("serve-end").join("snapshot");
    write(&path, &accounts("seen"));
    let server = Server::start(&[path.to_str().unwrap()]);
    let mut half = server.connect();
    half.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    assert_eq!(server.get("*/*").status, 200); // so the first one was taken, too
    let (code, said, took) = server.end("-TERM");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn what_cannot_be_listened_on_is_named() {
    let path = folder("serve-taken").join("snapshot");
    write(&path, &accounts("seen"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = crate::kit::codomyrmex(&["telemetry", "serve", "--listen", &address, path.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with(&format!("codomyrmex: {address}: Address")), "{said}");
    let output = crate::kit::codomyrmex(&["telemetry", "serve", "--listen", "9464", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}
