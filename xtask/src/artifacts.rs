//! The WebAssembly artefacts: the telemetry component, the test agents, the npm package.
//!
//! They come to lie in `target/components` (`telemetry.wasm` also beside the program, which looks
//! for it there) and in `web/dist`. Deliberately absent: the host, which cargo builds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;
use wit_component::ComponentEncoder;

use crate::{setup, step};

/// Where components lie.
pub(crate) const COMPONENTS: &str = "target/components";
/// Where cargo puts modules.
const MODULES: &str = "target/wasm32-unknown-unknown/guest";
/// Agents for tests and the demo: package names.
const AGENTS: [&str; 4] = ["airline-agent", "borders-agent", "evil-agent", "wasi-otel-agent"];
/// How cargo builds a module.
const AS_GUEST: [&str; 4] = ["--target", setup::TARGET, "--profile", "guest"];

/// Builds all of them.
pub(crate) fn build() -> Result<()> {
    components()?;
    web()
}

/// The workspace but for this program, which is built already, by itself: with the others its dependencies
/// would get other features and be built again, which takes minutes.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// Builds the native programs. All of them, so that the tests find each dependency built with the features that
/// they need, and nothing is built twice.
pub(crate) fn programs() -> Result<()> {
    let words = [&["cargo", "build"][..], &WORKSPACE].concat();
    step::run("build the programs (some minutes the first time: they hold a compiler)", &words)
}

/// Builds the components.
pub(crate) fn components() -> Result<()> {
    setup::wasm_target()?;
    telemetry()?;
    agents(&AGENTS)
}

/// Builds the telemetry component.
pub(crate) fn telemetry() -> Result<()> {
    let ledger = ["cargo", "rustc", "-p", "codomyrmex-telemetry", "--lib", "--features", "component", "--crate-type", "cdylib"];
    step::run("build the telemetry component", &[&ledger[..], &AS_GUEST].concat())?;
    fs::create_dir_all(COMPONENTS)?;
    encode("codomyrmex_telemetry", "telemetry")?;
    fs::create_dir_all("target/debug")?;
    fs::copy(format!("{COMPONENTS}/telemetry.wasm"), "target/debug/telemetry.wasm").context("target/debug/telemetry.wasm")?;
    Ok(())
}

/// Builds agents, by the names of their packages.
pub(crate) fn agents(names: &[&str]) -> Result<()> {
    let packages: Vec<&str> = names.iter().flat_map(|name| ["-p", name]).collect();
    step::run("build the test agents", &[&["cargo", "build", "--lib"][..], &packages, &AS_GUEST].concat())?;
    fs::create_dir_all(COMPONENTS)?;
    names.iter().try_for_each(|name| encode(&name.replace('-', "_"), name))
}

/// Builds the npm package.
pub(crate) fn web() -> Result<()> {
    setup::wasm_target()?;
    setup::npm_packages()?;
    let words = ["cargo", "build", "-p", "codomyrmex-telemetry-web", "--lib"];
    step::run("build the ledger for JavaScript", &[&words[..], &AS_GUEST].concat())?;
    let module = format!("{MODULES}/codomyrmex_telemetry_web.wasm");
    let bound = Bindgen::new()
        .input_path(&module)
        .web(true)
        .and_then(|bindgen| bindgen.omit_default_module_path(false).typescript(true).generate("web/src/generated"));
    bound.map_err(|why| anyhow!("wasm-bindgen over {module}: {why:#}"))?;
    step::run("build the npm package", &["npm", "run", "--prefix", "web", "--silent", "build"])
}

/// Prints the size of what is shipped: as it is, and as networks carry it.
pub(crate) fn print_sizes() -> Result<()> {
    const SCRIPT: &str = "\
        const fs = require('node:fs'), zlib = require('node:zlib');\
        console.log('\\nartefact'.padEnd(56), 'bytes'.padStart(9), 'gzip'.padStart(9), 'brotli'.padStart(9));\
        for (const path of process.argv.slice(1)) {\
            const bytes = fs.readFileSync(path), sizes = [bytes, zlib.gzipSync(bytes, { level: 9 }), zlib.brotliCompressSync(bytes)];\
            console.log(path.padEnd(55), ...sizes.map((size) => String(size.length).padStart(9)));\
        }";
    let telemetry = format!("{COMPONENTS}/telemetry.wasm");
    let agent = format!("{COMPONENTS}/airline-agent.wasm");
    let web = "web/src/generated/codomyrmex_telemetry_web_bg.wasm";
    let table = step::capture(&["node", "-e", SCRIPT, &telemetry, &agent, web, "web/src/generated/codomyrmex_telemetry_web.js"])?;
    step::say(table.trim_end());
    Ok(())
}

/// Makes a component out of a module. It is written only where it changed, so that a program that
/// reads it by its time does not do its work again for nothing.
fn encode(module: &str, name: &str) -> Result<()> {
    let from = format!("{MODULES}/{module}.wasm");
    let bytes = fs::read(&from).with_context(|| from.clone())?;
    let encoded = ComponentEncoder::default().validate(true).module(&bytes).and_then(|encoder| encoder.encode());
    let component = encoded.with_context(|| format!("{from} as a component"))?;
    let to = format!("{COMPONENTS}/{name}.wasm");
    if fs::read(Path::new(&to)).is_ok_and(|there| there == component) {
        return Ok(());
    }
    fs::write(&to, component).with_context(|| to.clone())
}
