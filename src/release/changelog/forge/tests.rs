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
    for between in ["..", "%0D"] {
        let url = format!("https://bitbucket.org/o/r/branches/compare/HEAD{between}v1.0.0");
        let compare = Compare::read(&url).unwrap();
        assert_eq!((compare.from, compare.to), ("v1.0.0", "HEAD"));
        assert_eq!(compare.with("v1.0.0", "HEAD"), url);
    }
    for url in [
        "",
        "https://h/o/r",
        "https://h/compare/a%0Db",
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
        file_page(github, "v1", "a.md", false),
        "https://github.com/o/r/blob/v1/a.md"
    );
    assert_eq!(
        file_page(gitlab, "v1", "a.png", true),
        "https://gitlab.com/o/r/-/raw/v1/a.png"
    );
    let bitbucket = "https://bitbucket.org/o/r";
    assert_eq!(
        tag_page(bitbucket, "v1"),
        "https://bitbucket.org/o/r/src/v1"
    );
    assert_eq!(
        compare_page(bitbucket, "a", "b"),
        "https://bitbucket.org/o/r/branches/compare/b%0Da"
    );
    assert_eq!(
        file_page(bitbucket, "v1", "a.md", false),
        "https://bitbucket.org/o/r/src/v1/a.md"
    );
    for url in [
        tag_page(github, "v1"),
        tag_page(gitlab, "v1"),
        compare_page(github, "v0", "v1"),
        compare_page(bitbucket, "v0", "v1"),
    ] {
        assert_eq!(linked_tag(&url), Some("v1"), "{url}");
        assert!(repository_of(&url).unwrap().ends_with("/o/r"), "{url}");
    }
    assert_eq!(
        (
            linked_tag("https://h/o/r"),
            repository_of("https://h/o/r"),
            repository_of("/compare/x")
        ),
        (None, None, None)
    );
}
