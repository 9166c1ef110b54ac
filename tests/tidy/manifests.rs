//! Manifests in which every dependency has its reason and every key a meaning.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{assert_none, files, root};

/// The dependencies of a manifest that say no reason, as `line: text`. Those of the workspace say it
/// where they are declared; the project's own crates need none.
fn without_reason(manifest: &str) -> Vec<String> {
    let (mut is_about_dependencies, mut said_above, mut found) = (false, false, Vec::new());
    for (number, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            is_about_dependencies = section.ends_with("dependencies");
            if section.contains("dependencies.") && !section.contains("'cfg") {
                found.push(format!("{}: {line}", number + 1)); // one line a dependency leaves room for its reason
            }
        } else if is_about_dependencies && line.starts_with(|first: char| first.is_ascii_alphabetic()) && line.contains('=') {
            let is_ours = line.contains("workspace = true") || line.contains("path = ");
            let said_behind = line.rsplit_once(['"', '}']).is_some_and(|(_, behind)| behind.contains("# "));
            if !(is_ours || said_behind || said_above) {
                found.push(format!("{}: {line}", number + 1));
            }
        }
        said_above = line.starts_with("# ");
    }
    found
}

/// What cargo says about the keys of a workspace's manifests that it does not know. Of the commands
/// that say it, `fetch` does least; whether all packages for all platforms are there is no matter.
fn unused_keys(workspace: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO")).args(["fetch", "--offline", "--color=never"]).current_dir(workspace).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().filter(|line| line.contains("unused manifest key")).map(String::from).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let manifests = files(|path| path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
    let found = |path: &str, text: &str| without_reason(text).into_iter().map(|line| format!("{path}:{line}")).collect::<Vec<_>>();
    assert_none(manifests.iter().flat_map(|file| found(&file.path, &file.text)).collect());
}

#[test]
fn cargo_knows_every_key() {
    assert_none(unused_keys(&root()));
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let good = "[package]\nname = \"a\"\n[dependencies]\na = \"1\" # for this\n# for that\nb = { version = \"1\" }\nc.workspace = true\n\
                d = { path = \"d\" }\n[target.'cfg(unix)'.dependencies]\ne = \"1\" # for those\n";
    assert_eq!(without_reason(good), [""; 0]);
    let bad = "[dev-dependencies]\na = \"1\"\nb = \"1\" # said\nc = { version = \"1#\" }\n[dependencies.d]\nversion = \"1\"\n";
    assert_eq!(without_reason(bad), ["2: a = \"1\"", "4: c = { version = \"1#\" }", "5: [dependencies.d]"]);
}

#[test]
fn a_misspelt_key_is_found() {
    let sample = Path::new(env!("CARGO_TARGET_TMPDIR")).join("misspelt-key");
    fs::create_dir_all(sample.join("src")).unwrap();
    fs::write(sample.join("src/lib.rs"), "//! Nothing.\n").unwrap();
    let manifest = "[workspace]\n[package]\nname = \"misspelt-key\"\nedition = \"2024\"\ndefualt-run = \"a\"\n";
    fs::write(sample.join("Cargo.toml"), manifest).unwrap();
    let found = unused_keys(&sample);
    assert!(found.len() == 1 && found[0].contains("defualt-run"), "{found:?}");
}
