//! `telemetry trace tokens`: what models took and gave, and what it cost at prices that are told.
//!
//! Deliberately absent: prices. They change, so whoever asks says them.

use std::collections::BTreeSet;

use anstyle::Style;
use codomyrmex_telemetry::traces::{Bill, Cost, Price, Prices, TokenAccount, Usage};
use serde_json::{Value, json};

use super::super::json::pretty;
use super::super::text::{BAD, FAINT, HEAD, WARNING, count, grouped, line};
use super::super::{Failure, print};
use super::columns::{columns, cut, padded, width};
use super::{Asked, Format, clean, json as of, otlp, remarks};

/// Decimals of a cost for people.
const DECIMALS: u32 = 6;

/// Columns from which on a row has all of its figures.
const WIDE: usize = 84;

/// What `telemetry trace tokens` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// What a million tokens of a model cost: of input, of output, of input read from a cache and of input
    /// written to one; what is not said costs as input does. May be given several times
    #[arg(long = "price", value_name = "MODEL=INPUT:OUTPUT[:READ[:WRITTEN]]", value_parser = price)]
    prices: Vec<(String, Price)>,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut prices = Prices::new();
    for (model, price) in &arguments.prices {
        if prices.insert(model.clone(), *price).is_some() {
            return Err(Failure::command_line(format_args!("--price gives '{model}' two prices; give it one")));
        }
    }
    let snapshot = arguments.asked.snapshot()?;
    let traces = arguments.asked.traces(&snapshot)?;
    let account = TokenAccount::of(&traces);
    let bill = account.bill(&prices);
    print(&match arguments.asked.format {
        Format::Text => {
            let mut text = told(&account, &bill, &prices, columns());
            remarks(&mut text, &snapshot, 0);
            text
        }
        Format::Json => pretty(&told_json(&account, &bill, &prices)),
        Format::Otlp => otlp(&traces),
    })?;
    Ok(0)
}

/// A price on the command line.
fn price(text: &str) -> Result<(String, Price), String> {
    let wrong = || "write it like gpt-4o=2.5:10, or gpt-4o=2.5:10:1.25 with what input from a cache costs".to_string();
    // The name of a model may hold `=` and `:`, a price neither.
    let (model, rates) = text.rsplit_once('=').filter(|(model, _)| !model.is_empty()).ok_or_else(wrong)?;
    let rates =
        rates.split(':').map(str::parse).collect::<Result<Vec<_>, _>>().map_err(|error: codomyrmex_telemetry::Error| error.to_string())?;
    let price = match rates[..] {
        [input, output] => Price::new(input, output),
        [input, output, cache_read] => Price { cache_read, ..Price::new(input, output) },
        [input, output, cache_read, cache_write] => Price { input, output, cache_read, cache_write },
        _ => return Err(wrong()),
    };
    Ok((model.into(), price))
}

fn told_json(account: &TokenAccount<'_>, bill: &Bill<'_>, prices: &Prices) -> Value {
    let models = account.models.iter().map(|(model, usage)| {
        let mut told = figures(usage);
        told["model"] = json!(model);
        told["cost"] = model.and_then(|model| bill.priced.get(model)).map(Cost::to_string).into();
        told
    });
    let mut total = figures(&account.total());
    total["cost_of_priced"] = bill.total.to_string().into();
    json!({
        "models": models.collect::<Vec<_>>(),
        "total": total,
        "unpriced": bill.unpriced.iter().collect::<Vec<_>>(),
        "prices_unused": unused(bill, prices).collect::<Vec<_>>(),
        "left_out": {
            "other_spans": account.left_out.others,
            "repeated_spans": account.left_out.repeated,
            "invalid_values": account.left_out.invalid,
        },
    })
}

fn figures(usage: &Usage) -> Value {
    json!({
        "calls": usage.calls,
        "errors": usage.errors,
        "input_tokens": of::sum(usage.input),
        "cache_read_input_tokens": of::sum(usage.cache_read),
        "cache_write_input_tokens": of::sum(usage.cache_write),
        "output_tokens": of::sum(usage.output),
        "reasoning_output_tokens": of::sum(usage.reasoning),
    })
}

/// The models that have a price and no call.
fn unused<'p>(bill: &Bill<'_>, prices: &'p Prices) -> impl Iterator<Item = &'p String> {
    prices.keys().filter(|model| !bill.priced.contains_key(model.as_str()))
}

