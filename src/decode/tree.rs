//! The output of `cargo tree --prefix none --format {p}`: one package per line, several times if
//! several packages need it.

use std::collections::BTreeSet;

/// Returns names and versions of the packages that come from a registry or from git.
///
/// # Errors
/// With the first line that cargo does not print in this format.
pub fn packages(output: &str) -> Result<BTreeSet<(&str, &str)>, String> {
    let mut packages = BTreeSet::new();
    // A blank line separates the members, and a heading in brackets the kinds of dependencies.
    for line in output
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('['))
    {
        let mut words = line.splitn(3, ' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            return Err(format!("`{line}` is not a package"));
        };
        let Some(version) = version.strip_prefix('v') else {
            return Err(format!("`{line}` has no version"));
        };
        if !words.next().is_some_and(has_directory) {
            packages.insert((name, version));
        }
    }
    Ok(packages)
}

/// Returns whether the rest of a line names the directory of a package.
fn has_directory(rest: &str) -> bool {
    let places = rest.split('(').skip(1);
    places
        .map(|place| place.split(')').next().unwrap_or(place))
        .any(|place| {
            let drive = place.as_bytes().get(1..3);
            place.starts_with(['/', '\\']) || matches!(drive, Some(b":\\" | b":/"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_from_elsewhere_are_listed_once() {
        let output = "\
app v0.1.0 (/ws/my (first) app)
syn v2.0.1
quote v1.0.0 (*)
[build-dependencies]
derive v1.2.3 (proc-macro)
forked v0.3.0 (https://git.example.invalid/o/r?branch=x#0123abcd)

local-macro v0.1.0 (proc-macro) (/ws/local)
windows v0.1.0 (C:\\ws\\windows)
syn v2.0.1
syn v1.0.9
";
        let expected = [
            ("derive", "1.2.3"),
            ("forked", "0.3.0"),
            ("quote", "1.0.0"),
            ("syn", "1.0.9"),
            ("syn", "2.0.1"),
        ];
        assert_eq!(packages(output), Ok(expected.into()));
    }

    #[test]
    fn other_output_is_an_error() {
        for output in ["syn", "syn 2.0.1", "warning: no", "\u{1b}[1msyn v1.0.0"] {
            let result = packages(output);
            let is_error = result.is_err();
            assert_eq!(is_error, !output.ends_with("v1.0.0"), "{output}");
        }
    }
}
