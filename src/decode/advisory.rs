//! Security advisories of the RustSec database: Markdown with TOML at the top.
//!
//! The database has one directory for each package, with a file for each advisory.

mod versions;

use cvss::{Cvss, Severity};
use semver::Version;
use toml_edit::{Document, Item, TableLike};

use versions::Range;

/// An advisory about a package.
#[derive(Clone, Debug, PartialEq)]
pub struct Advisory {
    /// `RUSTSEC-2021-0003`.
    pub id: String,
    /// Name of the package.
    pub package: String,
    /// The first heading of the text, in one line.
    pub title: String,
    /// The kind of its report.
    pub kind: AdvisoryKind,
    /// Whether it was taken back.
    pub is_withdrawn: bool,
    /// The requirements of the versions without the problem, as the advisory writes them.
    pub patched: Vec<String>,
    /// The operating systems that it is limited to. Empty if it concerns all.
    pub systems: Vec<String>,
    /// The architectures that it is limited to. Empty if it concerns all.
    pub architectures: Vec<String>,
    /// The versions without the problem, and those from before it.
    unaffected: Vec<Range>,
}

/// The kind of an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdvisoryKind {
    /// A vulnerability, with its severity. `None` if the advisory gives no score that can be read.
    Vulnerability(Option<VulnerabilitySeverity>),
    /// The package has no maintainer.
    Unmaintained,
    /// Safe code can cause undefined behavior.
    Unsound,
    /// Something else that is worth knowing.
    Notice,
}

/// The qualitative severity of a CVSS score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum VulnerabilitySeverity {
    None,
    Low,
    Medium,
    High,
    Critical,
}

impl VulnerabilitySeverity {
    /// Returns the name that CVSS gives it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Advisory {
    /// Returns whether a version has the problem.
    ///
    /// Versions are compared as in RustSec, where a prerelease is a version like any other. A
    /// requirement of cargo would not match it.
    pub fn affects(&self, version: &Version) -> bool {
        !self.unaffected.iter().any(|range| range.contains(version))
    }

    /// Returns whether the problem can occur on a target triple. `true` unless it is known that it
    /// cannot.
    pub fn concerns(&self, triple: &str) -> bool {
        self.unknown_platform().is_some()
            || is_listed(&self.systems, system(triple))
                && is_listed(&self.architectures, architecture(triple))
    }

    /// Returns a system or architecture that it is limited to and that is not known, so that it may concern any target.
    pub fn unknown_platform(&self) -> Option<&str> {
        let systems = self.systems.iter().map(String::as_str);
        let architectures = self.architectures.iter().map(String::as_str);
        let mut unknown = systems
            .filter(|name| !SYSTEMS.contains(name))
            .chain(architectures.filter(|name| !ARCHITECTURES.contains(name)));
        unknown.next()
    }
}

/// The operating systems of Rust's targets under their names in advisories.
const SYSTEMS: [&str; 45] = [
    "aix",
    "amdhsa",
    "android",
    "cuda",
    "cygwin",
    "dragonfly",
    "emscripten",
    "espidf",
    "freebsd",
    "fuchsia",
    "haiku",
    "hermit",
    "horizon",
    "hurd",
    "illumos",
    "ios",
    "l4re",
    "linux",
    "lynxos178",
    "macos",
    "managarm",
    "motor",
    "netbsd",
    "none",
    "nto",
    "nuttx",
    "openbsd",
    "psp",
    "psx",
    "redox",
    "rtems",
    "solaris",
    "solid_asp3",
    "teeos",
    "trusty",
    "tvos",
    "uefi",
    "unknown",
    "vexos",
    "visionos",
    "vita",
    "vxworks",
    "wasi",
    "watchos",
    "windows",
];

