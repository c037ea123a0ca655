//! Screens: making what differs from run to run the same, and comparing what is left.

/// Run ids, times, dates and durations become `[RUN] [TIME] [DATE] [DURATION]`; white space before a duration, which is
/// set flush right, becomes two spaces. As Markdown escapes them, too: `20261120\-122259\-aa143477\,`.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::new();
    for piece in pieces(&without_machine(text)) {
        let word = piece.trim_end_matches(['.', ':', '-', '+', '\\']);
        match kind(word) {
            Some("[DURATION]") => duration(&mut out),
            Some(name) => out.push_str(name),
            None => out.push_str(word),
        }
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// The text without the machine's load, and without the name of the folder in which rustdoc builds doctests.
fn without_machine(text: &str) -> String {
    let mut lines = String::new();
    for line in text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("warning: the load average is "))
    {
        match line.find("/rustdoctest") {
            Some(at) => {
                let from = line[..at].rfind(' ').map_or(0, |blank| blank + 1);
                let to = line[at + 1..]
                    .find('/')
                    .map_or(line.len(), |slash| at + 1 + slash);
                lines.extend([&line[..from], "[DOCTEST]", &line[to..]]);
            }
            None => lines.push_str(line),
        }
    }
    lines
}

/// Words, and what is between them, in turn.
fn pieces(text: &str) -> Vec<&str> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || ".:-+\\".contains(c);
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let inside = of_word(first);
        let end = rest.find(|c| of_word(c) != inside).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        found.push(piece);
        rest = tail;
    }
    found
}

/// What a word is, by its shape with `9` for each digit.
fn kind(word: &str) -> Option<&'static str> {
    let word = word.replace('\\', "");
    let shape: String = word
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let hex = |text: &str| text.len() >= 4 && text.chars().all(|c| c.is_ascii_hexdigit());
    if shape.starts_with("99999999-999999-") && hex(&word[16..]) {
        Some("[RUN]")
    } else if shape.starts_with("99999999-999999-") && word.ends_with(".json") {
        Some("[ENTRY]")
    } else if shape.starts_with("9999-99-99T99:99") {
        Some("[TIME]")
    } else if shape == "9999-99-99" {
        Some("[DATE]")
    } else if seconds(&shape) || clock(&shape) {
        Some("[DURATION]")
    } else {
        None
    }
}

/// `12s`, `0.41s`, `350ms`, `46.8ns`.
fn seconds(shape: &str) -> bool {
    let number = ["ms", "us", "ns", "s"]
        .iter()
        .find_map(|unit| shape.strip_suffix(unit));
    number.is_some_and(|n| {
        n.starts_with('9') && n.ends_with('9') && n.chars().all(|c| c == '9' || c == '.')
    })
}

/// `0:41`, `12:07`; not `src/lib.rs:40:9`, which does not begin with a digit.
fn clock(shape: &str) -> bool {
    matches!(shape, "9:99" | "99:99" | "9:99:99" | "99:99:99")
}

/// Takes the `1h 2m` that belongs to the seconds back, and the padding.
fn duration(out: &mut String) {
    for unit in ['m', 'h'] {
        let bare = out.trim_end_matches(' ');
        let number = bare
            .strip_suffix(unit)
            .map(|n| n.trim_end_matches(|c: char| c.is_ascii_digit()));
        if let Some(start) = number.filter(|n| n.len() + 1 < bare.len()).map(str::len) {
            out.truncate(start);
        }
    }
    let bare = out.trim_end_matches(' ').len();
    if out.len() > bare + 2 {
        out.truncate(bare + 2);
    }
    out.push_str("[DURATION]");
}

/// Fails with a difference line by line. In `expected`, `[..]` stands for any part of a line and a line `...` for any
/// lines; white space at the ends of lines and empty lines at both ends do not matter.
#[track_caller]
pub(crate) fn assert_screen(actual: &str, expected: &str) {
    if let Some(difference) = difference(actual, expected) {
        panic!(
            "the screen differs (- expected, + actual):\n{difference}\nactual, whole:\n{actual}"
        );
    }
}

/// The difference, when there is one.
pub(crate) fn difference(actual: &str, expected: &str) -> Option<String> {
    let (actual, expected) = (lines(actual), lines(expected));
    (!fits(&expected, &actual)).then(|| compared(&expected, &actual))
}

fn lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let full = |line: &&str| !line.is_empty();
    match (lines.iter().position(full), lines.iter().rposition(full)) {
        (Some(first), Some(last)) => lines[first..=last].to_vec(),
        _ => Vec::new(),
    }
}

fn fits(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&"...", rest)) => (0..=actual.len()).any(|skipped| fits(rest, &actual[skipped..])),
        Some((pattern, rest)) => actual
            .split_first()
            .is_some_and(|(line, tail)| line_fits(pattern, line) && fits(rest, tail)),
    }
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let Some((head, rest)) = pattern.split_once("[..]") else {
        return pattern == line;
    };
    let Some(line) = line.strip_prefix(head) else {
        return false;
    };
    let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    ends.into_iter().any(|at| line_fits(rest, &line[at..]))
}

/// Greedy: lines that fit are kept, others are told apart until the next that fits. `...` is shown as it stands.
fn compared(expected: &[&str], actual: &[&str]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for pattern in expected {
        match actual[at..]
            .iter()
            .position(|line| *pattern != "..." && line_fits(pattern, line))
        {
            Some(skipped) => {
                actual[at..at + skipped]
                    .iter()
                    .for_each(|line| out += &format!("+ {line}\n"));
                out += &format!("  {}\n", actual[at + skipped]);
                at += skipped + 1;
            }
            None => out += &format!("- {pattern}\n"),
        }
    }
    actual[at..]
        .iter()
        .for_each(|line| out += &format!("+ {line}\n"));
    out
}
