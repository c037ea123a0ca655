//! The releases of a package according to the tags of the repository.

use semver::Version;

use super::changelog::files::ChangelogFile;
use super::context::Context;
use crate::git::{Git, Tag, Trouble};
use crate::release::changelog::versions;
use crate::release::tag::{Releases, Series};

/// A package whose releases are looked for.
pub(crate) struct ReleasedPackage<'a> {
    pub(crate) name: &'a str,
    /// The version in its manifest.
    pub(crate) version: &'a Version,
    /// Whether it is in a directory of its own.
    pub(crate) is_apart: bool,
}

/// The tags of a repository.
pub(crate) struct Tags {
    /// Those of HEAD and its ancestors.
    pub(crate) reached: Vec<Tag>,
    /// The others, such as those of releases that were made on a branch of their own.
    pub(crate) elsewhere: Vec<Tag>,
}

impl Tags {
    /// Reads the tags, if git can read all of them: one that it cannot read may be that of a release.
    ///
    /// # Errors
    /// Also in a shallow clone, which may not have them.
    pub(crate) fn read(git: &Git) -> Result<Self, Trouble> {
        if git.is_shallow()? {
            return Err(Trouble::Shallow);
        }
        git.check_tags()?;
        Ok(Self {
            reached: git.tags()?,
            elsewhere: git.tags_elsewhere()?,
        })
    }

    /// Returns the last release of a package and its tag. `None` if it has none.
    ///
    /// A release on another branch counts up to the present version: a greater one may belong to a
    /// later series of which this branch knows nothing.
    pub(crate) fn last_release(
        &self,
        cx: &Context,
        books: &[ChangelogFile],
        package: &ReleasedPackage<'_>,
    ) -> Option<(Version, Tag)> {
        let reached = releases(cx, books, &self.reached, package);
        let mut elsewhere = releases(cx, books, &self.elsewhere, package);
        elsewhere.retain(|(version, _)| version <= package.version);
        last(reached.into_iter().chain(elsewhere), package.version)
    }
}

/// Returns the releases of a package among these tags.
fn releases(
    cx: &Context,
    books: &[ChangelogFile],
    tags: &[Tag],
    package: &ReleasedPackage<'_>,
) -> Vec<(Version, Tag)> {
    let series = series(cx, books, tags, package);
    let versions = series.into_iter().flat_map(|series| series.versions);
    let tagged = versions.filter_map(|(version, at)| Some((version, tags.get(at)?.clone())));
    tagged.collect()
}

/// Returns the releases of a package, whose tags have its name or are those of several packages.
pub(crate) fn series(
    cx: &Context,
    books: &[ChangelogFile],
    tags: &[Tag],
    package: &ReleasedPackage<'_>,
) -> Option<Series> {
    let of_package = books.iter().filter(|book| {
        let mut members = book.members.iter();
        members.any(|member| member.name == package.name)
    });
    let listed: Vec<Version> = of_package
        .filter_map(|book| book.text.as_deref())
        .flat_map(|text| versions(text, &[]))
        .collect();
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    Series::find(
        &names,
        &Releases {
            names: &[package.name],
            template: cx.config().releases.own_tag.as_ref(),
            listed: &listed,
            apart: package.is_apart.then_some(package.version),
        },
    )
}

/// Returns the last of these releases before or at `version`. A full release contains the changes of
/// its candidates, so it follows the last full release. So does the first candidate, whatever candidates of other
/// versions there are.
pub(crate) fn last(
    releases: impl Iterator<Item = (Version, Tag)>,
    version: &Version,
) -> Option<(Version, Tag)> {
    releases.max_by_key(|(of, _)| {
        let is_candidate_of_it = !version.pre.is_empty() && core(of) == core(version);
        (of.pre.is_empty() || is_candidate_of_it, of.clone())
    })
}

fn core(version: &Version) -> (u64, u64, u64) {
    (version.major, version.minor, version.patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidate_follows_those_of_its_version_and_full_releases() {
        for (tags, version, expected) in [
            ("1.0.0 1.1.0-rc.1", "1.1.0-rc.2", "1.1.0-rc.1"),
            ("1.0.0 1.1.0-rc.1", "1.1.0", "1.0.0"),
            ("1.0.0 1.1.0-rc.1", "1.2.0-rc.1", "1.0.0"),
            ("1.0.0 1.1.0-rc.1", "1.1.1-rc.1", "1.0.0"),
            ("1.0.0-rc.1", "1.0.0", "1.0.0-rc.1"),
            ("1.0.0-rc.1", "1.1.0-rc.1", "1.0.0-rc.1"),
            ("1.0.0 1.1.0-rc.1 1.1.0", "1.2.0-rc.1", "1.1.0"),
        ] {
            let releases = tags.split(' ').map(|tag| {
                let tag = Tag {
                    name: tag.to_owned(),
                    commit: String::new(),
                };
                (tag.name.parse().unwrap(), tag)
            });
            let (_, found) = last(releases, &version.parse().unwrap()).unwrap();
            assert_eq!(found.name, expected, "{tags} {version}");
        }
    }
}
