//! One title a page.

use crate::project::{assert_none, files};

/// The titles (`# ...`) of a Markdown text, those in fenced code left out.
fn titles(text: &str) -> Vec<&str> {
    let mut fence = None;
    let mut titles = Vec::new();
    for line in text.lines() {
        let marker = ["```", "~~~"].into_iter().find(|marker| line.trim_start().starts_with(marker));
        match (fence, marker) {
            (None, Some(_)) => fence = marker,
            (Some(open), Some(marker)) if open == marker => fence = None,
            (None, None) if line.starts_with("# ") => titles.push(line),
            _ => {}
        }
    }
    titles
}

#[test]
fn every_page_has_one_title() {
    let pages = files(|path| path.ends_with(".md"));
    let wrong = pages.iter().filter(|page| titles(&page.text).len() != 1);
    assert_none(wrong.map(|page| format!("{}: {} titles; a page has one", page.path, titles(&page.text).len())).collect());
}

#[test]
fn a_hash_in_code_is_no_title() {
    assert_eq!(titles("# One\n## Part\n```sh\n# comment\n```\n"), ["# One"]);
    assert_eq!(titles("# One\n```\n```\n# Two\n"), ["# One", "# Two"]);
    assert_eq!(titles("#Not\n"), [""; 0]);
}