fn told(account: &TokenAccount<'_>, bill: &Bill<'_>, prices: &Prices, columns: usize) -> String {
    let mut text = String::new();
    let total = account.total();
    let (calls, models) = (count(total.calls, "call"), count(account.models.len() as u64, "model"));
    line(&mut text, format_args!("{HEAD}Tokens{HEAD:#}  {calls} of {models}"));
    if !account.models.is_empty() {
        let cost = |model: &Option<&str>| match model.and_then(|model| bill.priced.get(model)) {
            _ if prices.is_empty() => String::new(),
            Some(cost) => money(*cost),
            None => "unknown".into(),
        };
        let mut rows: Vec<_> = account.models.iter().map(|(model, usage)| (name(*model), *usage, cost(model))).collect();
        let sum = match () {
            () if prices.is_empty() => String::new(),
            () if bill.priced.is_empty() => "unknown".into(),
            () => money(bill.total),
        };
        rows.push(("together".into(), total, sum));
        table(&mut text, &rows, !prices.is_empty(), columns);
    }
    if !prices.is_empty() && !bill.unpriced.is_empty() {
        let names: BTreeSet<String> = bill.unpriced.iter().map(|model| name(*model)).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let names = cut(&names, columns.saturating_sub(38));
        line(&mut text, format_args!("{WARNING}not in the cost{WARNING:#}: what has no price, {names}"));
    }
    let unused = unused(bill, prices).map(|model| clean(model)).collect::<Vec<_>>().join(", ");
    if !unused.is_empty() {
        line(&mut text, format_args!("{FAINT}{}{FAINT:#}", cut(&format!("no calls of {unused}"), columns)));
    }
    let left = account.left_out;
    let (others, repeated) = (count(left.others, "span"), count(left.repeated, "call"));
    let call = if left.others == 1 { "calls" } else { "call" };
    if left.others > 0 {
        line(&mut text, format_args!("{FAINT}not counted: usage of {others} that {call} no model{FAINT:#}"));
    }
    if left.repeated > 0 {
        line(&mut text, format_args!("{FAINT}not counted: {repeated} with another below that counts{FAINT:#}"));
    }
    if left.invalid > 0 {
        line(&mut text, format_args!("{FAINT}not counted: {} that are no number of tokens{FAINT:#}", count(left.invalid, "value")));
    }
    text
}

/// A row a model, and one for all of them.
fn table(text: &mut String, rows: &[(String, Usage, String)], has_cost: bool, columns: usize) {
    let heads: &[&str] = match (columns >= WIDE, has_cost) {
        (true, true) => &["calls", "errors", "input", "from cache", "to cache", "output", "reasoning", "cost"],
        (true, false) => &["calls", "errors", "input", "from cache", "to cache", "output", "reasoning"],
        (false, true) => &["calls", "input", "output", "cost"],
        (false, false) => &["calls", "input", "output"],
    };
    let cell = |head: &str, usage: &Usage, cost: &String| {
        let number = match head {
            "calls" => usage.calls.into(),
            "errors" => usage.errors.into(),
            "input" => usage.input,
            "from cache" => usage.cache_read,
            "to cache" => usage.cache_write,
            "output" => usage.output,
            "reasoning" => usage.reasoning,
            _ => return cost.clone(),
        };
        grouped(&number.to_string())
    };
    let column = |head: &&str| {
        let cells: Vec<String> = rows.iter().map(|(_, usage, cost)| cell(head, usage, cost)).collect();
        let width = cells.iter().map(String::len).max().unwrap_or_default().max(head.len()) + 2; // a gap of two before
        (width, cells)
    };
    let table: Vec<(usize, Vec<String>)> = heads.iter().map(column).collect();
    let room = columns.saturating_sub(2 + table.iter().map(|(width, _)| width).sum::<usize>());
    let names = rows.iter().map(|(name, _, _)| width(name)).max().unwrap_or_default();
    let name = names.min(room).max(8);
    let head: String = heads.iter().zip(&table).map(|(head, (width, _))| format!("{head:>width$}")).collect();
    line(text, format_args!("  {FAINT}{}{head}{FAINT:#}", padded("model", name)));
    for (place, (model, usage, _)) in rows.iter().enumerate() {
        let styled = |(head, (width, cells)): (&&str, &(usize, Vec<String>))| {
            let cell = cells.get(place).map_or("", String::as_str);
            let style = if *head == "errors" && usage.errors > 0 { BAD } else { Style::new() };
            format!("{style}{cell:>width$}{style:#}")
        };
        let cells: String = heads.iter().zip(&table).map(styled).collect();
        line(text, format_args!("  {}{cells}", padded(model, name)));
    }
}

/// A model by its name, harmless.
fn name(model: Option<&str>) -> String {
    model.map_or_else(|| "(not said)".into(), clean)
}

fn money(cost: Cost) -> String {
    format!("{:.1$}", cost.rounded(DECIMALS), DECIMALS as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_whatever_the_model_is_called() {
        let rates = |text: &str| {
            let (model, price) = price(text).unwrap();
            let rates = [price.input, price.output, price.cache_read, price.cache_write];
            (model, rates.map(|rate| rate.micros()))
        };
        assert_eq!(rates("gpt-4o=2.5:10"), ("gpt-4o".into(), [2_500_000, 10_000_000, 2_500_000, 2_500_000]));
        assert_eq!(rates("a:b=c=1:2:0.5"), ("a:b=c".into(), [1_000_000, 2_000_000, 500_000, 1_000_000]));
        assert_eq!(rates("m=1:2:3:4"), ("m".into(), [1_000_000, 2_000_000, 3_000_000, 4_000_000]));
        for text in ["", "m", "=1:2", "m=", "m=1", "m=1:2:3:4:5", "m=1:x", "m=-1:2", "m=1:2:"] {
            assert!(price(text).is_err(), "{text}");
        }
    }
}
