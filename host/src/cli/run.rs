//! `telemetry run`: agents over the lines of a file, and a report of what they recorded.
//!
//! Each agent runs on a thread of its own with a ledger of its own; group k goes to agent k mod N.
//! Deliberately absent: any effect of the number of agents on the report but its own line.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum;
use codomyrmex_telemetry::tracer::extract_environment;
use codomyrmex_telemetry::{Snapshot, SpanContext, WriterId};

use super::report::{AgentEnd, Report};
use super::{AGENT_TRAPPED, Failure, Format, complain, input, json, print, read, text, write};
use crate::{AgentError, HostBuilder, Line, Placement, Program, Variables};

/// What `telemetry run` is told.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// The agent: a component that exports codomyrmex:telemetry/lines
    agent: PathBuf,
    /// The lines: a file with a JSON object a line
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// How many agents share the work
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    agents: u16,
    /// Where their accounts are kept
    #[arg(long, value_enum, default_value_t = PlacementName::Host)]
    placement: PlacementName,
    /// The key whose values say which lines belong together
    #[arg(long, value_name = "KEY", default_value = "run")]
    by: String,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the snapshot of all accounts to this file
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The telemetry component, for placement composed; beside this program unless told otherwise
    #[arg(long, value_name = "FILE")]
    telemetry: Option<PathBuf>,
    /// Stop an agent that takes more than so many instructions, about, for a group of lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    fuel: Option<u64>,
    /// Where the trace that the agents' spans belong to, and the settings of tracing, come from
    #[arg(long, value_enum, default_value_t = ContextName::None)]
    context: ContextName,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ContextName {
    /// Nowhere: each run of this program gives the same bytes
    None,
    /// From the environment: TRACEPARENT, TRACESTATE and OTEL_*
    Env,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum PlacementName {
    /// In the host's memory: an agent that traps loses nothing
    Host,
    /// In the telemetry component, composed with the agent: recording stays in the sandbox, drained after each group
    Composed,
}

/// How one agent's work ended.
struct Done {
    snapshot: Snapshot,
    end: AgentEnd,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let started = Instant::now();
    let component = read(&arguments.agent)?;
    if let Some(path) = arguments.snapshot.as_ref().filter(|path| is_same(path, &arguments.agent) || is_same(path, &arguments.input)) {
        return Err(Failure::input(format_args!("{}: the snapshot would be written over an input", path.display())));
    }
    let groups = input::groups(&arguments.input, read(&arguments.input)?, &arguments.by)?;
    let mut builder = HostBuilder::new().fuel_per_call(arguments.fuel);
    if arguments.placement == PlacementName::Composed {
        builder = builder.placement(Placement::Composed).telemetry_component(telemetry_component(arguments)?);
    }
    let parent = match arguments.context {
        ContextName::None => None,
        ContextName::Env => {
            let variables = Variables::of_process();
            variables.passed_over.iter().for_each(|sentence| complain(sentence));
            builder = builder.tracing(variables.tracing);
            let said: Vec<_> =
                std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok())).collect();
            extract_environment(said.iter().map(|(name, value)| (name.as_str(), value.as_str()))).context
        }
    };
    let host = builder.build()?;
    let program = host.load(&arguments.agent.display().to_string(), &component)?;
    let done = work(&program, parent.as_ref(), &groups, arguments)?;

    let mut snapshot = Snapshot::default();
    for agent in &done {
        snapshot.merge(&agent.snapshot);
    }
    let report = Report {
        lines: groups.iter().map(Vec::len).sum(),
        groups: groups.len(),
        groups_done: done.iter().map(|agent| agent.end.groups).sum(),
        placement: match arguments.placement {
            PlacementName::Host => Placement::Host,
            PlacementName::Composed => Placement::Composed,
        },
        elapsed: started.elapsed(),
        agents: done.into_iter().map(|agent| agent.end).collect(),
    };
    // Whatever becomes of the file, what was found out is told.
    let written = arguments.snapshot.as_ref().map_or(Ok(()), |path| write(path, &snapshot));
    let printed = print(&match arguments.format {
        Format::Text => text::render(&snapshot, Some(&report)),
        Format::Json => json::render(&snapshot, Some(&report)),
    });
    let trapped: Vec<_> = report.agents.iter().filter_map(AgentEnd::sentence).collect();
    trapped.iter().for_each(|sentence| complain(sentence));
    written.and(printed)?;
    Ok(if trapped.is_empty() { 0 } else { AGENT_TRAPPED })
}

fn telemetry_component(arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    if let Some(path) = &arguments.telemetry {
        return read(path);
    }
    let program =
        std::env::current_exe().map_err(|error| Failure::machine(format_args!("where this program is cannot be told: {error}")))?;
    let path = program.with_file_name("telemetry.wasm");
    read(&path).map_err(|failure| {
        Failure::input(format_args!("{} (placement composed needs the telemetry component; name it with --telemetry)", failure.message))
    })
}

/// Whether two paths lead to one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// Has each agent do its share, on threads.
fn work(program: &Program<'_>, parent: Option<&SpanContext>, groups: &[Vec<Line>], arguments: &Arguments) -> Result<Vec<Done>, Failure> {
    let agents = usize::from(arguments.agents);
    let shares = (0..agents).map(|agent| (agent, groups.iter().enumerate().skip(agent).step_by(agents)));
    let results: Vec<Result<Done, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = shares.map(|(agent, share)| scope.spawn(move || one(program, parent, agent, share, arguments))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(Failure::machine("an agent's thread failed")))).collect()
    });
    results.into_iter().collect()
}

/// One agent's share, up to its end.
fn one<'l>(
    program: &Program<'_>,
    parent: Option<&SpanContext>,
    number: usize,
    share: impl Iterator<Item = (usize, &'l Vec<Line>)>,
    arguments: &Arguments,
) -> Result<Done, Failure> {
    let writer = u128::from(getrandom::u64().unwrap_or_default()) << 64 | number as u128;
    let mut agent = program.start(WriterId::new(writer))?;
    let mut end = AgentEnd { number, groups: 0, groups_left: 0, trap: None };
    let mut share = share;
    for (index, lines) in share.by_ref() {
        match agent.handle_under(parent.cloned(), index as u64, lines.clone()) {
            Ok(()) => end.groups += 1,
            Err(trap @ (AgentError::Trap(_) | AgentError::Gone)) => {
                let lines = lines.first().zip(lines.last()).map(|(first, last)| (first.number, last.number));
                end.trap = Some((trap.to_string(), lines.unwrap_or_default(), agent.loses_on_trap()));
                break;
            }
            Err(AgentError::Problem { number, message }) => {
                return Err(Failure::input(format_args!("{}:{number}: {message}", arguments.input.display())));
            }
            Err(AgentError::Host(error)) => return Err(error.into()),
        }
    }
    end.groups_left = share.count() as u64;
    match agent.finish() {
        Ok(()) => {}
        Err(AgentError::Host(error)) => return Err(error.into()),
        Err(trap) => end.trap = Some((trap.to_string(), (0, 0), agent.loses_on_trap())),
    }
    Ok(Done { snapshot: agent.snapshot(), end })
}
