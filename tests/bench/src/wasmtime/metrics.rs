//! What an agent pays for adding one to a counter, in both placements.
//!
//! A call into the agent that adds a million times is timed beside one that adds none, in turns; the
//! least times of both differ by the million. So neither the call itself is in the number, nor the
//! drain that follows it. Deliberately absent: label lookups, which stay within the agent.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use codomyrmex_telemetry::WriterId;
use codomyrmex_telemetry_bench::{Row, say};
use codomyrmex_telemetry_host::{Agent, HostBuilder, Line, Placement};

const ROUNDS: usize = 15;
const TIMES: u32 = 1_000_000;

pub(crate) fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|why| format!("{}: {why}", folder.join(name).display()));
    let agent = read("bench-agent.wasm")?;
    for placement in [Placement::Host, Placement::Composed] {
        let case = format!("Wasmtime: an agent's add(1), placement {placement}");
        say(&format!("measuring {case}"));
        let host = HostBuilder::new().placement(placement).telemetry_component(read("telemetry.wasm")?).build()?;
        let program = host.load("bench-agent.wasm", &agent)?;
        let mut agent = program.start(WriterId::new(1))?;
        call(&mut agent, TIMES)?;
        let (mut with, mut without) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            with = with.min(call(&mut agent, TIMES)?);
            without = without.min(call(&mut agent, 0)?);
        }
        Row { case: &case, ours_ns: Some((with - without) / f64::from(TIMES)), ..Row::default() }.print();
    }
    Ok(())
}

/// Nanoseconds of a call that adds so many times.
fn call(agent: &mut Agent, times: u32) -> Result<f64, Box<dyn Error>> {
    let lines = vec![Line { number: 1, text: format!("{{\"do\":\"add\",\"times\":{times}}}") }];
    let started = Instant::now();
    agent.handle(0, lines)?;
    Ok(started.elapsed().as_nanos() as f64)
}
