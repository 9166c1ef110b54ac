//! The names of OpenTelemetry's conventions for generative AI, by their version: they changed three times in two
//! years, so they are a table and not constants.
//!
//! Sources: semantic-conventions v1.36.0 and v1.41.0, folder `docs/gen-ai`; semantic-conventions-genai,
//! `docs/gen-ai/client-inference.md`, `gen-ai-agent-spans.md` and `gen-ai-token-metrics.md` of November 2026. All
//! of it has the status Development. What a version has no word for is empty. Deliberately absent: values; whose
//! model it is, the caller knows.

/// A version of the conventions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Conventions {
    /// Version 1.36: what existing instrumentation writes that was told not to change.
    V1_36,
    /// Version 1.41: the last before the conventions moved to a place of their own.
    #[default]
    V1_41,
    /// The conventions' own place, as of November 2026; it has no version yet.
    Moved2026,
}

/// What is done (`gen_ai.operation.name`).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// A model answers.
    Chat,
    /// An agent works on what it was asked.
    InvokeAgent,
    /// A tool is run.
    ExecuteTool,
    /// An agent decides what to do. Well known since the conventions moved, and a value of our own before.
    Plan,
}

/// The names of a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Names {
    /// Attribute: what is done.
    pub operation_name: &'static str,
    /// Attribute: whose model or agent it is, such as `openai`.
    pub provider_name: &'static str,
    /// Attribute: the model that was asked.
    pub request_model: &'static str,
    /// Attribute: the model that answered.
    pub response_model: &'static str,
    /// Attribute: the answer's id.
    pub response_id: &'static str,
    /// Attribute: why the model stopped, a list.
    pub finish_reasons: &'static str,
    /// Attribute: the agent's id.
    pub agent_id: &'static str,
    /// Attribute: the agent's name.
    pub agent_name: &'static str,
    /// Attribute: what the agent is for.
    pub agent_description: &'static str,
    /// Attribute: the conversation's id.
    pub conversation_id: &'static str,
    /// Attribute: the tool's name.
    pub tool_name: &'static str,
    /// Attribute: the id of this call of a tool.
    pub tool_call_id: &'static str,
    /// Attribute: `function`, `extension` or `datastore`.
    pub tool_type: &'static str,
    /// Attribute: how many tokens went in, those of a cache among them.
    pub input_tokens: &'static str,
    /// Attribute: how many tokens came out, those of reasoning among them.
    pub output_tokens: &'static str,
    /// Attribute: how many of those that went in were read from a cache.
    pub cache_read_tokens: &'static str,
    /// Attribute: how many of those that went in were written to a cache.
    pub cache_write_tokens: &'static str,
    /// Attribute: how many of those that came out were of reasoning.
    pub reasoning_tokens: &'static str,
    /// Attribute and label: the class of an error.
    pub error_type: &'static str,
    /// Histogram: seconds that a model took to answer.
    pub chat_duration: &'static str,
    /// Histogram: seconds that an agent took.
    pub agent_duration: &'static str,
    /// Histogram: seconds that a tool took.
    pub tool_duration: &'static str,
    /// Which metrics tokens are counted in.
    pub tokens: TokenMetrics,
}

/// Which metrics tokens are counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenMetrics {
    /// One histogram, with what kind of token it is as a label.
    Usage {
        /// Its name.
        name: &'static str,
        /// The label's: `input` or `output`.
        token_type: &'static str,
    },
    /// A counter for each kind, with a label for the modality, and histograms of what one answer took.
    Counters {
        /// The label's name: `text`, `image`, `audio` or `unknown`.
        modality: &'static str,
        /// Counter: tokens that went in.
        input: &'static str,
        /// Counter: tokens that came out.
        output: &'static str,
        /// Counter: those of `input` that were read from a cache.
        cache_read: &'static str,
        /// Counter: those of `input` that were written to a cache.
        cache_write: &'static str,
        /// Counter: those of `output` that were of reasoning.
        reasoning: &'static str,
        /// Histogram: tokens that went in for one answer.
        input_each: &'static str,
        /// Histogram: tokens that came out for one answer.
        output_each: &'static str,
    },
}

/// Upper bounds of histograms of tokens (Metric: `gen_ai.client.token.usage`).
pub const TOKEN_BOUNDS: [f64; 14] =
    [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0, 67_108_864.0];

