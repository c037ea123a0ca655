//! What a commit's message means for a changelog: Conventional Commits (<https://www.conventionalcommits.org/en/v1.0.0/>),
//! squashed ones, references, security advisories. Knows nothing of changelogs.

use std::collections::HashSet;

use git_conventional::Commit as Conventional;

use super::group::Type;

/// What a message comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It says what changed for users; never empty.
    Entries(Vec<Entry>),
    /// By its type it does not concern users.
    Minor,
    /// It will be, or was, part of another commit: `fixup! ..`.
    Folded,
    /// It does not say what kind of change it is.
    Unclassified,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Type,
    pub(super) breaking: bool,
    pub(super) scope: Option<String>,
    /// As written, without type and reference.
    pub(super) text: String,
    /// What a `BREAKING CHANGE:` footer says beyond the text.
    pub(super) note: Option<String>,
    /// `CVE-2026-12345`.
    pub(super) advisory: Option<String>,
    /// Number of the pull request.
    pub(super) number: Option<u64>,
    /// Takes back an earlier change. How much that matters to users depends on the change.
    pub(super) reverts: bool,
}

/// Types of commits that concern users; other words are no types.
const CHANGES: [(&str, Type); 18] = [
    ("feat", Type::Added),
    ("feature", Type::Added),
    ("add", Type::Added),
    ("added", Type::Added),
    ("fix", Type::Fixed),
    ("fixed", Type::Fixed),
    ("bugfix", Type::Fixed),
    ("hotfix", Type::Fixed),
    ("perf", Type::Changed),
    ("change", Type::Changed),
    ("changed", Type::Changed),
    ("improve", Type::Changed),
    ("deprecate", Type::Deprecated),
    ("deprecated", Type::Deprecated),
    ("remove", Type::Removed),
    ("removed", Type::Removed),
    ("security", Type::Security),
    ("sec", Type::Security),
];
/// Types of those that do not, unless they break something.
const MINOR: [&str; 14] = [
    "refactor", "docs", "doc", "test", "tests", "ci", "build", "chore", "style", "bench", "lint",
    "fmt", "release", "deps",
];

/// Reads a message. With `squashed`, the lines of the body that look like commits are changes too.
pub(super) fn read(message: &str, squashed: bool) -> Meaning {
    let (title, merged) = title(message);
    if ["fixup! ", "squash! ", "amend! "]
        .iter()
        .any(|mark| title.starts_with(mark))
    {
        return Meaning::Folded;
    }
    let (bare, number) = without_number(title);
    let number = number.or(merged);
    let mut entries = Vec::new();
    let mut minor = false;
    if let Some(text) = reverted(bare) {
        entries.push(Entry {
            kind: Type::Changed,
            breaking: false,
            scope: None,
            text,
            note: None,
            advisory: None,
            number,
            reverts: true,
        });
    } else {
        match conventional(message, title, merged.is_some()) {
            Some(Ok(entry)) => entries.push(Entry {
                number: entry.number.or(number),
                ..entry
            }),
            Some(Err(())) => minor = true,
            None => {}
        }
    }
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.text.clone()).collect();
    for entry in body(message).filter(|_| squashed) {
        if known.insert(entry.text.clone()) {
            entries.push(Entry {
                number: entry.number.or(number),
                ..entry
            });
        }
    }
    match (entries.is_empty(), minor) {
        (false, _) => Meaning::Entries(entries),
        (true, true) => Meaning::Minor,
        (true, false) => Meaning::Unclassified,
    }
}

/// The title, and the number of the pull request when a forge's merge was made into one commit: the title is then the
/// first line of the body.
pub(super) fn title(message: &str) -> (&str, Option<u64>) {
    let mut lines = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let merge = first.strip_prefix("Merge pull request #");
    let number = merge
        .and_then(|rest| rest.split(' ').next())
        .and_then(|number| number.parse().ok());
    match (number, lines.next()) {
        (Some(number), Some(title)) => (title, Some(number)),
        _ => (first, None),
    }
}

