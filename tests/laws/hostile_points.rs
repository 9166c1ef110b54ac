//! Points as no ledger writes them, made by hand: each is refused as malformed, and changes nothing.
//!
//! Beside each stands what it was made of, which is taken: so what is refused is refused for what is
//! wrong with it.

use codomyrmex_telemetry::{Delta, Error, Ledger, Snapshot, WriterId};

/// One item of CBOR.
#[derive(Clone, Debug)]
struct Item(Vec<u8>);

fn head(major: u8, argument: u64) -> Vec<u8> {
    let first = |info: u8| major << 5 | info;
    match argument {
        0..24 => vec![first(argument as u8)],
        24..0x100 => vec![first(24), argument as u8],
        0x100..0x1_0000 => [&[first(25)][..], &(argument as u16).to_be_bytes()].concat(),
        0x1_0000..0x1_0000_0000 => [&[first(26)][..], &(argument as u32).to_be_bytes()].concat(),
        _ => [&[first(27)][..], &argument.to_be_bytes()].concat(),
    }
}

fn n(number: i64) -> Item {
    Item(if number < 0 { head(1, !number as u64) } else { head(0, number as u64) })
}

/// A double that 16 bits hold.
fn d(value: f64) -> Item {
    let bits = match value {
        value if value.is_nan() => 0x7e00,
        0.0 => 0, // and -0.0
        value if value.is_infinite() => 0x7c00,
        value => (((value.to_bits() >> 52 & 0x7ff) - 1_008) << 10 | (value.to_bits() >> 42 & 0x3ff)) as u16,
    };
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    Item([&[0xf9][..], &u16::to_be_bytes(bits | sign)].concat())
}

fn t(text: &str) -> Item {
    Item([&head(3, text.len() as u64)[..], text.as_bytes()].concat())
}

fn list(items: &[Item]) -> Item {
    Item(items.iter().fold(head(4, items.len() as u64), |list, item| [list, item.0.clone()].concat()))
}

fn map(entries: &[(Item, Item)]) -> Item {
    let both = |map: Vec<u8>, (key, value): &(Item, Item)| [map, key.0.clone(), value.0.clone()].concat();
    Item(entries.iter().fold(head(5, entries.len() as u64), both))
}

fn null() -> Item {
    Item(vec![0xf6])
}

/// A sum that is a whole odd number, or 0.
fn sum(value: i64) -> Item {
    Item([&[0xc5][..], &list(&[n(0), n(value)]).0].concat())
}

fn bytes(bytes: &[u8]) -> Item {
    Item([&head(2, bytes.len() as u64)[..], bytes].concat())
}

fn exemplar(at: i64, value: f64, trace: u8, span: u8) -> Item {
    let id = |width: usize, last: u8| bytes(&[vec![0; width - 1], vec![last]].concat());
    list(&[n(at), d(value), id(16, trace), id(8, span)])
}

fn tally(sum_of: i64, extremes: Item, extent: Item, exemplars: &[Item]) -> Item {
    list(&[sum(sum_of), extremes, extent, list(exemplars)])
}

/// A tally of the one value 1.
fn of_one() -> Item {
    tally(1, ends(1.0, 1.0), null(), &[])
}

fn ends(least: f64, greatest: f64) -> Item {
    list(&[d(least), d(greatest)])
}

/// A snapshot of one family with one series.
fn snapshot(kind: &[Item], labels: &[&str], values: &[&str], point: &Item, slices: &Item) -> Vec<u8> {
    let texts = |texts: &[&str]| list(&texts.iter().map(|text| t(text)).collect::<Vec<_>>());
    let family = map(&[
        (t("help"), t("")),
        (t("kind"), list(kind)),
        (t("name"), t("f")),
        (t("unit"), t("")),
        (t("labels"), texts(labels)),
        (t("series"), list(&[list(&[texts(values), point.clone(), slices.clone()])])),
        (t("overflow"), null()),
    ]);
    let mut bytes = Snapshot::default().to_bytes();
    assert_eq!(bytes.pop(), Some(0x80), "the families come last");
    [bytes, list(&[family]).0].concat()
}

/// Whether it is taken; where it is not, it must be malformed, for a delta too.
fn is_taken(bytes: &[u8]) -> bool {
    let read = Snapshot::from_bytes(bytes);
    let empty = Delta { writer: WriterId::new(1), life: 0, sequence: 1, content: Snapshot::default() };
    let (own, content) = (empty.to_bytes(), Snapshot::default().to_bytes());
    let place = own.windows(content.len()).position(|part| part == content).unwrap();
    let delta = [&own[..place], bytes, &own[place + content.len()..]].concat();
    let mut ledger = Ledger::new(WriterId::new(2));
    let absorbed = ledger.absorb(&delta);
    match read {
        Ok(_) => assert!(absorbed.is_ok(), "{absorbed:?}"),
        Err(_) => {
            assert!(matches!((&read, &absorbed), (Err(Error::Malformed(_)), Err(Error::Malformed(_)))), "{read:?} {absorbed:?}");
            assert_eq!(ledger.snapshot(), Snapshot::default());
        }
    }
    read.is_ok()
}

