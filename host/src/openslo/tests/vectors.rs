//! The files of others: counted, and taken or refused as upstream does.

use std::fs;
use std::path::PathBuf;

use super::*;

/// The folder with the vectors; `None`, told, where there is none.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CODOMYRMEX_VECTORS").map(|folder| PathBuf::from(folder).join("openslo"));
    if folder.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that looks at nothing must say so")]
        {
            eprintln!("CODOMYRMEX_VECTORS is not set: OpenSLO's files are not read");
        }
    }
    folder
}

#[test]
fn every_file_is_taken_or_refused_as_upstream_does() {
    let Some(folder) = folder() else { return };
    let index: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let files = index.as_array().unwrap();
    assert_eq!(files.len(), 46);
    let mut valid = 0;
    for entry in files {
        let name = entry["file"].as_str().unwrap();
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let objects: usize = yaml::read(name, &text)
            .unwrap()
            .iter()
            .map(|document| match &document.root.value {
                yaml::Value::List(items) => items.len(),
                _ => 1,
            })
            .sum();
        assert_eq!(objects as u64, entry["objects"].as_u64().unwrap(), "{name}");
        let outcome = import_all([(name, text.as_str())]);
        assert_eq!(outcome, import_all([(name, text.as_str())]), "{name}");
        match (&outcome, entry["valid"].as_bool()) {
            (Ok(imported), Some(true) | None) => {
                valid += 1;
                assert_eq!(imported.objects.values().sum::<usize>(), objects, "{name}");
                let exported = export(&imported.objectives).unwrap();
                let again = import(&exported).unwrap();
                assert_eq!((&again.objectives, again.left_out.len()), (&imported.objectives, 0), "{name}");
                if let Some(unresolved) = entry["unresolved"].as_str() {
                    let (kind, missing) = unresolved.split_once(' ').unwrap();
                    let sentence = format!("no {kind} has the name '{missing}' in what was read");
                    assert!(imported.left_out.iter().any(|left| left.why == sentence), "{name}: {:?}", imported.left_out);
                }
            }
            (Err(_), Some(false)) => {}
            (outcome, expected) => panic!("{name}: {outcome:?}, and upstream says {expected:?}"),
        }
    }
    assert_eq!(valid, 42);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let Some(folder) = folder() else { return };
    for (name, expected) in [
        ("oslo/validate/mix/2.yaml", "document 1, line 4, Service 1: metadata.name: 'example service' is no name"),
        ("oslo/validate/recursive/1.yaml", "document 1, line 4, Service 1: metadata.name: 'example service' is no name"),
        ("oslo/validate/unknown-field.yaml", "document 1, line 4, Service 1: metadata.name: 'my-rad service' is no name"),
        ("oslo/validate/v1.yaml", "Service 3: metadata.name: 'example service' is no name"),
    ] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let said = refused(&text);
        assert!(said.contains(expected), "{name}: {said}");
    }
}

#[test]
fn the_examples_of_the_specification_hold_their_arithmetic() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| fs::read_to_string(folder.join("spec").join(name)).unwrap();
    // As they are, with a zone that has no one offset: the window is not theirs to give.
    let one = |text: &str| {
        let mut imported = import(text).unwrap();
        assert_eq!(imported.objectives.len(), 1, "{:?}", imported.left_out);
        imported.objectives.remove(0)
    };
    let search = one(&read("budgeting-method/occurences-slo.yaml"));
    assert_eq!((search.window, search.target), (Window::Rolling { slots: 20_160 }, ratio("99%")));
    assert_eq!(search.indicator, Indicator::Threshold(Comparison::Below, Double::new(500.0)));
    let page = one(&read("budgeting-method/ratio-timeslices.yaml"));
    let slots = page.budgeting.slice_slots().unwrap();
    assert_eq!((page.window.slots_max() / slots, page.target), (20_160, ratio("99%")));
    // Two weeks hold 20,160 slices of a minute; at 95 % the budget is 16 h 48 min.
    let weeks = slo(&[
        ("window", "[{duration: 2w, isRolling: true}]"),
        ("method", "Timeslices"),
        ("objectives", "[{target: 0.95, timeSliceTarget: 0.95, timeSliceWindow: 1m}]"),
    ]);
    assert_eq!(budget_seconds(&one(&weeks)), (20_160, 16 * 3_600 + 48 * 60));
    // One week holds 10,080; at 99.95 % it is 5 min 2.4 s. New York is moved to UTC, Saturday noon to Monday.
    let low = read("treat-low-traffic-as-equally-important/timeslices-slo.yaml");
    assert!(import(&low).unwrap().objectives.is_empty());
    let low = one(&low.replace("America/New_York", "UTC").replace("2022-01-01 12:00:00", "2022-01-03 00:00:00"));
    assert_eq!(low.budgeting, Budgeting::Timeslices { slots: 1, target: ratio("95%"), missing: Missing::Ignored });
    assert_eq!((low.window.slots_max(), low.target), (10_080, ratio("1999/2000")));
    let tenths = 10_080 * 600 * (low.target.denominator() - low.target.numerator());
    assert_eq!(tenths, 3_024 * low.target.denominator());
}

/// How many slices a window holds, and for how many seconds of them may be bad.
fn budget_seconds(objective: &Objective) -> (u64, u64) {
    let slots = objective.budgeting.slice_slots().unwrap();
    let slices = objective.window.slots_max() / slots;
    let (n, d) = (objective.target.numerator(), objective.target.denominator());
    assert_eq!(slices * slots * 60 * (d - n) % d, 0);
    (slices, slices * slots * 60 * (d - n) / d)
}