/// Returns whether a message marks a breaking change, whatever else it says: `type!:` with any type in its title, or a line
/// that begins with `BREAKING CHANGE:`.
pub(super) fn is_breaking(message: &str) -> bool {
    let first = message
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    is_breaking_title(first)
        || is_breaking_title(title(message).0)
        || message.lines().any(is_breaking_footer)
}

/// The same for the message of a merge, whose body may list the titles of what it brought in.
pub(super) fn merges_breaking(message: &str) -> bool {
    let bare = |line: &'_ str| {
        line.trim_start()
            .trim_start_matches(['*', '-'])
            .trim_start()
            .to_owned()
    };
    is_breaking(message) || message.lines().any(|line| is_breaking_title(&bare(line)))
}

/// Returns whether a title is `type!: ..` or `type(scope)!: ..`.
fn is_breaking_title(title: &str) -> bool {
    let Some((head, _)) = title.split_once(':') else {
        return false;
    };
    let Some(head) = head.strip_suffix('!') else {
        return false;
    };
    let word = head
        .split_once('(')
        .filter(|_| head.ends_with(')'))
        .map_or(head, |(word, _)| word);
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_/.+".contains(c))
}

fn is_breaking_footer(line: &str) -> bool {
    let rest = line
        .trim()
        .strip_prefix("BREAKING")
        .and_then(|rest| rest.strip_prefix([' ', '-']));
    let rest = rest.and_then(|rest| rest.strip_prefix("CHANGE"));
    rest.is_some_and(|rest| {
        rest.trim_start_matches('S')
            .trim_start()
            .starts_with([':', '#'])
    })
}

/// A title without the reference at its end, ` (#12)`, and that number.
pub(super) fn without_number(title: &str) -> (&str, Option<u64>) {
    let mut bare = title.trim();
    let mut number = None;
    while let Some((rest, last)) = bare
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once("(#"))
    {
        let Ok(found) = last.parse() else { break };
        number = number.or(Some(found));
        bare = rest.trim_end();
    }
    (bare, number)
}

/// `Revert "feat: x"` and `revert(scope): x` as a change of their own: `Revert "x"`.
fn reverted(title: &str) -> Option<String> {
    Some(format!(
        "Revert \"{}\"",
        description(reverted_title(title)?)
    ))
}

/// The title that a title says it takes back: that of `Revert "x"`, `revert: x`, `revert(scope)!: x`.
pub(super) fn reverted_title(title: &str) -> Option<&str> {
    let (title, _) = without_number(title);
    let quoted = title
        .strip_prefix("Revert \"")
        .and_then(|rest| rest.strip_suffix('"'));
    let conventional = || {
        let (word, rest) = title.split_once(": ")?;
        let word = word.strip_suffix('!').unwrap_or(word);
        let word = word.split_once('(').map_or(
            word,
            |(word, scope)| if scope.ends_with(')') { word } else { "" },
        );
        word.eq_ignore_ascii_case("revert").then_some(rest.trim())
    };
    let title = quoted.or_else(conventional)?;
    let unquoted = title
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some(without_number(unquoted.unwrap_or(title)).0)
}

/// A title without its conventional type and scope.
pub(super) fn description(title: &str) -> &str {
    let (title, _) = without_number(title);
    let is_type = |word: &str| meaning(word.split(['(', '!']).next().unwrap_or_default()).is_some();
    match title.split_once(": ") {
        Some((word, rest)) if is_type(word) => rest.trim(),
        _ => title,
    }
}

/// What a type means, `Some(None)` that it does not concern users; `None` for a word that is no type.
fn meaning(word: &str) -> Option<Option<Type>> {
    let word = word.to_ascii_lowercase();
    let change = CHANGES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, kind)| Some(*kind));
    change.or_else(|| MINOR.contains(&word.as_str()).then_some(None))
}

