//! What comes out of headers, goes into headers and comes out again is the same; and whatever comes in, there
//! is a bound and no panic.
//!
//! The oracles read the grammars of W3C Trace Context and W3C Baggage character by character, or keep plain
//! lists. Deliberately absent: a trace that goes on through a ledger (`w3c_vectors`).

use codomyrmex_telemetry::limits::{BAGGAGE_BYTES_MAX, BAGGAGE_MEMBERS_MAX, TRACE_STATE_BYTES_MAX, TRACE_STATE_MEMBERS_MAX};
use codomyrmex_telemetry::tracer::{
    Baggage, BaggageEntry, Extracted, TraceParent, TraceState, extract, extract_environment, inject, inject_environment,
};
use codomyrmex_telemetry::{Outcome, Ratio, SpanContext, SpanId, TraceId};
use codomyrmex_telemetry_tests::cases;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const PARENT: &str = "00-5c0ffee000000000a1b2c3d4e5f60718-00fa11ed00c0ffee-01";

/// Whether a header is a traceparent, by its grammar.
fn is_parent(header: &str) -> bool {
    let shape = "vv-tttttttttttttttttttttttttttttttt-pppppppppppppppp-ff";
    let characters: Vec<char> = header.trim_matches([' ', '\t']).chars().collect();
    let fits = shape.chars().zip(&characters).all(|(wanted, is)| match wanted {
        '-' => *is == '-',
        _ => is.is_ascii_digit() || ('a'..='f').contains(is),
    });
    let field = |name: char| shape.chars().zip(&characters).filter(move |(field, _)| *field == name).map(|(_, is)| *is);
    let version: String = field('v').collect();
    let ends_well = match characters.get(shape.len()) {
        None => true,
        Some(next) => version != "00" && *next == '-',
    };
    let is_zero = |name| field(name).all(|digit| digit == '0');
    characters.len() >= shape.len() && fits && ends_well && version != "ff" && !is_zero('t') && !is_zero('p')
}

/// The members of headers that are one tracestate, by its grammar; `None` where it is broken.
fn members(headers: &[String]) -> Option<Vec<(String, String)>> {
    let joined = headers.join(",");
    let texts: Vec<&str> = joined.split(',').map(|text| text.trim_matches([' ', '\t'])).filter(|text| !text.is_empty()).collect();
    let mut members: Vec<(String, String)> = Vec::new();
    for text in &texts {
        let place = text.find('=')?;
        let (key, value) = (&text[..place], &text[place + 1..]);
        let key_fits = key.chars().enumerate().all(|(at, c)| matches!(c, 'a'..='z' | '0'..='9') || (at > 0 && "_-*/@".contains(c)));
        let value_fits = value.chars().all(|c| matches!(c, ' '..='~') && c != '=') && !value.ends_with(' ');
        if !key_fits || !value_fits || !(1..=256).contains(&key.len()) || !(1..=256).contains(&value.len()) {
            return None;
        }
        if members.iter().all(|(found, _)| found != key) {
            members.push((key.into(), value.into()));
        }
    }
    (texts.len() <= TRACE_STATE_MEMBERS_MAX).then_some(members)
}

/// A traceparent with some characters replaced, taken out or added.
fn near_parents() -> impl Strategy<Value = String> {
    let headers = select(vec![PARENT.to_string(), PARENT.replacen("00", "7f", 1), format!("7f{}-more", &PARENT[2..])]);
    let changes = vec((any::<Index>(), select(vec!["", "0", "f", "g", "F", "-", ".", " ", "é", "00"]), any::<bool>()), 0..3);
    (headers, changes).prop_map(|(header, changes)| {
        changes.into_iter().fold(header, |header, (at, text, is_added)| {
            let mut characters: Vec<String> = header.chars().map(String::from).collect();
            let at = at.index(characters.len());
            characters[at] = if is_added { format!("{text}{}", characters[at]) } else { text.into() };
            characters.concat()
        })
    })
}

/// Texts that are nearly a tracestate.
fn near_states() -> impl Strategy<Value = Vec<String>> {
    let member = prop_oneof![
        8 => "[a-c][a-c0-9_*/@-]{0,3}=[ -+.-<>-~]{0,5}[!-+.-<>-~]",
        1 => "[a-cA@ ]{1,3}=?[a =,\té]{0,4}",
        1 => select(vec![String::new(), " \t".into(), "k".repeat(257) + "=v", "k=".to_string() + &"v".repeat(256)]),
    ];
    vec(vec(member, 0..12).prop_map(|members| members.join(",")), 0..5)
}

