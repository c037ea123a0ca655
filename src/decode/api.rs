//! The output of `cargo semver-checks --verbose` about one package.
//!
//! The tool has no machine-readable output (as of 0.51). Its standard output has the failed checks,
//! each with the items that it is about; stderr has the outcome and the kind of each check, and a
//! summary. Each is held against the others, so that a form that is not known gives no result.

use std::collections::BTreeMap;

/// The differences between two versions of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiComparison {
    /// The number of checks that were made.
    pub checks: u64,
    /// The changes in the order of the output.
    pub changes: Vec<ApiChange>,
}

/// A change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiChange {
    /// The release that it requires.
    pub level: ApiLevel,
    /// Name of the check: `struct_missing`.
    pub check: String,
    /// Its title: `pub struct removed or renamed`.
    pub title: String,
    /// The item as the tool names it: `struct core::Pool`.
    pub item: String,
    /// Its place. `None` if it has none, such as a feature.
    pub place: Option<ApiPlace>,
}

/// The place of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPlace {
    /// As printed, usually absolute.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// Whether it is in the earlier version, which has the item alone.
    pub is_earlier: bool,
}

/// The release that a change requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApiLevel {
    /// A minor one: code that compiled still compiles, but may have new warnings.
    Minor,
    /// A major one: code that compiled may not compile.
    Major,
}

impl ApiLevel {
    /// Returns its name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Minor, Self::Major]
            .into_iter()
            .find(|level| level.name() == name)
    }
}

impl ApiComparison {
    /// The exit codes of the tool after checks that passed and after ones that failed.
    pub const EXIT_CODES: [i32; 2] = [0, 100];

    /// Returns the release that all changes together require. `None` if there are none.
    pub fn level(&self) -> Option<ApiLevel> {
        self.changes.iter().map(|change| change.level).max()
    }

    /// Returns the exit code with which the tool prints this.
    pub fn exit_code(&self) -> i32 {
        Self::exit_code_of(!self.changes.is_empty())
    }

    /// Returns the exit code with which the tool prints that there are changes or none.
    pub fn exit_code_of(has_changes: bool) -> i32 {
        Self::EXIT_CODES[usize::from(has_changes)]
    }
}

/// Reads the complete output.
///
/// # Errors
/// With the part that is missing or contradicts another one.
pub fn read(stdout: &str, stderr: &str) -> Result<ApiComparison, String> {
    let outcome = Outcome::read(stderr)?;
    let mut changes = Vec::new();
    let mut reported = 0;
    for block in blocks(stdout) {
        let level = outcome
            .failed
            .get(block.check)
            .ok_or_else(|| format!("`{}` failed and is not among the checks", block.check))?;
        if block.items.is_empty() {
            return Err(format!("`{}` names no item", block.check));
        }
        reported += 1;
        changes.extend(block.items.iter().map(|line| block.change(*level, line)));
    }
    if reported != outcome.failed.len() {
        let failed = outcome.failed.len();
        return Err(format!(
            "{failed} checks failed, and {reported} are described"
        ));
    }
    Ok(ApiComparison {
        checks: outcome.checks,
        changes,
    })
}

/// What stderr says about the checks.
struct Outcome<'t> {
    checks: u64,
    /// The checks that failed.
    failed: BTreeMap<&'t str, ApiLevel>,
}

impl<'t> Outcome<'t> {
    fn read(stderr: &'t str) -> Result<Self, String> {
        let lines = || stderr.lines().map(str::trim);
        let failed: BTreeMap<&str, ApiLevel> = lines().filter_map(failed).collect();
        let summary = only(lines(), "Summary ")?;
        let (major, minor) = failed_checks(summary)
            .ok_or_else(|| format!("`{summary}` is not a known form of the summary"))?;
        let of = |level: ApiLevel| failed.values().filter(|one| **one == level).count() as u64;
        if (of(ApiLevel::Major), of(ApiLevel::Minor)) != (major, minor) {
            return Err(format!(
                "`{summary}` contradicts the checks, of which {} and {} failed",
                of(ApiLevel::Major),
                of(ApiLevel::Minor)
            ));
        }
        let checked = only(lines(), "Checked ")?;
        let checks = number_before(checked, " checks: ").filter(|checks| *checks > 0);
        let checks = checks.ok_or_else(|| format!("`{checked}` says of no check"))?;
        let [pass, fail, warn] =
            [" pass", " fail", " warn"].map(|words| number_before(checked, words).unwrap_or(0));
        if fail != failed.len() as u64 || pass.saturating_add(fail + warn) != checks {
            return Err(format!(
                "`{checked}` contradicts the checks, of which {} failed",
                failed.len()
            ));
        }
        Ok(Self { checks, failed })
    }
}

