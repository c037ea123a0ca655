//! Addresses on a forge: comparisons, pages of tags, files at a tag. GitHub's forms, which Gitea and others share, and
//! GitLab's with its `/-/`.

/// `BASE/compare/FROM...TO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compare<'u> {
    base: &'u str,
    pub(super) from: &'u str,
    dots: &'u str,
    pub(super) to: &'u str,
}

impl<'u> Compare<'u> {
    pub(super) fn read(url: &'u str) -> Option<Self> {
        let (base, range) = short(url)?.split_once("/compare/")?;
        let dots = if range.contains("...") { "..." } else { ".." };
        let (from, to) = range.split_once(dots)?;
        (!from.is_empty() && !to.is_empty()).then_some(Self {
            base,
            from,
            dots,
            to,
        })
    }

    /// Compares with the last commit that both sides have.
    pub(super) fn has_three_dots(&self) -> bool {
        self.dots == "..."
    }

    /// The same comparison of other things.
    pub(super) fn with(&self, from: &str, to: &str) -> String {
        format!("{}/compare/{from}{}{to}", self.base, self.dots)
    }
}

/// Bytes of an address. Forges and browsers refuse longer ones, and every heading may refer to the same one.
const LONGEST: usize = 2000;

/// Returns the address unless it is too long to be one.
fn short(url: &str) -> Option<&str> {
    (url.len() <= LONGEST).then_some(url)
}

/// The tag whose page this is, or that this comparison leads to.
pub(super) fn tag(url: &str) -> Option<&str> {
    let page = || {
        short(url)?
            .split_once("/releases/tag/")
            .or_else(|| url.split_once("/tags/"))
            .map(|(_, tag)| tag)
    };
    Compare::read(url)
        .map(|compare| compare.to)
        .or_else(page)
        .filter(|tag| !tag.is_empty())
}

/// The repository that an address lies in.
pub(super) fn repository(url: &str) -> Option<&str> {
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
    let url = short(url)?;
    let end = marks.iter().filter_map(|mark| url.find(mark)).min()?;
    Some(&url[..end]).filter(|base| base.contains("://"))
}

fn root(repository: &str) -> String {
    let base = repository.trim_end_matches('/').trim_end_matches(".git");
    if base.contains("gitlab") {
        format!("{base}/-")
    } else {
        base.to_owned()
    }
}

/// The comparison of two tags, or of a tag and a branch.
pub(super) fn compare_page(repository: &str, from: &str, to: &str) -> String {
    format!("{}/compare/{from}...{to}", root(repository))
}

/// The page of a tag.
pub(super) fn tag_page(repository: &str, tag: &str) -> String {
    let root = root(repository);
    if root.ends_with("/-") {
        format!("{root}/tags/{tag}")
    } else {
        format!("{root}/releases/tag/{tag}")
    }
}

/// A file at a tag: for readers, or its bytes.
pub(super) fn file(repository: &str, tag: &str, path: &str, raw: bool) -> String {
    format!(
        "{}/{}/{tag}/{path}",
        root(repository),
        if raw { "raw" } else { "blob" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_read_and_written_alike() {
        let url = "https://h/o/r/compare/v1.0.0...HEAD";
        let compare = Compare::read(url).unwrap();
        assert_eq!((compare.from, compare.to), ("v1.0.0", "HEAD"));
        assert_eq!(compare.with("a", "b"), "https://h/o/r/compare/a...b");
        assert_eq!(compare.with("v1.0.0", "HEAD"), url);
        assert_eq!(
            Compare::read("https://h/compare/a..b")
                .unwrap()
                .with("b", "c"),
            "https://h/compare/b..c"
        );
        for url in [
            "",
            "https://h/o/r",
            "https://h/compare/a",
            "https://h/compare/...b",
        ] {
            assert_eq!(Compare::read(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_are_those_of_the_forge() {
        let (github, gitlab) = ("https://github.com/o/r.git", "https://gitlab.com/o/r/");
        assert_eq!(
            tag_page(github, "v1"),
            "https://github.com/o/r/releases/tag/v1"
        );
        assert_eq!(tag_page(gitlab, "v1"), "https://gitlab.com/o/r/-/tags/v1");
        assert_eq!(
            compare_page(gitlab, "a", "b"),
            "https://gitlab.com/o/r/-/compare/a...b"
        );
        assert_eq!(
            file(github, "v1", "a.md", false),
            "https://github.com/o/r/blob/v1/a.md"
        );
        assert_eq!(
            file(gitlab, "v1", "a.png", true),
            "https://gitlab.com/o/r/-/raw/v1/a.png"
        );
        for url in [
            tag_page(github, "v1"),
            tag_page(gitlab, "v1"),
            compare_page(github, "v0", "v1"),
        ] {
            assert_eq!(tag(&url), Some("v1"), "{url}");
            assert!(repository(&url).unwrap().ends_with("/o/r"), "{url}");
        }
        assert_eq!(
            (
                tag("https://h/o/r"),
                repository("https://h/o/r"),
                repository("/compare/x")
            ),
            (None, None, None)
        );
    }
}
