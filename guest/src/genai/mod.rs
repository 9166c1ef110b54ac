//! Spans and metrics by OpenTelemetry's conventions for generative AI: agents, models, tools and plans.
//!
//! The names are those of a version ([`Conventions`]), so that what reads them can be followed without touching
//! a plugin's code. Deliberately absent: what is said to a model and what it answers; that is not telemetry unless
//! somebody says so, by [`Span::set_attribute`](crate::Span::set_attribute).
//!
//! ```
//! use codomyrmex_telemetry_guest::genai::{Chat, Conventions, GenAi, Usage};
//! use codomyrmex_telemetry_guest::{Parent, StartOptions, get_tracer, with_ledger};
//!
//! let genai = GenAi::new(get_tracer("airline"), Conventions::V1_41)?;
//! let agent = genai.invoke_agent(&Default::default(), Parent::Root, StartOptions::default());
//! let chat = Chat { provider: "openai", model: "gpt-4o", ..Chat::default() };
//! let asked = genai.chat(&chat, Parent::Span(agent.span()), StartOptions::default());
//! asked.record_usage(&Usage { input: 120, output: 30, ..Usage::default() }, None);
//! asked.end(None);
//! agent.end(None);
//!
//! let snapshot = with_ledger(|ledger| ledger.snapshot());
//! let mut names: Vec<&str> = snapshot.spans.iter().map(|span| span.name.as_str()).collect();
//! names.sort();
//! assert_eq!(names, ["chat gpt-4o", "invoke_agent"]);
//! # Ok::<(), codomyrmex_telemetry_guest::Error>(())
//! ```

mod hooks;
mod instruments;
mod work;

pub use codomyrmex_telemetry::genai::{Conventions, DURATION_BOUNDS, Names, Operation, TOKEN_BOUNDS, TokenMetrics};
pub use hooks::{AgentTelemetryHooks, PhaseRun};
pub use work::{Usage, Work};

use codomyrmex_telemetry::{Error, SpanKind};

use crate::tracer::{Parent, StartOptions, Tracer};
use instruments::Instruments;

/// Begins spans and keeps metrics by one version of the conventions.
#[derive(Debug)]
pub struct GenAi {
    tracer: Tracer,
    names: &'static Names,
    instruments: Instruments,
}

/// An agent that is asked; what is left out is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agent<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its id.
    pub id: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// The conversation that it is asked in.
    pub conversation: &'a str,
    /// Whose it is.
    pub provider: &'a str,
    /// The model behind it.
    pub model: &'a str,
    /// Whether it runs elsewhere: then the span is of the kind client.
    pub is_remote: bool,
}

/// A model that is asked; what is left out is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chat<'a> {
    /// Whose it is, such as `openai`.
    pub provider: &'a str,
    /// Its name.
    pub model: &'a str,
    /// The conversation that it is asked in.
    pub conversation: &'a str,
}

/// A tool that is run; what is left out is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tool<'a> {
    /// Its name.
    pub name: &'a str,
    /// The id of this call.
    pub call_id: &'a str,
    /// `function`, `extension` or `datastore`.
    pub kind: &'a str,
}

impl GenAi {
    /// Declares the metrics of a version of the conventions.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a name is taken by a metric of another shape, [`Error::Limit`] for one too many.
    pub fn new(tracer: Tracer, conventions: Conventions) -> Result<Self, Error> {
        let names = conventions.names();
        Ok(Self { tracer, names, instruments: Instruments::declare(names)? })
    }

    /// The names that it uses, for attributes of one's own.
    #[must_use]
    pub const fn names(&self) -> &'static Names {
        self.names
    }

    /// An agent begins its work: `invoke_agent {name}`.
    pub fn invoke_agent(&self, agent: &Agent<'_>, parent: Parent<'_>, options: StartOptions) -> Work<'_> {
        let kind = if agent.is_remote { SpanKind::Client } else { SpanKind::Internal };
        let work = self.begin(Operation::InvokeAgent, agent.name, kind, parent, options);
        work.describe(&[
            (self.names.agent_name, agent.name),
            (self.names.agent_id, agent.id),
            (self.names.agent_description, agent.description),
            (self.names.conversation_id, agent.conversation),
        ]);
        work.of(agent.provider, agent.model)
    }

    /// A model is asked: `chat {model}`, of the kind client.
    pub fn chat(&self, chat: &Chat<'_>, parent: Parent<'_>, options: StartOptions) -> Work<'_> {
        let work = self.begin(Operation::Chat, chat.model, SpanKind::Client, parent, options);
        work.describe(&[(self.names.conversation_id, chat.conversation)]);
        work.of(chat.provider, chat.model)
    }

    /// A tool is run: `execute_tool {name}`.
    pub fn execute_tool(&self, tool: &Tool<'_>, parent: Parent<'_>, options: StartOptions) -> Work<'_> {
        let work = self.begin(Operation::ExecuteTool, tool.name, SpanKind::Internal, parent, options);
        let names = self.names;
        work.describe(&[(names.tool_name, tool.name), (names.tool_call_id, tool.call_id), (names.tool_type, tool.kind)]);
        work
    }

    /// An agent decides what to do: `plan {name}`.
    pub fn plan(&self, agent: &str, parent: Parent<'_>, options: StartOptions) -> Work<'_> {
        let work = self.begin(Operation::Plan, agent, SpanKind::Internal, parent, options);
        work.describe(&[(self.names.agent_name, agent)]);
        work
    }

    fn begin(&self, operation: Operation, target: &str, kind: SpanKind, parent: Parent<'_>, options: StartOptions) -> Work<'_> {
        let whole = if target.is_empty() { operation.name().into() } else { format!("{} {target}", operation.name()) };
        // Where names are spent, as by tools that are made up without end, the operation's alone is left.
        let name = self.tracer.declare(&whole, kind).unwrap_or_else(|_| self.tracer.name(operation.name(), kind));
        Work::new(self, operation, target, self.tracer.start(name, parent, options), options.at)
    }
}
