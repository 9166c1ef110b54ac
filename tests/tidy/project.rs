//! The project's files, as git sees them: those tracked, and new ones that are not ignored.

use std::path::PathBuf;
use std::process::Command;

/// A file of the project that holds text.
pub(crate) struct File {
    /// Its path from the project's root, with forward slashes.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The paths of all files, from the root.
pub(crate) fn paths() -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-co", "--exclude-standard", "-z"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    // A file that was deleted and not yet committed as such is listed, too.
    listed.split('\0').filter(|path| !path.is_empty() && root().join(path).is_file()).map(String::from).collect()
}

/// The files that hold text and whose path is wanted.
pub(crate) fn files(wanted: impl Fn(&str) -> bool) -> Vec<File> {
    let text = |path: String| std::fs::read_to_string(root().join(&path)).ok().map(|text| File { path, text });
    paths().into_iter().filter(|path| wanted(path)).filter_map(text).collect()
}

/// Whether a path ends in one of these.
pub(crate) fn has_ending(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.ends_with(ending))
}

/// Fails with all that was found, one a line.
pub(crate) fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_listing_sees_the_project() {
    let paths = paths();
    for path in ["src/lib.rs", "wit/world.wit", "tests/tidy/project.rs", "Cargo.lock"] {
        assert!(paths.iter().any(|listed| listed == path), "{path}");
    }
    assert!(files(|path| path == "src/lib.rs")[0].text.starts_with("//! One telemetry ledger"));
}
