//! The messages of errors and warnings, side by side.
//!
//! `cargo test --test it -- --ignored messages::print --nocapture` prints them all.

use std::collections::BTreeSet;

use crate::tidy::{Source, sources};

/// What takes a message as its first literal.
const CONSTRUCTORS: [&str; 6] = [
    "Stop::new(",
    "Refused::usage(",
    "Refused::with_help(",
    ".warn(",
    ".note(",
    ".help(",
];

/// Returns the first literal of each call of a constructor, with the constructor and the file.
fn messages(source: &Source) -> Vec<(&'static str, String, String)> {
    let code = source.text.split("#[cfg(test)]\nmod tests {").next();
    let code = code.unwrap_or_default();
    let mut found = Vec::new();
    for constructor in CONSTRUCTORS {
        for (at, _) in code.match_indices(constructor) {
            if let Some(text) = first_literal(&code[at + constructor.len()..]) {
                found.push((constructor, text, source.path.clone()));
            }
        }
    }
    found
}

/// Returns the first string literal before the parenthesis that closes a call.
fn first_literal(call: &str) -> Option<String> {
    let mut depth = 1;
    let mut chars = call.chars();
    while depth > 0 {
        match chars.next()? {
            '(' => depth += 1,
            ')' => depth -= 1,
            '"' => {
                let mut text = String::new();
                loop {
                    match chars.next()? {
                        '"' => return Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
                        '\\' => match chars.next()? {
                            // A line that continues.
                            '\n' => text.push(' '),
                            escaped => text.push(escaped),
                        },
                        c => text.push(c),
                    }
                }
            }
            _ => {}
        }
    }
    None
}

fn all() -> BTreeSet<(&'static str, String, String)> {
    let product = sources().into_iter().filter(|source| !source.test);
    product.flat_map(|source| messages(&source)).collect()
}

#[test]
#[ignore = "prints all messages, to be read side by side"]
fn print() {
    for (constructor, text, path) in all() {
        println!("{constructor:<22}{text}   [{path}]");
    }
}

#[test]
fn messages_follow_one_grammar() {
    let wrong: Vec<_> = all()
        .into_iter()
        .filter(|(constructor, text, _)| {
            let is_sentence = text.ends_with('.') && !text.ends_with("..");
            let is_upper = text.starts_with(|c: char| c.is_uppercase());
            is_sentence || is_upper && *constructor == "Stop::new("
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
