//! An analysis the long way: the oracle of the law of analysis.
//!
//! It knows every event with all its attributes, filters for each combination there is, reckons with
//! big fractions and binomial coefficients, and goes by the rules of the documentation. Deliberately
//! absent: any speed, and the splitting of changes.

use std::collections::{BTreeMap, BTreeSet};

use codomyrmex_telemetry::slo::{Counts, Evidence, Options, Sample};
use codomyrmex_telemetry::{Ratio, SpanId, TraceId};
use codomyrmex_telemetry_tests::nearest_ratio;
use num_bigint::{BigInt, BigUint};

/// An event: its attributes, whether it was bad, and the number of its span, if it was in one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Event {
    pub(crate) values: Vec<String>,
    pub(crate) is_bad: bool,
    pub(crate) span: Option<u64>,
}

impl Event {
    pub(crate) fn context(&self) -> Option<(TraceId, SpanId)> {
        self.span.map(|span| (TraceId::new(span.into()).unwrap(), SpanId::new(span).unwrap()))
    }
}

/// What a table knows of events and samples say of the first of each class. Values that begin with "z"
/// are past the table's limit.
pub(crate) fn evidence(dimensions: &[&str], events: &[Event], keep: [usize; 2]) -> Evidence {
    let mut evidence = Evidence { dimensions: dimensions.iter().map(ToString::to_string).collect(), ..Evidence::default() };
    evidence.values = vec![BTreeMap::new(); dimensions.len()];
    evidence.others = vec![Counts::default(); dimensions.len()];
    for event in events {
        for (place, value) in event.values.iter().enumerate() {
            let is_past = value.starts_with('z');
            let counts = if is_past { &mut evidence.others[place] } else { evidence.values[place].entry(value.clone()).or_default() };
            counts.add(Counts::of(!event.is_bad, 1));
        }
        let samples = if event.is_bad { &mut evidence.bad } else { &mut evidence.good };
        if samples.kept.len() == keep[usize::from(!event.is_bad)] {
            samples.left_out += 1;
            continue;
        }
        samples.kept.push(Sample { values: event.values.clone().into(), context: event.context(), count: 1 });
    }
    evidence
}

/// Bad and good, inside and outside.
pub(crate) type Cells = [u64; 4];

/// A combination, all that is counted of it, and what the tests say.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) attributes: Vec<(usize, String)>,
    pub(crate) counts: [u64; 2], // bad, good
    pub(crate) seen: [u64; 2],
    pub(crate) covered: BTreeSet<usize>, // samples
    pub(crate) is_outcome: bool,
    pub(crate) is_exact: bool,
    pub(crate) p: f64,
    pub(crate) q: f64,
}

/// Everything there is to know.
pub(crate) struct Oracle<'e> {
    pub(crate) all: &'e [Event],
    pub(crate) sampled: Vec<&'e Event>,
    pub(crate) dimensions: usize,
    pub(crate) options: Options,
}

fn choose(of: u64, some: u64) -> BigUint {
    (0..some).fold(BigUint::from(1u8), |product, taken| product * (of - taken) / (taken + 1))
}

fn p_of([bad_in, good_in, bad_out, good_out]: Cells) -> f64 {
    let (bad, good, inside) = (bad_in + bad_out, good_in + good_out, bad_in + good_in);
    let ways = |bad_in: u64| if inside - bad_in > good { BigUint::ZERO } else { choose(bad, bad_in) * choose(good, inside - bad_in) };
    let more: BigUint = (bad_in + 1..=inside.min(bad)).map(ways).sum();
    nearest_ratio(&BigInt::from(more * 2u8 + ways(bad_in)), &(choose(bad + good, inside) * 2u8))
}

/// A risk ratio above and below the line.
pub(crate) fn ratio_of([bad_in, good_in, bad_out, good_out]: Cells) -> (BigUint, BigUint) {
    let product = |bad: u64, total: u64| BigUint::from(2 * bad + 1) * (2 * total + 2);
    (product(bad_in, bad_out + good_out), product(bad_out, bad_in + good_in))
}

