//! The index of a registry: the versions of each package, as a line of JSON each.
//!
//! A checkout of the index has these lines in a file for each package. Cargo's cache has the same
//! lines between NULs, after the version of the cache's own format.

use semver::Version;
use serde::Deserialize;

/// A version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The version.
    pub version: Version,
    /// Whether it was withdrawn.
    pub is_yanked: bool,
    /// The oldest version of Rust that it states it needs.
    pub rust_version: Option<String>,
}

/// The newest format of lines that is known. Cargo passes over lines of newer ones.
const LINE_FORMAT: u32 = 2;

/// The format of cargo's cache that is known, and with it that of the lines.
const CACHE_FORMAT: [u8; 5] = [3, LINE_FORMAT as u8, 0, 0, 0];

/// A line of the index. It has more keys than these.
#[derive(Deserialize)]
struct IndexLine {
    name: String,
    vers: Version,
    yanked: Option<bool>,
    rust_version: Option<String>,
    #[serde(rename = "v", default = "first_format")]
    format: u32,
}

fn first_format() -> u32 {
    1
}

/// Returns the path of a package's entry in a checkout and in cargo's cache. `None` if a registry does
/// not accept the name.
pub fn path(name: &str) -> Option<String> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.chars().all(is_valid) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    match name.len() {
        0 => None,
        length @ (1 | 2) => Some(format!("{length}/{name}")),
        3 => Some(format!("3/{}/{name}", &name[..1])),
        _ => Some(format!("{}/{}/{name}", &name[..2], &name[2..4])),
    }
}

/// Reads the entry of a package in a checkout.
///
/// # Errors
/// If a line cannot be read, or is about another package; as a fragment.
pub fn checked_out(name: &str, text: &str) -> Result<Vec<PublishedVersion>, String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| Ok(version(name, line)?.1)).collect()
}

/// Reads the entry of a package in cargo's cache.
///
/// # Errors
/// If it has another format, is not complete, or is about another package; as a fragment.
pub fn cached(name: &str, text: &str) -> Result<Vec<PublishedVersion>, String> {
    let Some(rest) = text.as_bytes().strip_prefix(&CACHE_FORMAT) else {
        return Err("it is not in a known format of cargo's cache".to_owned());
    };
    let rest = &text[text.len() - rest.len()..];
    let (_, versions) = rest.split_once('\0').ok_or(INCOMPLETE)?;
    let versions = versions.strip_suffix('\0').ok_or(INCOMPLETE)?;
    let mut parts = versions.split('\0');
    let mut found = Vec::new();
    while let Some(written) = parts.next() {
        let line = parts.next().ok_or(INCOMPLETE)?;
        let (known, published) = version(name, line)?;
        if known != written {
            return Err(format!("version {written} has the line of {known}"));
        }
        found.push(published);
    }
    Ok(found)
}

const INCOMPLETE: &str = "it is not complete";

/// Reads a line. The text is the version.
fn version(name: &str, line: &str) -> Result<(String, PublishedVersion), String> {
    let line: IndexLine = serde_json::from_str(line)
        .map_err(|error| format!("a line is not as a registry writes it: {error}"))?;
    if line.format > LINE_FORMAT {
        return Err(format!("a line has the unknown format {}", line.format));
    }
    if !line.name.eq_ignore_ascii_case(name) {
        return Err(format!("a line is about `{}`", line.name));
    }
    let published = PublishedVersion {
        is_yanked: line.yanked.unwrap_or(false),
        rust_version: line.rust_version,
        version: line.vers,
    };
    Ok((published.version.to_string(), published))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = concat!(
        r#"{"name":"Small","vers":"1.0.0","deps":[],"cksum":"0","features":{},"yanked":true}"#,
        "\n",
        r#"{"name":"Small","vers":"1.1.0","yanked":false,"rust_version":"1.70","v":2}"#,
        "\n",
    );

    /// Returns an entry of cargo's cache with these lines.
    fn cache(lines: &str) -> String {
        let mut text = "\u{3}\u{2}\0\0\0etag: \"1\"\0".to_owned();
        for (version, line) in ["1.0.0", "1.1.0"].iter().zip(lines.lines()) {
            text.push_str(&format!("{version}\0{line}\0"));
        }
        text
    }

    #[test]
    fn entries_of_a_checkout_and_of_the_cache_have_the_same_versions() {
        let expected = [
            PublishedVersion {
                version: Version::new(1, 0, 0),
                is_yanked: true,
                rust_version: None,
            },
            PublishedVersion {
                version: Version::new(1, 1, 0),
                is_yanked: false,
                rust_version: Some("1.70".to_owned()),
            },
        ];
        assert_eq!(checked_out("small", LINES), Ok(expected.to_vec()));
        assert_eq!(cached("small", &cache(LINES)), Ok(expected.to_vec()));
    }

    #[test]
    fn damaged_or_unknown_entry_is_an_error_and_not_empty() {
        let whole = cache(LINES);
        let other = |from: &str, to: &str| whole.replace(from, to);
        let table = [
            (String::new(), "known format"),
            (whole[..3].to_owned(), "known format"),
            (whole[1..].to_owned(), "known format"),
            (other("\u{3}\u{2}", "\u{4}\u{2}"), "known format"),
            (other("\u{3}\u{2}", "\u{3}\u{3}"), "known format"),
            (whole[..9].to_owned(), "not complete"),
            (other("\"v\":2}\0", "\"v\":2}"), "not complete"),
            (whole[..whole.len() - 9].to_owned(), "not complete"),
            (other("\"v\":2}", "\"v\":"), "not as a registry"),
            (other("\"v\":2", "\"v\":3"), "unknown format 3"),
            (other("Small", "Other"), "about `Other`"),
            (other("\u{0}1.1.0\0", "\u{0}1.2.0\0"), "1.2.0 has the line"),
            (other("true", "1"), "not as a registry"),
        ];
        for (text, expected) in table {
            let error = cached("small", &text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
        let cut = &LINES[..LINES.len() - 4];
        assert!(checked_out("small", cut).is_err());
        assert!(checked_out("other", LINES).is_err());
    }

    #[test]
    fn path_depends_on_the_length_of_the_name() {
        for (name, expected) in [
            ("a", Some("1/a")),
            ("ab", Some("2/ab")),
            ("Abc", Some("3/a/abc")),
            ("serde_json", Some("se/rd/serde_json")),
            ("", None),
            ("../a", None),
            ("né", None),
        ] {
            assert_eq!(path(name).as_deref(), expected, "{name}");
        }
    }
}
