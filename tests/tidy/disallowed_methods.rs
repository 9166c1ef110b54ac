//! The list of forbidden float functions, tried on code that calls every one of them.
//!
//! Clippy is silent about a path in that list which names nothing, so a misspelt one would forbid
//! nothing for ever. The code stands in `known-bad/`, outside of the workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::root;

/// The paths that a clippy configuration lists.
fn listed(configuration: &str) -> BTreeSet<String> {
    let paths = configuration.lines().filter_map(|line| line.trim().strip_prefix("{ path = \"")?.split('"').next());
    paths.map(String::from).collect()
}

/// The methods that clippy's output reports, each as often as it does.
fn reported(output: &str) -> Vec<String> {
    let named = output.lines().filter_map(|line| line.split_once("disallowed method `")?.1.split('`').next());
    named.map(String::from).collect()
}

#[test]
fn every_forbidden_method_is_reported() {
    let crate_root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known-bad");
    fs::create_dir_all(crate_root.join("src")).unwrap();
    for file in ["Cargo.toml", "src/lib.rs"] {
        fs::copy(root().join("tests/tidy/known-bad").join(file), crate_root.join(file)).unwrap();
    }
    // Clippy reports nothing of a crate that it has checked already.
    fs::remove_dir_all(crate_root.join("target"))
        .or_else(|why| if crate_root.join("target").exists() { Err(why) } else { Ok(()) })
        .unwrap();
    let clippy = Command::new(env!("CARGO"))
        .args(["clippy", "--offline", "--color=never", "--", "-D", "clippy::disallowed_methods"])
        .current_dir(&crate_root)
        .env("CLIPPY_CONF_DIR", root())
        .env("CARGO_TARGET_DIR", crate_root.join("target"))
        .env_remove("RUSTFLAGS") // what the caller forbids of warnings is no concern here
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&clippy.stderr);
    let expected = listed(&fs::read_to_string(root().join(".clippy.toml")).unwrap());
    let reported = reported(&output);
    assert!(!clippy.status.success(), "{output}");
    assert_eq!(reported.iter().cloned().collect::<BTreeSet<_>>(), expected, "{output}");
    assert_eq!(reported.len(), expected.len(), "{output}");
}

#[test]
fn lists_and_reports_are_read() {
    let configuration = "allow = true\ndisallowed-methods = [\n    { path = \"f64::exp\", reason = \"a\" },\n]\n";
    assert_eq!(listed(configuration), BTreeSet::from(["f64::exp".to_string()]));
    assert_eq!(reported("error: use of a disallowed method `f64::exp`\n --> x\nwarning: another\n"), ["f64::exp"]);
}
