//! Tag names: creates and reads them with a template such as `{name}-v{version}`.

use std::fmt;

use semver::Version;

/// A template of tag names. It contains `{version}` once and `{name}` (the package) at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagTemplate(String);

/// Templates to try, in this order, for a package with its own tags. The last two serve whole
/// workspaces as well.
pub const USUAL: [&str; 6] = [
    "{name}-v{version}",
    "{name}-{version}",
    "{name}@{version}",
    "{name}/v{version}",
    "v{version}",
    "{version}",
];

/// Bytes of the longest tag name. Addresses in a changelog may be of any length, and every digit in
/// them may begin a version.
const LONGEST: usize = 250;

impl TagTemplate {
    /// Parses a template; `None` if `{version}` is missing or a placeholder occurs twice.
    pub fn new(template: &str) -> Option<Self> {
        let once =
            template.matches("{version}").count() == 1 && template.matches("{name}").count() <= 1;
        once.then(|| Self(template.to_owned()))
    }

    /// Returns the template that a tag follows, derived from the tag alone: `core-v{version}` for
    /// `core-v1.2.0`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        if tag.len() > LONGEST {
            return None;
        }
        let starts = tag.char_indices().filter(|(at, c)| {
            let glued = tag[..*at].ends_with(|c: char| c.is_ascii_digit() || c == '.');
            c.is_ascii_digit() && !glued
        });
        let found = starts
            .map(|(at, _)| at)
            .find(|at| Version::parse(&tag[*at..]).is_ok())?;
        Self::new(&format!("{}{{version}}", &tag[..found]))
    }

    /// Returns whether git accepts the names of this template. See
    /// <https://git-scm.com/docs/git-check-ref-format>.
    pub fn can_name(&self) -> bool {
        let tag = self.render("a", "1.0.0");
        let part =
            |part: &str| !(part.is_empty() || part.starts_with('.') || part.ends_with(".lock"));
        let whole = !tag.starts_with('-')
            && !tag.ends_with('.')
            && !tag.contains("..")
            && !tag.contains("@{");
        whole
            && !tag.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
            && tag.split('/').all(part)
    }

    /// Returns whether one tag serves all packages.
    pub fn is_shared(&self) -> bool {
        !self.0.contains("{name}")
    }

    /// Returns the tag of a version.
    pub fn render(&self, name: &str, version: &str) -> String {
        self.0.replace("{name}", name).replace("{version}", version)
    }

    /// Returns the version of a tag of this package. The complete tag must match, because tags of
    /// `foo-bar` do not belong to `foo`.
    pub fn version(&self, name: &str, tag: &str) -> Option<Version> {
        let (before, after) = self.0.split_once("{version}")?;
        let rest = tag.strip_prefix(&before.replace("{name}", name))?;
        Version::parse(rest.strip_suffix(&after.replace("{name}", name))?).ok()
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The known facts about the releases in a changelog.
#[derive(Clone, Copy, Debug, Default)]
pub struct Releases<'a> {
    /// Names of its packages.
    pub names: &'a [&'a str],
    /// Configured template of tag names.
    pub template: Option<&'a TagTemplate>,
    /// Releases that it lists, newest first.
    pub listed: &'a [Version],
    /// Version in the manifest, if it is that of one package in a directory of its own.
    pub apart: Option<&'a Version>,
}

/// The releases of a package according to its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Template of the tags.
    pub template: TagTemplate,
    /// Package in the names of the tags; any of them if one tag serves all.
    pub name: String,
    /// Each version and the index of its tag.
    pub versions: Vec<(Version, usize)>,
}

impl Series {
    /// Finds the tags of a changelog's packages with the configured template or else one of the
    /// [`USUAL`] ones; `None` without such tags.
    ///
    /// The template with the newest listed release is used. A project may have changed its tag
    /// names, so that without a listed release the one with the greatest version is used: of a
    /// package's own tags, else of shared ones; for several packages the other way round.
    pub fn find(tags: &[&str], of: &Releases<'_>) -> Option<Self> {
        let usual = || {
            USUAL
                .iter()
                .filter_map(|template| TagTemplate::new(template))
        };
        let templates: Vec<TagTemplate> = of
            .template
            .map_or_else(|| usual().collect(), |given| vec![given.clone()]);
        let named = templates
            .iter()
            .flat_map(|template| of.names.iter().map(|name| Self::of(template, name, tags)));
        let mut found: Vec<Self> = named.filter(|series| !series.versions.is_empty()).collect();
        let own = found.iter().any(|series| !series.template.is_shared());
        found.retain(|series| {
            of.template.is_some() || !series.template.is_shared() || series.serves(of, own)
        });
        found.sort_by(|a, b| {
            let later = |series: &Self| series.template.is_shared() != (of.names.len() > 1);
            later(a)
                .cmp(&later(b))
                .then_with(|| b.last(true).cmp(&a.last(true)))
        });
        let at = of
            .listed
            .iter()
            .find_map(|version| found.iter().position(|series| series.has(version)));
        if found.is_empty() {
            None
        } else {
            Some(found.swap_remove(at.unwrap_or(0)))
        }
    }

