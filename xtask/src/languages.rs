//! Agents in other languages: JavaScript and Python, each made a component by its language's own tool.
//!
//! A tool that cannot be had is skipped with its reason, and so are the tests of what it would have made. An agent
//! is made again only where its source, its tool or the contract changed, as each takes half a minute.
//! Deliberately absent: agents in Rust, which `artifacts` builds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::artifacts::COMPONENTS;
use crate::test::Tally;
use crate::{setup, step};

/// An agent and what makes it.
struct Agent {
    /// The name of its component.
    name: &'static str,
    /// Where its source lies.
    folder: &'static str,
    /// The files there that the component follows from, beside the contract.
    sources: [&'static str; 2],
    /// Installs the tool. The answer is how to call it.
    tool: fn(&str) -> Result<String>,
    /// The words for the tool, but for its own name and the component.
    words: &'static [&'static str],
}

const AGENTS: [Agent; 2] = [
    Agent {
        name: "javascript-agent",
        folder: "tests/agents/javascript",
        sources: ["agent.js", "package-lock.json"],
        tool: setup::componentize_js,
        // Without these features of the engine no WASI is imported.
        words: &[
            "tests/agents/javascript/agent.js",
            "--wit",
            "wit",
            "--world-name",
            "line-agent",
            "--disable",
            "stdio",
            "random",
            "clocks",
            "http",
            "fetch-event",
            "--out",
        ],
    },
    Agent {
        name: "python-agent",
        folder: "tests/agents/python",
        sources: ["agent.py", "requirements.txt"],
        tool: setup::componentize_py,
        words: &["--wit-path", "wit", "--world", "line-agent", "componentize", "agent", "--python-path", "tests/agents/python", "--output"],
    },
];

/// Makes them all.
pub(crate) fn build(tally: &mut Tally) {
    AGENTS.iter().for_each(|agent| agent.build(tally));
}

impl Agent {
    fn build(&self, tally: &mut Tally) {
        let component = format!("{COMPONENTS}/{}.wasm", self.name);
        let mark = format!("{COMPONENTS}/{}.inputs", self.name);
        let inputs = match self.inputs() {
            Ok(inputs) => inputs,
            Err(error) => return tally.fail(self.name, &format!("{error:#}"), 1),
        };
        if Path::new(&component).exists() && fs::read(&mark).is_ok_and(|there| there == inputs) {
            return;
        }
        let _ = fs::remove_file(&component); // it may not be there; an old one would be tested as if it were this one
        match (self.tool)(self.folder) {
            Ok(tool) => tally.check(self.name, || {
                step::run(&format!("make {}.wasm", self.name), &[&[tool.as_str()][..], self.words, &[&component]].concat())?;
                fs::write(&mark, &inputs).with_context(|| mark.clone())
            }),
            Err(error) => tally.skip(self.name, &format!("its tool could not be installed: {error:#}")),
        }
    }

    /// All that the component follows from, one file after the other.
    fn inputs(&self) -> Result<Vec<u8>> {
        let mut paths: Vec<_> = self.sources.iter().map(|name| Path::new(self.folder).join(name)).collect();
        let mut contract = fs::read_dir("wit")?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        contract.retain(|path| path.is_file()); // of WASI an agent of this world says nothing
        contract.sort();
        paths.append(&mut contract);
        let mut inputs: Vec<u8> = self.words.join(" ").into();
        for path in paths {
            inputs.append(&mut fs::read(&path).with_context(|| path.display().to_string())?);
        }
        Ok(inputs)
    }
}
