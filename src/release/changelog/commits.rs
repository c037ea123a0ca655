//! Commits as git reports them, and the meaning of their messages for a changelog.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use git_conventional::Commit as Conventional;

use super::document::ChangeType;

/// One commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Full id in hex.
    pub id: String,
    /// Full ids; more than one for a merge.
    pub parents: Vec<String>,
    /// Complete message.
    pub message: String,
    /// Changed files, relative to the workspace root and separated by `/`; files outside begin with
    /// `../`. Those of a merge differ from its first parent.
    pub files: Vec<String>,
    /// Full id of the merge that brought the commit in.
    pub merge: Option<String>,
    /// Number of the pull request whose merge brought the commit in, if a merge names one.
    pub pull: Option<u64>,
    /// Messages of the changes that it says to take back and that are older than the commits of its
    /// list.
    pub reverted: Vec<String>,
    /// Messages of the changes that it makes again and that are older than the commits of its list.
    pub makes_again: Vec<String>,
    /// Full ids of the commits whose changes it takes back for certain, because the contents of the
    /// files show it.
    pub taken_back: Vec<String>,
    /// Full ids of the commits that it reverts, because the contents of the files show it. Its message
    /// does not say so, or its files have other names than those of the commits.
    pub undoes: Vec<String>,
    /// Full id of an older commit with the same title and the same patch.
    pub copy_of: Option<String>,
    /// Full ids of the reverted commits of which it makes a part again, and which say that they are more
    /// than it does.
    pub parts_of: Vec<String>,
    /// Why it does not count, although it is after the last release.
    pub settled: Option<Settled>,
    /// Full ids of the commits with the title of this merge that it brought in, that count for any
    /// package, and that no other one reverts.
    pub repeated: Vec<String>,
}

/// Why a commit after the last release does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// A commit of the release has the same patch.
    Released,
    /// It was reverted, or is that revert, and only one of both concerns the packages.
    Reverted,
}

impl Commit {
    /// Returns the first line of the message that is not blank.
    pub fn title(&self) -> &str {
        self.message
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or_default()
    }

    /// Returns whether the commit joins several lines of development.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// Returns the abbreviated id and the title.
    pub fn summary(&self) -> String {
        format!("{} {}", self.short(), self.title())
    }

    /// Returns the abbreviated id.
    pub(super) fn short(&self) -> &str {
        self.id.get(..7).unwrap_or(&self.id)
    }
}

/// A part of the history, newest first, as printed by one `git log`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// All commits, merges included.
    pub commits: Vec<Commit>,
}

impl Log {
    /// Creates the log from commits, newest first, and finds the merge and the pull request of
    /// each.
    pub fn new(mut commits: Vec<Commit>) -> Self {
        assign_merges(&mut commits);
        Self { commits }
    }

    /// Returns the commits that are not in the history of `base` (a full id), or all of them
    /// without a base.
    pub fn since(&self, base: Option<&str>) -> Vec<&Commit> {
        let old = self.history(base);
        self.commits
            .iter()
            .filter(|commit| !old.contains(commit.id.as_str()))
            .collect()
    }

    /// Returns the ids of these commits and of their ancestors, as far as the log contains them.
    fn history<'a>(&'a self, of: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
        let known: HashMap<&str, &Commit> = self
            .commits
            .iter()
            .map(|commit| (commit.id.as_str(), commit))
            .collect();
        let mut found: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = of.into_iter().collect();
        while let Some(id) = open.pop() {
            let Some(commit) = known.get(id) else {
                continue;
            };
            if found.insert(&commit.id) {
                open.extend(commit.parents.iter().map(String::as_str));
            }
        }
        found
    }
}

/// The directories that have a changelog, relative to the workspace root and separated by `/`. The
/// empty path is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directories(BTreeSet<String>);

impl Directories {
    /// Creates the set of all directories that have a changelog.
    pub fn new(folders: impl IntoIterator<Item = String>) -> Self {
        Self(folders.into_iter().collect())
    }

    /// Adds a directory.
    pub(super) fn insert(&mut self, directory: String) {
        self.0.insert(directory);
    }

