//! Who may import whom: the table in ARCHITECTURE.md, held against every path in `src/`.
//!
//! The table is the fenced block that opens with `imports`. A line `module <- a b` says what a module
//! may import beside itself, a line `name: a b` gives several modules one name. The document is the
//! test's input, so it cannot drift from the code. Deliberately absent: the crate's root, which joins
//! them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::project::{File, assert_none, files, root};
use crate::rust_text::code;

/// For each module, the others that it may import.
type Table = BTreeMap<String, BTreeSet<String>>;

/// The table of a document.
fn table(document: &str) -> Result<Table, String> {
    let block = document.split_once("\n```imports\n").ok_or("there is no block that opens with ```imports")?.1;
    let block = block.split_once("\n```").ok_or("the block does not end")?.0;
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut rules = Vec::new();
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((module, imports)) = line.split_once("<-") {
            rules.push((module.trim(), imports));
        } else if let Some((name, modules)) = line.split_once(':') {
            groups.insert(name.trim(), modules.split_whitespace().collect());
        } else {
            return Err(format!("'{line}' is neither 'module <- a b' nor 'name: a b'"));
        }
    }
    let members =
        |name: &str| groups.get(name).map_or_else(|| vec![name.to_string()], |members| members.iter().map(ToString::to_string).collect());
    let mut table = Table::new();
    for (left, imports) in rules {
        for module in members(left) {
            table.entry(module).or_default().extend(imports.split_whitespace().flat_map(members));
        }
    }
    Ok(table)
}

/// The module of a path below `src/`; `None` for the root.
fn module(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    Some(inner.split('/').next().unwrap_or(inner)).filter(|module| *module != "lib")
}

/// The names at the crate's root and the modules that they come from: re-exports and macros.
fn root_names(sources: &[File]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for source in sources {
        let code = code(&source.text);
        let Some(module) = module(&source.path) else {
            for reexport in code.split("pub use ").skip(1) {
                let (path, rest) = reexport.split_once("::").unwrap_or_default();
                let list = rest.split(';').next().unwrap_or_default().trim_matches(['{', '}']);
                let last = |item: &str| item.rsplit([' ', ':']).next().unwrap_or_default().to_string();
                names.extend(list.split(',').map(|item| (last(item.trim()), path.to_string())));
            }
            continue;
        };
        names.insert(module.to_string(), module.to_string());
        for exported in code.split("#[macro_export]").skip(1) {
            let name = exported.split_once("macro_rules!").and_then(|(_, rest)| rest.split_whitespace().next());
            names.extend(name.map(|name| (name.to_string(), module.to_string())));
        }
    }
    names
}

/// What Rust text names behind `crate::`, with the line: of `crate::{a::B, C}` it is `a` and `C`.
fn paths(text: &str) -> Vec<(usize, String)> {
    const ROOT: &str = "crate::";
    let code = code(text);
    let mut found = Vec::new();
    for (place, _) in code.match_indices(ROOT) {
        if code[..place].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let line = code[..place].matches('\n').count() + 1;
        let rest = &code[place + ROOT.len()..];
        let names = if let Some(list) = rest.strip_prefix('{') { heads(list) } else { heads(rest).into_iter().take(1).collect() };
        found.extend(names.into_iter().map(|name| (line, name)));
    }
    found
}

/// The first word of each item of a list, up to its closing brace.
fn heads(list: &str) -> Vec<String> {
    let (mut depth, mut heads, mut head, mut is_head) = (0, Vec::new(), String::new(), true);
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(std::mem::take(&mut head));
                is_head = true;
                continue;
            }
            _ => {}
        }
        let is_word = character.is_alphanumeric() || character == '_';
        is_head &= is_word || head.is_empty();
        if is_head && is_word {
            head.push(character);
        }
    }
    heads.push(head);
    heads.retain(|head| !head.is_empty() && head != "self");
    heads
}

/// The imports of these sources that a table does not allow, and the modules that it forgets.
fn violations(sources: &[File], table: &Table) -> Vec<String> {
    let names = root_names(sources);
    let modules: BTreeSet<&str> = sources.iter().filter_map(|source| module(&source.path)).collect();
    let mut found: Vec<String> = modules
        .iter()
        .filter(|module| !table.contains_key(**module))
        .map(|module| format!("the table has no line for '{module}'"))
        .collect();
    found.extend(
        table
            .keys()
            .filter(|module| !modules.contains(module.as_str()))
            .map(|module| format!("the table speaks of '{module}', which is no module")),
    );
    for source in sources {
        let Some(module) = module(&source.path) else { continue };
        let allowed = table.get(module).cloned().unwrap_or_default();
        for (line, name) in paths(&source.text) {
            match names.get(&name) {
                Some(imported) if imported == module || allowed.contains(imported) => {}
                Some(imported) => found.push(format!("{}:{line}: {module} may not import {imported} ({name})", source.path)),
                None => found.push(format!("{}:{line}: crate::{name} is nothing that the root gives", source.path)),
            }
        }
    }
    found
}

#[test]
fn every_import_is_in_the_table() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md holds the table of imports");
    let table = table(&document).unwrap();
    assert_none(violations(&files(|path| path.starts_with("src/") && path.ends_with(".rs")), &table));
}

#[test]
fn a_table_is_read_with_its_groups() {
    let document = "# A\n```imports\nword: time error\n\nword <- word\nslo <- word\nerror <- slo\n```\n";
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let expected = [("error", names(&["error", "slo", "time"])), ("slo", names(&["error", "time"])), ("time", names(&["error", "time"]))];
    assert_eq!(table(document), Ok(expected.map(|(module, imports)| (module.to_string(), imports)).into()));
    assert!(table("# A\n").is_err() && table("\n```imports\nhm\n```\n").is_err());
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = "use crate::{a::{B, c::D}, E, f};\n// crate::no\nlet x = crate::g::h(\"crate::no\");\n$crate::m!();\nuse mycrate::no;\n";
    let found: Vec<_> = paths(text).into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(found, ["1 a", "1 E", "1 f", "3 g", "4 m"]);
}

#[test]
fn a_wrong_way_import_is_found_also_through_the_root() {
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    let sources = [
        file("src/lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::{B, inner::C as D};\n"),
        file("src/a.rs", "use crate::b::x;\nuse crate::{A, D};\n"),
        file("src/b/mod.rs", "use crate::A;\n#[macro_export]\nmacro_rules! make { () => {} }\n"),
        file("src/b/inner.rs", "use crate::{B, nothing};\ncrate::make!();\n"),
    ];
    let table = table("\n```imports\na <-\nb <- a\nc <- a\n```\n").unwrap();
    let expected = [
        "the table speaks of 'c', which is no module",
        "src/a.rs:1: a may not import b (b)",
        "src/a.rs:2: a may not import b (D)",
        "src/b/inner.rs:1: crate::nothing is nothing that the root gives",
    ];
    assert_eq!(violations(&sources, &table), expected);
}
