//! `[release]`: tags, changelogs, release notes, and other files that contain the version.

use super::super::mistake::Mistake;
use super::super::tree::TomlNode;
use super::keys;
use super::reader::Reader;
use super::replace;
use crate::release::bump::Replace;
use crate::release::tag::TagTemplate;

/// The default of `not-notable`: paths whose changes do not affect users. A module can have the name `docs` or `tests`, and a
/// package can be in such a directory.
const NOT_NOTABLE: [&str; 11] = [
    "tests/*",
    "*/tests/*",
    "benches/*",
    "*/benches/*",
    ".github/*",
    "ci/*",
    "docs/*",
    "*/docs/*",
    "*.md",
    "!src/*.rs",
    "!*/src/*.rs",
];

/// The placeholder for the version in tags, paths and messages.
pub const VERSION: &str = "{version}";

/// The contents of `[release]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Ids of the attestations that a release requires.
    pub attestations: Vec<String>,
    /// The branch on which releases are made. `None` for any.
    pub branch: Option<String>,
    /// Template of the tag name: `v{version}`.
    pub tag: String,
    /// The template if it is configured. `None` derives it from the existing tags.
    pub own_tag: Option<TagTemplate>,
    /// Path of the changelog, relative to the workspace root.
    pub changelog: String,
    /// The changelogs that the workspace has.
    pub changelogs: Changelogs,
    /// Packages that are not covered by a changelog.
    pub no_changelog: Vec<String>,
    /// Whether lines of a commit's body that look like commit subjects are changes, as in squashed
    /// pull requests.
    pub squash_bodies: bool,
    /// Patterns of paths whose changes need no changelog entry. One with `!` excludes paths from them.
    pub not_notable: Vec<String>,
    /// Path of the release notes: `docs/RELEASE-NOTES-v{version}.md`. `None` to write none.
    pub notes: Option<String>,
    /// Subject of the release commit: `release {version}`.
    pub message: String,
    /// `[[release.replace]]`: other files that contain the version.
    pub replace: Vec<Replace>,
}

/// The layout of changelogs in a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changelogs {
    /// The existing ones: at the root and in the directories of members.
    #[default]
    Found,
    /// One for the whole workspace.
    Central,
    /// One in the directory of each member.
    PerCrate,
    /// One in the directory of each member, and one that combines them.
    Both,
    /// None.
    None,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            attestations: Vec::new(),
            branch: None,
            tag: "v{version}".to_owned(),
            own_tag: None,
            changelog: "CHANGELOG.md".to_owned(),
            changelogs: Changelogs::Found,
            no_changelog: Vec::new(),
            squash_bodies: false,
            not_notable: NOT_NOTABLE.map(str::to_owned).to_vec(),
            notes: None,
            message: "release {version}".to_owned(),
            replace: Vec::new(),
        }
    }
}

/// Reads `[release]`.
pub(super) fn read(reader: &mut Reader<'_>, node: &TomlNode) -> Release {
    let mut release = Release::default();
    for entry in reader.table(node).unwrap_or_default() {
        let value = &entry.value;
        match entry.key.as_str() {
            "attestations" => release.attestations = reader.texts(value).unwrap_or_default(),
            "branch" => release.branch = branch(reader, value),
            "tag" => {
                release.own_tag = tag(reader, value);
                release.tag = release
                    .own_tag
                    .as_ref()
                    .map_or(release.tag, ToString::to_string);
            }
            "changelog" => release.changelog = path(reader, value).unwrap_or(release.changelog),
            "changelogs" => release.changelogs = changelogs(reader, value).unwrap_or_default(),
            "no-changelog" => release.no_changelog = reader.texts(value).unwrap_or_default(),
            "squash-bodies" => release.squash_bodies = reader.flag(value).unwrap_or_default(),
            "not-notable" => {
                release.not_notable = reader.texts(value).unwrap_or(release.not_notable)
            }
            "notes" => {
                release.notes = path(reader, value);
                let text = release.notes.clone().unwrap_or_default();
                reject_unknown_placeholders(reader, value, &text, &[VERSION]);
            }
            "message" => release.message = versioned(reader, value).unwrap_or(release.message),
            "replace" => release.replace = replace::read(reader, entry),
            _ => reader.unknown_key(entry, &keys::RELEASE, "[release]"),
        }
    }
    release
}

/// Reads the name of a branch. Git would take others for an option or for a different reference.
fn branch(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let name = reader.text(node)?;
    if name.starts_with('-') || name.starts_with("refs/") || name == "HEAD" {
        return reader.wrong(Mistake::new(
            node.at.clone(),
            format!("`{name}` is not the name of a branch"),
            "expected a name such as `main`",
        ));
    }
    Some(name)
}

/// Reads the template of the tag name.
fn tag(reader: &mut Reader<'_>, node: &TomlNode) -> Option<TagTemplate> {
    let text = versioned(reader, node)?;
    let template = TagTemplate::new(&text);
    if template.is_none() {
        let label = "write `{version}` once, and `{name}` at most once";
        reader.wrong::<()>(Mistake::new(
            node.at.clone(),
            "it would name several things at once",
            label,
        ));
    }
    reject_unknown_placeholders(reader, node, &text, &[VERSION, "{name}"]);
    if template
        .as_ref()
        .is_some_and(|template| !template.can_name())
    {
        let message = "it cannot be the name of a tag";
        reader.wrong::<()>(Mistake::new(
            node.at.clone(),
            message,
            "git takes no such name",
        ));
    }
    template
}

fn changelogs(reader: &mut Reader<'_>, node: &TomlNode) -> Option<Changelogs> {
    let choices = [
        ("central", Changelogs::Central),
        ("per-crate", Changelogs::PerCrate),
        ("both", Changelogs::Both),
        ("none", Changelogs::None),
    ];
    reader.choice(node, "set of changelogs", &choices)
}

/// Reports the first word in braces that is not one of the known placeholders.
fn reject_unknown_placeholders(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    text: &str,
    known: &[&str],
) {
    let words = text.match_indices('{').filter_map(|(at, _)| {
        let end = text[at..].find('}')?;
        Some(&text[at..=at + end])
    });
    let mut unknown = words.filter(|word| !known.contains(word));
    if let Some(word) = unknown.next() {
        let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        reader.wrong::<()>(Mistake::new(
            node.at.clone(),
            format!("unknown placeholder `{word}`"),
            format!("known: {}", known.join(", ")),
        ));
    }
}

/// Reads a string that must contain `{version}`.
fn versioned(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let text = reader.text(node)?;
    if text.contains(VERSION) {
        return Some(text);
    }
    let message = "it would be the same for every release";
    reader.wrong(Mistake::new(
        node.at.clone(),
        message.to_owned(),
        "write `{version}` where the version goes",
    ))
}

/// Reads a path below the workspace root.
fn path(reader: &mut Reader<'_>, node: &TomlNode) -> Option<String> {
    let text = reader.text(node)?;
    // On Windows, a colon follows a drive or precedes the name of a stream.
    let is_outside = text.starts_with('/')
        || text.contains('\\')
        || text.contains(':')
        || text.split('/').any(|part| part == "..");
    let is_of_git = text
        .split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"));
    let (message, label) = if is_outside || text.is_empty() {
        (
            "not a path below the workspace root",
            "write it with `/`, from the root",
        )
    } else if is_of_git {
        ("a path in `.git`, which no commit has", "name another file")
    } else {
        return Some(text);
    };
    reader.wrong(Mistake::new(node.at.clone(), message.to_owned(), label))
}