    /// Returns whether the set has a directory.
    pub(super) fn has(&self, directory: &str) -> bool {
        self.0.contains(directory)
    }

    /// Returns the deepest directory that contains the file; the root for a file outside all
    /// others.
    pub fn owner(&self, file: &str) -> &str {
        let parents = file.match_indices('/').rev().map(|(at, _)| &file[..at]);
        parents
            .filter_map(|parent| self.0.get(parent))
            .map(String::as_str)
            .next()
            .unwrap_or_default()
    }

    /// Returns the directories that a commit changes; the root for a commit without files.
    pub fn of(&self, commit: &Commit) -> BTreeSet<&str> {
        if commit.files.is_empty() {
            return BTreeSet::from([""]);
        }
        // The root's lockfile changes with every member and therefore says nothing about the root
        // package.
        let apart = self.0.iter().any(|folder| !folder.is_empty());
        let files = commit
            .files
            .iter()
            .filter(|file| !(apart && *file == "Cargo.lock"));
        let inside = files.filter(|file| !file.starts_with("../") || !self.owner(file).is_empty());
        inside.map(|file| self.owner(file)).collect()
    }
}

/// The meaning of a commit message for a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessageMeaning {
    /// It describes changes for users; never empty.
    Entries(Vec<ChangeEntry>),
    /// Its type is one that does not concern users.
    Minor,
    /// It is to be squashed into another commit: `fixup! ..`.
    Folded,
    /// It does not name the kind of change.
    Unclassified,
}

/// One change for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChangeEntry {
    pub(super) kind: ChangeType,
    pub(super) breaking: bool,
    pub(super) scope: Option<String>,
    /// Text as written, without type and reference.
    pub(super) text: String,
    /// Text of a `BREAKING CHANGE:` footer, unless it repeats the description.
    pub(super) note: Option<String>,
    /// Identifier of a security advisory, such as `CVE-2026-12345`.
    pub(super) advisory: Option<String>,
    /// Number of the pull request.
    pub(super) number: Option<u64>,
    /// Whether it reverts an earlier change. Its importance for users depends on that change.
    pub(super) reverts: bool,
}

/// Commit types that concern users.
const CHANGES: [(&str, ChangeType); 18] = [
    ("feat", ChangeType::Added),
    ("feature", ChangeType::Added),
    ("add", ChangeType::Added),
    ("added", ChangeType::Added),
    ("fix", ChangeType::Fixed),
    ("fixed", ChangeType::Fixed),
    ("bugfix", ChangeType::Fixed),
    ("hotfix", ChangeType::Fixed),
    ("perf", ChangeType::Changed),
    ("change", ChangeType::Changed),
    ("changed", ChangeType::Changed),
    ("improve", ChangeType::Changed),
    ("deprecate", ChangeType::Deprecated),
    ("deprecated", ChangeType::Deprecated),
    ("remove", ChangeType::Removed),
    ("removed", ChangeType::Removed),
    ("security", ChangeType::Security),
    ("sec", ChangeType::Security),
];
/// Commit types that concern users only if they mark a breaking change.
const MINOR: [&str; 14] = [
    "refactor", "docs", "doc", "test", "tests", "ci", "build", "chore", "style", "bench", "lint",
    "fmt", "release", "deps",
];

/// Reads a message. With `squashed`, lines of the body that look like conventional commits count as
/// changes as well.
pub(super) fn classify(message: &str, squashed: bool) -> MessageMeaning {
    let message = &*without_quotes(message);
    let (title, merged) = message_title(message);
    if SQUASH_MARKS.iter().any(|mark| title.starts_with(mark)) {
        return MessageMeaning::Folded;
    }
    let (bare, number) = without_number(title);
    let number = number.or(merged);
    let mut entries = Vec::new();
    let mut minor = false;
    if let Some(text) = reverted(bare) {
        entries.push(ChangeEntry {
            kind: ChangeType::Changed,
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
            Some(Ok(entry)) => entries.push(ChangeEntry {
                number: entry.number.or(number),
                ..entry
            }),
            Some(Err(())) => minor = true,
            None => {}
        }
    }
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.text.clone()).collect();
    for entry in listed_entries(message).filter(|_| squashed) {
        if known.insert(entry.text.clone()) {
            entries.push(ChangeEntry {
                number: entry.number.or(number),
                ..entry
            });
        }
    }
    match (entries.is_empty(), minor) {
        (false, _) => MessageMeaning::Entries(entries),
        (true, true) => MessageMeaning::Minor,
        (true, false) => MessageMeaning::Unclassified,
    }
}

