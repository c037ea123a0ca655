//! Tag names: a template such as `{name}-v{version}` in both directions. Knows nothing of git.

use std::fmt;

use semver::Version;

/// How a project names its tags. `{version}` stands in it once, `{name}` (the package) at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagTemplate(String);

/// Templates that are tried, in this order, for a package of its own; the last two serve a whole workspace too.
pub const USUAL: [&str; 6] =
    ["{name}-v{version}", "{name}-{version}", "{name}@{version}", "{name}/v{version}", "v{version}", "{version}"];

impl TagTemplate {
    /// `None` when `{version}` is missing or a placeholder stands twice.
    pub fn new(template: &str) -> Option<Self> {
        let once = template.matches("{version}").count() == 1 && template.matches("{name}").count() <= 1;
        once.then(|| Self(template.to_owned()))
    }

    /// The template that a tag of a version follows, told from the tag alone: `core-v1.2.0` gives `core-v{version}`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let starts = tag.char_indices().filter(|(at, c)| {
            let glued = tag[..*at].ends_with(|c: char| c.is_ascii_digit() || c == '.');
            c.is_ascii_digit() && !glued
        });
        let found = starts.map(|(at, _)| at).find(|at| Version::parse(&tag[*at..]).is_ok())?;
        Self::new(&format!("{}{{version}}", &tag[..found]))
    }

    /// One tag serves all packages.
    pub fn is_shared(&self) -> bool {
        !self.0.contains("{name}")
    }

    /// The tag of a version.
    pub fn render(&self, name: &str, version: &str) -> String {
        self.0.replace("{name}", name).replace("{version}", version)
    }

    /// The version that a tag names, if it is a tag of this package: the whole tag must fit, so that the tags of
    /// `foo-bar` are none of `foo`.
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

/// The releases of a package, as tags tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// How they are named.
    pub template: TagTemplate,
    /// The package that they name; any of them where one tag serves all.
    pub name: String,
    /// Each version with the position of its tag.
    pub versions: Vec<(Version, usize)>,
}

impl Series {
    /// The series of these packages among tags: by the template given, else by the first of the [`USUAL`] ones that any tag
    /// follows. Several packages share tags, or else the one that is furthest speaks for them. `None` without such tags.
    pub fn find(names: &[&str], tags: &[&str], given: Option<&TagTemplate>) -> Option<Self> {
        let usual = || USUAL.iter().filter_map(|template| TagTemplate::new(template));
        let mut templates: Vec<TagTemplate> = given.map_or_else(|| usual().collect(), |given| vec![given.clone()]);
        if names.len() > 1 {
            templates.sort_by_key(|template| !template.is_shared());
        }
        let of = |template: &TagTemplate, name: &str| {
            let version = |(at, tag): (usize, &&str)| Some((template.version(name, tag)?, at));
            let versions: Vec<(Version, usize)> = tags.iter().enumerate().filter_map(version).collect();
            (!versions.is_empty()).then(|| Self { template: template.clone(), name: name.to_owned(), versions })
        };
        templates.iter().find_map(|template| {
            let found = names.iter().filter_map(|name| of(template, name));
            found.max_by(|a, b| a.last(true).cmp(&b.last(true)))
        })
    }

    /// The greatest version and the position of its tag.
    pub fn last(&self, prereleases: bool) -> Option<&(Version, usize)> {
        self.versions.iter().filter(|(version, _)| prereleases || version.pre.is_empty()).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("release/{version}/{name}", "foo", "release/1.0.0-rc.1/foo", Some("1.0.0-rc.1")),
        ] {
            let template = TagTemplate::new(template).unwrap();
            let read = template.version(name, tag);
            assert_eq!(read.as_ref().map(Version::to_string).as_deref(), version, "{template} {tag}");
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
            assert_eq!(TagTemplate::of_tag(tag).map(|t| t.to_string()).as_deref(), template, "{tag}");
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
    fn a_series_is_the_tags_of_the_first_template_that_fits() {
        for (names, tags, given, expected) in [
            (&["foo"][..], &["v1.9.0", "v1.10.0", "v1.2.0"][..], None, Some(("v{version}", "1.10.0"))),
            (&["foo"], &["foo-v1.0.0", "foo-bar-v2.0.0", "v3.0.0"], None, Some(("{name}-v{version}", "1.0.0"))),
            (&["foo"], &["1.0.0", "bar-2.0.0"], None, Some(("{version}", "1.0.0"))),
            (&["foo"], &["v1.0.0", "r1.1.0"], Some("r{version}"), Some(("r{version}", "1.1.0"))),
            (&["foo"], &["v1.0.0"], Some("r{version}"), None),
            (&["foo", "bar"], &["foo-v2.0.0", "v1.0.0"], None, Some(("v{version}", "1.0.0"))),
            (&["foo", "bar"], &["foo-v2.0.0", "bar-v3.0.0"], None, Some(("{name}-v{version}", "3.0.0"))),
            (&["foo"], &["latest"], None, None),
            (&[], &[], None, None),
        ] {
            let given = given.and_then(TagTemplate::new);
            let series = Series::find(names, tags, given.as_ref());
            let found = series.as_ref().and_then(|s| Some((s.template.to_string(), s.last(true)?.0.to_string())));
            let found = found.as_ref().map(|(template, version)| (template.as_str(), version.as_str()));
            assert_eq!(found, expected, "{names:?} {tags:?}");
        }
    }

    #[test]
    fn prereleases_can_be_left_out() {
        let series = Series::find(&["foo"], &["v1.0.0", "v2.0.0-rc.1"], None).unwrap();
        assert_eq!(series.last(true).unwrap().1, 1);
        assert_eq!(series.last(false).unwrap().1, 0);
    }
}
