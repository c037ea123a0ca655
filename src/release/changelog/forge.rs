//! The addresses of a forge that a changelog links to: comparisons of revisions, tags and files.

/// A comparison on a forge, `BASE/compare/FROM...TO`.
///
/// GitHub's form is shared by Gitea and others; GitLab adds `/-/`. Bitbucket has the newer side
/// first: `BASE/branches/compare/TO%0DFROM`, or with two dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compare<'u> {
    base: &'u str,
    pub(super) from: &'u str,
    between: &'static str,
    pub(super) to: &'u str,
}

impl<'u> Compare<'u> {
    /// Reads an address. `None` if it is not that of a comparison.
    pub(super) fn read(url: &'u str) -> Option<Self> {
        let (base, range) = plausible(url)?.split_once("/compare/")?;
        let is_newer_first = is_newer_first(base);
        // Splitting at `..` would leave a dot before the second revision.
        let between = match is_newer_first {
            true => ["%0D", "%0d", ".."].as_slice(),
            false => &["...", ".."],
        };
        let between = between.iter().find(|between| range.contains(**between))?;
        let (left, right) = range.split_once(between)?;
        let (from, to) = match is_newer_first {
            true => (right, left),
            false => (left, right),
        };
        (!from.is_empty() && !to.is_empty()).then_some(Self {
            base,
            from,
            between,
            to,
        })
    }

    /// Returns whether the comparison starts at the common ancestor of both sides, if the forge has
    /// both kinds.
    pub(super) fn has_three_dots(&self) -> bool {
        self.between == "..." || is_newer_first(self.base)
    }

    /// Returns the same comparison between other revisions.
    pub(super) fn with(&self, from: &str, to: &str) -> String {
        let (left, right) = match is_newer_first(self.base) {
            true => (to, from),
            false => (from, to),
        };
        format!("{}/compare/{left}{}{right}", self.base, self.between)
    }
}

/// Returns whether the newer side comes first in comparisons below an address, as on Bitbucket.
fn is_newer_first(base: &str) -> bool {
    base.ends_with("/branches")
}

/// Bytes of the longest address. Forges and browsers reject longer ones, and every heading may
/// refer to the same one.
const LONGEST: usize = 2000;

/// Returns the address unless it is too long.
fn plausible(url: &str) -> Option<&str> {
    (url.len() <= LONGEST).then_some(url)
}

/// Returns the tag that an address leads to: a page of a tag, or the end of a comparison.
pub(super) fn linked_tag(url: &str) -> Option<&str> {
    Compare::read(url)
        .map(|compare| compare.to)
        .or_else(|| {
            plausible(url)?
                .split_once("/releases/tag/")
                .or_else(|| url.split_once("/tags/"))
                .map(|(_, tag)| tag)
        })
        .filter(|tag| !tag.is_empty())
}

/// Returns the repository that contains an address.
pub(super) fn repository_of(url: &str) -> Option<&str> {
    let marks = [
        "/-/",
        "/branches/compare/",
        "/compare/",
        "/releases/",
        "/tags/",
        "/commits/",
        "/pull/",
        "/issues/",
        "/blob/",
        "/tree/",
    ];
    let url = plausible(url)?;
    let end = marks.iter().filter_map(|mark| url.find(mark)).min()?;
    Some(&url[..end]).filter(|base| base.contains("://"))
}

fn web_root(repository: &str) -> String {
    let base = repository.trim_end_matches('/').trim_end_matches(".git");
    if base.contains("gitlab") {
        format!("{base}/-")
    } else {
        base.to_owned()
    }
}

fn is_bitbucket(repository: &str) -> bool {
    repository.contains("bitbucket.org")
}

/// Returns the address of a comparison of two tags, or of a tag and a branch.
pub(super) fn compare_page(repository: &str, from: &str, to: &str) -> String {
    let root = web_root(repository);
    match is_bitbucket(repository) {
        true => format!("{root}/branches/compare/{to}%0D{from}"),
        false => format!("{root}/compare/{from}...{to}"),
    }
}

/// Returns the address of a tag's page.
pub(super) fn tag_page(repository: &str, tag: &str) -> String {
    let root = web_root(repository);
    if is_bitbucket(repository) {
        format!("{root}/src/{tag}")
    } else if root.ends_with("/-") {
        format!("{root}/tags/{tag}")
    } else {
        format!("{root}/releases/tag/{tag}")
    }
}

/// Returns the address of a file at a tag: its page, or its raw content.
pub(super) fn file_page(repository: &str, tag: &str, path: &str, raw: bool) -> String {
    let kind = match raw {
        true => "raw",
        false if is_bitbucket(repository) => "src",
        false => "blob",
    };
    format!("{}/{kind}/{tag}/{path}", web_root(repository))
}

#[cfg(test)]
mod tests;