    /// Returns whether tags without a name may belong to a package in a directory of its own.
    ///
    /// They do not if the package has tags of its `own`, or if they are ahead of its manifest and
    /// therefore belong to another package.
    fn serves(&self, of: &Releases<'_>, own: bool) -> bool {
        let Some(manifest) = of.apart else {
            return true;
        };
        !own && self
            .last(true)
            .is_none_or(|(last, _)| last.cmp_precedence(manifest).is_le())
    }

    fn of(template: &TagTemplate, name: &str, tags: &[&str]) -> Self {
        let versions = tags
            .iter()
            .enumerate()
            .filter_map(|(at, tag): (usize, &&str)| Some((template.version(name, tag)?, at)))
            .collect();
        Self {
            template: template.clone(),
            name: name.to_owned(),
            versions,
        }
    }

    /// Returns whether this version has a tag. Build metadata is ignored.
    pub fn has(&self, version: &Version) -> bool {
        self.versions
            .iter()
            .any(|(tagged, _)| tagged.cmp_precedence(version).is_eq())
    }

    /// Returns the greatest version and the index of its tag.
    pub fn last(&self, prereleases: bool) -> Option<&(Version, usize)> {
        self.versions
            .iter()
            .filter(|(version, _)| prereleases || version.pre.is_empty())
            .max()
    }
}

