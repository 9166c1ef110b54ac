//! Windows of maintenance: they cover what one finds who walks every day from the start to the end of
//! time, with the words of RFC 5545 in hand.
//!
//! Deliberately absent: what is refused (unit tests), and the views of another program (`tests/judges`).

use codomyrmex_telemetry::Timestamp;
use codomyrmex_telemetry::slo::{Exemption, Recurrence, SLOT_NS};
use codomyrmex_telemetry_tests::{Chance, cases};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const DAY: i64 = 1_440;
const LAST_MINUTE: i64 = i64::MAX / SLOT_NS as i64;
const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A day as one finds it who counts from 1970-01-01.
#[derive(Clone, Copy, Debug)]
struct Day {
    year: i64,
    month: usize, // 1 to 12
    of_month: i64,
    weekday: usize, // Monday is 0
    weeks: i64,     // Mondays so far
    months: i64,    // firsts of a month so far
    number: i64,    // days so far
}

impl Day {
    /// 1969-12-29, a Monday: the local day of the first minute may be before 1970.
    const FIRST: Self = Self { year: 1969, month: 12, of_month: 29, weekday: 0, weeks: 0, months: 0, number: -3 };

    fn length(&self) -> i64 {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][self.month - 1]
    }

    fn next(self) -> Self {
        let mut next = Self { of_month: self.of_month + 1, weekday: (self.weekday + 1) % 7, number: self.number + 1, ..self };
        next.weeks += i64::from(next.weekday == 0);
        if self.of_month == self.length() {
            (next.of_month, next.month, next.months) = (1, self.month % 12 + 1, self.months + 1);
            next.year += i64::from(next.month == 1);
        }
        next
    }

    /// Whether it is the n-th of its weekday in its month, or from the end.
    fn is_nth(&self, nth: i64) -> bool {
        let counted: Vec<i64> = if nth > 0 { (1..=self.of_month).collect() } else { (self.of_month..=self.length()).collect() };
        counted.iter().filter(|day| (*day - self.of_month) % 7 == 0).count() as i64 == nth.abs()
    }
}

/// A rule, part by part.
#[derive(Clone, Debug)]
struct Rule {
    frequency: &'static str,
    interval: i64,
    count: Option<usize>,
    until: Option<i64>, // seconds
    months: Vec<usize>,
    month_days: Vec<i64>,
    weekdays: Vec<(i64, usize)>, // 0 is every one
}

impl Rule {
    /// Whether the period of a day is in step with that of the start.
    fn is_in_step(&self, start: &Day, day: &Day) -> bool {
        let periods = match self.frequency {
            "DAILY" => day.number - start.number,
            "WEEKLY" => day.weeks - start.weeks,
            "MONTHLY" => day.months - start.months,
            _ => day.year - start.year,
        };
        periods % self.interval == 0
    }

    /// Section 3.3.10: a part that is there expands or limits to its days, and what a rule leaves open comes
    /// from the start.
    fn names(&self, start: &Day, day: &Day) -> bool {
        let is_month = match self.months.as_slice() {
            [] => self.frequency != "YEARLY" || day.month == start.month,
            months => months.contains(&day.month),
        };
        let is_month_day = match self.month_days.as_slice() {
            [] => !self.weekdays.is_empty() || ["DAILY", "WEEKLY"].contains(&self.frequency) || day.of_month == start.of_month,
            days => days.iter().any(|wanted| *wanted == day.of_month || *wanted == day.of_month - day.length() - 1),
        };
        let is_weekday = match self.weekdays.as_slice() {
            [] => self.frequency != "WEEKLY" || day.weekday == start.weekday,
            wanted => wanted.iter().any(|(place, weekday)| *weekday == day.weekday && (*place == 0 || day.is_nth(*place))),
        };
        is_month && is_month_day && is_weekday
    }

    /// The parts of its text.
    fn parts(&self) -> Vec<String> {
        let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
        let number =
            |(place, weekday): &(i64, usize)| format!("{}{}", if *place == 0 { String::new() } else { place.to_string() }, NAMES[*weekday]);
        let parts = [
            ("FREQ", Some(self.frequency.to_string())),
            ("INTERVAL", Some(self.interval.to_string())),
            ("COUNT", self.count.map(|count| count.to_string())),
            ("UNTIL", self.until.map(time)),
            ("BYMONTH", list(self.months.iter().map(ToString::to_string).collect())),
            ("BYMONTHDAY", list(self.month_days.iter().map(ToString::to_string).collect())),
            ("BYDAY", list(self.weekdays.iter().map(number).collect())),
        ];
        parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect()
    }
}

