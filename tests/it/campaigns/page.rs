//! `docs/campaigns/NAME.md`: its table is checked row by row.
//!
//! A row has an item, the words that show it, and a command. Each text in backticks in the second cell occurs in what the
//! commands in backticks in the third print. A day behind a command, `2026-03-02`, is the one of the history on which it
//! was run; without a day it is run at the end. `exit 1` is its exit code, if it is not 0.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use super::{Replay, one_line};
use crate::harness::{quoted, repository, table};

/// Fails if a row of the page is wrong.
pub(super) fn check(replay: &Replay) {
    let path = format!("docs/campaigns/{}.md", replay.name);
    let page = fs::read_to_string(repository().join(&path));
    let page = page.unwrap_or_else(|error| panic!("{path}: {error}"));
    let rows = table(&page, "item");
    assert!(!rows.is_empty(), "{path} has no rows");
    let mut screens = BTreeMap::new();
    let mut wrong = String::new();
    for row in rows {
        let [item, words, command] = row.as_slice() else {
            panic!("{path}: a row has an item, the words that show it, and a command: {row:?}");
        };
        let (words, commands) = (quoted(words), quoted(command));
        assert!(!words.is_empty(), "{path}: no words that show `{item}`");
        assert!(!commands.is_empty(), "{path}: no command for `{item}`");
        let mut printed = String::new();
        for line in &commands {
            let (code, screen) = screens
                .entry((line.clone(), day(command)))
                .or_insert_with_key(|(line, day)| screen(replay, line, day.as_deref()));
            assert_eq!(*code, exit_code(command), "{path}: {line}: {screen}");
            printed.push_str(&one_line(screen));
            printed.push('\n');
        }
        for words in words {
            if !printed.contains(&one_line(&words)) {
                let _ = writeln!(wrong, "{item}: no `{words}` in\n{printed}");
            }
        }
    }
    assert!(wrong.is_empty(), "{path}: {wrong}");
}

/// Returns the exit code of a command and what it printed, on a day of the history or now.
fn screen(replay: &Replay, line: &str, day: Option<&str>) -> (i32, String) {
    let Some(day) = day else {
        return replay.screen(line);
    };
    let mut performed = replay.performed.iter().rev();
    let then = performed.find(|one| one.day == day && one.command == line);
    let then = then.unwrap_or_else(|| panic!("`{line}` was not run on {day}"));
    (then.code, then.screen.clone())
}

/// The words behind the commands of a cell.
fn remarks(cell: &str) -> Vec<&str> {
    let rest = cell.rsplit('`').next().unwrap_or_default();
    rest.split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect()
}

fn day(cell: &str) -> Option<String> {
    let words = remarks(cell).into_iter();
    words.map(str::to_owned).find(|word| word.starts_with("20"))
}

fn exit_code(cell: &str) -> i32 {
    let mut words = remarks(cell).into_iter().skip_while(|word| *word != "exit");
    let code = words.nth(1);
    code.map_or(0, |code| code.parse().expect("`exit` has a number"))
}
