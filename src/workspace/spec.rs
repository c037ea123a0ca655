//! Package specs, as `-p` and `--exclude` take them.

use std::collections::BTreeMap;

use super::{Member, Workspace};

/// A package spec: a name, a pattern of names (`core-*`), `core@1.2`, `core:1.2` or a package id
/// (`path+file:///ws/core#0.1.0`).
#[derive(Clone, Copy, Debug)]
pub struct PackageSpec<'s>(pub &'s str);

impl PackageSpec<'_> {
    /// Returns whether the spec selects this member, as it does for cargo.
    pub fn selects(self, member: &Member) -> bool {
        let Self(spec) = self;
        if spec.contains("://") {
            return is_id(spec, member);
        }
        let (name, version) = match spec.split_once(['@', ':']) {
            Some((name, version)) => (name, Some(version)),
            None => (spec, None),
        };
        matches_name(name, &member.name)
            && version.is_none_or(|version| is_version(version, &member.version))
    }
}

/// Returns whether a spec is the name of a package, and neither a pattern nor an id nor with a version.
pub fn is_name(spec: &str) -> bool {
    !spec.contains(['@', ':', '*'])
}

/// Returns the names of the members that each spec selects. Names, which select themselves, package
/// ids and specs that select no member are left out.
pub fn names_of_specs<'s>(
    specs: impl Iterator<Item = &'s String>,
    members: &[Member],
) -> BTreeMap<String, Vec<String>> {
    let with_names = specs
        .filter(|spec| !is_name(spec) && !spec.contains("://"))
        .map(|spec| {
            let selected = members
                .iter()
                .filter(|member| PackageSpec(spec).selects(member));
            let names: Vec<String> = selected.map(|member| member.name.clone()).collect();
            (spec.clone(), names)
        });
    with_names.filter(|(_, names)| !names.is_empty()).collect()
}

impl Workspace {
    /// Returns the names of the members that a list of package specs selects.
    ///
    /// A spec that selects no member is returned as it is, so that it can be reported as unknown.
    pub fn resolve(&self, specs: &[String]) -> Vec<String> {
        let mut names = Vec::new();
        for spec in specs {
            let selected = self
                .members
                .iter()
                .filter(|member| PackageSpec(spec).selects(member));
            let before = names.len();
            names.extend(selected.map(|member| member.name.clone()));
            if names.len() == before {
                names.push(spec.clone());
            }
        }
        names
    }

    /// Returns the package spec with which cargo selects the member of this name. Other specs are returned as they are.
    pub fn spec_of(&self, name: &str) -> String {
        let member = self.members.iter().find(|member| member.name == name);
        let spec = member.and_then(|member| member.spec.clone());
        spec.unwrap_or_else(|| name.to_owned())
    }
}

/// Returns whether a URL is the id of a member. The kind of source (`path+`) may be missing, and so may the name and the
/// version after the `#`, or one of them.
fn is_id(spec: &str, member: &Member) -> bool {
    let (spec_url, fragment) = match without_kind(spec).split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (without_kind(spec), None),
    };
    let id = without_kind(&member.id);
    let url = id.split_once('#').map_or(id, |(url, _)| url);
    let is_member = |fragment: &str| {
        let (name, version) = match fragment.split_once(['@', ':']) {
            Some((name, version)) => (Some(name), Some(version)),
            None if fragment.starts_with(|c: char| c.is_ascii_digit()) => (None, Some(fragment)),
            None => (Some(fragment), None),
        };
        name.is_none_or(|name| name == member.name)
            && version.is_none_or(|version| is_version(version, &member.version))
    };
    spec_url == url && fragment.is_none_or(is_member)
}

/// Returns a package id without its kind of source.
fn without_kind(id: &str) -> &str {
    let (url, _) = id.split_once('#').unwrap_or((id, ""));
    match url.split_once('+') {
        Some((kind, _)) if kind.chars().all(char::is_alphabetic) => &id[kind.len() + 1..],
        _ => id,
    }
}

/// Returns whether a version, which may end early (`1.2`), is this one.
fn is_version(partial: &str, version: &str) -> bool {
    version
        .strip_prefix(partial)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Matches a name as cargo does: unlike in the patterns of gates, `*` may match nothing.
fn matches_name(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut rest_of_name) = name.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = rest_of_name.split_once(piece) else {
            return false;
        };
        rest_of_name = after;
    }
    rest_of_name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let member = |name: &str, dir: &str, fragment: &str| Member {
            name: name.into(),
            id: format!("path+file:///w+s/{dir}#{fragment}"),
            version: "0.1.0".into(),
            dir: dir.into(),
            ..Member::default()
        };
        Workspace {
            members: vec![
                member("api", "api", "0.1.0"),
                member("api-cli", "cli", "api-cli@0.1.0"),
                member("pool", "p@ol", "pool@0.1.0"),
            ],
            ..Workspace::default()
        }
    }

    #[test]
    fn specs_select_the_members_that_cargo_selects() {
        for (spec, members) in [
            ("api", "api"),
            ("api*", "api api-cli"),
            ("*api*", "api api-cli"),
            ("*", "api api-cli pool"),
            ("*-*i", "api-cli"),
            ("api@0.1.0", "api"),
            ("api:0.1", "api"),
            ("api@0.2", ""),
            ("api@0.1.0.0", ""),
            ("path+file:///w+s/api#0.1.0", "api"),
            ("path+file:///w+s/api#0.1", "api"),
            ("path+file:///w+s/api#api@0.1.0", "api"),
            ("file:///w+s/cli", "api-cli"),
            ("file:///w+s/cli#api-cli", "api-cli"),
            ("path+file:///w+s/cli#api-cli@0.1.0", "api-cli"),
            ("file:///w+s/cli#0.1.0", "api-cli"),
            ("file:///w+s/cli#api", ""),
            ("file:///w+s/p@ol", "pool"),
            ("path+file:///w+s/api#0.2.0", ""),
            ("ap", ""),
            ("", ""),
        ] {
            let workspace = workspace();
            let selected: Vec<&str> = workspace
                .members
                .iter()
                .filter(|member| PackageSpec(spec).selects(member))
                .map(|member| member.name.as_str())
                .collect();
            assert_eq!(selected.join(" "), members, "{spec}");
        }
    }

    #[test]
    fn unknown_specs_are_kept_when_specs_are_resolved() {
        let specs = ["api@0.1", "a*", "gone", "pool@2"].map(str::to_owned);
        assert_eq!(
            workspace().resolve(&specs),
            ["api", "api", "api-cli", "gone", "pool@2"]
        );
    }

    #[test]
    fn specs_with_versions_and_patterns_have_names() {
        let specs = ["api", "api@0.1.0", "api*", "api@9", "file:///w+s/cli"].map(str::to_owned);
        let names = names_of_specs(specs.iter(), &workspace().members);
        let expected = [("api*", vec!["api", "api-cli"]), ("api@0.1.0", vec!["api"])];
        let found: Vec<(&str, Vec<&str>)> = names
            .iter()
            .map(|(spec, names)| (spec.as_str(), names.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(found, expected);
    }
}
