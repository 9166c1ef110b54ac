//! A contract whose every item says what it means.

use crate::project::{assert_none, files};

/// What stands in a contract without a meaning of its own: it names what is documented elsewhere.
const NAMES_OTHERS: [&str; 5] = ["package", "use", "include", "import", "export"];

/// The lines that begin an item and have no `///` above, as `line: text`.
fn undocumented(text: &str) -> Vec<String> {
    let (mut is_documented, mut is_inside, mut found) = (false, false, Vec::new());
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("///") {
            is_documented = true;
        } else if line.is_empty() || line.starts_with("//") || line.starts_with('@') || line.starts_with('}') {
            continue;
        } else {
            let word = line.split(|character: char| !character.is_alphanumeric() && character != '-').next().unwrap_or_default();
            if !is_inside && !is_documented && !NAMES_OTHERS.contains(&word) {
                found.push(format!("{}: {line}", number + 1));
            }
            // A signature may go over several lines; only its first one begins an item.
            is_inside = !line.ends_with([';', ',', '{', '}']) || (is_inside && !line.ends_with(';'));
            is_documented = false;
        }
    }
    found
}

#[test]
fn every_item_of_the_contract_is_documented() {
    let contract = files(|path| path.ends_with(".wit"));
    let found = |path: &str, text: &str| undocumented(text).into_iter().map(|line| format!("{path}:{line}")).collect::<Vec<_>>();
    assert_none(contract.iter().flat_map(|file| found(&file.path, &file.text)).collect());
}

#[test]
fn an_item_without_a_meaning_is_found() {
    let good = "package a:b;\n/// I.\ninterface i {\n    use x.{y};\n    /// R.\n    @since(version = 0.1.0)\n    record r {\n        /// F.\n        f: u8,\n    }\n    /// G.\n    g: func(\n        a: u8,\n        b: u8\n    ) -> u8;\n    /// E.\n    enum e { a, b }\n}\n";
    assert_eq!(undocumented(good), [""; 0]);
    let bad = "interface i {\n    // no doc\n    record r {\n        f: u8,\n    }\n    /// G.\n    g: func();\n    h: func();\n}\n";
    assert_eq!(undocumented(bad), ["1: interface i {", "3: record r {", "4: f: u8,", "8: h: func();"]);
}
