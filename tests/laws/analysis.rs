//! Law 13: an analysis says what one finds by going through all events and counting.
//!
//! Evidence of events made up by chance is analysed, and held against an oracle (`analysis_naive`) that
//! has the events themselves. Deliberately absent: real data (`agent_runs`).

use codomyrmex_telemetry::slo::{Analysis, Change, Counts, Evidence, Options, Pattern, analyze};
use codomyrmex_telemetry::{Ratio, SpanId, TraceId};
use codomyrmex_telemetry_tests::{Chance, cases, nearest_ratio};
use num_bigint::{BigInt, BigUint};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::analysis_naive::{Event, Found, Oracle, evidence, ratio_of};

const NAMES: [&str; 4] = ["kitchen", "day", "cook", "dish"];
const VALUES: [&str; 4] = ["", "a", "b", "z rare"];

/// Events of which some combinations are worse than others.
fn happened() -> impl Strategy<Value = Vec<Event>> {
    let row = (vec(0..4usize, 4), 0..100u32);
    (vec(row, 0..90), 0..4usize, 1..=4usize).prop_map(|(rows, rule, dimensions)| {
        let event = |(place, (values, luck)): (usize, (Vec<usize>, u32))| {
            let is_worse = match rule {
                0 => false,
                1 => values[0] == 1,
                2 => values[0] == 1 && values[dimensions - 1] == 2,
                _ => values[..dimensions].iter().filter(|value| **value == 1).count() > 1,
            };
            let mut names: Vec<String> = values[..dimensions].iter().map(|value| VALUES[*value].into()).collect();
            let is_bad = luck < if is_worse { 85 } else { 20 };
            if rule == 2 && dimensions > 1 && !is_bad {
                names[1] = String::new(); // a dimension that is an outcome
            }
            Event { values: names, is_bad, span: (place % 5 > 0).then_some(place as u64) }
        };
        rows.into_iter().enumerate().map(event).collect()
    })
}

fn options() -> impl Strategy<Value = Options> {
    let of = |(n, d)| Ratio::new(n, d).unwrap();
    let support = prop::sample::select(vec![(1, 50), (1, 4), (0, 1)]).prop_map(of);
    // No q or p of small counts is any of these: at a tie the last bit of a double would decide.
    let q = prop::sample::select(vec![(1_003, 20_011), (1, 1), (10_007, 40_009)]).prop_map(of);
    let ratio = prop::sample::select(vec![(3, 2), (0, 1), (2, 1)]).prop_map(of);
    let numbers = (1..=3u8, prop::sample::select(vec![2, 100usize]));
    (numbers, support, ratio, q).prop_map(|((order, most), min_support, min_ratio, max_q)| Options {
        order,
        most,
        min_support,
        min_ratio,
        max_q,
    })
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= other * 1e-9
}

fn assert_pattern(pattern: &Pattern, expected: &Found, oracle: &Oracle<'_>, whole: [u64; 2]) {
    let attributes: Vec<_> = expected.attributes.iter().map(|(place, value)| (NAMES[*place].to_string(), value.clone())).collect();
    assert_eq!(pattern.attributes, attributes);
    let [bad, good] = expected.counts;
    assert_eq!((pattern.bad, pattern.total), (bad, bad + good), "{pattern:?}");
    assert_eq!((pattern.is_exact, pattern.is_outcome), (expected.is_exact, expected.is_outcome), "{pattern:?}");
    let cells = Oracle::cells(expected.counts, whole);
    let (above, below) = ratio_of(cells);
    assert_eq!(pattern.risk_ratio.to_bits(), nearest_ratio(&above.into(), &below).to_bits());
    assert_eq!(pattern.support.to_bits(), nearest_ratio(&bad.into(), &whole[0].into()).to_bits());
    let outside = cells[2] + cells[3];
    let beyond = BigInt::from(bad * outside) - BigInt::from((bad + good) * cells[2]);
    assert_eq!(pattern.excess, nearest_ratio(&beyond, &outside.into()));
    assert!(is_near(pattern.p_value, expected.p) && is_near(pattern.q_value, expected.q), "{pattern:?} {expected:?}");
    let examples = |is_bad: bool| -> Vec<(TraceId, SpanId)> {
        let covered = expected.covered.iter().map(|place| oracle.sampled[*place]).filter(|event| event.is_bad == is_bad);
        covered.filter_map(Event::context).take(3).collect()
    };
    assert_eq!((&pattern.examples, &pattern.counterexamples), (&examples(true), &examples(false)));
}