/// The architectures of Rust's targets under their names in advisories.
const ARCHITECTURES: [&str; 30] = [
    "aarch64",
    "amdgpu",
    "arm",
    "arm64ec",
    "avr",
    "bpf",
    "csky",
    "hexagon",
    "loongarch32",
    "loongarch64",
    "m68k",
    "mips",
    "mips32r6",
    "mips64",
    "mips64r6",
    "msp430",
    "nvptx",
    "nvptx64",
    "powerpc",
    "powerpc64",
    "riscv",
    "riscv32",
    "riscv64",
    "s390x",
    "sparc",
    "sparc64",
    "wasm32",
    "wasm64",
    "x86",
    "x86_64",
];

/// Returns whether a list has a name, is empty, or the name is not known.
fn is_listed(names: &[String], name: Option<&str>) -> bool {
    names.is_empty() || name.is_none_or(|name| names.iter().any(|one| one == name))
}

/// Returns the operating system of a target triple under its name in advisories.
fn system(triple: &str) -> Option<&str> {
    const PARTS: [(&str, &str); 13] = [
        ("-android", "android"),
        ("-darwin", "macos"),
        ("-dragonfly", "dragonfly"),
        ("-freebsd", "freebsd"),
        ("-illumos", "illumos"),
        ("-ios", "ios"),
        ("-linux", "linux"),
        ("-netbsd", "netbsd"),
        ("-openbsd", "openbsd"),
        ("-redox", "redox"),
        ("-solaris", "solaris"),
        ("-wasi", "wasi"),
        ("-windows", "windows"),
    ];
    let known = PARTS.iter().find(|(part, _)| triple.contains(part));
    known.map(|(_, name)| *name)
}

/// Returns the architecture of a target triple under its name in advisories.
fn architecture(triple: &str) -> Option<&str> {
    let first = triple.split('-').next()?;
    match first {
        "aarch64" | "x86_64" | "s390x" | "sparc64" | "wasm32" | "wasm64" => Some(first),
        "i586" | "i686" => Some("x86"),
        _ if first.starts_with("arm") || first.starts_with("thumb") => Some("arm"),
        _ if first.starts_with("riscv32") => Some("riscv32"),
        _ if first.starts_with("riscv64") => Some("riscv64"),
        _ => None,
    }
}

/// Reads an advisory.
///
/// # Errors
/// With the reason, if it cannot be understood. A score that cannot be understood is none.
pub fn read(text: &str) -> Result<Advisory, String> {
    let (front, body) = parts(text).ok_or("it does not begin with a TOML block")?;
    let document = Document::parse(front).map_err(|error| error.message().to_owned())?;
    let table = |name: &str| document.get(name).and_then(Item::as_table_like);
    let advisory = table("advisory").ok_or("the table [advisory] is missing")?;
    let required = |key: &str| {
        let value = advisory.get(key).and_then(Item::as_str);
        value.ok_or_else(|| format!("`{key}` is missing in [advisory]"))
    };
    let (id, package) = (required("id")?, required("package")?);
    if !is_id(id) {
        return Err("`id` is not the id of an advisory".to_owned());
    }
    let versions = table("versions").ok_or("the table [versions] is missing")?;
    let patched = texts(versions, "patched")?.ok_or("`patched` is missing in [versions]")?;
    let requirements = texts(versions, "unaffected")?.unwrap_or_default();
    let requirements = requirements.iter().chain(&patched);
    let unaffected = requirements
        .map(|text| Range::read(text))
        .collect::<Result<_, _>>()?;
    let affected = |key: &str| table("affected").map_or(Ok(None), |table| texts(table, key));
    Ok(Advisory {
        id: id.to_owned(),
        package: package.to_owned(),
        title: title(body),
        kind: kind(advisory)?,
        is_withdrawn: is_withdrawn(advisory)?,
        systems: affected("os")?.unwrap_or_default(),
        architectures: affected("arch")?.unwrap_or_default(),
        patched,
        unaffected,
    })
}