/// Seconds since 1970 as a time of UTC.
fn time(seconds: i64) -> String {
    let mut day = Day::FIRST;
    while day.number < seconds / 86_400 {
        day = day.next();
    }
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{:04}{:02}{:02}T{hour:02}{minute:02}{second:02}Z", day.year, day.month, day.of_month)
}

/// All occurrences, kept one by one.
#[derive(Debug)]
struct Truth {
    begins: Vec<i64>,
    length: i64,
}

impl Truth {
    fn walk(rule: &Rule, start: i64, offset: i64, length: i64) -> Self {
        let (mut day, mut begins, mut first) = (Day::FIRST, Vec::new(), None);
        loop {
            let begin = (start + offset).rem_euclid(DAY) + day.number * DAY - offset;
            if begin > LAST_MINUTE || rule.until.is_some_and(|until| begin * 60 > until) || rule.count == Some(begins.len()) {
                return Self { begins, length };
            }
            if begin == start {
                first = Some(day);
            }
            if first.is_some_and(|first| rule.is_in_step(&first, &day) && rule.names(&first, &day)) {
                begins.push(begin);
            }
            day = day.next();
        }
    }

    /// One begins a day, and none is longer than 366 days: no earlier one can hold a minute.
    fn covers(&self, at: i64) -> bool {
        let begun = &self.begins[..self.begins.partition_point(|begin| *begin <= at)];
        at <= LAST_MINUTE && begun.iter().rev().take(366).any(|begin| begin + self.length > at)
    }

    /// The occurrences that have a minute from one to before another.
    fn touching(&self, from: i64, until: i64) -> Vec<(u64, u64)> {
        let until = until.min(LAST_MINUTE + 1);
        let there = self.begins.iter().filter(|begin| from < until && **begin < until && **begin + self.length > from);
        there.map(|begin| (minute(*begin), minute(begin + self.length))).collect()
    }

    /// The minutes around the beginnings and ends of some occurrences.
    fn edges(&self, places: &[(Index, i64)]) -> Vec<i64> {
        let near = places.iter().filter(|_| !self.begins.is_empty()).flat_map(|(index, shift)| {
            let begin = index.get(&self.begins) + shift;
            [begin, begin + self.length]
        });
        near.filter(|at| *at >= 0).collect()
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    let frequency = select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let interval = prop_oneof![3 => Just(1i64), 3 => 2i64..5, 1 => 5i64..=1_000];
    let end = prop_oneof![
        2 => Just((None, None)),
        2 => (1usize..60).prop_map(|count| (Some(count), None)),
        1 => (1usize..=100_000).prop_map(|count| (Some(count), None)),
        1 => (0..LAST_MINUTE * 60).prop_map(|until| (None, Some(until))),
    ];
    let months = prop_oneof![2 => Just(Vec::new()), 1 => btree_set(1usize..=12, 1..4).prop_map(Vec::from_iter)];
    let month_day = prop_oneof![1i64..=31, -31i64..=-1, select(vec![29, 30, 31, -1, -28, -29, -30, -31])];
    let month_days = prop_oneof![2 => Just(Vec::new()), 1 => btree_set(month_day, 1..6).prop_map(Vec::from_iter)];
    let weekday = (prop_oneof![Just(0i64), -5i64..=5], 0usize..7);
    let weekdays = prop_oneof![1 => Just(Vec::new()), 1 => btree_set(weekday, 1..5).prop_map(Vec::from_iter)];
    (frequency, interval, end, months, month_days, weekdays).prop_map(
        |(frequency, interval, (count, until), months, month_days, weekdays)| {
            let mut rule = Rule { frequency, interval, count, until, months, month_days, weekdays };
            if frequency == "WEEKLY" || (frequency == "YEARLY" && rule.months.is_empty()) {
                rule.month_days.clear();
            }
            if frequency == "YEARLY" && rule.months.is_empty() {
                rule.weekdays.clear();
            }
            if ["DAILY", "WEEKLY"].contains(&frequency) {
                rule.weekdays.retain(|(place, _)| *place == 0);
            }
            rule
        },
    )
}

fn starts() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..LAST_MINUTE, 2 => 0i64..3 * DAY, 2 => LAST_MINUTE - 800 * DAY..=LAST_MINUTE, 1 => Just(LAST_MINUTE)]
}

