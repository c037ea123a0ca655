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
}