/// Returns the rest of the only line that begins so.
fn only<'t>(lines: impl Iterator<Item = &'t str>, start: &str) -> Result<&'t str, String> {
    let mut found = lines.filter_map(|line| line.strip_prefix(start));
    let name = start.trim_end();
    let line = found
        .next()
        .ok_or_else(|| format!("no line begins with `{name}`"))?;
    match found.next() {
        None => Ok(line.trim()),
        Some(_) => Err(format!("several lines begin with `{name}`")),
    }
}

/// Reads `FAIL [   0.002s]       major        struct_missing`.
fn failed(line: &str) -> Option<(&str, ApiLevel)> {
    let (_, rest) = line.strip_prefix("FAIL ")?.split_once(']')?;
    let mut words = rest.split_whitespace();
    let level = ApiLevel::named(words.next()?)?;
    Some((words.last()?, level))
}

/// Returns the numbers of failed checks of each kind, major ones first.
fn failed_checks(summary: &str) -> Option<(u64, u64)> {
    if summary == "no semver update required" {
        return Some((0, 0));
    }
    let (_, counts) = summary
        .strip_prefix("semver requires new ")?
        .split_once(" version: ")?;
    let counts = counts.strip_suffix(" checks failed")?;
    let (major, minor) = counts.split_once(" and ")?;
    let number = |text: &str, level: &str| text.strip_suffix(level)?.trim_end().parse().ok();
    Some((number(major, "major")?, number(minor, "minor")?))
}

/// Reads the number before these words in `[   0.042s] 196 checks: 195 pass, 1 fail, 0 warn, 57 skip`.
fn number_before(checked: &str, words: &str) -> Option<u64> {
    let (before, _) = checked.split_once(words)?;
    before.rsplit(' ').next()?.parse().ok()
}

/// A failed check with the items that it is about.
struct Block<'t> {
    check: &'t str,
    title: &'t str,
    items: Vec<&'t str>,
}

impl Block<'_> {
    fn change(&self, level: ApiLevel, line: &str) -> ApiChange {
        let (item, place) = item(line);
        ApiChange {
            level,
            check: self.check.to_owned(),
            title: self.title.to_owned(),
            item: without_places(item),
            place,
        }
    }
}

/// Returns the failed checks. The items of one follow `Failed in:`, indented by two blanks.
fn blocks(stdout: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    // Checks that the package allows to fail are warnings, and do not count.
    let mut is_open = false;
    let mut has_items = false;
    for line in stdout.lines() {
        if let Some(heading) = heading(line) {
            (is_open, has_items) = (heading.0 == "failure", false);
            if is_open {
                let (_, check, title) = heading;
                let items = Vec::new();
                blocks.push(Block {
                    check,
                    title,
                    items,
                });
            }
        } else if line == "Failed in:" {
            has_items = is_open;
        } else if let (true, Some(item)) = (has_items, line.strip_prefix("  "))
            && let Some(block) = blocks.last_mut()
        {
            block.items.push(item.trim());
        }
    }
    blocks
}

/// Reads `--- failure struct_missing: pub struct removed or renamed ---`.
fn heading(line: &str) -> Option<(&str, &str, &str)> {
    let heading = line.strip_prefix("--- ")?.strip_suffix(" ---")?;
    let (kind, rest) = heading.split_once(' ')?;
    let (check, title) = rest.split_once(": ")?;
    Some((kind, check, title))
}

/// Splits `struct core::Pool, previously in file /t/core/src/lib.rs:3` into the item and its place.
/// Of several places, the last one counts: `takes 1 parameters in a.rs:3, but now takes 2 in b.rs:9`.
fn item(line: &str) -> (&str, Option<ApiPlace>) {
    const SEPARATORS: [&str; 3] = [" in file ", " previously at ", " in "];
    let split = SEPARATORS.iter().find_map(|separator| {
        let at = line.rfind(separator)?;
        let (file, number) = first_place(&line[at + separator.len()..])?;
        Some((at, *separator, file, number))
    });
    let Some((at, separator, file, line_number)) = split else {
        return (line, None);
    };
    let before = line[..at].trim_end_matches(',');
    let (item, is_earlier) = match before.strip_suffix("previously") {
        Some(item) => (item.trim_end().trim_end_matches(','), true),
        None => (before, separator.contains("previously")),
    };
    let place = ApiPlace {
        file: file.to_owned(),
        line: line_number,
        is_earlier,
    };
    (item, Some(place))
}