/// Returns the title and the number of the pull request. The commit of a merged pull request has
/// its own title in the first line of the body.
pub(super) fn message_title(message: &str) -> (&str, Option<u64>) {
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

/// The prefixes of titles whose commits `git rebase --autosquash` would squash into another one.
const SQUASH_MARKS: [&str; 3] = ["fixup! ", "squash! ", "amend! "];

/// Returns the message with the title of the commit into which this one is to be squashed. The body
/// of an `amend!` commit is the whole new message. Other messages are returned as they are.
pub(super) fn target_message(message: &str) -> &str {
    let mut target = message.trim_start();
    while let Some((mark, rest)) = SQUASH_MARKS
        .iter()
        .find_map(|mark| Some((*mark, target.strip_prefix(mark)?)))
    {
        target = rest.trim_start();
        let body = target.split_once('\n').map_or("", |(_, body)| body.trim());
        if mark == "amend! " && !body.is_empty() {
            target = body;
        }
    }
    target
}

/// Returns whether a message marks a breaking change: its title is `type!:` with any type, or one
/// of its lines begins with `BREAKING CHANGE:`.
pub(super) fn is_breaking(message: &str) -> bool {
    let message = &*without_quotes(message);
    let first = message
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    is_breaking_title(first)
        || is_breaking_title(message_title(message).0)
        || message.lines().any(is_breaking_footer)
}

/// Returns the part of a merge's message that describes its changes. Programs put a line about the
/// branches first, or put the title of the changes into their own.
pub(super) fn merge_description(message: &str) -> &str {
    let message = message.trim();
    if let Some(description) = quoted_in_merge(message) {
        return description;
    }
    let is_told = ["Merge", "Auto merge of #", "Rollup merge of #"]
        .iter()
        .any(|start| message.starts_with(start));
    match message.split_once('\n') {
        _ if !is_told => message,
        Some((_, body)) => without_bors(body.trim_start()),
        None => "",
    }
}

/// Returns the part of the message of a commit with one parent that describes its changes. A forge that
/// squashes a branch may give the commit the message of a merge.
pub(super) fn squashed_description(message: &str) -> &str {
    let trimmed = message.trim();
    if let Some(description) = quoted_in_merge(trimmed) {
        return description;
    }
    let is_of_merge = ["Merge branch '", "Merged in "]
        .iter()
        .any(|start| trimmed.starts_with(start));
    match trimmed.split_once('\n') {
        Some((_, body)) if is_of_merge => body.trim_start(),
        _ => message,
    }
}

/// Returns the title of the changes in the title of a merge: `Merge pull request 'x' (#4) from y into z`
/// by Gitea, `Merge "x"` by Gerrit, `Merged PR 4: x` by Azure DevOps, which the body follows.
fn quoted_in_merge(message: &str) -> Option<&str> {
    let line = message.lines().next()?;
    if let Some(rest) = line.strip_prefix("Merge pull request '") {
        return Some(rest.rsplit_once("' (#")?.0);
    }
    if let Some(rest) = line.strip_prefix("Merge \"") {
        return Some(rest.rsplit_once('"')?.0);
    }
    let (number, _) = line.strip_prefix("Merged PR ")?.split_once(": ")?;
    let start = "Merged PR ".len() + number.len() + ": ".len();
    number.parse::<u64>().ok().and(message.get(start..))
}

/// Returns the title in the body of a merge by bors: `4: x r=ana a=bo`. Other bodies are returned as they
/// are.
fn without_bors(body: &str) -> &str {
    let line = body.lines().next().unwrap_or_default();
    let title = line.split_once(": ").and_then(|(number, title)| {
        number.parse::<u64>().ok()?;
        Some(title.rsplit_once(" r=")?.0)
    });
    title.unwrap_or(body)
}

/// Returns whether the message of a merge marks a breaking change. Its body may list the titles of
/// the commits it brings in.
pub(super) fn merges_breaking(message: &str) -> bool {
    let message = &*without_quotes(message);
    let mut items = message.lines().map(|line| {
        let line = line.trim_start().trim_start_matches(['*', '-']);
        line.trim_start()
    });
    is_breaking(message) || items.any(is_breaking_title)
}

/// Returns whether a message may mark a breaking change in a form that is not read: `feat !: x`,
/// `[breaking] x`, or a line `* feat!: x` or `Breaking change: x` of the body. A title that says
/// what kind of change it is marks nothing else.
pub(super) fn may_break(message: &str) -> bool {
    let (title, merged) = message_title(message);
    let is_read =
        reverted_title(title).is_some() || conventional(message, title, merged.is_some()).is_some();
    title_may_break(title, is_read) || message.lines().skip(1).any(line_may_break)
}

/// The lines around blocks of code.
pub(super) const FENCES: [&str; 2] = ["```", "~~~"];

/// Returns a message without blocks of code between fences, and without footers that deny a
/// breaking change.
pub(super) fn without_quotes(message: &str) -> Cow<'_, str> {
    let has = |text: &str| message.contains(text);
    if !(FENCES.iter().any(|fence| has(fence)) || has("BREAKING")) {
        return Cow::Borrowed(message);
    }
    let lines: Vec<&str> = message.lines().collect();
    let ends = FENCES.map(|fence| lines.iter().rposition(|line| line.trim() == fence));
    let mut kept = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let mut fences = FENCES.iter().zip(ends);
        let fence = fences.find(|(fence, _)| line.trim_start().starts_with(**fence));
        match fence {
            // A fence without an end is only a line.
            Some((fence, end)) if end > Some(at) => {
                let mut rest = lines[at + 1..].iter();
                at += 1 + rest.position(|line| line.trim() == *fence).unwrap_or(0);
            }
            _ if is_breaking_footer(line) && denies(line) => {}
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        at += 1;
    }
    Cow::Owned(kept)
}

