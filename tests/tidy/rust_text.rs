//! Rust text with everything but code made blank, for rules that count braces and read paths.
//!
//! Comments, strings and characters become spaces; lines stay where they are. Deliberately absent: a
//! parser. What a rule needs from here is that no brace or path stands where no code is.

/// The code of a Rust file, every other character a space.
pub(crate) fn code(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut place = 0;
    while place < characters.len() {
        let length = not_code(&characters, place);
        for character in &characters[place..place + length.max(1)] {
            let blank = if *character == '\n' { '\n' } else { ' ' };
            code.push(if length == 0 { *character } else { blank });
        }
        place += length.max(1);
    }
    code
}

/// How many characters from here on are a comment, a string or a character; 0 where code stands.
fn not_code(text: &[char], place: usize) -> usize {
    let rest = &text[place..];
    let after_word = place > 0 && (text[place - 1].is_alphanumeric() || text[place - 1] == '_');
    match rest {
        ['/', '/', ..] => rest.iter().position(|character| *character == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => string(rest, 0),
        ['r', '"' | '#', ..] if !after_word => raw_string(rest, 1),
        ['b', 'r', '"' | '#', ..] if !after_word => raw_string(rest, 2),
        ['\'', '\\', ..] => 3 + rest[3..].iter().position(|character| *character == '\'').map_or(0, |end| end + 1),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut place) = (0, 0);
    while place < rest.len() {
        match rest[place..] {
            ['/', '*', ..] => (depth, place) = (depth + 1, place + 2),
            ['*', '/', ..] => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            break;
        }
    }
    place
}

fn string(rest: &[char], opening: usize) -> usize {
    let mut place = opening + 1;
    while place < rest.len() && rest[place] != '"' {
        place += if rest[place] == '\\' { 2 } else { 1 };
    }
    (place + 1).min(rest.len())
}

/// A raw string whose hashes begin here; 0 for a raw identifier such as `r#type`.
fn raw_string(rest: &[char], hashes_at: usize) -> usize {
    let hashes = rest[hashes_at..].iter().take_while(|character| **character == '#').count();
    let opening = hashes_at + hashes;
    if rest.get(opening) != Some(&'"') {
        return 0;
    }
    let is_end =
        |place: usize| rest[place] == '"' && rest[place + 1..].iter().take(hashes).filter(|character| **character == '#').count() == hashes;
    (opening + 1..rest.len()).find(|place| is_end(*place)).map_or(rest.len(), |place| place + 1 + hashes)
}

#[test]
fn only_code_is_left() {
    let rows = [
        ("a // b { }\nc", "a         \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"a "b \" {" c"#, r#"a          c"#),
        ("a r#\"b \" {\"# c", "a            c"),
        ("r#type '{' '\\'' 'a b<'static>", "r#type          'a b<'static>"),
    ];
    for (text, expected) in rows {
        assert_eq!(code(text), expected);
    }
}
