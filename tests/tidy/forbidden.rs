//! Words that have no place in the project: what is left to do, what is left out, and where it was
//! made. Each is spelled in two parts here, so that this file is as clean as the others.

use crate::project::{File, assert_none, files, has_ending};
use crate::rust_text::code;

/// Written by programs; their hashes may spell anything.
const LOCK_FILES: [&str; 2] = ["Cargo.lock", "package-lock.json"];

const LEFT_TO_DO: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const LEFT_IN_CODE: [&str; 4] = [concat!("dbg", "!"), concat!("todo", "!"), concat!("unimplemented", "!"), concat!("#[ign", "ore")];
const LEFT_OUT_OF_TESTS: [&str; 2] = [concat!(".sk", "ip("), concat!(".on", "ly(")];
const MACHINES: [&str; 4] = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/t", "mp/"), concat!("/ho", "me/")];
/// How an address of a package registry begins, and the key under which npm would write one.
const REGISTRIES: [&str; 2] = [concat!("//regi", "stry."), concat!("\"resol", "ved\"")];

/// Where a word stands in a text, as `path:line: word`. With `alone`, not within a longer word.
fn find(file: &File, text: &str, words: &[&str], alone: bool) -> Vec<String> {
    let is_letter = |character: char| character.is_alphanumeric() || character == '_';
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in words {
            let stands = |place: usize| {
                let before = line[..place].ends_with(is_letter);
                let after = line[place + word.len()..].starts_with(is_letter);
                !alone || !(before || after && word.ends_with(is_letter))
            };
            if line.match_indices(word).any(|(place, _)| stands(place)) {
                found.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    found
}

fn is_written_by_hand(path: &str) -> bool {
    !has_ending(path, &LOCK_FILES)
}

/// A path of this machine begins a path: what stands before is no part of one.
fn machine_paths(file: &File) -> Vec<String> {
    let blank = |text: &str| text.replace(['.', '-'], "_");
    MACHINES.iter().flat_map(|machine| find(file, &blank(&file.text), &[machine], true)).collect()
}

fn registries(file: &File) -> Vec<String> {
    find(file, &file.text, &REGISTRIES, false)
}

#[test]
fn nothing_is_left_to_do() {
    let written = files(is_written_by_hand);
    assert_none(written.iter().flat_map(|file| find(file, &file.text, &LEFT_TO_DO, true)).collect());
    let rust = files(|path| path.ends_with(".rs"));
    assert_none(rust.iter().flat_map(|file| find(file, &code(&file.text), &LEFT_IN_CODE, true)).collect());
}

#[test]
fn no_test_of_the_web_part_is_left_out() {
    let tests = files(|path| path.starts_with("web/test/") || path.ends_with(".test.ts"));
    assert_none(tests.iter().flat_map(|file| find(file, &file.text, &LEFT_OUT_OF_TESTS, false)).collect());
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    assert_none(files(is_written_by_hand).iter().flat_map(machine_paths).collect());
}

#[test]
fn no_file_names_the_host_of_a_package_registry() {
    // The package's own test looks for the same key.
    assert_none(files(|path| path != "web/test/package.test.ts").iter().flat_map(registries).collect());
}

#[test]
fn words_are_found_where_they_stand_alone() {
    let file = |text: &str| File { path: "x".into(), text: text.into() };
    let [do_it, fix, _] = LEFT_TO_DO;
    for (text, words, count) in [
        (format!("// {do_it}: later"), &LEFT_TO_DO[..], 1),
        (format!("{fix}\n\n{do_it}"), &LEFT_TO_DO, 2),
        (format!("{do_it}S and MAS{do_it}N"), &LEFT_TO_DO, 0),
        (format!("let x = {}(y);", LEFT_IN_CODE[0]), &LEFT_IN_CODE, 1),
        (format!("{}]", LEFT_IN_CODE[3]), &LEFT_IN_CODE, 1),
    ] {
        assert_eq!(find(&file(&text), &text, words, true).len(), count, "{text}");
    }
    assert_eq!(machine_paths(&file(&format!("see {}x", MACHINES[1]))), [format!("x:1: {}", MACHINES[1])]);
    assert_eq!(machine_paths(&file(&format!("net{}a, my-net{0}a, ..{0}a", MACHINES[1]))).len(), 0);
    assert_eq!(registries(&file(&format!("{}: https:{}x", REGISTRIES[1], REGISTRIES[0]))).len(), 2);
    assert_eq!(registries(&file("the registry of families is resolved")).len(), 0);
}
