//! One step: a program that runs, with its name and its time on the screen.
//!
//! Deliberately absent: knowledge of what the steps are.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "saying what is done is what this file is for")]

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// A line about what is done.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// A line about what is wrong.
pub(crate) fn complain(text: &str) {
    eprintln!("xtask: {text}");
}

/// A program in the root of the repository, from words.
pub(crate) fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    // The artefacts are looked for there, and flags of the caller's would take the place of those in
    // .cargo/config.toml.
    command.env("CARGO_TARGET_DIR", root().join("target")).env_remove("RUSTFLAGS");
    command
}

/// Runs a step whose output goes to the screen as it comes.
pub(crate) fn run(title: &str, words: &[&str]) -> Result<()> {
    let started = Instant::now();
    say(&format!("\n==> {title}\n    {}", words.join(" ")));
    let status = command(words).stdin(Stdio::null()).status().with_context(|| format!("cannot start {}", words.join(" ")))?;
    if !status.success() {
        bail!("{title} failed: {} ({status})", words.join(" "));
    }
    say(&format!("    done in {:.1} s", started.elapsed().as_secs_f64()));
    Ok(())
}

/// Runs a program and gives what it printed on standard output.
pub(crate) fn capture(words: &[&str]) -> Result<String> {
    let output = command(words).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start {}", words.join(" ")))?;
    if !output.status.success() {
        bail!("{} failed ({})", words.join(" "), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and ends well, without a word on the screen.
pub(crate) fn works(words: &[&str]) -> bool {
    let quiet = command(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Runs a program, shows its standard output as it comes, and gives every line of it to `read`.
/// The answer is whether it ended well.
pub(crate) fn watch(title: &str, words: &[&str], mut read: impl FnMut(&str)) -> Result<bool> {
    let started = Instant::now();
    say(&format!("\n==> {title}\n    {}", words.join(" ")));
    let mut child =
        command(words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", words.join(" ")))?;
    if let Some(output) = child.stdout.take() {
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        while lines.by_ref().read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            read(text.trim_end());
            line.clear();
        }
    }
    let status = child.wait()?;
    say(&format!("    {} in {:.1} s", if status.success() { "done" } else { "FAILED" }, started.elapsed().as_secs_f64()));
    Ok(status.success())
}
