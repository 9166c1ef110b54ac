//! What has to be on a machine, and how it gets there.
//!
//! A fresh machine has Rust (by rustup) and Node. The rest is added here, by the step that needs it.
//! What cannot be had is said loudly; in CI, where `CI` is set, that is a failure. Deliberately
//! absent: versions of npm packages (package-lock.json has them) and of crates (Cargo.lock).

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::step;

/// The target of all WebAssembly here: it brings no imports of its own.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const CARGO_DENY: &str = "0.20.2";

/// Adds the WebAssembly target where it is missing.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = step::capture(&["rustc", "--print", "sysroot"])?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    step::run("add the WebAssembly target", &["rustup", "target", "add", TARGET])
}

/// Adds parts of the toolchain where they are missing.
pub(crate) fn rust_component(name: &str, probe: &[&str]) -> Result<()> {
    if step::works(probe) {
        return Ok(());
    }
    step::run(&format!("add {name}"), &["rustup", "component", "add", name])
}

/// Installs the npm packages, where the lock file is newer than what is installed.
pub(crate) fn npm_packages() -> Result<()> {
    npm_packages_of("install npm packages", "web")
}

/// Installs the npm packages of a folder, where its lock file is newer than what is installed.
fn npm_packages_of(title: &str, folder: &str) -> Result<()> {
    if !step::works(&["node", "--version"]) || !step::works(&["npm", "--version"]) {
        bail!("node and npm are needed (Node 20 or newer); install them and run this again");
    }
    npm_ci(title, folder, &[])
}

/// Installs what a lock file names, unless that is what was installed last.
fn npm_ci(title: &str, folder: &str, words: &[&str]) -> Result<()> {
    let [lock, installed] = ["package-lock.json", "node_modules/.installed"].map(|name| step::root().join(folder).join(name));
    let wanted = std::fs::read(&lock)?;
    if std::fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step::run(title, &[&["npm", "ci", "--prefix", folder, "--no-audit", "--no-fund"][..], words].concat())?;
    Ok(std::fs::write(&installed, wanted)?)
}