/// Returns whether a tag contains a version in any form: `release-1.0.0`, `V1.0`.
pub fn names_a_version(tag: &str) -> bool {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    tag.match_indices('.').any(|(at, _)| {
        tag[..at].ends_with(|c: char| c.is_ascii_digit()) && is_number(&tag[at + 1..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_in_any_form_is_seen_in_a_tag() {
        for tag in [
            "v1.0.0",
            "release-1.0.0",
            "V1.0.0",
            "version-1.0.0",
            "v1.0",
            "alpha_1.0.0-rc.1",
            "r/1.2.3/x",
        ] {
            assert!(names_a_version(tag), "{tag}");
        }
        for tag in ["latest", "nightly-2026-01-02", "v1", "a.b", "sha.1", "1.x"] {
            assert!(!names_a_version(tag), "{tag}");
        }
    }

    #[test]
    fn a_tag_is_of_one_package_only() {
        for (template, name, tag, version) in [
            ("v{version}", "foo", "v1.10.0", Some("1.10.0")),
            ("v{version}", "foo", "1.10.0", None),
            ("v{version}", "foo", "v1.10", None),
            ("{name}-v{version}", "foo", "foo-v1.0.0", Some("1.0.0")),
            ("{name}-v{version}", "foo", "foo-bar-v1.0.0", None),
            ("{name}-{version}", "foo", "foo-bar-1.0.0", None),
            ("{name}-{version}", "foo", "foo-v1.0.0", None),
            (
                "release/{version}/{name}",
                "foo",
                "release/1.0.0-rc.1/foo",
                Some("1.0.0-rc.1"),
            ),
        ] {
            let template = TagTemplate::new(template).unwrap();
            let read = template.version(name, tag);
            assert_eq!(
                read.as_ref().map(Version::to_string).as_deref(),
                version,
                "{template} {tag}"
            );
            if let Some(version) = version {
                assert_eq!(template.render(name, version), tag);
            }
        }
    }

    #[test]
    fn a_template_is_told_from_a_tag() {
        for (tag, template) in [
            ("v1.0.0", Some("v{version}")),
            ("1.0.0-rc.1", Some("{version}")),
            ("core2-v1.0.0", Some("core2-v{version}")),
            ("sha-2-v0.1.0+x", Some("sha-2-v{version}")),
            ("main", None),
            ("v1.0", None),
            ("", None),
        ] {
            assert_eq!(
                TagTemplate::of_tag(tag).map(|t| t.to_string()).as_deref(),
                template,
                "{tag}"
            );
        }
    }

    #[test]
    fn git_takes_names_of_tags_and_not_any_text() {
        for (template, taken) in [
            ("v{version}", true),
            ("{name}@{version}", true),
            ("release/{version}", true),
            ("-{version}", false),
            ("a b{version}", false),
            ("{version}.", false),
            ("{version}/", false),
            ("a//{version}", false),
            (".a/{version}", false),
            ("{version}.lock", false),
            ("a..{version}", false),
            ("@{{version}", false),
            ("v:{version}", false),
        ] {
            assert_eq!(
                TagTemplate::new(template).unwrap().can_name(),
                taken,
                "{template}"
            );
        }
    }

    #[test]
    fn a_template_needs_its_version_once() {
        for template in ["v", "{version}{version}", "{name}{name}{version}", ""] {
            assert_eq!(TagTemplate::new(template), None, "{template}");
        }
        assert!(TagTemplate::new("v{version}").unwrap().is_shared());
        assert!(!TagTemplate::new("{name}@{version}").unwrap().is_shared());
    }

    #[test]
    fn a_series_is_the_tags_that_the_changelog_speaks_of_else_those_that_are_furthest() {
        for (names, tags, given, listed, expected) in [
            (
                &["foo"][..],
                &["v1.9.0", "v1.10.0", "v1.2.0"][..],
                None,
                "",
                Some(("v{version}", "1.10.0")),
            ),
            (
                &["foo"],
                &["foo-v1.0.0", "foo-bar-v2.0.0", "v3.0.0"],
                None,
                "",
                Some(("{name}-v{version}", "1.0.0")),
            ),
            (
                &["foo"],
                &["1.0.0", "bar-2.0.0"],
                None,
                "",
                Some(("{version}", "1.0.0")),
            ),
            (
                &["foo"],
                &["v1.0.0", "r1.1.0"],
                Some("r{version}"),
                "",
                Some(("r{version}", "1.1.0")),
            ),
            (&["foo"], &["v1.0.0"], Some("r{version}"), "1.0.0", None),
            (
                &["foo", "bar"],
                &["foo-v2.0.0", "v1.0.0"],
                None,
                "",
                Some(("v{version}", "1.0.0")),
            ),
            (
                &["foo", "bar"],
                &["foo-v2.0.0", "bar-v3.0.0"],
                None,
                "",
                Some(("{name}-v{version}", "3.0.0")),
            ),
            // Named otherwise once.
            (
                &["foo"],
                &["foo-v0.1.10", "foo-1.53.1"],
                None,
                "",
                Some(("{name}-{version}", "1.53.1")),
            ),
            (
                &["foo"],
                &["v0.0.1-pre", "0.95.0"],
                None,
                "",
                Some(("{version}", "0.95.0")),
            ),
            // What is listed decides, and the newest of it.
            (
                &["foo", "bar"],
                &["foo-v2.0.0", "v1.0.0"],
                None,
                "2.0.0 1.0.0",
                Some(("{name}-v{version}", "2.0.0")),
            ),
            (
                &["foo"],
                &["foo-v0.1.0", "v1.0.0"],
                None,
                "1.0.0",
                Some(("v{version}", "1.0.0")),
            ),
            (
                &["foo"],
                &["foo-v0.1.0", "v1.0.0"],
                None,
                "2.0.0",
                Some(("{name}-v{version}", "0.1.0")),
            ),
            (
                &["foo"],
                &["foo-v1.0.0", "v1.0.0"],
                None,
                "1.0.0",
                Some(("{name}-v{version}", "1.0.0")),
            ),
            (&["foo"], &["latest"], None, "1.0.0", None),
            (&[], &[], None, "", None),
        ] {
            let given = given.and_then(TagTemplate::new);
            let listed: Vec<Version> = listed
                .split_whitespace()
                .map(|version| version.parse().unwrap())
                .collect();
            let of = Releases {
                names,
                template: given.as_ref(),
                listed: &listed,
                apart: None,
            };
            let series = Series::find(tags, &of);
            let found = series
                .as_ref()
                .and_then(|s| Some((s.template.to_string(), s.last(true)?.0.to_string())));
            let found = found
                .as_ref()
                .map(|(template, version)| (template.as_str(), version.as_str()));
            assert_eq!(found, expected, "{names:?} {tags:?} {listed:?}");
        }
    }

    #[test]
    fn tags_without_a_name_are_not_those_of_every_package() {
        for (tags, manifest, found) in [
            (&["v1.0.0", "v0.9.0"][..], "1.0.0", Some("1.0.0")),
            (&["v1.0.0", "v0.9.0"], "1.1.0", Some("1.0.0")),
            (&["v1.0.0", "v0.9.0"], "0.9.1", None),
            (&["foo-v0.7.0", "v0.9.0", "v1.0.0"], "1.0.0", Some("0.7.0")),
        ] {
            let (manifest, listed) = (manifest.parse().unwrap(), [Version::new(0, 9, 0)]);
            let of = Releases {
                names: &["foo"],
                listed: &listed,
                apart: Some(&manifest),
                ..Releases::default()
            };
            let last = Series::find(tags, &of)
                .and_then(|series| series.last(true).map(|(last, _)| last.to_string()));
            assert_eq!(last.as_deref(), found, "{tags:?} {manifest}");
            let given = TagTemplate::new("v{version}");
            let told = Series::find(
                tags,
                &Releases {
                    template: given.as_ref(),
                    ..of
                },
            );
            assert!(told.is_some(), "{tags:?}");
        }
    }

    #[test]
    fn prereleases_can_be_left_out() {
        let series = Series::find(
            &["v1.0.0", "v2.0.0-rc.1"],
            &Releases {
                names: &["foo"],
                ..Releases::default()
            },
        )
        .unwrap();
        assert_eq!(series.last(true).unwrap().1, 1);
        assert_eq!(series.last(false).unwrap().1, 0);
    }
}
