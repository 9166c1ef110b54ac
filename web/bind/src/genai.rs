//! The names of the GenAI conventions as a plain object, so that the package has no table of its own.
//!
//! Deliberately absent: names; they are the ledger's crate's.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::genai::{Conventions, DURATION_BOUNDS, Names, Operation, TOKEN_BOUNDS, TokenMetrics};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown;
use crate::wire;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireNames {
    operation_name: &'static str,
    provider_name: &'static str,
    request_model: &'static str,
    response_model: &'static str,
    response_id: &'static str,
    finish_reasons: &'static str,
    agent_id: &'static str,
    agent_name: &'static str,
    agent_description: &'static str,
    conversation_id: &'static str,
    tool_name: &'static str,
    tool_call_id: &'static str,
    tool_type: &'static str,
    input_tokens: &'static str,
    output_tokens: &'static str,
    cache_read_tokens: &'static str,
    cache_write_tokens: &'static str,
    reasoning_tokens: &'static str,
    error_type: &'static str,
    chat_duration: &'static str,
    agent_duration: &'static str,
    tool_duration: &'static str,
    tokens: WireTokens,
    operations: WireOperations,
    token_bounds: &'static [f64],
    duration_bounds: &'static [f64],
}

/// Either the first two, or the label and the names of counters and histograms.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireTokens {
    name: Option<&'static str>,
    label: &'static str,
    counters: Vec<&'static str>, // in, out, and of these: read, written, reasoned
    each: Vec<&'static str>,     // in, out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireOperations {
    chat: &'static str,
    invoke_agent: &'static str,
    execute_tool: &'static str,
    plan: &'static str,
}

/// The names of a version: `1.36`, `1.41` or `2026-11`.
///
/// # Errors
/// `invalid-argument` for a version that there is not.
#[wasm_bindgen(js_name = genAiNames)]
pub fn gen_ai_names(version: &str) -> Result<JsValue, JsValue> {
    let conventions = match version {
        "1.36" => Conventions::V1_36,
        "1.41" => Conventions::V1_41,
        "2026-11" => Conventions::Moved2026,
        _ => {
            let start: String = version.chars().take(32).collect();
            return Err(thrown(Error::InvalidArgument(format!("there are no conventions '{start}'; there are 1.36, 1.41, 2026-11"))));
        }
    };
    wire::write(&WireNames::from(*conventions.names()))
}

impl From<Names> for WireNames {
    fn from(names: Names) -> Self {
        Self {
            operation_name: names.operation_name,
            provider_name: names.provider_name,
            request_model: names.request_model,
            response_model: names.response_model,
            response_id: names.response_id,
            finish_reasons: names.finish_reasons,
            agent_id: names.agent_id,
            agent_name: names.agent_name,
            agent_description: names.agent_description,
            conversation_id: names.conversation_id,
            tool_name: names.tool_name,
            tool_call_id: names.tool_call_id,
            tool_type: names.tool_type,
            input_tokens: names.input_tokens,
            output_tokens: names.output_tokens,
            cache_read_tokens: names.cache_read_tokens,
            cache_write_tokens: names.cache_write_tokens,
            reasoning_tokens: names.reasoning_tokens,
            error_type: names.error_type,
            chat_duration: names.chat_duration,
            agent_duration: names.agent_duration,
            tool_duration: names.tool_duration,
            tokens: names.tokens.into(),
            operations: WireOperations {
                chat: Operation::Chat.name(),
                invoke_agent: Operation::InvokeAgent.name(),
                execute_tool: Operation::ExecuteTool.name(),
                plan: Operation::Plan.name(),
            },
            token_bounds: &TOKEN_BOUNDS,
            duration_bounds: &DURATION_BOUNDS,
        }
    }
}

impl From<TokenMetrics> for WireTokens {
    fn from(tokens: TokenMetrics) -> Self {
        match tokens {
            TokenMetrics::Usage { name, token_type } => Self { name: Some(name), label: token_type, ..Self::default() },
            TokenMetrics::Counters { modality, input, output, cache_read, cache_write, reasoning, input_each, output_each } => Self {
                name: None,
                label: modality,
                counters: vec![input, output, cache_read, cache_write, reasoning],
                each: vec![input_each, output_each],
            },
        }
    }
}
