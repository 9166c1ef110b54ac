//! The program `codomyrmex`: what it prints, what it writes, and how it ends when something is wrong.

use std::fs;
use std::process::Output;

use crate::kit::{codomyrmex, component_path, folder, misdeeds, runs_path};

fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn airline(extra: &[&str]) -> (i32, String, String) {
    let (agent, input) = (component_path("airline-agent.wasm"), runs_path());
    ended(&codomyrmex(&[&["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap()], extra].concat()))
}

#[test]
fn json_carries_the_names_of_the_python_module_and_the_exact_counts() {
    let (code, out, err) = airline(&["--format", "json", "--agents", "3"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["run"]["lines"], 5_308);
    assert_eq!(report["run"]["agents"].as_array().unwrap().len(), 3);
    let slo = &report["slos"][0];
    assert_eq!((slo["id"].as_str(), slo["target"].as_f64(), slo["is_met"].as_bool()), (Some("task_success"), Some(40.0), Some(true)));
    assert_eq!((slo["good_events"].as_u64(), slo["total_events"].as_u64()), (Some(84), Some(200)));
    assert_eq!(slo["error_budget_remaining"].as_f64(), Some(4.0 / 120.0 * 100.0));
    // What is overspent is nothing in the Python module's percent, and below nothing in ours.
    assert_eq!(report["slos"][1]["error_budget_remaining"].as_f64(), Some(0.0));
    assert_eq!(report["slos"][1]["budget_remaining"].as_f64(), Some(-148.0 / 582.0));
    assert_eq!(report["spans"]["longest"].as_array().unwrap().len(), 3);
    assert_eq!(report["spans"]["longest"][0]["duration_ns"].as_u64(), Some(61_000_000_000));
}

#[test]
fn snapshots_of_parts_merge_to_the_digest_of_the_whole() {
    let folder = folder("merge");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let agent = component_path("evil-agent.wasm");
    let run = |name: &str, counts: usize| {
        fs::write(path("lines"), misdeeds(&vec!["count"; counts]).iter().map(|line| format!("{}\n", line.text)).collect::<String>())
            .unwrap();
        let words = ["telemetry", "run", agent.to_str().unwrap(), "--input", &path("lines"), "--snapshot", &path(name)];
        assert_eq!(ended(&codomyrmex(&words)).0, 0);
    };
    let digest = |words: &[&str]| {
        let (code, out, err) = ended(&codomyrmex(&[&["telemetry", "snapshot"], words].concat()));
        assert_eq!((code, err.as_str()), (0, ""));
        out.split(' ').next().unwrap().to_string()
    };
    run("two", 2);
    run("three", 3);
    run("five", 5);
    let whole = digest(&["digest", &path("five")]);
    assert_eq!(digest(&["merge", &path("two"), &path("three"), "--output", &path("merged")]), whole);
    assert_eq!(digest(&["merge", &path("three"), &path("two"), "--output", &path("turned")]), whole);
    assert_eq!(fs::read(path("merged")).unwrap(), fs::read(path("five")).unwrap());
    // The same events twice count twice: a snapshot does not know who wrote it.
    assert_ne!(digest(&["merge", &path("five"), &path("five"), "--output", &path("twice")]), whole);
    let (_, shown, _) = ended(&codomyrmex(&["telemetry", "snapshot", "show", &path("twice"), "--format", "json"]));
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["metrics"][0]["series"][0]["value"].as_f64(), Some(10.0));
}

#[test]
fn accounts_that_could_not_be_read_again_are_not_written() {
    use codomyrmex_telemetry::{Descriptor, Instrument, Ledger, WriterId, limits::FAMILIES_MAX};
    let folder = folder("unreadable");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    for writer in ["one", "other"] {
        let mut ledger = Ledger::new(WriterId::new(1));
        for number in 0..FAMILIES_MAX {
            let (help, unit) = (String::new(), String::new());
            let descriptor = Descriptor {
                name: format!("{writer}_{number}"),
                help,
                unit,
                labels: vec![],
                instrument: Instrument::Counter,
                window: None,
            };
            ledger.declare(descriptor).unwrap();
        }
        fs::write(path(writer), ledger.snapshot().to_bytes()).unwrap();
    }
    let words = ["telemetry", "snapshot", "merge", &path("one"), &path("other"), "--output", &path("both")];
    let (code, out, err) = ended(&codomyrmex(&words));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("both: the accounts together could not be read again: malformed") && err.contains("at most 1024"), "{err}");
    assert!(!fs::exists(path("both")).unwrap());
}

#[test]
fn what_is_wrong_is_named_and_has_its_exit_code() {
    let folder = folder("wrong");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let (agent, input) = (component_path("airline-agent.wasm").to_str().unwrap().to_string(), runs_path().to_str().unwrap().to_string());
    fs::write(path("text.wasm"), "not wasm at all").unwrap();
    fs::write(path("module.wasm"), b"\0asm\x01\0\0\0").unwrap();
    fs::write(path("half.wasm"), &fs::read(&agent).unwrap()[..50_000]).unwrap();
    fs::write(path("lines.ndjson"), "{\"run\":1}\nnot json\n").unwrap();
    fs::write(path("step.ndjson"), "{\"run\":\"a\",\"step\":0,\"kind\":\"dance\"}\n").unwrap();
    let foreign = wat::parse_str("(component (import \"foreign:pkg/thing@1.0.0\" (instance (export \"f\" (func)))))").unwrap();
    fs::write(path("foreign.wasm"), foreign).unwrap();
    fs::write(path("empty.wasm"), wat::parse_str("(component)").unwrap()).unwrap();
    let run = |agent: &str, input: &str, expected_code: i32, expected: &[&str]| {
        let snapshot = path("snapshot");
        let (code, out, err) = ended(&codomyrmex(&["telemetry", "run", agent, "--input", input, "--snapshot", &snapshot]));
        assert_eq!(code, expected_code, "{err}");
        assert!(out.is_empty(), "{out}");
        assert!(expected.iter().all(|part| err.contains(part)), "{err:?} should have {expected:?}");
        assert!(!fs::exists(&snapshot).unwrap(), "nothing is half written");
    };
    run(&path("text.wasm"), &input, 3, &["text.wasm is not a WebAssembly component", "does not begin"]);
    run(&path("module.wasm"), &input, 3, &["module.wasm is not a WebAssembly component", "core module"]);
    run(&path("half.wasm"), &input, 3, &["half.wasm is not a WebAssembly component"]);
    run(&path("foreign.wasm"), &input, 3, &["foreign.wasm cannot be run", "foreign:pkg/thing@1.0.0"]);
    run(&path("empty.wasm"), &input, 3, &["empty.wasm does not export codomyrmex:telemetry/lines@0.1.0"]);
    run(&path("missing.wasm"), &input, 3, &["missing.wasm: No such file"]);
    run(&agent, &path("missing.ndjson"), 3, &["missing.ndjson: No such file"]);
    run(&agent, &path("lines.ndjson"), 3, &["lines.ndjson:2: not JSON"]);
    run(&agent, &path("step.ndjson"), 3, &["step.ndjson:1: kind 'dance' is none of user, model, tool, end"]);
    let (code, _, err) = ended(&codomyrmex(&["telemetry", "run", &agent, "--input", &input, "--colour", "red"]));
    assert!(code == 2 && err.contains("--colour"), "{err}");
    let (code, _, err) = ended(&codomyrmex(&["telemetry", "run", &agent, "--input", &input, "--agents", "0"]));
    assert!(code == 2 && err.contains("0 is not in 1..=1024"), "{err}");
    let (code, _, err) = ended(&codomyrmex(&["telemetry", "run", &agent, "--input", &input, "--snapshot", &path("no/such/folder")]));
    assert!(code == 1 && err.contains("no/such/folder: No such file"), "{err}");
}

#[test]
fn a_snapshot_that_is_no_snapshot_is_refused() {
    let folder = folder("snapshots");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    airline(&["--snapshot", &path("whole")]);
    let whole = fs::read(path("whole")).unwrap();
    fs::write(path("half"), &whole[..whole.len() / 2]).unwrap();
    let newer: Vec<u8> = [&whole[..3], &[2], &whole[4..]].concat(); // the version is the fourth byte
    fs::write(path("newer"), newer).unwrap();
    for (file, expected) in
        [("half", "half: malformed: byte"), ("newer", "newer: format version 2 is newer than this build reads; use a newer build")]
    {
        let (code, out, err) =
            ended(&codomyrmex(&["telemetry", "snapshot", "merge", &path("whole"), &path(file), "--output", &path("merged")]));
        assert_eq!((code, out.as_str()), (3, ""));
        assert!(err.contains(expected), "{err}");
        assert!(!fs::exists(path("merged")).unwrap());
    }
}

#[test]
fn a_trap_is_told_with_its_place_its_loss_and_what_was_not_run() {
    let input = folder("trap").join("misdeeds.ndjson");
    let group = |run: usize, names: &[&str]| -> String {
        misdeeds(names).into_iter().map(|line| format!("{}\n", line.text.replace("\"run\":1", &format!("\"run\":{run}")))).collect()
    };
    fs::write(&input, group(1, &["count", "open"]) + &group(2, &["count", "trap"]) + &group(3, &["count"])).unwrap();
    let agent = component_path("evil-agent.wasm");
    for (placement, counted, spans, fate) in [
        ("host", 2, 2, "the report holds all that it recorded; its open spans ended with an error"),
        (
            "composed",
            1,
            0,
            "what it recorded in these lines is lost, and so are spans that were still open; the report holds all else before them",
        ),
    ] {
        let words = ["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap(), "--placement", placement];
        let (code, out, err) = ended(&codomyrmex(&[&words[..], &["--format", "json"]].concat()));
        assert_eq!(code, 4);
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["metrics"][0]["series"][0]["value"].as_f64(), Some(f64::from(counted)));
        assert_eq!(report["spans"]["kept"].as_u64(), Some(spans));
        assert_eq!((report["run"]["groups"].as_u64(), report["run"]["groups_done"].as_u64()), (Some(3), Some(1)));
        assert_eq!(report["run"]["agents"][0]["trap"]["records_lost"].as_bool(), Some(placement == "composed"));
        let sentence = format!(
            "agent 0: the agent trapped: wasm trap: wasm `unreachable` instruction executed, at lines 3 to 4, after 1 group: {fate}; 1 further group was not run"
        );
        assert_eq!(err, format!("codomyrmex: {sentence}\n"));
        let (_, out, _) = ended(&codomyrmex(&words));
        assert!(out.contains(&format!("Not complete: 1 of 3 groups were worked through.\n  {sentence}\n")), "{out}");
    }
}

#[test]
fn a_trap_before_the_first_line_is_a_trap_and_no_wrong_input() {
    let input = folder("early").join("misdeeds.ndjson");
    fs::write(&input, "{\"run\":1,\"do\":\"count\"}\n").unwrap();
    let agent = component_path("evil-agent.wasm");
    let words = ["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap(), "--fuel", "1"];
    let (code, out, err) = ended(&codomyrmex(&words));
    assert_eq!((code, out.as_str()), (4, ""), "{err}");
    assert!(err.contains("evil-agent.wasm trapped while it was started: wasm trap: all fuel consumed"), "{err}");
}

#[test]
fn a_snapshot_is_never_written_over_an_input_and_keeps_what_stands_at_its_place() {
    let folder = folder("places");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    fs::write(path("input"), "{\"run\":1,\"do\":\"count\"}\n").unwrap();
    fs::write(path("private"), "").unwrap();
    fs::set_permissions(path("private"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(path("private"), path("link")).unwrap();
    let agent = component_path("evil-agent.wasm");
    let run = |snapshot: &str| {
        ended(&codomyrmex(&["telemetry", "run", agent.to_str().unwrap(), "--input", &path("input"), "--snapshot", snapshot]))
    };
    let (code, _, err) = run(&path("input"));
    assert!(code == 3 && err.contains("the snapshot would be written over an input"), "{err}");
    assert_eq!(run(&path("link")).0, 0);
    assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path("private")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(codomyrmex_telemetry::Snapshot::from_bytes(&fs::read(path("private")).unwrap()).is_ok());
    // The report is told also where the file cannot be written.
    let (code, out, err) = run(&path("no/such/folder"));
    assert!(code == 1 && out.contains("counted_total") && err.contains("no/such/folder: No such file"), "{out}{err}");
}

#[test]
fn an_agent_cannot_write_to_the_terminal_through_its_names() {
    let input = folder("escape").join("misdeeds.ndjson");
    fs::write(&input, "{\"run\":1,\"do\":\"names\"}\n").unwrap();
    let agent = component_path("evil-agent.wasm");
    let (code, out, _) = ended(&codomyrmex(&["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap()]));
    assert_eq!(code, 0);
    assert!(out.contains("\u{fffd}]0;owned\u{fffd}"), "{out}");
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
}