/// The entry of a conventional message; an error for one that does not concern users; `None` for one that is none.
fn conventional(message: &str, title: &str, merged: bool) -> Option<Result<Entry, ()>> {
    // A body that follows the title without a blank line is no conventional message; its title still is one.
    let whole = if merged {
        None
    } else {
        Conventional::parse(message.trim()).ok()
    };
    let commit = match whole {
        Some(commit) => commit,
        None => Conventional::parse(title).ok()?,
    };
    let kind = meaning(commit.type_().as_str())?;
    Some(entry(&commit, kind, message).ok_or(()))
}

fn entry(commit: &Conventional<'_>, kind: Option<Type>, message: &str) -> Option<Entry> {
    let (text, number) = without_number(commit.description());
    let scope = commit.scope().map(|scope| scope.as_str().to_owned());
    let guarded = kind == Some(Type::Security) || scope.as_deref() == Some("security");
    let told = matches!(kind, Some(Type::Fixed)) || guarded;
    let advisory = advisory(text).or_else(|| advisory(message).filter(|_| told));
    let kind = match kind {
        _ if guarded || advisory.is_some() => Type::Security,
        None if !commit.breaking() => return None,
        None => by_verb(text).unwrap_or(Type::Changed),
        Some(Type::Fixed) => Type::Fixed,
        Some(kind) => by_verb(text).unwrap_or(if commit.breaking() && kind == Type::Added {
            Type::Changed
        } else {
            kind
        }),
    };
    let note = commit
        .breaking_description()
        .map(|note| note.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(Entry {
        kind,
        breaking: commit.breaking(),
        scope,
        text: text.to_owned(),
        note: note.filter(|note| note != commit.description()),
        advisory,
        number,
        reverts: false,
    })
}

/// A feature that takes something away.
fn by_verb(text: &str) -> Option<Type> {
    match text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "remove" | "removes" | "removed" | "drop" | "drops" | "dropped" | "delete" => {
            Some(Type::Removed)
        }
        "deprecate" | "deprecates" | "deprecated" => Some(Type::Deprecated),
        _ => None,
    }
}

/// The changes that the body of a squashed commit lists, one a line: `* feat: x`.
fn body(message: &str) -> impl Iterator<Item = Entry> {
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim_end)
        .skip_while(|line| line.is_empty())
        .collect();
    let line = |pair: &[&'_ str]| {
        let bullet = pair[1]
            .strip_prefix("* ")
            .or_else(|| pair[1].strip_prefix("- "));
        let line = bullet.or_else(|| pair[0].is_empty().then_some(pair[1]))?;
        let commit = Conventional::parse(line).ok()?;
        let word = commit.type_();
        // A footer looks alike (`Fix: #12`), but for its capital.
        let kind = meaning(word.as_str())
            .filter(|_| !word.as_str().contains(|c: char| c.is_ascii_uppercase()))?;
        entry(&commit, kind, line)
    };
    lines
        .windows(2)
        .filter_map(line)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The first name of a security advisory in a text.
fn advisory(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .map(|word| word.trim_matches('-'))
        .find(|word| is_advisory(word))
        .map(str::to_owned)
}

/// `CVE-2026-12345`, `RUSTSEC-2026-0001`, `GHSA-xxxx-xxxx-xxxx`.
fn is_advisory(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let digits =
        |part: &str, least: usize| part.len() >= least && part.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        ["CVE" | "RUSTSEC", year, number] => {
            year.len() == 4 && digits(year, 4) && digits(number, 4)
        }
        ["GHSA", rest @ ..] => rest.len() == 3 && rest.iter().all(|part| part.len() == 4),
        _ => false,
    }
}

/// The numbers of issues that a message says it closes: `Fixes #12`.
pub(super) fn closed(message: &str) -> Vec<u64> {
    const VERBS: [&str; 9] = [
        "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
    ];
    let words: Vec<&str> = message.split_whitespace().collect();
    let number = |pair: &[&str]| {
        let verb = pair[0]
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_ascii_lowercase();
        let digits = pair[1].strip_prefix('#')?;
        let digits = &digits[..digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len())];
        VERBS
            .contains(&verb.as_str())
            .then(|| digits.parse().ok())
            .flatten()
    };
    words.windows(2).filter_map(number).collect()
}

#[cfg(test)]
mod tests;