/// The analysis is that of the oracle, and gives what it found.
fn assert_analysis(events: &[Event], keep: [usize; 2], options: &Options) -> Analysis {
    let dimensions = events.first().map_or(1, |event| event.values.len());
    let analysis = analyze(&evidence(&NAMES[..dimensions], events, keep), None, options);
    let kept = |is_bad: bool| events.iter().filter(move |event| event.is_bad == is_bad).take(keep[usize::from(!is_bad)]);
    let sampled: Vec<&Event> = kept(true).chain(kept(false)).collect();
    let oracle = Oracle { all: events, sampled, dimensions, options: *options };
    let whole = Oracle::count(&events.iter().collect::<Vec<_>>(), &[]);
    let tested = oracle.tested();
    assert_eq!([analysis.bad, analysis.good], whole);
    assert_eq!(analysis.tested as usize, tested.len());
    assert_eq!(analysis.is_exact, options.order == 1 || oracle.sampled.len() == events.len());
    let expected = oracle.reported(&tested);
    assert_eq!(analysis.patterns.len(), expected.len(), "{:#?}\nare not {expected:#?}", analysis.patterns);
    for (pattern, expected) in analysis.patterns.iter().zip(&expected) {
        assert_pattern(pattern, expected, &oracle, whole);
    }
    analysis
}

/// Without examples, which follow the order of samples.
fn without_examples(mut analysis: Analysis) -> Analysis {
    for pattern in &mut analysis.patterns {
        pattern.examples.clear();
        pattern.counterexamples.clear();
    }
    analysis
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn patterns_are_those_that_one_finds_by_counting(events in happened(), options in options()) {
        assert_analysis(&events, [usize::MAX; 2], &options);
    }

    #[test]
    fn estimates_are_scaled_samples_and_never_said_to_be_exact(events in happened(), keep in [0..30usize, 0..30usize], options in options()) {
        let analysis = assert_analysis(&events, keep, &options);
        let is_complete = analysis.bad <= keep[0] as u64 && analysis.good <= keep[1] as u64;
        prop_assert!(is_complete || analysis.patterns.iter().all(|pattern| pattern.is_exact == (pattern.attributes.len() == 1)));
    }

    #[test]
    fn neither_the_order_of_samples_matters_nor_how_many_alike_are_told_at_once(
        events in happened(), keep in [10..90usize, 10..90usize], options in options(), seed: u64,
    ) {
        let dimensions = events.first().map_or(1, |event| event.values.len());
        let ordered = evidence(&NAMES[..dimensions], &events, keep);
        let mut shuffled = ordered.clone();
        for samples in [&mut shuffled.bad, &mut shuffled.good] {
            let mut together: Vec<codomyrmex_telemetry::slo::Sample> = Vec::new();
            for sample in samples.kept.drain(..) {
                match together.iter_mut().find(|other| other.values == sample.values && other.count < 3) {
                    Some(other) => other.count += 1,
                    None => together.push(sample),
                }
            }
            Chance::new(seed).shuffle(&mut together);
            samples.kept = together;
        }
        let [one, other] = [ordered, shuffled].map(|evidence| without_examples(analyze(&evidence, None, &options)));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn q_values_rise_with_p_values_and_are_never_below(events in happened(), order in 1..=3u8) {
        let dimensions = events.first().map_or(1, |event| event.values.len());
        let all = Ratio::new(1, 1).unwrap();
        let options = Options { order, most: 100, max_q: all, min_ratio: Ratio::new(0, 1).unwrap(), ..Options::default() };
        let analysis = analyze(&evidence(&NAMES[..dimensions], &events, [usize::MAX; 2]), None, &options);
        for is_outcome in [false, true] {
            let mut tests: Vec<_> = analysis.patterns.iter().filter(|one| one.is_outcome == is_outcome).map(|one| (one.p_value, one.q_value)).collect();
            tests.sort_by(|one, other| one.partial_cmp(other).unwrap());
            prop_assert!(tests.is_sorted_by(|one, other| one.1 <= other.1), "{tests:?}");
            prop_assert!(tests.iter().all(|(p, q)| q >= p && *q <= 1.0), "{tests:?}");
        }
    }

    #[test]
    fn the_parts_of_a_change_are_the_change(before in happened(), after in happened()) {
        let narrow = |events: &[Event]| -> Vec<Event> {
            events.iter().cloned().map(|mut event| { event.values.resize(2, "late".into()); event }).collect()
        };
        let sides = [narrow(&before), narrow(&after)];
        let [old, new] = sides.each_ref().map(|events| evidence(&NAMES[..2], events, [0; 2]));
        let analysis = analyze(&new, Some(&old), &Options::default());
        prop_assert_eq!(analysis.change.is_some(), !before.is_empty() && !after.is_empty());
        if let Some(change) = analysis.change {
            assert_change(&change, &sides);
        }
    }
}

/// A fraction of big integers; the denominator is above zero.
#[derive(Clone)]
struct Big(BigInt, BigInt);

impl Big {
    fn ratio(counts: Counts) -> Self {
        Self(counts.bad.into(), counts.total().into())
    }

    fn plus(&self, other: &Self) -> Self {
        Self(&self.0 * &other.1 + &other.0 * &self.1, &self.1 * &other.1)
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&Self(-&other.0, other.1.clone()))
    }

    fn times(&self, other: &Self) -> Self {
        Self(&self.0 * &other.0, &self.1 * &other.1)
    }

    /// Rounded down, and what is left over.
    fn floor(&self) -> (BigInt, Self) {
        let rest = ((&self.0 % &self.1) + &self.1) % &self.1;
        ((&self.0 - &rest) / &self.1, Self(rest, self.1.clone()))
    }
}

