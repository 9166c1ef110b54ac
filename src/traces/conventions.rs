//! The names of the semantic conventions for generative AI that are read here.
//!
//! Source: OpenTelemetry semantic conventions for generative AI as of 1.42, spans; all of it is in
//! development. Deliberately absent: names that nothing here asks for.

use crate::attribute::Value;
use crate::tracer::SpanData;

pub(super) const AGENT_NAME: &str = "gen_ai.agent.name";
pub(super) const OPERATION_NAME: &str = "gen_ai.operation.name";
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const RESPONSE_MODEL: &str = "gen_ai.response.model";
pub(super) const TOOL_NAME: &str = "gen_ai.tool.name";

/// All input tokens, those from and for a cache among them.
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
pub(super) const CACHE_CREATION_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// All output tokens, those of reasoning among them.
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";

/// The operation of an agent as a whole.
pub(super) const INVOKE_AGENT: &str = "invoke_agent";

/// The operations that are one call of a model.
pub(super) const MODEL_CALLS: [&str; 4] = ["chat", "embeddings", "generate_content", "text_completion"];

/// The text of an attribute; `None` where there is none, an empty one or no text.
pub(super) fn text<'s>(span: &'s SpanData, key: &str) -> Option<&'s str> {
    match span.attributes.get(key) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}