/// What is taken, and what is refused, of one kind.
fn assert_points(kind: &[Item], taken: &[Item], refused: &[(&str, Item)]) {
    for point in taken {
        let bytes = snapshot(kind, &[], &[], point, &null());
        assert!(is_taken(&bytes), "{:?}", Snapshot::from_bytes(&bytes));
    }
    for (why, point) in refused {
        assert!(!is_taken(&snapshot(kind, &[], &[], point, &null())), "{why}");
    }
}

#[test]
fn histograms() {
    let kind = [t("histogram"), null(), list(&[d(1.0)])];
    let one = |tally: Item| list(&[list(&[n(1), n(0)]), tally]);
    let with = |exemplars: &[Item]| one(tally(1, ends(1.0, 1.0), null(), exemplars));
    let orders = [[exemplar(0, 1.0, 1, 1), exemplar(0, 2.0, 2, 1)], [exemplar(0, 2.0, 2, 1), exemplar(0, 1.0, 1, 1)]];
    let taken = orders.iter().filter(|order| is_taken(&snapshot(&kind, &[], &[], &with(&order[..]), &null())));
    assert_eq!(taken.count(), 1, "of two orders of exemplars one is taken");
    let none = tally(0, null(), null(), &[]);
    let refused = [
        ("no extremes of a value", one(none.clone())),
        ("extremes of nothing", list(&[list(&[n(0), n(0)]), of_one()])),
        ("the least above the greatest", one(tally(1, ends(2.0, 1.0), null(), &[]))),
        ("-0.0 as the least", one(tally(1, ends(-0.0, 1.0), null(), &[]))),
        ("an infinite greatest", one(tally(1, ends(1.0, f64::INFINITY), null(), &[]))),
        ("NaN as the least", one(tally(1, ends(f64::NAN, 1.0), null(), &[]))),
        ("a count too few", list(&[list(&[n(1)]), of_one()])),
        ("a count too many", list(&[list(&[n(1), n(0), n(0)]), of_one()])),
        ("a time before the first", one(tally(1, ends(1.0, 1.0), list(&[n(2), n(1)]), &[]))),
        ("a time past the last", one(tally(1, ends(1.0, 1.0), list(&[n(0), Item(head(0, 1 << 63))]), &[]))),
        ("two exemplars of one bucket", with(&[exemplar(0, 1.0, 1, 1), exemplar(0, 0.5, 2, 1)])),
        ("the same exemplar twice", with(&[exemplar(0, 1.0, 1, 1), exemplar(0, 1.0, 1, 1)])),
        ("an exemplar that is no number", with(&[exemplar(0, f64::NAN, 1, 1)])),
        ("an exemplar without end", with(&[exemplar(0, f64::INFINITY, 1, 1)])),
        ("trace 0", with(&[exemplar(0, 1.0, 0, 1)])),
        ("span 0", with(&[exemplar(0, 1.0, 1, 0)])),
        ("a short trace", with(&[list(&[n(0), d(1.0), bytes(&[1; 15]), bytes(&[1; 8])])])),
        ("a point of another kind", null()),
    ];
    let many = tally(3, ends(1.0, 2.0), list(&[n(1), n(2)]), &[]);
    assert_points(&kind, &[one(of_one()), list(&[list(&[n(0), n(0)]), none]), list(&[list(&[n(1), n(1)]), many])], &refused);
}