/// Finds Chromium, or installs it where that is possible. `None` where it cannot be had.
pub(crate) fn chromium() -> Option<String> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Some(path);
    }
    let find = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| step::works(&[name, "--version"]));
    if let Some(found) = find() {
        return which(found);
    }
    if step::works(&["apt-get", "--version"]) && step::capture(&["id", "-u"]).is_ok_and(|id| id.trim() == "0") {
        let installed = step::run("look up Debian's packages", &["apt-get", "update", "-qq"])
            .and_then(|()| step::run("install Chromium", &["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]));
        if let Err(error) = installed {
            step::complain(&format!("{error:#}"));
        }
    }
    find().and_then(which)
}

/// Makes a Python environment below `target` with the official parsers that judge what is exported. The
/// answer is its interpreter.
pub(crate) fn judges() -> Result<String> {
    python_packages("the judges", "target/judges", "tests/judges/requirements.txt")
}

/// Installs a collector of OpenTelemetry below `target`. The answer is how to call it.
pub(crate) fn collector() -> Result<String> {
    let python = python_packages("a collector", "target/judges/collector", "tests/judges/collector/requirements.txt")?;
    let place = ["-c", "import rotel, os; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))"];
    let program = step::capture(&[&[python.as_str()][..], &place].concat())?.trim().to_owned();
    if !step::works(&[&program, "--version"]) {
        bail!("the collector was installed, but {program} does not start here");
    }
    Ok(program)
}

/// Installs the maker of components from JavaScript beside an agent's source. The answer is how to call it.
pub(crate) fn componentize_js(folder: &str) -> Result<String> {
    npm_packages_of("install componentize-js", folder)?;
    Ok(format!("{folder}/node_modules/.bin/componentize-js"))
}

/// Installs the maker of components from Python in an environment below `target`. The answer is how to call it.
pub(crate) fn componentize_py(folder: &str) -> Result<String> {
    let python = python_packages("componentize-py", "target/tools/python", &format!("{folder}/requirements.txt"))?;
    Ok(python.replace("bin/python", "bin/componentize-py"))
}

/// Makes a Python environment in a folder, with the packages of a list. The answer is its interpreter.
fn python_packages(name: &str, folder: &str, list: &str) -> Result<String> {
    let own = step::root().join(folder).join("bin/python").display().to_string();
    let installed = step::root().join(folder).join("requirements.txt");
    let wanted = std::fs::read(step::root().join(list)).with_context(|| list.to_string())?;
    if std::fs::read(&installed).is_ok_and(|installed| installed == wanted) && step::works(&[&own, "--version"]) {
        return Ok(own);
    }
    if !step::works(&["python3", "--version"]) {
        bail!("there is no python3; install it with venv (Debian: python3-venv)");
    }
    step::run(&format!("make a Python environment for {name}"), &["python3", "-m", "venv", folder])
        .context("python3 is there, but its venv is not or does not work (Debian: python3-venv)")?;
    step::run(&format!("install {name}"), &[&own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", list])
        .with_context(|| format!("pip could not install {list}"))?;
    std::fs::write(&installed, wanted).with_context(|| installed.display().to_string())?;
    Ok(own)
}

/// Downloads Prometheus from Debian's packages and unpacks it below `target/tools`. It is not installed, as
/// that would start a service. The answer is the folder with `prometheus` and `promtool`; `None` where they
/// cannot be had.
pub(crate) fn prometheus() -> Option<String> {
    let folder = step::root().join("target/tools/prometheus");
    let programs = folder.join("usr/bin").display().to_string();
    let is_there = || ["prometheus", "promtool"].iter().all(|name| step::works(&[&format!("{programs}/{name}"), "--version"]));
    if is_there() {
        return Some(programs);
    }
    if !step::works(&["apt-get", "--version"]) || !step::works(&["dpkg", "--version"]) {
        return None;
    }
    let shown = folder.display().to_string();
    let download = || {
        let _ = std::fs::remove_dir_all(&folder); // it may not be there
        std::fs::create_dir_all(&folder)?;
        step::run("download Prometheus", &["env", "-C", &shown, "apt-get", "download", "-qq", "prometheus"])
    };
    let had = download().or_else(|error| {
        // Debian's lists may be missing or old, and only root may fetch them.
        if !step::capture(&["id", "-u"]).is_ok_and(|id| id.trim() == "0") {
            return Err(error);
        }
        step::run("look up Debian's packages", &["apt-get", "update", "-qq"]).and_then(|()| download())
    });
    let unpacked = had.and_then(|()| step::run("unpack it", &["env", "-C", &shown, "sh", "-c", "dpkg -x prometheus_*.deb ."]));
    if let Err(error) = unpacked {
        step::complain(&format!("{error:#}"));
    }
    if is_there() { Some(programs) } else { None }
}

/// Installs StatsD's own server, where its lock file is newer than what is installed. The answer is its
/// package's folder.
pub(crate) fn statsd() -> Result<String> {
    const FOLDER: &str = "target/judges/statsd";
    std::fs::create_dir_all(step::root().join(FOLDER))?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(step::root().join("tests/judges/statsd").join(file), step::root().join(FOLDER).join(file))?;
    }
    npm_ci("install StatsD", FOLDER, &["--omit=optional"])?;
    Ok(format!("{FOLDER}/node_modules/statsd"))
}

/// Installs cargo-deny below `target/tools`, where no other is at hand. The answer is how to call it. It is built in
/// a folder of its own and without a word, so that it can be done beside other steps.
pub(crate) fn cargo_deny() -> Result<String> {
    if step::works(&["cargo", "deny", "--version"]) {
        return Ok("cargo-deny".into());
    }
    let own = step::root().join("target/tools/bin/cargo-deny").display().to_string();
    if !step::works(&[&own, "--version"]) {
        let words = ["cargo", "install", "cargo-deny", "--quiet", "--debug", "--locked", "--version", CARGO_DENY];
        let folders = ["--root", "target/tools", "--target-dir", "target/tools/build"];
        step::run("install cargo-deny (some minutes, once; beside what follows)", &[&words[..], &folders].concat())?;
    }
    Ok(own)
}

/// Whether this is continuous integration, which must not leave anything out that it could do.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

fn which(name: &str) -> Option<String> {
    let path = step::capture(&["sh", "-c", &format!("command -v {name}")]).ok()?;
    Some(path.trim().into())
}
