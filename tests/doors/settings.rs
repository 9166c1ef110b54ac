//! Settings of tracing: sampled, kept, cut, measured and labelled alike in both placements, and by the variables of
//! OpenTelemetry at the command line.

use codomyrmex_telemetry::tracer::{Keeping, Sampler, SamplingRule, SpanLimits};
use codomyrmex_telemetry::{Snapshot, SpanKind, Value, export};
use codomyrmex_telemetry_host::{Error, Placement, TracingSettings};

use crate::kit::{builder, component_path, folder, root, runs, runs_path, work};

fn settings() -> TracingSettings {
    TracingSettings {
        sampler: Sampler::parent_based(SamplingRule::TraceIdRatio("75%".parse().unwrap())),
        keeping: Some(Keeping { slow: Some(30_000_000_000), others: "50%".parse().unwrap() }),
        span_limits: SpanLimits { attributes: 3, ..SpanLimits::default() },
        resource: [("service.name".into(), "airline".into()), ("host.cores".into(), 2_i64.into())].into(),
        measure_spans: Some(vec!["gen_ai.tool.name".into()]),
    }
}

fn agents(placement: Placement, number: usize) -> Snapshot {
    let (snapshot, errors) = work(builder(placement).tracing(settings()), "airline-agent.wasm", &runs(), number);
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
    snapshot
}

#[test]
fn both_placements_take_the_same_settings_to_the_same_bytes() {
    let host = agents(Placement::Host, 1);
    let composed = agents(Placement::Composed, 3);
    assert!(host.to_bytes() == composed.to_bytes(), "{} and {}", hex(&host), hex(&composed));

    // 200 runs of 1,164 calls; each setting shows.
    let (kept, ended) = (host.spans.len() as u64, host.spans.recorded() + host.spans.unsampled());
    assert!(host.spans.unsampled() > 0 && kept > 0 && kept < ended, "{kept} of {ended}");
    for span in &host.spans {
        let said = ["service.name", "host.cores"].map(|key| span.origin.resource.get(key).cloned());
        assert_eq!(said, [Some(Value::from("airline")), Some(Value::Integer(2))]);
        assert!(span.attributes.len() <= 3, "{:?}", span.attributes);
    }
    let tools = host.spans.iter().filter(|span| span.kind == SpanKind::Internal && span.name.starts_with("execute_tool")).count();
    assert!(tools > 0, "no tool's span was kept");
    let text = export::prometheus(&host, export::Escaping::Underscores);
    let of_calls = |line: &&str| line.starts_with("traces_span_metrics_calls_total{");
    let counted: f64 = text.lines().filter(of_calls).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum();
    assert_eq!(counted, ended as f64, "spans are counted before they are sampled");
}

fn hex(snapshot: &Snapshot) -> String {
    snapshot.digest().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn settings_that_no_ledger_takes_are_refused_when_the_host_is_built() {
    for placement in [Placement::Host, Placement::Composed] {
        let wrong = TracingSettings { measure_spans: Some(vec![String::new()]), ..settings() };
        let refused = builder(placement).tracing(wrong).build();
        assert!(matches!(refused, Err(Error::Ledger(_))), "{refused:?}");
    }
}

#[test]
fn a_run_takes_its_parent_and_its_settings_from_the_environment_when_it_is_asked_to() {
    let folder = folder("run-context");
    let run = |context: &[&str], variables: &[(&str, &str)]| {
        let path = folder.join("run.snapshot");
        let (agent, input) = (component_path("airline-agent.wasm"), runs_path());
        let words = ["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap(), "--snapshot", path.to_str().unwrap()];
        let output = std::process::Command::new(root().join("target/debug/codomyrmex"))
            .args(words)
            .args(context)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (Snapshot::from_bytes(&std::fs::read(path).unwrap()).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let variables = [
        ("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("OTEL_SERVICE_NAME", "airline"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "many"),
    ];
    let (plain, _) = run(&[], &[]);
    let (unasked, told) = run(&["--context", "none"], &variables);
    assert!(plain.to_bytes() == unasked.to_bytes() && told.is_empty(), "variables nobody asked for changed something: {told}");

    let (asked, told) = run(&["--context", "env"], &variables);
    assert!(told.contains("OTEL_SPAN_LINK_COUNT_LIMIT: 'many' is no number from 0 on that fits; it is passed over"), "{told}");
    let metrics = |snapshot: &Snapshot| export::prometheus(snapshot, export::Escaping::Underscores); // no exemplars, which name traces
    assert_eq!((asked.spans.len(), metrics(&asked)), (plain.spans.len(), metrics(&plain)));
    for span in &asked.spans {
        assert_eq!(span.context.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c", "{}", span.name);
        assert_eq!(span.origin.resource.get("service.name"), Some(&Value::from("airline")));
    }
}
