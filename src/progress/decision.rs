//! Decisions in files of the form of MADR 4 (<https://adr.github.io/madr/>), and whether they still hold.

use crate::glob;
use crate::run::{Judged, Verdict};

/// The states of a decision. A later decision can also supersede it: `superseded by ADR-0123`.
const STATES: [&str; 4] = ["proposed", "rejected", "accepted", "deprecated"];

/// The most characters of a title in the name of a file.
const LONGEST: usize = 60;

/// The content of a decision, as far as it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The first heading.
    pub title: Option<String>,
    /// `status` in the front matter, or the first line below the heading `Status`.
    pub status: Option<String>,
    /// The words in backticks below the heading `Confirmation`.
    pub confirmed_by: Vec<String>,
}

/// Whether a decision holds, according to the gates that its confirmation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It names no gate.
    None,
    /// All its gates pass.
    Verified,
    /// A gate does not pass, and why.
    Violated(String),
    /// A gate has no verdict, and why.
    Unknown(String),
}

/// Reads a decision.
pub fn parse(text: &str) -> Decision {
    let mut decision = Decision::default();
    let mut lines = text.lines().peekable();
    if lines.peek().is_some_and(|line| line.trim_end() == "---") {
        lines.next();
        for line in lines.by_ref().take_while(|line| line.trim_end() != "---") {
            if let Some((key, value)) = line.split_once(':')
                && key.trim() == "status"
            {
                let value = value.trim().trim_matches(['"', '\'']);
                decision.status = Some(value.to_owned()).filter(|value| !value.is_empty());
            }
        }
    }
    let mut heading = "";
    let mut is_code = false;
    for line in lines {
        let line = line.trim();
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            continue;
        } else if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim();
            if decision.title.is_none() && line.starts_with("# ") {
                decision.title = Some(heading.to_owned());
            }
        } else if heading == "Status" && decision.status.is_none() && !line.is_empty() {
            decision.status = Some(line.to_owned());
        } else if heading == "Confirmation" {
            let words = line.split('`').skip(1).step_by(2);
            decision.confirmed_by.extend(words.map(str::to_owned));
        }
    }
    decision
}

/// Returns the number of a file such as `0007-use-jiff.md`. `None` if it is not the file of a decision.
pub fn number(file: &str) -> Option<u32> {
    let (digits, rest) = file.strip_suffix(".md")?.split_once('-')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|_| is_number && !rest.is_empty())
}

/// Returns the name of the file of a decision. `None` if its title has no letter or digit.
pub fn file_name(number: u32, title: &str) -> Option<String> {
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') && c != '\'' {
            name.push('-');
        }
    }
    let name: String = name.chars().take(LONGEST).collect();
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| format!("{number:04}-{name}.md"))
}

/// Returns the problem of the state of a decision.
pub fn problem(decision: &Decision) -> Option<String> {
    let Some(status) = &decision.status else {
        return Some("it has no `status`".to_owned());
    };
    let lower = status.to_lowercase();
    let is_known = STATES.contains(&lower.as_str())
        || lower
            .strip_prefix("superseded by ")
            .is_some_and(|by| by.contains(|c: char| c.is_ascii_digit()));
    let expected = format!("{} or `superseded by ADR-0123`", STATES.join(", "));
    (!is_known).then(|| format!("unknown status `{status}` (expected {expected})"))
}

/// Returns whether a decision holds, from the verdicts on the gates. Words that are not the id of a gate say nothing.
pub fn confirm(decision: &Decision, gates: &[Judged]) -> Confirmation {
    let mut names = decision.confirmed_by.iter();
    let mut own = Vec::new();
    for gate in gates {
        if names.clone().any(|name| glob::matches(name, &gate.id)) {
            own.push(gate);
        }
    }
    let is_named = names.any(|name| !name.is_empty());
    if own.is_empty() || !is_named {
        return Confirmation::None;
    }
    own.sort_by_key(|gate| std::cmp::Reverse(gate.verdict));
    let worst = own[0];
    let reason = format!("{}: {}", worst.id, worst.reason);
    match worst.verdict {
        Verdict::Pass => Confirmation::Verified,
        Verdict::NoVerdict => Confirmation::Unknown(reason),
        Verdict::Waived | Verdict::Warn | Verdict::Fail => Confirmation::Violated(reason),
    }
}

/// Returns the text of a new decision.
pub fn template(title: &str, date: &str, author: &str) -> String {
    format!(
        "---\n\
         status: proposed\n\
         date: {date}\n\
         decision-makers: {}\n\
         ---\n\
         \n\
         # {title}\n\
         \n\
         ## Context and Problem Statement\n\
         \n\
         ## Considered Options\n\
         \n\
         ## Decision Outcome\n\
         \n\
         ### Consequences\n\
         \n\
         ### Confirmation\n",
        quoted(author)
    )
}