/// Whether a fraction is less than so many times another.
fn is_less(one: &(BigUint, BigUint), (n, d): (u64, u64), other: &(BigUint, BigUint)) -> bool {
    &one.0 * &other.1 * d < &other.0 * &one.1 * n
}

impl Oracle<'_> {
    pub(crate) fn count(events: &[&Event], attributes: &[(usize, String)]) -> [u64; 2] {
        let has_all = |event: &Event| attributes.iter().all(|(place, value)| event.values[*place] == *value);
        [true, false].map(|is_bad| events.iter().filter(|event| event.is_bad == is_bad && has_all(event)).count() as u64)
    }

    /// The four cells of counts within those of a whole.
    pub(crate) fn cells(inside: [u64; 2], whole: [u64; 2]) -> Cells {
        [inside[0], inside[1], whole[0] - inside[0], whole[1] - inside[1]]
    }

    fn is_outcome(&self, place: usize) -> bool {
        let has = |is_bad: bool| self.all.iter().any(|event| event.is_bad == is_bad && !event.values[place].is_empty());
        has(true) && !has(false)
    }

    /// Every combination of values that any event has, and none of them all.
    fn combinations(&self) -> Vec<Vec<(usize, String)>> {
        let mut found = BTreeSet::new();
        for event in self.all {
            for chosen in 1u32..1 << self.dimensions {
                let places: Vec<usize> = (0..self.dimensions).filter(|place| chosen >> place & 1 == 1).collect();
                let is_free = places.len() == 1 || !places.iter().any(|place| self.is_outcome(*place));
                let values: Vec<_> = places.iter().map(|place| (*place, event.values[*place].clone())).collect();
                let all_have = |place: usize, value: &str| self.all.iter().all(|event| event.values[place] == value);
                let is_known = values.iter().all(|(place, value)| !value.is_empty() && !value.starts_with('z') && !all_have(*place, value));
                if is_free && is_known && places.len() <= usize::from(self.options.order) {
                    found.insert((values.len(), places, values));
                }
            }
        }
        found.into_iter().map(|(_, _, values)| values).collect()
    }

    pub(crate) fn tested(&self) -> Vec<Found> {
        let all: Vec<&Event> = self.all.iter().collect();
        let (whole, seen_whole) = (Self::count(&all, &[]), Self::count(&self.sampled, &[]));
        let is_exact = whole == seen_whole;
        let mut found = Vec::new();
        for attributes in self.combinations() {
            let seen = Self::count(&self.sampled, &attributes);
            let is_single = attributes.len() == 1;
            let mut counts = Self::count(&all, &attributes);
            if !is_single && !is_exact {
                if seen_whole[0] == 0 || (seen_whole[1] == 0 && whole[1] > 0) {
                    continue;
                }
                let singles = attributes.iter().map(|one| Self::count(&all, std::slice::from_ref(one)));
                let most = singles.fold(whole, |most, single| [0, 1].map(|class| most[class].min(single[class])));
                let scaled = |class: usize| (2 * seen[class] * whole[class] + seen_whole[class]).checked_div(2 * seen_whole[class]);
                counts = [0, 1].map(|class| scaled(class).unwrap_or(0).min(most[class]));
            }
            if counts[0] == 0 || !self.options.min_support.is_reached(counts[0], whole[0]) || counts == whole {
                continue;
            }
            let has_all = |event: &Event| attributes.iter().all(|(place, value)| event.values[*place] == *value);
            let covered = (0..self.sampled.len()).filter(|sample| has_all(self.sampled[*sample])).collect();
            let exact = is_single || is_exact;
            let p = p_of(if exact { Self::cells(counts, whole) } else { Self::cells(seen, seen_whole) });
            let is_outcome = self.is_outcome(attributes[0].0);
            found.push(Found { attributes, counts, seen, covered, is_outcome, is_exact: exact, p, q: 1.0 });
        }
        let ps: Vec<(bool, f64)> = found.iter().map(|one| (one.is_outcome, one.p)).collect();
        for one in &mut found {
            let these: Vec<f64> = ps.iter().filter(|(is_outcome, _)| *is_outcome == one.is_outcome).map(|(_, p)| *p).collect();
            let corrected = |p: &f64| p * these.len() as f64 / these.iter().filter(|other| *other <= p).count() as f64;
            one.q = these.iter().filter(|p| **p >= one.p).map(corrected).fold(1.0, f64::min);
        }
        found
    }

    /// What is to be reported of what was tested.
    pub(crate) fn reported(&self, tested: &[Found]) -> Vec<Found> {
        let all: Vec<&Event> = self.all.iter().collect();
        let (whole, seen_whole) = (Self::count(&all, &[]), Self::count(&self.sampled, &[]));
        let ratio = |one: &Found| ratio_of(Self::cells(one.counts, whole));
        let often = |one: &Found| (BigUint::from(2 * one.counts[0] + 1), BigUint::from(2 * (one.counts[0] + one.counts[1]) + 2));
        let parts = |ratio: Ratio| (ratio.numerator(), ratio.denominator());
        let (one, least) = ((BigUint::from(1u8), BigUint::from(1u8)), parts(self.options.min_ratio));
        let most_q = nearest_ratio(&self.options.max_q.numerator().into(), &self.options.max_q.denominator().into());
        let is_within = |small: &Found, large: &Found| {
            small.attributes != large.attributes && small.attributes.iter().all(|one| large.attributes.contains(one))
        };
        let mut kept: Vec<&Found> = Vec::new();
        let mut told: Vec<&Found> = Vec::new();
        for found in tested.iter().filter(|found| !is_less(&ratio(found), least, &one) && found.q <= most_q) {
            let is_same =
                |other: &&Found| (other.is_outcome, other.counts, &other.covered) == (found.is_outcome, found.counts, &found.covered);
            if found.seen[0] > 0 && told.iter().any(is_same) {
                continue;
            }
            told.push(found);
            let adds_nothing =
                |short: &&Found| is_less(&often(found), (6, 5), &often(short)) || p_of(Self::cells(found.seen, short.seen)) > most_q;
            if !kept.iter().any(|short| is_within(short, found) && adds_nothing(short)) {
                kept.push(found);
            }
        }
        let mut last: Vec<&Found> = Vec::new();
        for short in kept.into_iter().rev() {
            let is_nothing_without = |long: &&Found| {
                let rest = [0, 1].map(|class| short.counts[class].saturating_sub(long.counts[class]));
                let [_, _, bad_out, good_out] = Self::cells(short.counts, whole);
                let [_, _, seen_bad_out, seen_good_out] = Self::cells(short.seen, seen_whole);
                rest[0] == 0
                    || !self.options.min_support.is_reached(rest[0], whole[0])
                    || is_less(&ratio_of([rest[0], rest[1], bad_out, good_out]), least, &one)
                    || p_of([short.seen[0] - long.seen[0], short.seen[1] - long.seen[1], seen_bad_out, seen_good_out]) > most_q
            };
            if !last.iter().any(|long| is_within(short, long) && is_nothing_without(long)) {
                last.push(short);
            }
        }
        let rank = |one: &Found| {
            let above = BigUint::from(one.counts[0]) * (whole[0] + whole[1]) + 10 * whole[0];
            (above, BigUint::from((one.counts[0] + one.counts[1] + 10) * (whole[0] + whole[1])))
        };
        let cross = |one: (BigUint, BigUint), other: (BigUint, BigUint)| (other.0 * one.1).cmp(&(one.0 * other.1));
        last.sort_by(|one, other| {
            let ranks = cross(rank(one), rank(other)).then_with(|| cross(ratio(one), ratio(other)));
            one.is_outcome.cmp(&other.is_outcome).then(ranks).then_with(|| one.attributes.cmp(&other.attributes))
        });
        last.into_iter().take(self.options.most).cloned().collect()
    }
}
