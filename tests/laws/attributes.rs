//! Law: attributes are a map from keys to values, whatever was set, in whatever order.
//!
//! Deliberately absent: what a span takes of them; see `values`.

use std::collections::BTreeMap;

use codomyrmex_telemetry::{Attributes, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// What is done to attributes.
#[derive(Clone, Debug)]
enum Step {
    Insert(String, i64),
    Extend(Vec<(String, i64)>),
    Remove(String),
    PopLast,
}

/// Few keys, so that they meet; some differ only past the bytes that are kept in place.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]", "[ab]{0,2}", "x{22,25}[ab]?", "[ü€]"]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (key(), any::<i64>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => vec((key(), any::<i64>()), 0..6).prop_map(Step::Extend),
        2 => key().prop_map(Step::Remove),
        1 => Just(Step::PopLast),
    ]
}

fn value(value: i64) -> Value {
    value.into()
}

proptest! {
    #[test]
    fn attributes_do_as_a_map_does(steps in vec(step(), 0..24), wanted in key()) {
        let (mut attributes, mut map) = (Attributes::new(), BTreeMap::<String, Value>::new());
        for step in steps {
            match step {
                Step::Insert(key, number) => {
                    prop_assert_eq!(attributes.insert(key.as_str().into(), value(number)), map.insert(key, value(number)));
                }
                Step::Extend(pairs) => {
                    attributes.extend(pairs.iter().map(|(key, number)| (key.into(), value(*number))));
                    map.extend(pairs.into_iter().map(|(key, number)| (key, value(number))));
                }
                Step::Remove(key) => prop_assert_eq!(attributes.remove(&key), map.remove(&key)),
                Step::PopLast => {
                    let popped = attributes.pop_last().map(|(key, value)| (String::from(key), value));
                    prop_assert_eq!(popped, map.pop_last());
                }
            }
            prop_assert_eq!(attributes.get(&wanted), map.get(&wanted));
            prop_assert_eq!(attributes.contains_key(&wanted), map.contains_key(&wanted));
        }
        let pairs: Vec<(String, Value)> = attributes.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
        prop_assert_eq!((attributes.len(), attributes.is_empty()), (map.len(), map.is_empty()));
        prop_assert!(attributes.keys().map(|key| key.as_str()).eq(map.keys()));
        prop_assert!(attributes.values().eq(map.values()));
        prop_assert_eq!(pairs, map.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn attributes_have_the_order_of_maps(one in vec((key(), 0..2i64), 0..4), other in vec((key(), 0..2i64), 0..4)) {
        let attributes = |pairs: &[(String, i64)]| -> Attributes { pairs.iter().map(|(key, number)| (key.into(), value(*number))).collect() };
        let map = |pairs: &[(String, i64)]| -> BTreeMap<String, Value> { pairs.iter().map(|(key, number)| (key.clone(), value(*number))).collect() };
        prop_assert_eq!(attributes(&one).cmp(&attributes(&other)), map(&one).cmp(&map(&other)));
    }
}