/// Returns whether a line says that there is nothing of the kind that it names:
/// `BREAKING CHANGE: none`.
pub(super) fn denies(line: &str) -> bool {
    let (_, rest) = line.split_once(':').unwrap_or_default();
    let rest = rest
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_ascii_lowercase();
    ["none", "no", "nothing", "n/a", "na"].contains(&rest.as_str())
}

fn title_may_break(title: &str, is_read: bool) -> bool {
    let plain = without_code(title);
    let is_marked = BOOM.iter().any(|boom| title.contains(boom))
        || plain.contains(":! ")
        || in_brackets(&plain).any(|text| names_breaking(&text));
    is_marked
        || !is_read
            && (has_word_breaking(title) || has_breaking_mark(title) || has_marked_type(title))
}

/// The emoji of breaking changes: <https://gitmoji.dev>.
pub(super) const BOOM: [&str; 2] = ["\u{1f4a5}", ":boom:"];

/// Returns a text without the code between backticks.
pub(super) fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

/// Returns the texts between brackets or parentheses that have none inside.
fn in_brackets(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(['[', '(']).skip(1);
    parts.filter_map(|part| Some(part.split_once([']', ')'])?.0.to_owned()))
}

/// Returns whether a text is `breaking` or `breaking change`, in any case.
fn names_breaking(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    [
        "breaking",
        "breaking change",
        "breaking changes",
        "breaking-change",
    ]
    .contains(&text.as_str())
}

fn has_word_breaking(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .any(|word| word == "breaking" || word.starts_with("breaking-"))
}