/// Splits the text into the TOML block at its beginning and the Markdown behind it.
fn parts(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let front = text.strip_prefix("```toml")?;
    // The last line keeps its end, because TOML does not accept a carriage return alone.
    let end = front.find("\n```")? + 1;
    Some(front.split_at(end))
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns a list of texts. `None` if the key is missing.
fn texts(table: &dyn TableLike, key: &str) -> Result<Option<Vec<String>>, String> {
    let Some(item) = table.get(key) else {
        return Ok(None);
    };
    let values = item.as_array().map(|array| {
        let texts = array.iter().map(|value| value.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>()
    });
    match values.flatten() {
        Some(texts) => Ok(Some(texts)),
        None => Err(format!("`{key}` is not a list of texts")),
    }
}

/// Returns whether an advisory has a day on which it was withdrawn.
fn is_withdrawn(advisory: &dyn TableLike) -> Result<bool, String> {
    let Some(day) = advisory.get("withdrawn") else {
        return Ok(false);
    };
    let day = day.as_str().map(str::parse::<jiff::civil::Date>);
    match day {
        Some(Ok(_)) => Ok(true),
        _ => Err("`withdrawn` is not a day".to_owned()),
    }
}

fn kind(advisory: &dyn TableLike) -> Result<AdvisoryKind, String> {
    let Some(informational) = advisory.get("informational") else {
        let vector = advisory.get("cvss").and_then(Item::as_str);
        return Ok(AdvisoryKind::Vulnerability(vector.and_then(severity)));
    };
    match informational.as_str() {
        Some("unmaintained") => Ok(AdvisoryKind::Unmaintained),
        Some("unsound") => Ok(AdvisoryKind::Unsound),
        Some(_) => Ok(AdvisoryKind::Notice),
        None => Err("`informational` is not a text".to_owned()),
    }
}

/// Returns the severity of a CVSS vector. `None` if it cannot be read.
fn severity(vector: &str) -> Option<VulnerabilitySeverity> {
    let vector: Cvss = vector.parse().ok()?;
    Some(match vector.severity() {
        Severity::None => VulnerabilitySeverity::None,
        Severity::Low => VulnerabilitySeverity::Low,
        Severity::Medium => VulnerabilitySeverity::Medium,
        Severity::High => VulnerabilitySeverity::High,
        Severity::Critical => VulnerabilitySeverity::Critical,
    })
}

/// Returns the first heading of a Markdown text.
fn title(body: &str) -> String {
    let heading = body.lines().find_map(|line| line.trim().strip_prefix("# "));
    heading.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVISORY: &str = "\
```toml
[advisory]
id = \"RUSTSEC-2021-0001\"
package = \"small\"
date = \"2021-01-08\"
cvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"

[affected]
os = [\"windows\"]
arch = [\"x86\"]

[versions]
patched = [\">= 0.6.14, < 1.0.0\", \">= 1.6.1\"]
unaffected = [\"< 0.6.3\"]
```

# Buffer overflow in `insert`

Text.
";

    #[test]
    fn advisory_has_package_title_severity_and_patched_versions() {
        let advisory = read(ADVISORY).unwrap();
        assert_eq!(advisory.id, "RUSTSEC-2021-0001");
        assert_eq!(advisory.package, "small");
        assert_eq!(advisory.title, "Buffer overflow in `insert`");
        assert_eq!(advisory.patched, [">= 0.6.14, < 1.0.0", ">= 1.6.1"]);
        let critical = Some(VulnerabilitySeverity::Critical);
        assert_eq!(advisory.kind, AdvisoryKind::Vulnerability(critical));
        assert!(!advisory.is_withdrawn);
        assert_eq!(read(&ADVISORY.replace('\n', "\r\n")).unwrap(), advisory);
    }

    #[test]
    fn advisory_is_withdrawn_on_a_day() {
        for (withdrawn, expected) in [
            ("\"2026-01-02\"", Ok(true)),
            ("\"no\"", Err("`withdrawn` is not a day".to_owned())),
            ("\"\"", Err("`withdrawn` is not a day".to_owned())),
            ("false", Err("`withdrawn` is not a day".to_owned())),
        ] {
            let key = format!("[advisory]\nwithdrawn = {withdrawn}\n");
            let advisory = read(&ADVISORY.replace("[advisory]\n", &key));
            let is_withdrawn = advisory.map(|advisory| advisory.is_withdrawn);
            assert_eq!(is_withdrawn, expected, "{withdrawn}");
        }
    }

    #[test]
    fn version_is_affected_unless_it_is_patched_or_older_than_the_problem() {
        let advisory = read(ADVISORY).unwrap();
        let affected = [
            "0.6.3",
            "0.6.13",
            "1.0.0",
            "1.6.0",
            "1.6.1-alpha.1",
            "0.6.14-rc.1",
        ];
        let unaffected = [
            "0.6.2",
            "0.6.14",
            "0.9.0",
            "1.6.1",
            "2.0.0-beta",
            "0.6.3-alpha",
        ];
        for (versions, expected) in [(affected, true), (unaffected, false)] {
            for version in versions {
                let parsed = Version::parse(version).unwrap();
                assert_eq!(advisory.affects(&parsed), expected, "{version}");
            }
        }
    }

    #[test]
    fn severity_is_that_of_every_version_of_the_score() {
        let table = [
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "critical"),
            ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:L", "low"),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "none"),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
                "high",
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
                "medium",
            ),
            ("CVSS:9.0/AV:N", "unscored"),
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", "unscored"),
            ("high", "unscored"),
        ];
        for (vector, expected) in table {
            let severity = severity(vector).map_or("unscored", VulnerabilitySeverity::name);
            assert_eq!(severity, expected, "{vector}");
        }
    }

    #[test]
    fn informational_advisory_is_not_a_vulnerability() {
        let table = [
            ("unmaintained", AdvisoryKind::Unmaintained),
            ("unsound", AdvisoryKind::Unsound),
            ("notice", AdvisoryKind::Notice),
            ("of-the-future", AdvisoryKind::Notice),
        ];
        for (word, expected) in table {
            let text = ADVISORY.replace("date =", &format!("informational = \"{word}\"\ndate ="));
            assert_eq!(read(&text).unwrap().kind, expected, "{word}");
        }
    }

    #[test]
    fn target_narrows_an_advisory_only_where_it_names_systems_or_architectures() {
        let limited = read(ADVISORY).unwrap();
        let open = read(&ADVISORY.replace("os = ", "x = ").replace("arch = ", "y = ")).unwrap();
        let table = [
            ("i686-pc-windows-msvc", true),
            ("x86_64-pc-windows-msvc", false),
            ("i686-unknown-linux-gnu", false),
            ("someone-new-none", true),
        ];
        for (triple, expected) in table {
            assert_eq!(limited.concerns(triple), expected, "{triple}");
            assert!(open.concerns(triple), "{triple}");
        }
        for (known, other) in [("\"windows\"", "nosuch"), ("\"x86\"", "zz")] {
            let odd = read(&ADVISORY.replace(known, &format!("\"{other}\""))).unwrap();
            assert_eq!(odd.unknown_platform(), Some(other));
            assert!(odd.concerns("x86_64-unknown-linux-gnu"), "{other}");
        }
        assert_eq!(limited.unknown_platform(), None);
    }

    #[test]
    fn advisory_that_is_not_understood_is_an_error() {
        let table = [
            (
                ADVISORY.replace("```toml", "```"),
                "it does not begin with a TOML block",
            ),
            (
                ADVISORY.replace("package", "crate"),
                "`package` is missing in [advisory]",
            ),
            (
                ADVISORY.replace("patched", "fixed"),
                "`patched` is missing in [versions]",
            ),
            (
                ADVISORY.replace("[versions]", "[version]"),
                "the table [versions] is missing",
            ),
            (
                ADVISORY.replace("-0001\"", " 0001\""),
                "`id` is not the id of an advisory",
            ),
            (
                ADVISORY.replace("[\"< 0.6.3\"]", "\"< 0.6.3\""),
                "`unaffected` is not a list of texts",
            ),
            (
                ADVISORY.replace("< 0.6.3", "below 1"),
                "`below 1` is not a requirement",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(read(&text).unwrap_err(), expected);
        }
    }
}
