//! Functions that can be read on one screen.

use crate::project::{assert_none, files};
use crate::rust_text::code;

/// Lines of a function, from its `fn` to its closing brace.
const LINES_MAX: usize = 70;

struct Function {
    name: String,
    line: usize, // from 1
    lines: usize,
}

/// Every function of a Rust file that has a body, also those within others.
fn functions(text: &str) -> Vec<Function> {
    let code = code(text);
    let starts = code.match_indices("fn ").map(|(place, _)| place);
    let is_word = |place: &usize| !code[..*place].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    starts.filter(is_word).filter_map(|place| function(&code, place)).collect()
}

/// The function whose `fn` stands at a place; `None` where it has no body, as in a trait or a type.
fn function(code: &str, start: usize) -> Option<Function> {
    let name: String =
        code[start + 3..].trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    if name.is_empty() {
        return None; // the type of a function pointer
    }
    let (mut braces, mut others) = (0, 0); // others: parentheses and brackets, in which a ';' may stand
    for (place, character) in code[start..].char_indices() {
        match character {
            ';' if braces == 0 && others == 0 => return None,
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            '{' => braces += 1,
            '}' => braces -= 1,
            _ => continue,
        }
        if character == '}' && braces == 0 && others == 0 {
            let lines = code[start..start + place].matches('\n').count() + 1;
            return Some(Function { name, line: code[..start].matches('\n').count() + 1, lines });
        }
    }
    None
}

fn too_long(path: &str, text: &str) -> Vec<String> {
    let long = functions(text).into_iter().filter(|function| function.lines >= LINES_MAX);
    long.map(|found| format!("{path}:{}: fn {} has {} lines; under {LINES_MAX} is the rule", found.line, found.name, found.lines)).collect()
}

#[test]
fn every_function_fits_a_screen() {
    assert_none(files(|path| path.ends_with(".rs")).iter().flat_map(|file| too_long(&file.path, &file.text)).collect());
}

#[test]
fn the_counter_counts_lines_of_bodies_and_nothing_else() {
    let text = "fn a() {\n    \"}\"; // }\n    let f: fn(u8) = |_| {};\n}\n\ntrait T {\n    fn b(x: [u8; 2]);\n    fn c(self) -> u8 { fn d() {} 1 }\n}\n";
    let found: Vec<_> = functions(text).into_iter().map(|found| (found.name, found.line, found.lines)).collect();
    assert_eq!(found, [("a".to_string(), 1, 4), ("c".to_string(), 8, 1), ("d".to_string(), 8, 1)]);
}

#[test]
fn a_long_function_is_found() {
    let of = |lines: usize| format!("fn long() {{\n{}}}\n", "\n".repeat(lines - 2));
    assert_eq!(too_long("x.rs", &of(LINES_MAX - 1)), [""; 0]);
    assert_eq!(too_long("x.rs", &of(LINES_MAX)), ["x.rs:1: fn long has 70 lines; under 70 is the rule"]);
}
