//! What an agent pays for a deed, in both placements.
//!
//! A call into the agent that does it many times is timed beside one that does nothing, in turns; the least times of
//! both differ by the many. So the call itself is not in the number; the drain that follows it is, as far as it is
//! longer for what was recorded. Deliberately absent: which deeds there are; the agent knows.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use codomyrmex_telemetry::WriterId;
use codomyrmex_telemetry_bench::{Row, say};
use codomyrmex_telemetry_host::{Agent, HostBuilder, Line, Placement};

const ROUNDS: usize = 15;

/// Times a deed of the agent's.
pub(crate) fn time(folder: &Path, deed: &str, title: &str, times: u32) -> Result<(), Box<dyn Error>> {
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|why| format!("{}: {why}", folder.join(name).display()));
    let agent = read("bench-agent.wasm")?;
    for placement in [Placement::Host, Placement::Composed] {
        let case = format!("Wasmtime: {title}, placement {placement}");
        say(&format!("measuring {case}"));
        let host = HostBuilder::new().placement(placement).telemetry_component(read("telemetry.wasm")?).build()?;
        let program = host.load("bench-agent.wasm", &agent)?;
        let mut agent = program.start(WriterId::new(1))?;
        call(&mut agent, deed, times)?;
        let (mut with, mut without) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            with = with.min(call(&mut agent, deed, times)?);
            without = without.min(call(&mut agent, deed, 0)?);
        }
        Row { case: &case, ours_ns: Some((with - without) / f64::from(times)), ..Row::default() }.print();
    }
    Ok(())
}

/// Nanoseconds of a call that does it so many times.
fn call(agent: &mut Agent, deed: &str, times: u32) -> Result<f64, Box<dyn Error>> {
    let lines = vec![Line { number: 1, text: format!("{{\"do\":\"{deed}\",\"times\":{times}}}") }];
    let started = Instant::now();
    agent.handle(0, lines)?;
    Ok(started.elapsed().as_nanos() as f64)
}