/// Returns whether a text has `type!:` with something between the parts: `feat !: x`,
/// `feat!(x): y`. Code in backticks does not count.
fn has_breaking_mark(text: &str) -> bool {
    let plain = without_code(text);
    plain.match_indices('!').any(|(at, _)| {
        let word = plain[..at].trim_end();
        let rest = plain[at + 1..].trim_start();
        let scoped = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let rest = scoped.map_or(rest, |(_, rest)| rest.trim_start());
        word.ends_with(|c: char| c.is_alphanumeric() || c == ')')
            && rest.starts_with(':')
            && !rest.starts_with("::")
    })
}

/// Returns whether a title has a known type with a `!` in a form that is not read: `feat! x`,
/// `fix(a)! x`, `fix!!: x`, `feat!：x` with the colon of Chinese texts, `!feat: x`.
fn has_marked_type(title: &str) -> bool {
    let title = undecorated(title);
    let (is_before, title) = match title.strip_prefix('!') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, title),
    };
    let end = title.find(|c: char| !c.is_alphanumeric());
    let (word, rest) = title.split_at(end.unwrap_or(title.len()));
    let scoped = rest.trim_start().strip_prefix('(');
    let rest = scoped
        .and_then(|rest| rest.split_once(')'))
        .map_or(rest, |(_, rest)| rest);
    let is_marked = match rest.strip_prefix('!') {
        Some(rest) => rest.is_empty() || rest.starts_with([' ', '!', '\u{ff1a}']),
        None => is_before && rest.trim_start().starts_with([':', '\u{ff1a}']),
    };
    is_marked && commit_type(word).is_some()
}

fn line_may_break(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['*', '-', ' ']);
    let head = line.split_once(':').map_or("", |(head, _)| head.trim());
    let code = head
        .strip_prefix('`')
        .and_then(|head| head.strip_suffix('`'));
    let is_footer = names_breaking(code.unwrap_or(head));
    let starts = ["BREAKING CHANGE", "BREAKING-CHANGE"].iter();
    is_footer
        || is_breaking_title(line)
        || starts.clone().any(|start| line.starts_with(start))
        || line
            .to_ascii_lowercase()
            .contains("this is a breaking change")
}

/// Returns a title without what some teams write before its type: an emoji, a `:shortcode:`, an
/// area in brackets, the key of a ticket.
fn undecorated(title: &str) -> &str {
    let mut rest = title.trim_start();
    while let Some(shorter) = without_decoration(rest) {
        rest = shorter.trim_start();
    }
    rest
}

/// Returns the title after a decoration at its start; `None` without a decoration.
fn without_decoration(title: &str) -> Option<&str> {
    let first = title.chars().next()?;
    if !first.is_ascii() && !first.is_alphanumeric() {
        return Some(&title[first.len_utf8()..]);
    }
    if let Some((code, rest)) = title
        .strip_prefix(':')
        .and_then(|rest| rest.split_once(':'))
    {
        let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-".contains(c);
        return (!code.is_empty() && code.chars().all(is_code)).then_some(rest);
    }
    let (mark, rest) = match title
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        // `[breaking] feat: x` says more than `feat: x`.
        Some((area, _)) if has_word_breaking(area) => return None,
        Some((_, rest)) => return Some(rest.strip_prefix(':').unwrap_or(rest)),
        None => title.split_once(' ')?,
    };
    is_ticket(mark.strip_suffix(':').unwrap_or(mark)).then_some(rest)
}