fn contexts() -> impl Strategy<Value = SpanContext> {
    (1u128.., 1u64.., any::<u8>(), prop_oneof![Just(String::new()), "[a-c]=[a-z]{1,4}(,[d-f]=[a-z]{1,256}){0,3}"]).prop_map(
        |(trace, span, trace_flags, trace_state)| SpanContext {
            trace_id: TraceId::new(trace).unwrap(),
            span_id: SpanId::new(span).unwrap(),
            trace_flags,
            trace_state,
        },
    )
}

fn entries() -> impl Strategy<Value = BaggageEntry> {
    let metadata = prop_oneof![3 => Just(String::new()), 1 => "[a-z!#$]{1,4}(=[!a-z=%]{0,4})?(;[A-Z|~^]{1,3}){0,2}"];
    ("[a-d!#$%&'*+.^_`|~-]{1,2}", any::<String>(), metadata).prop_map(|(key, value, metadata)| BaggageEntry { key, value, metadata })
}

/// Headers of names that are read, with anything in them.
fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = select(vec!["traceparent", "TraceParent", "tracestate", "baggage", "BAGGAGE", "TRACESTATE", "x"]).prop_map(String::from);
    let lossy = vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let repeated =
        (".{1,5}", select(vec![",", ";", "=", " ", "a=1,"]), 0usize..20_000).prop_map(|(text, more, times)| text + &more.repeat(times));
    let state = near_states().prop_map(|headers| headers.join(","));
    let baggage = vec(("[a-z%]{1,3}", ".{0,20}"), 0..90)
        .prop_map(|members| members.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","));
    vec((name, prop_oneof![lossy, repeated, state, baggage, near_parents(), Just(PARENT.to_string())]), 0..8)
}

