//! `[release]`: how this project tags, where it keeps changelog and notes, and what else carries the version.

use super::super::mistake::Mistake;
use super::super::tree::Node;
use super::reader::Reader;
use super::replace;
use crate::release::bump::Replace;
use crate::release::tag::TagTemplate;

const KEYS: [&str; 11] = [
    "attestations",
    "branch",
    "tag",
    "changelog",
    "changelogs",
    "no-changelog",
    "not-notable",
    "squash-bodies",
    "notes",
    "message",
    "replace",
];

/// Paths whose changes concern no user, unless `not-notable` names others.
const NOT_NOTABLE: [&str; 9] = [
    "tests/*",
    "*/tests/*",
    "benches/*",
    "*/benches/*",
    ".github/*",
    "ci/*",
    "docs/*",
    "*/docs/*",
    "*.md",
];

/// Stands for the version in tags, paths and messages.
pub const VERSION: &str = "{version}";

/// `[release]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Ids of the attestations that a release needs.
    pub attestations: Vec<String>,
    /// Releases are made on this branch; `None` for any.
    pub branch: Option<String>,
    /// Name of the tag: `v{version}`.
    pub tag: String,
    /// The same, where it was written; else what tags there are tells.
    pub own_tag: Option<TagTemplate>,
    /// The changelog, from the root.
    pub changelog: String,
    /// Which changelogs there are.
    pub changelogs: Changelogs,
    /// Packages whose changes are in no changelog.
    pub no_changelog: Vec<String>,
    /// Lines of a commit's body that look like commits are changes too, as in squashed pull requests.
    pub squash_bodies: bool,
    /// Patterns of paths (`*` stands for any text) whose changes need no entry.
    pub not_notable: Vec<String>,
    /// File that the notes are written to: `docs/RELEASE-NOTES-v{version}.md`; `None` for none.
    pub notes: Option<String>,
    /// First line of the release commit: `release {version}`.
    pub message: String,
    /// `[[release.replace]]`: other files that carry the version.
    pub replace: Vec<Replace>,
}

/// Which changelogs a workspace has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changelogs {
    /// Those that are there: at the root, in folders of members.
    #[default]
    Found,
    /// One for the whole workspace.
    Central,
    /// One in the folder of each member.
    PerCrate,
    /// One in the folder of each member, and one that has all of it.
    Both,
    /// The workspace keeps no changelog.
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

/// Reads the section.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Release {
    let mut release = Release::default();
    for entry in reader.table(node).unwrap_or_default() {
        let value = &entry.value;
        match entry.key.as_str() {
            "attestations" => release.attestations = reader.texts(value).unwrap_or_default(),
            "branch" => release.branch = reader.text(value),
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
            "notes" => release.notes = path(reader, value),
            "message" => release.message = versioned(reader, value).unwrap_or(release.message),
            "replace" => release.replace = replace::read(reader, entry),
            _ => reader.unknown_key(entry, &KEYS, "[release]"),
        }
    }
    release
}

/// The name of a tag.
fn tag(reader: &mut Reader<'_>, node: &Node) -> Option<TagTemplate> {
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

fn changelogs(reader: &mut Reader<'_>, node: &Node) -> Option<Changelogs> {
    let choices = [
        ("central", Changelogs::Central),
        ("per-crate", Changelogs::PerCrate),
        ("both", Changelogs::Both),
        ("none", Changelogs::None),
    ];
    reader.choice(node, "set of changelogs", &choices)
}

/// Text that must name the version somewhere.
fn versioned(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
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

/// A path below the root.
fn path(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node)?;
    let outside = text.starts_with('/')
        || text.contains('\\')
        || text.contains(':')
        || text.split('/').any(|p| p == "..");
    if !outside && !text.is_empty() {
        return Some(text);
    }
    let message = "not a path below the workspace root";
    reader.wrong(Mistake::new(
        node.at.clone(),
        message.to_owned(),
        "write it with `/`, from the root",
    ))
}