/// `ABC-12`, `#12`
fn is_ticket(word: &str) -> bool {
    let (project, number) = match word.strip_prefix('#') {
        Some(number) => ("A", number),
        None => word.split_once('-').unwrap_or_default(),
    };
    project.starts_with(|c: char| c.is_ascii_uppercase())
        && project
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && !number.is_empty()
        && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// Returns whether a title is `type!: ..` or `type(scope)!: ..`.
pub(super) fn is_breaking_title(title: &str) -> bool {
    let Some((head, _)) = undecorated(title).split_once(':') else {
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

/// Splits ` (#12)` off a title and returns the number.
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

/// Describes a revert as a change: `Revert "x"` for `Revert "feat: x"` and `revert(scope): x`.
fn reverted(title: &str) -> Option<String> {
    Some(format!(
        "Revert \"{}\"",
        description(reverted_title(title)?)
    ))
}

/// Returns the reverted title, the `x` of `Revert "x"`, `Back out "x"`, `revert: x` and
/// `revert(scope)!: x`.
pub(super) fn reverted_title(title: &str) -> Option<&str> {
    let (title, _) = without_number(title);
    let quoted = ["Revert \"", "revert \"", "Back out \""]
        .iter()
        .find_map(|start| title.strip_prefix(start)?.strip_suffix('"'));
    let title = quoted.or_else(|| {
        let (word, rest) = title.split_once(": ")?;
        let word = word.strip_suffix('!').unwrap_or(word);
        let word = word.split_once('(').map_or(
            word,
            |(word, scope)| if scope.ends_with(')') { word } else { "" },
        );
        word.eq_ignore_ascii_case("revert").then_some(rest.trim())
    })?;
    let unquoted = title
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some(without_number(unquoted.unwrap_or(title)).0)
}

/// Returns the change that a title is about, the `x` of `Revert "x"`, `Reapply "x"` and
/// `Revert "Reapply "x""`, and whether it reverts that change. To revert a revert makes the change
/// again.
pub(super) fn without_reverts(title: &str) -> (&str, bool) {
    let (mut change, mut is_reverted) = (title, false);
    loop {
        if let Some(again) = reapplied_title(change) {
            change = again;
        } else if let Some(reverted) = reverted_title(change) {
            change = reverted;
            is_reverted = !is_reverted;
        } else {
            return (change, is_reverted);
        }
    }
}

/// Returns the message with the title of the change that it makes again: `feat: x` for
/// `Reapply "feat: x"`.
pub(super) fn reapplied(message: &str) -> Cow<'_, str> {
    let title = message.lines().next().unwrap_or_default();
    match without_reverts(title) {
        (change, false) if change != title => Cow::Owned(message.replacen(title, change, 1)),
        _ => Cow::Borrowed(message),
    }
}

/// Returns the title of the change that a title makes again, the `x` of `Reapply "x"`.
pub(super) fn reapplied_title(title: &str) -> Option<&str> {
    let (title, _) = without_number(title);
    title.strip_prefix("Reapply \"")?.strip_suffix('"')
}

/// Returns a title without its conventional type and scope.
pub(super) fn description(title: &str) -> &str {
    let (title, _) = without_number(title);
    let is_type =
        |word: &str| commit_type(word.split(['(', '!']).next().unwrap_or_default()).is_some();
    match title.split_once(": ") {
        Some((word, rest)) if is_type(word) => rest.trim(),
        _ => title,
    }
}

/// Looks up a commit type: `Some(None)` if it does not concern users, `None` if the word is not a
/// type.
fn commit_type(word: &str) -> Option<Option<ChangeType>> {
    let word = word.to_ascii_lowercase();
    let change = CHANGES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, kind)| Some(*kind));
    change.or_else(|| MINOR.contains(&word.as_str()).then_some(None))
}

/// Returns the entry of a conventional message, an error if it does not concern users, and `None`
/// if the message is not conventional.
fn conventional(message: &str, title: &str, merged: bool) -> Option<Result<ChangeEntry, ()>> {
    let bare = undecorated(title);
    // The parser rejects a body that follows the title without a blank line; the title alone is
    // still valid.
    let message_text = message.trim();
    let from_title = message_text.get(title.len() - bare.len()..);
    let (whole, bare) = (tightened(from_title.unwrap_or_default()), tightened(bare));
    let whole = match merged {
        true => None,
        false => Conventional::parse(&whole).ok(),
    };
    let commit = match whole {
        Some(commit) => commit,
        None => Conventional::parse(&bare).ok()?,
    };
    let kind = commit_type(commit.type_().as_str())?;
    Some(conventional_entry(&commit, kind, message).ok_or(()))
}