fn pairs(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn a_parent_is_read_if_and_only_if_it_is_one(header in near_parents()) {
        let parent = TraceParent::parse(&header);
        prop_assert_eq!(parent.is_some(), is_parent(&header), "{}", header);
        if let Some(parent) = parent {
            let sent = parent.to_string();
            prop_assert_eq!(&sent[2..53], &header.trim_matches([' ', '\t'])[2..53]);
            prop_assert_eq!(TraceParent::parse(&sent), Some(parent));
        }
    }

    #[test]
    fn a_state_is_read_as_its_grammar_says(headers in near_states()) {
        let came = extract([("traceparent", PARENT)].into_iter().chain(headers.iter().map(|header| ("tracestate", header.as_str()))));
        let (context, expected) = (came.context.unwrap(), members(&headers).unwrap_or_default());
        let state = TraceState::parse(&context.trace_state).unwrap();
        let kept: Vec<(String, String)> = state.iter().map(|(key, value)| (key.into(), value.into())).collect();
        prop_assert_eq!(kept.len() + came.dropped as usize, expected.len());
        prop_assert!(came.dropped > 0 || kept == expected, "{:?}", headers);
        prop_assert!(context.trace_state.len() <= TRACE_STATE_BYTES_MAX);
        prop_assert_eq!(TraceState::parse(&headers.join(",")).is_some(), members(&headers).is_some());
        // What is left is in the order in which it came.
        let mut rest = expected.iter();
        prop_assert!(kept.iter().all(|member| rest.any(|other| other == member)));
    }

    #[test]
    fn a_state_is_a_list_that_is_written_at_its_front(steps in vec(("[a-e]", "[a-z ]{0,2}[a-z]", any::<bool>()), 0..40)) {
        let (mut state, mut list) = (TraceState::default(), Vec::new());
        for (key, value, is_set) in steps {
            let was_there = list.iter().any(|(found, _)| *found == key);
            list.retain(|(found, _)| *found != key);
            if is_set {
                prop_assert_eq!(state.insert(&key, &value), Ok(0));
                list.insert(0, (key, value));
            } else {
                prop_assert_eq!(state.remove(&key), was_there);
            }
        }
        prop_assert_eq!(state.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect::<Vec<_>>(), list);
    }

    #[test]
    fn a_threshold_is_said_exactly(
        threshold in prop_oneof![0..1u64 << 56, (0..1u64 << 12).prop_map(|high| high << 44)],
        before in "(ot=(th:[0-9a-f]{0,3};)?rv:[0-9a-f]{14}(;p:[0-9]){0,2},)?a=1",
    ) {
        let mut state = TraceState::parse(&before).unwrap();
        let random = state.random();
        prop_assert_eq!(state.set_threshold(Some(threshold)), Outcome::Recorded);
        prop_assert_eq!((state.threshold(), state.random(), state.get("a")), (Some(threshold), random, Some("1")));
        prop_assert_eq!(TraceState::parse(&state.to_string()), Some(state.clone()));
        let count = state.adjusted_count().unwrap();
        let (above, below) = (u128::from(count.numerator()), u128::from(count.denominator()));
        prop_assert_eq!(above * ((1 << 56) - u128::from(threshold)), below << 56);
        prop_assert!(count >= Ratio::new(1, 1).unwrap() || above >= below);
        prop_assert_eq!(state.set_threshold(None), Outcome::Recorded);
        prop_assert_eq!((state.threshold(), state.random(), state.adjusted_count()), (None, random, None));
    }

    #[test]
    fn baggage_is_a_list_of_any_values_by_key(steps in vec((entries(), 0..5u8), 0..12)) {
        let (mut baggage, mut list) = (Baggage::default(), Vec::<BaggageEntry>::new());
        for (entry, what) in steps {
            let place = list.iter().position(|found| found.key == entry.key);
            if what == 0 {
                prop_assert_eq!(baggage.remove(&entry.key), place.is_some());
                place.map(|place| list.remove(place));
            } else if baggage.set(entry.clone()) == Outcome::Recorded {
                match place {
                    Some(place) => list[place] = entry,
                    None => list.push(entry),
                }
            } else {
                prop_assert!(baggage.to_string().len() + 3 * entry.value.len() + entry.metadata.len() + 4 > BAGGAGE_BYTES_MAX);
            }
        }
        prop_assert_eq!(baggage.iter().collect::<Vec<_>>(), list.clone());
        let mut read = Baggage::default();
        prop_assert_eq!((read.read(&baggage.to_string()), baggage.len()), (0, list.len()));
        prop_assert_eq!(read, baggage);
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn what_is_sent_arrives(context in contexts(), list in vec(entries(), 0..10)) {
        let mut baggage = Baggage::default();
        list.into_iter().for_each(|entry| assert!(matches!(baggage.set(entry), Outcome::Recorded | Outcome::OverLimit)));
        let sent = inject(&context, &baggage);
        let came = extract(sent.iter().map(|(name, value)| (*name, value.as_str())));
        let mut state = TraceState::parse(&context.trace_state).unwrap();
        state.fit();
        let expected = SpanContext { trace_flags: context.trace_flags & 3, trace_state: state.into(), ..context.clone() };
        prop_assert_eq!(&came, &Extracted { context: Some(expected), baggage: baggage.clone(), dropped: 0 });
        let variables = inject_environment(&context, &baggage);
        let came_by_environment =
            extract_environment(variables.iter().filter_map(|(name, value)| value.as_ref().map(|value| (*name, value.as_str()))));
        prop_assert_eq!(came_by_environment, came);
    }

    #[test]
    fn whatever_comes_there_is_a_bound_and_what_is_passed_on_is_taken_as_it_is(headers in headers()) {
        let came = extract(pairs(&headers));
        prop_assert!(came.baggage.len() <= BAGGAGE_MEMBERS_MAX && came.baggage.to_string().len() <= BAGGAGE_BYTES_MAX);
        prop_assert_eq!(came.baggage.iter().count(), came.baggage.len());
        let parents: Vec<&str> = pairs(&headers).filter(|(name, _)| name.eq_ignore_ascii_case("traceparent")).map(|(_, value)| value).collect();
        prop_assert_eq!(came.context.is_some(), parents.len() == 1 && is_parent(parents[0]));
        let Some(context) = came.context else { return Ok(()) };
        prop_assert_eq!(context.check(), Ok(()));
        let sent = inject(&context, &came.baggage);
        for (name, value) in &sent {
            prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{}: {:?}", name, value);
        }
        let again = extract(sent.iter().map(|(name, value)| (*name, value.as_str())));
        prop_assert_eq!(again, Extracted { context: Some(context), baggage: came.baggage, dropped: 0 });
    }
}