/// Removes the other places: `f takes 1 parameters in a.rs:3, but now takes 2` becomes `f takes 1
/// parameters, but now takes 2`.
fn without_places(item: &str) -> String {
    let parts = item.split(", ").map(|part| match part.rsplit_once(" in ") {
        Some((before, place)) if first_place(place).is_some() => before,
        _ => part,
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Reads `src/lib.rs:3`, or the first place in `[ src/lib.rs:3 , src/other.rs:9 ]`.
fn first_place(text: &str) -> Option<(&str, u32)> {
    let list = text
        .strip_prefix("[ ")
        .and_then(|list| list.split(" , ").next());
    let first = list.map_or(text, |first| first.trim_end_matches(" ]"));
    let (file, line) = first.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STDOUT: &str = include_str!("../../fixtures/streams/semver-checks/stdout.txt");
    const STDERR: &str = include_str!("../../fixtures/streams/semver-checks/stderr.txt");

    /// Returns the text without the lines that contain this.
    fn without(text: &str, part: &str) -> String {
        let lines = text.lines().filter(|line| !line.contains(part));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    #[test]
    fn changes_are_read_with_their_level_and_place() {
        let found = read(STDOUT, STDERR).unwrap();
        let shown: Vec<String> = found.changes.iter().map(shown).collect();
        let expected = include_str!("../../fixtures/streams/semver-checks/changes.txt");
        assert_eq!(shown.concat(), expected);
        assert_eq!(found.level(), Some(ApiLevel::Major));
        assert_eq!(found.exit_code(), 100);
    }

    fn shown(change: &ApiChange) -> String {
        let place = change.place.as_ref().map(|place| {
            let earlier = if place.is_earlier { "before " } else { "" };
            format!("{earlier}{}:{}", place.file, place.line)
        });
        format!(
            "{} {} | {} | {}\n",
            change.level.name(),
            change.check,
            change.item,
            place.as_deref().unwrap_or("-")
        )
    }

    #[test]
    fn output_without_changes_is_a_comparison() {
        let stderr = "    Checking a v1.0.0 -> v1.0.0 (assume patch change)\n\
                      PASS [   0.001s]       major        struct_missing\n     \
                      Checked [   0.003s] 2 checks: 2 pass, 1 skip\n     \
                      Summary no semver update required\n";
        let found = read("", stderr).unwrap();
        assert_eq!(
            (found.checks, found.level(), found.exit_code()),
            (2, None, 0)
        );
    }

    #[test]
    fn parts_that_do_not_fit_give_no_result() {
        let passed = "Checked [0s] 2 checks: 2 pass, 0 skip\nSummary no semver update required\n";
        for (stdout, stderr, expected) in [
            ("", "", "no line begins with `Summary`"),
            (
                "",
                "Summary no semver update required",
                "no line begins with `Checked`",
            ),
            (
                "",
                &passed.replace("2 checks", "0 checks"),
                "says of no check",
            ),
            (
                "",
                &passed.replace("Summary", "Summary new"),
                "is not a known form",
            ),
            (
                "",
                &format!("{passed}{passed}"),
                "several lines begin with `Summary`",
            ),
            (
                "",
                &passed.replace("2 pass,", "1 pass,"),
                "contradicts the checks",
            ),
            (
                "",
                &passed.replace("2 pass,", "1 pass, 1 fail,"),
                "contradicts the checks, of which 0 failed",
            ),
            (STDOUT, passed, "failed and is not among the checks"),
            ("", STDERR, "checks failed, and 0 are described"),
            (&without(STDOUT, "Failed in:"), STDERR, "names no item"),
            (STDOUT, &without(STDERR, "FAIL "), "contradicts the checks"),
        ] {
            let error = read(stdout, stderr).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn places_are_found_in_every_form() {
        for (line, expected) in [
            (
                "struct a::B, previously in file /w/a.rs:3",
                "struct a::B|/w/a.rs|3|true",
            ),
            (
                "union a::U.f previously in file a.rs:4",
                "union a::U.f|a.rs|4|true",
            ),
            (
                "T::C, previously at /w/a in b.rs:5",
                "T::C|/w/a in b.rs|5|true",
            ),
            ("variant D:B in /w/a.rs:7", "variant D:B|/w/a.rs|7|false"),
            (
                "type T is no longer Send, in a.rs:8",
                "type T is no longer Send|a.rs|8|false",
            ),
            (
                "f takes 1 parameters in a.rs:1, but now takes 2 parameters in [ b.rs:2 , c.rs:3 ]",
                "f takes 1 parameters, but now takes 2 parameters|b.rs|2|false",
            ),
            (
                "feature std in the package's Cargo.toml",
                "feature std in the package's Cargo.toml",
            ),
            ("feature a now enables b", "feature a now enables b"),
        ] {
            let (item, place) = item(line);
            let item = without_places(item);
            let shown = match place {
                Some(place) => {
                    format!("{item}|{}|{}|{}", place.file, place.line, place.is_earlier)
                }
                None => item,
            };
            assert_eq!(shown, expected);
        }
    }
}
