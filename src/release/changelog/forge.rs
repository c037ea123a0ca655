//! The addresses of a forge that a changelog links to: comparisons of revisions, tags and files.

/// A comparison on a forge, `BASE/compare/FROM...TO`.
///
/// GitHub's form is shared by Gitea and others; GitLab adds `/-/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compare<'u> {
    base: &'u str,
    pub(super) from: &'u str,
    dots: &'u str,
    pub(super) to: &'u str,
}

impl<'u> Compare<'u> {
    /// Reads an address. `None` if it is not that of a comparison.
    pub(super) fn read(url: &'u str) -> Option<Self> {
        let (base, range) = plausible(url)?.split_once("/compare/")?;
        // Splitting at `..` would leave a dot before the second revision.
        let dots = if range.contains("...") { "..." } else { ".." };
        let (from, to) = range.split_once(dots)?;
        (!from.is_empty() && !to.is_empty()).then_some(Self {
            base,
            from,
            dots,
            to,
        })
    }

    /// Returns whether the comparison starts at the common ancestor of both sides.
    pub(super) fn has_three_dots(&self) -> bool {
        self.dots == "..."
    }

    /// Returns the same comparison between other revisions.
    pub(super) fn with(&self, from: &str, to: &str) -> String {
        format!("{}/compare/{from}{}{to}", self.base, self.dots)
    }
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

/// Returns the address of a comparison of two tags, or of a tag and a branch.
pub(super) fn compare_page(repository: &str, from: &str, to: &str) -> String {
    format!("{}/compare/{from}...{to}", web_root(repository))
}

/// Returns the address of a tag's page.
pub(super) fn tag_page(repository: &str, tag: &str) -> String {
    let root = web_root(repository);
    if root.ends_with("/-") {
        format!("{root}/tags/{tag}")
    } else {
        format!("{root}/releases/tag/{tag}")
    }
}

/// Returns the address of a file at a tag: its page, or its raw content.
pub(super) fn file_page(repository: &str, tag: &str, path: &str, raw: bool) -> String {
    format!(
        "{}/{}/{tag}/{path}",
        web_root(repository),
        if raw { "raw" } else { "blob" }
    )
}

#[cfg(test)]
mod tests;