fn lengths() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1..DAY, 2 => DAY..=2 * DAY, 1 => Just(DAY), 1 => DAY..=40 * DAY, 1 => 1..=366 * DAY]
}

/// The text of a rule with its parts in some order.
fn shuffled(rule: &Rule, chance: &mut Chance) -> String {
    let mut parts = rule.parts();
    chance.shuffle(&mut parts);
    let text = if chance.one_in(2) { parts.join(";") } else { format!("RRULE:{};WKST=MO", parts.join(";")) };
    if chance.one_in(2) { text } else { text.to_lowercase() }
}

fn minute(minute: i64) -> u64 {
    minute.max(0).unsigned_abs()
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn it_covers_what_one_finds_who_walks_every_day(
        mut rule in rules(),
        (start, length, offset) in (starts(), lengths(), -1_080i64..=1_080),
        by in prop_oneof![Just(None), (-1i64..=1).prop_map(Some)],
        places in vec((any::<Index>(), -2i64..3), 40),
        elsewhere in vec(0..LAST_MINUTE + 9, 10),
        span in 1i64..4 * DAY,
        seed in any::<u64>(),
    ) {
        if let (Some(_), Some(by)) = (rule.until, by) {
            let unending = Truth::walk(&Rule { until: None, ..rule.clone() }, start, offset, length);
            if !unending.begins.is_empty() {
                rule.until = Some((places[0].0.get(&unending.begins) * 60 + by).max(0)); // just before, at or after a start
            }
        }
        let exemption = Exemption {
            reason: String::new(),
            start: Timestamp::from_nanos(minute(start) * SLOT_NS).unwrap(),
            minutes: minute(length),
            recurrence: Some(shuffled(&rule, &mut Chance::new(seed)).parse().unwrap()),
            utc_offset_minutes: offset as i32,
        };
        prop_assert_eq!(exemption.check(), Ok(()));
        let truth = Truth::walk(&rule, start, offset, length);
        prop_assert_eq!(exemption.occurrences(0, u64::MAX, usize::MAX), truth.touching(0, i64::MAX));

        let asked = [truth.edges(&places), elsewhere, vec![0, start, start + length - 1, start + length, LAST_MINUTE]].concat();
        for at in &asked {
            prop_assert_eq!(exemption.covers(minute(*at)), truth.covers(*at), "{} in {:?}", at, exemption);
        }
        for at in asked.iter().step_by(7) {
            let end = at + span;
            prop_assert_eq!(exemption.occurrences(minute(*at), minute(end), usize::MAX), truth.touching(*at, end));
            let is_within = (*at..end).all(|at| truth.covers(at));
            prop_assert_eq!(exemption.within(minute(*at), minute(end)), is_within, "{}, {} minutes in {:?}", at, span, exemption);
        }
    }

    #[test]
    fn a_rule_is_one_whatever_the_order_of_its_parts_and_reads_back(rule in rules(), seed in any::<u64>()) {
        let mut chance = Chance::new(seed);
        let one: Recurrence = shuffled(&rule, &mut chance).parse().unwrap();
        let other: Recurrence = shuffled(&rule, &mut chance).parse().unwrap();
        prop_assert_eq!(&one, &other);
        let shown = one.to_string();
        prop_assert_eq!(shown.parse(), Ok(one));
        prop_assert!(!shown.contains("INTERVAL=1;") && !shown.ends_with("INTERVAL=1") && !shown.contains("WKST"), "{}", shown);
    }

    #[test]
    fn any_text_is_refused_or_reads_back(
        words in vec(select(vec![
            "FREQ=", "MONTHLY", "WEEKLY", "YEARLY", ";", ";", "INTERVAL=", "COUNT=", "UNTIL=", "20261231T235959Z", "BYDAY=", "BYMONTH=",
            "BYMONTHDAY=", "MO", "1", "-1", "-31", ",", "TU", "é", "T", "Z", "RRULE:", "99999999999", " ",
        ]), 0..12),
        any in "\\PC{0,30}",
    ) {
        let words = words.concat();
        for text in [words.clone(), format!("FREQ=MONTHLY;{words}"), format!("FREQ=MONTHLY;BYDAY={words}"), format!("{words}{any}")] {
            if let Ok(rule) = text.parse::<Recurrence>() {
                prop_assert_eq!(rule.to_string().parse(), Ok(rule), "{}", text);
            }
        }
    }
}