/// Returns a text as a string of YAML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Strictness;

    #[test]
    fn title_status_and_gates_are_read() {
        for (text, title, status, gates) in [
            ("", None, None, &[][..]),
            (
                "---\nstatus: \"accepted\"\ndate: 2026-11-30\n---\n\n# Use jiff\n\n### Confirmation\n\nThe gate `deps.count` and\n`clippy.new` pass.\n\n## More\n`x`\n",
                Some("Use jiff"),
                Some("accepted"),
                &["deps.count", "clippy.new"],
            ),
            (
                "# 7. Use jiff\r\n\r\n## Status\r\n\r\nSuperseded by ADR-0012\r\n",
                Some("7. Use jiff"),
                Some("Superseded by ADR-0012"),
                &[],
            ),
            (
                "# A\n```\n# B\n### Confirmation\n`c`\n```\n",
                Some("A"),
                None,
                &[],
            ),
            ("---\nstatus:\n---\n# A\n", Some("A"), None, &[]),
        ] {
            let decision = parse(text);
            assert_eq!(decision.title.as_deref(), title, "{text}");
            assert_eq!(decision.status.as_deref(), status, "{text}");
            assert_eq!(decision.confirmed_by, gates, "{text}");
        }
    }

    #[test]
    fn template_is_a_decision_without_problems() {
        let decision = parse(&template("Use `jiff`", "2026-11-30", "Ana \"A\" \\"));
        assert_eq!(decision.title.as_deref(), Some("Use `jiff`"));
        assert_eq!(problem(&decision), None);
        assert_eq!(confirm(&decision, &[]), Confirmation::None);
    }

    #[test]
    fn names_of_files_have_a_number_and_the_title() {
        for (title, name) in [
            ("Use jiff for dates", Some("0007-use-jiff-for-dates.md")),
            ("  Don't: `panic!`  ", Some("0007-dont-panic.md")),
            ("\u{c9}tat", Some("0007-\u{e9}tat.md")),
            ("../../x", Some("0007-x.md")),
            ("...", None),
        ] {
            assert_eq!(file_name(7, title).as_deref(), name, "{title}");
        }
        for (file, expected) in [
            ("0007-x.md", Some(7)),
            ("12-x.md", Some(12)),
            ("x.md", None),
            ("0007.md", None),
            ("0007-.md", None),
            ("+7-x.md", None),
            ("README.md", None),
            ("99999999999-x.md", None),
        ] {
            assert_eq!(number(file), expected, "{file}");
        }
    }

    #[test]
    fn unknown_status_is_a_problem() {
        for (status, is_known) in [
            ("accepted", true),
            ("Proposed", true),
            ("superseded by [ADR-0005](0005-x.md)", true),
            ("superseded by", false),
            ("done", false),
        ] {
            let decision = Decision {
                status: Some(status.to_owned()),
                ..Decision::default()
            };
            assert_eq!(problem(&decision).is_none(), is_known, "{status}");
        }
    }

    /// The ids and verdicts of the gates, the words in backticks, and the state.
    #[test]
    fn decision_holds_while_the_gates_of_its_confirmation_pass() {
        let judged = |id: &str, verdict: Verdict| Judged {
            verdict,
            reason: "why".into(),
            ..Judged::undecided(id, Strictness::Deny)
        };
        let gates = [
            judged("a.pass", Verdict::Pass),
            judged("a.fail", Verdict::Fail),
            judged("a.warn", Verdict::Warn),
            judged("a.none", Verdict::NoVerdict),
        ];
        let violated = Confirmation::Violated("a.fail: why".to_owned());
        for (words, expected) in [
            (&[][..], Confirmation::None),
            (&["cargo deny", ""], Confirmation::None),
            (&["cargo deny", "a.pass"], Confirmation::Verified),
            (&["a.pass", "a.fail", "a.none"], violated.clone()),
            (&["a.*"], violated),
            (
                &["a.warn"],
                Confirmation::Violated("a.warn: why".to_owned()),
            ),
            (
                &["a.pass", "a.none"],
                Confirmation::Unknown("a.none: why".to_owned()),
            ),
        ] {
            let decision = Decision {
                confirmed_by: words.iter().map(|word| (*word).to_owned()).collect(),
                ..Decision::default()
            };
            assert_eq!(confirm(&decision, &gates), expected, "{words:?}");
        }
    }
}