/// Upper bounds of histograms of seconds (Metric: `gen_ai.client.operation.duration`).
pub const DURATION_BOUNDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const V1_36: Names = Names {
    operation_name: "gen_ai.operation.name",
    provider_name: "gen_ai.system",
    request_model: "gen_ai.request.model",
    response_model: "gen_ai.response.model",
    response_id: "gen_ai.response.id",
    finish_reasons: "gen_ai.response.finish_reasons",
    agent_id: "gen_ai.agent.id",
    agent_name: "gen_ai.agent.name",
    agent_description: "gen_ai.agent.description",
    conversation_id: "gen_ai.conversation.id",
    tool_name: "gen_ai.tool.name",
    tool_call_id: "gen_ai.tool.call.id",
    tool_type: "gen_ai.tool.type",
    input_tokens: "gen_ai.usage.input_tokens",
    output_tokens: "gen_ai.usage.output_tokens",
    cache_read_tokens: "",
    cache_write_tokens: "",
    reasoning_tokens: "",
    error_type: "error.type",
    chat_duration: "gen_ai.client.operation.duration",
    agent_duration: "gen_ai.client.operation.duration",
    tool_duration: "gen_ai.client.operation.duration",
    tokens: TokenMetrics::Usage { name: "gen_ai.client.token.usage", token_type: "gen_ai.token.type" },
};

const V1_41: Names = Names {
    provider_name: "gen_ai.provider.name",
    cache_read_tokens: "gen_ai.usage.cache_read.input_tokens",
    cache_write_tokens: "gen_ai.usage.cache_creation.input_tokens",
    ..V1_36
};

const MOVED_2026: Names = Names {
    cache_write_tokens: "gen_ai.usage.cache_write.input_tokens",
    reasoning_tokens: "gen_ai.usage.reasoning.output_tokens",
    chat_duration: "gen_ai.client.inference.duration",
    agent_duration: "gen_ai.invoke_agent.duration",
    tool_duration: "gen_ai.execute_tool.duration",
    tokens: TokenMetrics::Counters {
        modality: "gen_ai.token.modality",
        input: "gen_ai.client.inference.usage.input_tokens",
        output: "gen_ai.client.inference.usage.output_tokens",
        cache_read: "gen_ai.client.inference.usage.cache_read.input_tokens",
        cache_write: "gen_ai.client.inference.usage.cache_write.input_tokens",
        reasoning: "gen_ai.client.inference.usage.reasoning.output_tokens",
        input_each: "gen_ai.client.inference.operation.input_tokens",
        output_each: "gen_ai.client.inference.operation.output_tokens",
    },
    ..V1_41
};

impl Conventions {
    /// All versions, the oldest first.
    pub const ALL: [Self; 3] = [Self::V1_36, Self::V1_41, Self::Moved2026];

    /// The names of this version.
    #[must_use]
    pub const fn names(self) -> &'static Names {
        match self {
            Self::V1_36 => &V1_36,
            Self::V1_41 => &V1_41,
            Self::Moved2026 => &MOVED_2026,
        }
    }
}

impl Operation {
    /// The value of `gen_ai.operation.name`; a span's name is this, a space, and the model, agent or tool.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::InvokeAgent => "invoke_agent",
            Self::ExecuteTool => "execute_tool",
            Self::Plan => "plan",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_differ_where_the_conventions_changed() {
        let of = |pick: fn(&Names) -> &'static str| Conventions::ALL.map(|version| pick(version.names()));
        assert_eq!(of(|names| names.provider_name), ["gen_ai.system", "gen_ai.provider.name", "gen_ai.provider.name"]);
        let written = ["", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens"];
        assert_eq!(of(|names| names.cache_write_tokens), written);
        assert_eq!(of(|names| names.reasoning_tokens), ["", "", "gen_ai.usage.reasoning.output_tokens"]);
        let duration = "gen_ai.client.operation.duration";
        assert_eq!(of(|names| names.chat_duration), [duration, duration, "gen_ai.client.inference.duration"]);
        assert_eq!(Conventions::default(), Conventions::V1_41);
    }

    #[test]
    fn bounds_rise_by_four_and_by_two() {
        assert!(TOKEN_BOUNDS.windows(2).all(|pair| pair[1] == 4.0 * pair[0]));
        assert!(DURATION_BOUNDS.windows(2).all(|pair| pair[1] == 2.0 * pair[0]));
    }
}