/// Returns a message with its type as the convention has it, for `feat : x`, `feat (api): x` and `feat：x` with the colon of
/// Chinese texts.
fn tightened(message: &str) -> Cow<'_, str> {
    let (head, rest) = message.split_once([':', '\u{ff1a}']).unwrap_or_default();
    let (word, scope) = head.split_at(head.find('(').unwrap_or(head.len()));
    match commit_type(word.trim_end()) {
        Some(_) if !head.contains(['!', '\n']) => {
            let (word, scope) = (word.trim_end(), scope.trim_end());
            Cow::Owned(format!(
                "{word}{scope}: {}",
                rest.trim_start_matches([' ', '\t'])
            ))
        }
        _ => Cow::Borrowed(message),
    }
}

fn conventional_entry(
    commit: &Conventional<'_>,
    kind: Option<ChangeType>,
    message: &str,
) -> Option<ChangeEntry> {
    let (text, number) = without_number(commit.description());
    let scope = commit.scope().map(|scope| scope.as_str().to_owned());
    let guarded = kind == Some(ChangeType::Security) || scope.as_deref() == Some("security");
    let told = matches!(kind, Some(ChangeType::Fixed)) || guarded;
    let advisory = advisory(text).or_else(|| advisory(message).filter(|_| told));
    let kind = match kind {
        _ if guarded || advisory.is_some() => ChangeType::Security,
        None if !commit.breaking() => return None,
        None => by_verb(text).unwrap_or(ChangeType::Changed),
        Some(ChangeType::Fixed) => ChangeType::Fixed,
        Some(kind) => by_verb(text).unwrap_or(if commit.breaking() && kind == ChangeType::Added {
            ChangeType::Changed
        } else {
            kind
        }),
    };
    let note = commit
        .breaking_description()
        .map(|note| note.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(ChangeEntry {
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

/// Returns the type of change that the first word names, such as a feature that removes something.
fn by_verb(text: &str) -> Option<ChangeType> {
    match text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "remove" | "removes" | "removed" | "drop" | "drops" | "dropped" | "delete" => {
            Some(ChangeType::Removed)
        }
        "deprecate" | "deprecates" | "deprecated" => Some(ChangeType::Deprecated),
        _ => None,
    }
}

/// Returns the changes listed in the body of a squashed commit, one per line: `* feat: x`.
fn listed_entries(message: &str) -> impl Iterator<Item = ChangeEntry> {
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim_end)
        .skip_while(|line| line.is_empty())
        .collect();
    lines
        .windows(2)
        .filter_map(|pair: &[&'_ str]| {
            let bullet = pair[1]
                .strip_prefix("* ")
                .or_else(|| pair[1].strip_prefix("- "));
            let line = bullet.or_else(|| pair[0].is_empty().then_some(pair[1]))?;
            let commit = Conventional::parse(line).ok()?;
            let word = commit.type_();
            // A footer such as `Fix: #12` looks the same except for its capital letter.
            let kind = commit_type(word.as_str())
                .filter(|_| !word.as_str().contains(|c: char| c.is_ascii_uppercase()))?;
            conventional_entry(&commit, kind, line)
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Returns the first identifier of a security advisory in a text.
fn advisory(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .map(|word| word.trim_matches('-'))
        .find(|word| is_advisory(word))
        .map(str::to_owned)
}

/// Returns whether a word is an identifier such as `CVE-2026-12345`, `RUSTSEC-2026-0001` or
/// `GHSA-xxxx-xxxx-xxxx`.
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

/// Returns the numbers of the issues that a message closes: `Fixes #12`.
pub(super) fn closed_issues(message: &str) -> Vec<u64> {
    const VERBS: [&str; 9] = [
        "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
    ];
    let words: Vec<&str> = message.split_whitespace().collect();
    words
        .windows(2)
        .filter_map(|pair: &[&str]| {
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
        })
        .collect()
}

/// A line of development.
#[derive(Clone, Copy, Default)]
struct DevelopmentLine {
    /// Position of its newest commit.
    tip: usize,
    /// Position of the merge that brought it in.
    merge: Option<usize>,
    pull: Option<u64>,
}

/// Sets the merge and the pull request of each commit (newest first). Of nested ones, the inner one
/// counts.
fn assign_merges(commits: &mut [Commit]) {
    let known: HashMap<String, usize> = commits
        .iter()
        .enumerate()
        .map(|(at, c)| (c.id.clone(), at))
        .collect();
    let mut seen = vec![false; commits.len()];
    let mut open: Vec<DevelopmentLine> = commits
        .first()
        .map(|_| DevelopmentLine::default())
        .into_iter()
        .collect();
    while let Some(DevelopmentLine { tip, merge, pull }) = open.pop() {
        let mut next = Some(tip);
        // Follow the oldest merge of the line first: later merges contain its commits as well.
        while let Some(at) = next.filter(|at| !std::mem::replace(&mut seen[*at], true)) {
            commits[at].pull = pull;
            if let Some(merge) = merge {
                commits[at].merge = Some(commits[merge].id.clone());
            }
            let parents: Vec<usize> = commits[at]
                .parents
                .iter()
                .filter_map(|id| known.get(id).copied())
                .collect();
            next = known
                .get(commits[at].parents.first().map_or("", String::as_str))
                .copied();
            if commits[at].is_merge() {
                let pull = merged_pull(&commits[at]).or(pull);
                open.extend(
                    parents
                        .into_iter()
                        .filter(|parent| Some(*parent) != next)
                        .map(|tip| DevelopmentLine {
                            tip,
                            merge: Some(at),
                            pull,
                        }),
                );
            }
        }
    }
}

/// Returns the title of a commit without the number of a pull request. That of a merge, or of a branch
/// that was squashed, is the title of its changes if it has one.
pub(super) fn bare_title(commit: &Commit) -> &str {
    let described = match commit.is_merge() {
        true => merge_description(&commit.message),
        false => squashed_description(&commit.message),
    };
    let described = Some(described).filter(|text| !text.is_empty());
    without_number(message_title(described.unwrap_or(&commit.message)).0).0
}

/// Returns whether a commit has the title of the merge that brought it in, up to the notation and a scope
/// that only the merge names.
pub(super) fn has_title_of(commit: &Commit, merge: &Commit) -> bool {
    let [(title, scope), (of_merge, scope_of_merge)] = [commit, merge].map(title_and_scope);
    title == of_merge && (scope.is_none() || scope == scope_of_merge)
}

/// Returns the title of a commit in lower case without its scope, and the scope.
fn title_and_scope(commit: &Commit) -> (String, Option<String>) {
    let title = bare_title(commit).to_lowercase();
    let words: Vec<&str> = title.trim_end_matches('.').split_whitespace().collect();
    let title = words.join(" ");
    let scoped = title.split_once(':').and_then(|(head, rest)| {
        let (kind, scope) = head.split_once('(')?;
        let (scope, mark) = scope.rsplit_once(')')?;
        let title = format!("{kind}{mark}:{rest}");
        Some((title, Some(scope.to_owned())))
    });
    scoped.unwrap_or((title, None))
}

/// Returns the pull request that a merge names, or else that of the merge which brought the commit
/// in.
pub(super) fn pull(commit: &Commit) -> Option<u64> {
    let own = merged_pull(commit).filter(|_| commit.is_merge());
    own.or(commit.pull)
}

/// Returns the pull request of a merge: `Merge pull request #12 from ..`, `Auto merge of #12 - ..`,
/// `x (#12)`.
fn merged_pull(merge: &Commit) -> Option<u64> {
    let first = merge.title();
    let told = [
        "Merge pull request #",
        "Auto merge of #",
        "Rollup merge of #",
        "Merge #",
    ];
    let told = told
        .iter()
        .find_map(|words| first.strip_prefix(words))
        .and_then(|rest| {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..digits].parse().ok()
        });
    let quoted = first
        .strip_prefix("Merge pull request '")
        .and_then(|rest| rest.rsplit_once("' (#")?.1.split_once(')')?.0.parse().ok());
    told.or(quoted)
        .or_else(|| message_title(&merge.message).1)
        .or_else(|| without_number(first).1)
}

#[cfg(test)]
mod tests;