fn assert_change(change: &Change, sides: &[Vec<Event>; 2]) {
    let counts = |events: &[Event], of: &dyn Fn(&Event) -> bool| {
        let mut sum = Counts::default();
        events.iter().filter(|event| of(event)).for_each(|event| sum.add(Counts::of(!event.is_bad, 1)));
        sum
    };
    let [all0, all1] = sides.each_ref().map(|events| counts(events, &|_| true));
    assert_eq!((change.before, change.after), (all0, all1));
    let billion = Big(1_000_000_000.into(), 1.into());
    let half = Big(1.into(), 2.into());
    let rise = Big::ratio(all1).minus(&Big::ratio(all0)).times(&billion);
    let (nearest, left) = rise.plus(&half).floor();
    let is_tie_below = left.0 == BigInt::ZERO && rise.0 < BigInt::ZERO;
    assert_eq!(BigInt::from(change.ratio), nearest - u8::from(is_tie_below));
    for (place, name) in NAMES[..2].iter().enumerate() {
        let of = change.dimensions.iter().find(|of| of.dimension == *name).unwrap();
        let order: Vec<_> = of.parts.iter().map(|part| (part.is_others, part.value.clone())).collect();
        assert!(order.is_sorted_by(|one, other| one < other), "{order:?}");
        assert_eq!(of.parts.iter().map(|part| part.mix + part.rate).sum::<i64>(), change.ratio);
        let [mut known0, mut known1, mut rests] = [Counts::default(), Counts::default(), Counts::default()];
        rests.add(Counts::default());
        let mut fractions: Vec<(bool, Big)> = Vec::new();
        for part in &of.parts {
            let is_of =
                |event: &Event| if part.is_others { event.values[place].starts_with('z') } else { event.values[place] == part.value };
            let [c0, c1] = sides.each_ref().map(|events| counts(events, &is_of));
            assert_eq!((part.before, part.after), (c0, c1));
            known0.add(c0);
            known1.add(c1);
            let share = |of: Counts, whole: Counts| Big(of.total().into(), whole.total().into());
            let (r0, r1) = (Big::ratio(if c0.total() > 0 { c0 } else { c1 }), Big::ratio(if c1.total() > 0 { c1 } else { c0 }));
            let (w0, w1) = (share(c0, all0), share(c1, all1));
            let average = Big::ratio(all0).plus(&Big::ratio(all1)).times(&half);
            let mix = w1.minus(&w0).times(&r1.plus(&r0).times(&half).minus(&average));
            let rate = w1.plus(&w0).times(&half).times(&r1.minus(&r0));
            for (told, exact) in [(part.mix, mix), (part.rate, rate)] {
                let (floor, rest) = exact.times(&billion).floor();
                let raised = BigInt::from(told) - floor;
                assert!(raised == BigInt::ZERO || raised == BigInt::from(1), "{part:?}: {raised}");
                fractions.push((raised != BigInt::ZERO, rest));
            }
        }
        assert_eq!((known0, known1), (all0, all1), "a part is missing");
        for (_, raised) in fractions.iter().filter(|(is_raised, _)| *is_raised) {
            // What is raised had at least as much left over as what is not.
            let less = |other: &Big| &raised.0 * &other.1 < &other.0 * &raised.1;
            assert!(!fractions.iter().any(|(is_raised, other)| !is_raised && less(other)));
        }
    }
}

#[test]
fn the_arithmetic_of_the_oracle_is_right() {
    let (floor, rest) = Big((-7).into(), 2.into()).floor();
    assert_eq!((floor, rest.0, rest.1), (BigInt::from(-4), BigInt::from(1), BigInt::from(2)));
    assert_eq!(ratio_of([1, 1, 0, 1]), (BigUint::from(12u8), BigUint::from(6u8)));
}

#[test]
fn evidence_of_nothing_is_an_analysis_of_nothing() {
    let analysis = analyze(&Evidence::default(), Some(&Evidence::default()), &Options::default());
    let nothing = Analysis { good: 0, bad: 0, tested: 0, is_exact: true, patterns: Vec::new(), change: None };
    assert_eq!(analysis, nothing);
}
