//! Source files that say what they are, that can be read in one sitting, and that somebody wrote.

use crate::project::{assert_none, files, has_ending, paths};

const SOURCES: [&str; 5] = [".rs", ".ts", ".mjs", ".js", ".wit"];

/// Lines of a file.
const LINES_MAX: usize = 400;

fn opens_with_a_comment(text: &str) -> bool {
    ["//", "/**"].iter().any(|opening| text.starts_with(opening))
}

fn is_generated(path: &str) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    folders.contains(&"node_modules") || folders[0] == "target" || path.starts_with("web/dist/") || path.starts_with("web/src/generated/")
}

#[test]
fn every_source_file_opens_with_what_lives_there() {
    let sources = files(|path| has_ending(path, &SOURCES));
    let bare = sources.iter().filter(|file| !opens_with_a_comment(&file.text));
    assert_none(bare.map(|file| format!("{}: opens without a comment that says what lives there", file.path)).collect());
}

#[test]
fn every_source_file_is_short() {
    let sources = files(|path| has_ending(path, &SOURCES));
    let lines = |text: &str| text.lines().count();
    let long = sources.iter().filter(|file| lines(&file.text) >= LINES_MAX);
    assert_none(long.map(|file| format!("{}: {} lines; under {LINES_MAX} is the rule", file.path, lines(&file.text))).collect());
}

#[test]
fn nothing_generated_is_tracked() {
    assert_none(paths().into_iter().filter(|path| is_generated(path)).collect());
}

#[test]
fn the_rules_tell_good_from_bad() {
    for text in ["//! Says what.\n", "/// Says what.\npackage a:b;", "/** Says what. */", "// Says what."] {
        assert!(opens_with_a_comment(text), "{text}");
    }
    for text in ["", "\n//! Late.", "use std::fmt;", "#!/usr/bin/env node\n", "/* */"] {
        assert!(!opens_with_a_comment(text), "{text}");
    }
    for path in ["target/debug/x", "web/node_modules/a/b.js", "web/dist/index.js", "web/src/generated/x.ts"] {
        assert!(is_generated(path), "{path}");
    }
    for path in ["src/target.rs", "web/src/entry/node.ts", "web/distance.ts"] {
        assert!(!is_generated(path), "{path}");
    }
}
