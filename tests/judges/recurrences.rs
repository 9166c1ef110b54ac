//! Writes recurrence rules made up by chance and when they occur, for a judge: `recurrences FILE`.
//!
//! A line is a JSON object: `rule` as it was given and `printed` as it is shown, `start` with its UTC offset,
//! `minutes` the length, and `occurrences`, at most `most`, that have a minute from `from` to before `until`,
//! each from its first minute since 1970 to its end. Deliberately absent: verdicts.

use std::process::ExitCode;

use codomyrmex_telemetry::slo::{Exemption, Recurrence, SLOT_NS};
use codomyrmex_telemetry::{Error, Timestamp};
use codomyrmex_telemetry_tests::Chance;
use serde_json::json;

const RULES: usize = 300;
const YEAR: usize = 525_600;
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else { return fail("usage: recurrences FILE") };
    let mut chance = Chance::new(5_545);
    let lines: Result<String, Error> = (0..RULES).map(|_| line(&mut chance)).collect();
    match lines.map(|lines| std::fs::write(&path, lines)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&format!("{path}: {error}")),
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    #[expect(clippy::print_stderr, reason = "a program's errors go to its standard error")]
    {
        eprintln!("recurrences: {message}");
    }
    ExitCode::FAILURE
}

fn line(chance: &mut Chance) -> Result<String, Error> {
    let start = chance.below(280 * YEAR) as u64;
    let rule = rule(chance, start);
    let longest = [60, 3_000, 40 * 1_440][chance.below(3)];
    let recurrence: Recurrence = rule.parse()?;
    let printed = recurrence.to_string();
    let exemption = Exemption {
        reason: String::from("chance"),
        start: Timestamp::try_from(start * SLOT_NS)?,
        minutes: 1 + chance.below(longest) as u64,
        recurrence: Some(recurrence),
        utc_offset_minutes: if chance.one_in(3) { 0 } else { chance.below(2_161) as i32 - 1_080 },
    };
    exemption.check()?;
    let from = if chance.one_in(2) { 0 } else { start + chance.below(12 * YEAR) as u64 };
    let until = start + 12 * YEAR as u64;
    let most = 60;
    let line = json!({
        "rule": rule,
        "printed": printed,
        "start": written(start, exemption.utc_offset_minutes),
        "minutes": exemption.minutes,
        "from": from,
        "until": until,
        "most": most,
        "occurrences": exemption.occurrences(from, until, most),
    });
    Ok(format!("{line}\n"))
}

/// A rule of any parts that go together.
fn rule(chance: &mut Chance, start: u64) -> String {
    let frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][chance.below(4)];
    let mut parts = vec![format!("FREQ={frequency}")];
    if chance.one_in(2) {
        let most = if chance.one_in(8) { 1_000 } else { 5 };
        parts.push(format!("INTERVAL={}", 1 + chance.below(most)));
    }
    match chance.below(4) {
        0 => parts.push(format!("COUNT={}", 1 + chance.below(50))),
        1 => parts.push(format!("UNTIL={}", until(start * 60 + chance.below(6 * YEAR * 60) as u64))),
        _ => {}
    }
    let has_months = chance.one_in(2);
    if has_months {
        parts.push(format!("BYMONTH={}", list(chance, 4, |chance| (1 + chance.below(12)).to_string())));
    }
    let is_bare = frequency == "YEARLY" && !has_months;
    if frequency != "WEEKLY" && !is_bare && chance.one_in(3) {
        let signs = ["", "+", "-"];
        parts.push(format!("BYMONTHDAY={}", list(chance, 8, |chance| format!("{}{}", signs[chance.below(3)], 1 + chance.below(31)))));
    }
    if !is_bare && chance.one_in(2) {
        let is_numbered = ["MONTHLY", "YEARLY"].contains(&frequency);
        let weekday = |chance: &mut Chance| {
            let sign = if chance.one_in(2) { "-" } else { "" };
            let number = if is_numbered && !chance.one_in(3) { format!("{sign}{}", 1 + chance.below(5)) } else { String::new() };
            format!("{number}{}", WEEKDAYS[chance.below(7)])
        };
        parts.push(format!("BYDAY={}", list(chance, 4, weekday)));
    }
    chance.shuffle(&mut parts);
    parts.join(";")
}

/// Some items, none of them twice.
fn list(chance: &mut Chance, most: usize, item: impl Fn(&mut Chance) -> String) -> String {
    let mut items: Vec<String> = Vec::new();
    for _ in 0..=chance.below(most) {
        let item = item(chance);
        if !items.iter().any(|other| other.trim_start_matches('+') == item.trim_start_matches('+')) {
            items.push(item);
        }
    }
    items.join(",")
}

/// Year, month and day of a day since 1970, found by counting.
fn date(mut days: i64) -> (i64, i64, i64) {
    let (mut year, mut month) = (1970, 1);
    if days < 0 {
        (year, month, days) = (1969, 12, days + 31);
    }
    loop {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
}

/// A time of UTC as rules have it.
fn until(seconds: u64) -> String {
    let (year, month, day) = date((seconds / 86_400).cast_signed());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

/// A minute since 1970 as ISO 8601 has it, seen from an offset.
fn written(minute: u64, offset: i32) -> String {
    let local = minute.cast_signed() + i64::from(offset);
    let (year, month, day) = date(local.div_euclid(1_440));
    let (of_day, sign, offset) = (local.rem_euclid(1_440), if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:00{sign}{:02}:{:02}", of_day / 60, of_day % 60, offset / 60, offset % 60)
}