#[test]
fn exponential_histograms() {
    let kind = [t("exponential-histogram"), null(), n(4), n(2), d(0.0)];
    let buckets = |offset: i64, counts: &[i64]| list(&[n(offset), list(&counts.iter().map(|count| n(*count)).collect::<Vec<_>>())]);
    let point =
        |scale: i64, zeros: i64, positive: Item, negative: Item, tally: Item| list(&[n(scale), n(zeros), positive, negative, tally]);
    let none = || buckets(0, &[]);
    let one = |scale: i64, positive: Item| point(scale, 0, positive, none(), of_one());
    let with = |exemplars: &[Item]| point(2, 0, buckets(-1, &[1]), none(), tally(1, ends(1.0, 1.0), null(), exemplars));
    let refused = [
        ("a scale finer than there is", one(3, buckets(-1, &[1]))),
        ("a scale coarser than all", one(-11, buckets(-1, &[1]))),
        ("counts that begin with 0", one(2, buckets(-2, &[0, 1]))),
        ("counts that end with 0", one(2, buckets(-1, &[1, 0]))),
        ("more counts than the settings have", one(2, buckets(-1, &[1, 1, 1, 1, 1]))),
        ("an offset of nothing", point(2, 1, buckets(3, &[]), none(), of_one())),
        ("a coarse scale of nothing", point(1, 1, none(), none(), of_one())),
        ("past the largest double", one(2, buckets(4_096, &[1]))),
        ("an offset past 32 bits", one(2, buckets(1 << 31, &[1]))),
        ("no extremes", point(2, 0, buckets(-1, &[1]), none(), tally(1, null(), null(), &[]))),
        ("two exemplars of one power of two", with(&[exemplar(0, 1.0, 1, 1), exemplar(0, 1.5, 2, 1)])),
    ];
    let taken = [
        one(2, buckets(-1, &[1])),
        with(&[exemplar(0, 1.0, 1, 1)]),
        point(2, 1, none(), none(), of_one()),
        point(1, 0, none(), buckets(-1, &[1, 0, 2]), of_one()),
    ];
    assert_points(&kind, &taken, &refused);
}

#[test]
fn summaries() {
    let kind = [t("summary"), null(), list(&[d(0.5)]), n(1)];
    let values = |values: &[f64]| list(&values.iter().map(|value| d(*value)).collect::<Vec<_>>());
    let grid = |cleared: i64, buckets: &[(f64, i64)]| {
        let buckets: Vec<Item> = buckets.iter().map(|(low, count)| list(&[d(*low), n(*count)])).collect();
        map(&[(n(cleared), list(&buckets))])
    };
    let point = |values: Item| list(&[values, of_one()]);
    let refused = [
        ("values out of order", point(values(&[2.0, 1.0]))),
        ("an infinite value", point(values(&[1.0, f64::INFINITY]))),
        ("NaN", point(values(&[f64::NAN]))),
        ("-0.0", point(values(&[-0.0, 1.0]))),
        ("65 values as they are", point(values(&[1.0; 65]))),
        ("64 values in buckets", point(grid(48, &[(1.0, 64)]))),
        ("buckets out of order", point(grid(48, &[(2.0, 64), (1.0, 64)]))),
        ("one bucket twice", point(grid(48, &[(1.0, 64), (1.0, 64)]))),
        ("a bucket of nothing", point(grid(48, &[(1.0, 65), (2.0, 0)]))),
        ("a bucket's middle", point(grid(48, &[(1.0 + 1.0 / 32.0, 65)]))),
        ("finer than the digits", point(grid(47, &[(1.0, 65)]))),
        ("coarser than need be", point(grid(49, &[(1.0, 65)]))),
        ("more bits than there are", point(grid(64, &[(1.0, 65)]))),
        ("no extremes", list(&[values(&[1.0]), tally(1, null(), null(), &[])])),
        ("another sum", list(&[values(&[1.0]), tally(3, ends(1.0, 1.0), null(), &[])])),
        ("other extremes", list(&[values(&[1.0]), tally(1, ends(1.0, 3.0), null(), &[])])),
        ("extremes outside the buckets", list(&[grid(48, &[(1.0, 65)]), tally(65, ends(1.0, 3.0), null(), &[])])),
        ("a sum of no values", list(&[values(&[]), tally(1, null(), null(), &[])])),
        ("a time of no values", list(&[values(&[]), tally(0, null(), list(&[n(1), n(1)]), &[])])),
        ("exemplars, which a summary has none of", list(&[values(&[1.0]), tally(1, ends(1.0, 1.0), null(), &[exemplar(0, 1.0, 1, 1)])])),
    ];
    let nothing = list(&[values(&[]), tally(0, null(), null(), &[])]);
    let sixty_four = Item([&[0xc5][..], &list(&[n(6), n(1)]).0].concat());
    let full = list(&[values(&[1.0; 64]), list(&[sixty_four, ends(1.0, 1.0), null(), list(&[])])]);
    assert_points(&kind, &[point(values(&[1.0])), full, point(grid(48, &[(1.0, 65)])), nothing], &refused);
}

