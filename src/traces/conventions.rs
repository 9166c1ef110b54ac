//! What spans say by the conventions for generative AI, in any of their versions.
//!
//! Deliberately absent: the names; see `genai`.

use crate::attribute::Value;
use crate::genai::{Conventions, Names, Operation};
use crate::tracer::SpanData;

/// The operation of an agent as a whole.
pub(super) const INVOKE_AGENT: &str = Operation::InvokeAgent.name();

/// The operations that are one call of a model.
pub(super) const MODEL_CALLS: [&str; 4] = [Operation::Chat.name(), "embeddings", "generate_content", "text_completion"];

/// The value of an attribute, by the name that a version has for it: where a span says it in several, the newest.
pub(super) fn value(span: &SpanData, name: fn(&Names) -> &'static str) -> Option<&Value> {
    let keys = Conventions::ALL.iter().rev().map(|version| name(version.names()));
    keys.filter(|key| !key.is_empty()).find_map(|key| span.attributes.get(key)) // a version may have no word for it
}

/// The text of an attribute; `None` where there is none, an empty one or no text.
pub(super) fn text(span: &SpanData, name: fn(&Names) -> &'static str) -> Option<&str> {
    match value(span, name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}