#[test]
fn totals_states_and_facts() {
    let total = |exemplars: &[Item]| list(&[sum(1), null(), list(exemplars)]);
    let one = exemplar(0, 1.0, 1, 1);
    let two = [one.clone(), exemplar(0, 2.0, 2, 1)];
    let below = list(&[sum(-1), null(), list(&[])]);
    let refused =
        [("below zero", below), ("two exemplars", total(&two)), ("a sum that has a shorter form", list(&[sum(2), null(), list(&[])]))];
    assert_points(&[t("counter"), null()], &[total(&[]), total(std::slice::from_ref(&one))], &refused);
    let refused = [("an exemplar of what has none", total(&[one]))];
    assert_points(&[t("up-down-counter"), null()], &[total(&[])], &refused);
    assert_points(&[t("info"), null()], &[null()], &[("a value of a fact", n(1)), ("a list of a fact", list(&[]))]);
    let kind = [t("state-set"), null(), list(&[t("on"), t("off")])];
    let state = |value: f64| list(&[n(5), d(value)]);
    let set = |values: &[&str], point: &Item| is_taken(&snapshot(&kind, &["f"], values, point, &null()));
    for point in [state(0.0), state(1.0), null()] {
        assert!(set(&["on"], &point), "{point:?}");
    }
    for value in [2.0, -0.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
        assert!(!set(&["on"], &state(value)), "{value}");
    }
    assert!(!set(&["neither"], &state(1.0)) && !set(&[], &state(1.0)) && !set(&["on", "off"], &state(1.0)));
}

#[test]
fn slices() {
    let (point, point_of_gauge) = (list(&[sum(1), null(), list(&[])]), list(&[n(1), d(1.0)]));
    let slices = |numbers: &[i64]| list(&numbers.iter().map(|number| list(&[n(*number), point.clone()])).collect::<Vec<_>>());
    let of = |window: Item, slices: &Item| is_taken(&snapshot(&[t("counter"), window], &[], &[], &point, slices));
    for good in [&[0][..], &[1, 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
        assert!(of(n(12), &slices(good)), "{good:?}");
    }
    let thirteen: Vec<i64> = (0..13).collect();
    for bad in [&[][..], &[0, 12], &[2, 1], &[1, 1], &[0, 1 << 40], &thirteen] {
        assert!(!of(n(12), &slices(bad)), "{bad:?}");
    }
    assert!(!of(null(), &slices(&[1])), "without a window");
    let empty = list(&[n(1), list(&[sum(0), null(), list(&[])])]);
    let with_exemplar = list(&[n(1), list(&[sum(1), null(), list(&[exemplar(0, 1.0, 1, 1)])])]);
    assert!(!of(n(12), &list(&[empty])) && !of(n(12), &list(&[with_exemplar])), "a slice of nothing, or with an exemplar");
    assert!(!of(n(11), &slices(&[1])) && !of(Item(head(0, 1 << 63)), &slices(&[1])), "no window is that long or short");
    // A slice of 10 ns may have the number of the last moment and no higher one.
    assert!(of(n(120), &slices(&[i64::MAX / 10])) && !of(n(120), &slices(&[i64::MAX / 10 + 1])));
    let of_gauge = |window: Item, slices: Item| is_taken(&snapshot(&[t("gauge"), window], &[], &[], &point_of_gauge, &slices));
    assert!(of_gauge(null(), null()));
    assert!(!of_gauge(n(12), null()) && !of_gauge(null(), list(&[list(&[n(1), point_of_gauge.clone()])])), "a gauge has none");
}

#[test]
fn settings() {
    let summary = |quantiles: &[f64], digits: i64| {
        let quantiles: Vec<Item> = quantiles.iter().map(|quantile| d(*quantile)).collect();
        let nothing = list(&[list(&[]), tally(0, null(), null(), &[])]);
        is_taken(&snapshot(&[t("summary"), null(), list(&quantiles), n(digits)], &[], &[], &nothing, &null()))
    };
    assert!(summary(&[0.0, 0.5, 1.0], 5) && summary(&[], 1));
    assert!(!summary(&[0.5], 0) && !summary(&[0.5], 6) && !summary(&[0.5], 257));
    assert!(!summary(&[0.5, 0.5], 1) && !summary(&[-0.0], 1) && !summary(&[1.5], 1) && !summary(&[f64::NAN], 1));
    let exponential = |size: i64, scale: i64, threshold: f64| {
        let none = list(&[n(0), list(&[])]);
        let nothing = list(&[n(scale), n(0), none.clone(), none, tally(0, null(), null(), &[])]);
        let kind = [t("exponential-histogram"), null(), n(size), n(scale), d(threshold)];
        is_taken(&snapshot(&kind, &[], &[], &nothing, &null()))
    };
    assert!(exponential(2, -10, 0.0) && exponential(1_024, 20, 2.0));
    assert!(!exponential(1, 0, 0.0) && !exponential(1_025, 0, 0.0) && !exponential(2, 21, 0.0) && !exponential(2, -11, 0.0));
    assert!(!exponential(2, 0, -0.0) && !exponential(2, 0, f64::NAN) && !exponential(2, 0, f64::INFINITY) && !exponential(2, 0, -1.0));
}
