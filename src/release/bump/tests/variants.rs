//! Real manifests in every spelling: a bump changes the bytes of versions and nothing else.
//!
//! The manifests are those of the machine's registry cache; without one there is nothing to read, and that is said.

use std::fs;
use std::path::PathBuf;

use semver::VersionReq;

use super::super::manifest::{self, Field, Located};
use super::super::*;

/// At least so many manifests are looked at where there are as many.
const WANTED: usize = 220;

/// Texts of manifests as their authors wrote them (`Cargo.toml.orig`), then as cargo normalised them.
fn real() -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a test looks for the machine's registry cache")]
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    let mut packages: Vec<PathBuf> = registries
        .flat_map(|registry| fs::read_dir(registry.path()).into_iter().flatten().flatten())
        .map(|package| package.path())
        .collect();
    packages.sort();
    let paths = ["Cargo.toml.orig", "Cargo.toml"].iter().flat_map(|name| packages.iter().map(move |p| p.join(name)));
    paths.filter_map(|path| fs::read_to_string(path).ok()).filter(|text| text.len() < 12_000).take(WANTED).collect()
}

/// The same manifest with other line ends, a byte order mark, no last line end, other quotes and blanks.
fn spellings(text: &str) -> Vec<String> {
    let unix = text.replace("\r\n", "\n");
    let mixed = |(at, line): (usize, &str)| line.to_owned() + if at % 2 == 0 { "\n" } else { "\r\n" };
    vec![
        text.to_owned(),
        unix.replace('\n', "\r\n"),
        format!("\u{feff}{}", unix.replace('\n', "\r\n")),
        unix.trim_end().to_owned(),
        unix.lines().enumerate().map(mixed).collect(),
        unix.lines().map(single_quoted).collect(),
        unix.replace(" = ", "\t=\t").replace("# ", "# ü€𝄞 "),
    ]
}

/// A line with its one pair of double quotes turned to single ones.
fn single_quoted(line: &str) -> String {
    let simple = line.matches('"').count() == 2 && !line.contains(['\'', '\\', '#']);
    if simple { line.replace('"', "'") + "\n" } else { line.to_owned() + "\n" }
}

fn manifest(path: &str, role: Role, text: String) -> Manifest {
    Manifest { path: path.to_owned(), text, role, ours: true, library: true }
}

/// A workspace around a manifest: some of what it depends on by name are members, by `[patch]`, in a version that it admits.
fn workspace(text: &str) -> Vec<Manifest> {
    let real = manifest("real/Cargo.toml", Role::Member, text.to_owned());
    let mut members = BTreeMap::new();
    for dependency in located(&real).dependencies.iter().filter(|d| d.folder.is_none()) {
        let admitted = dependency.requirement.as_ref().and_then(|requirement| admitted(&requirement.value));
        if let Some(version) = admitted.filter(|_| members.len() < 6) {
            members.entry(dependency.package.clone()).or_insert(version);
        }
    }
    let patches = members.keys().map(|name| format!("\"{name}\" = {{ path = \"{name}\" }}\n"));
    let root = format!("[workspace]\n[patch.crates-io]\n{}", patches.collect::<String>());
    let member = |(name, version): (&String, &Version)| {
        let text = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        manifest(&format!("{name}/Cargo.toml"), Role::Member, text)
    };
    let members = members.iter().map(member).collect::<Vec<_>>();
    [manifest("Cargo.toml", Role::Root, root), real].into_iter().chain(members).collect()
}

/// The lowest version that a requirement names, when it admits it.
fn admitted(requirement: &str) -> Option<Version> {
    let parsed = VersionReq::parse(requirement).ok()?;
    let first = parsed.comparators.first()?;
    let mut version = Version::new(first.major, first.minor.unwrap_or(0), first.patch.unwrap_or(0));
    version.pre = first.pre.clone();
    parsed.matches(&version).then_some(version)
}

fn located(manifest: &Manifest) -> Located<'_> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    manifest::locate(manifest, &mut problems, &mut notes)
}

/// The version of the package, when it is a literal.
fn version(text: &str) -> Option<Version> {
    let manifest = manifest("Cargo.toml", Role::Root, text.to_owned());
    match located(&manifest).package?.version {
        Field::Literal(literal) => literal.value.parse().ok(),
        _ => None,
    }
}

/// The edits of one manifest of a workspace that moves as a whole.
fn edits(manifests: &[Manifest], target: &str, path: &str) -> Vec<Edit> {
    let request = Request { rewrite_ranges: true, allow_downgrade: true, ..Request::new(target.parse().unwrap()) };
    let plan = plan(manifests, &request, &[], &BTreeMap::new());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems:?}\n{}", manifests[1].text));
    plan.edits.into_iter().filter(|edit| edit.path == path).collect()
}

/// Looks at one spelling of a manifest; gives the number of edits.
fn check(text: &str, present: &Version, target: &str) -> usize {
    let manifests = workspace(text);
    let edits = edits(&manifests, target, "real/Cargo.toml");
    let bumped = apply(text, &edits);
    let (old, new) = (located(&manifests[1]).dependencies.len(), target.parse::<Version>().unwrap());
    assert_eq!(version(text).as_ref(), Some(present), "{text}");
    assert_eq!(version(&bumped).as_ref(), Some(&new), "{text}");
    assert_eq!(apply(&bumped, &taken_back(&edits)), text, "what is no version changed");
    let bumped = manifest("real/Cargo.toml", Role::Member, bumped);
    let dependencies = located(&bumped).dependencies;
    assert_eq!(dependencies.len(), old);
    for edit in edits.iter().filter(|edit| edit.why.starts_with("requirement")) {
        let requirement = VersionReq::parse(&edit.after);
        assert!(requirement.is_ok_and(|requirement| requirement.matches(&new)), "{edit:?}");
    }
    edits.len()
}

/// The edits that take edits back.
fn taken_back(edits: &[Edit]) -> Vec<Edit> {
    let mut grown = 0_isize;
    let back = edits.iter().map(|edit| {
        let start = edit.span.start.checked_add_signed(grown).unwrap();
        grown += edit.after.len().cast_signed() - edit.before.len().cast_signed();
        Edit { span: start..start + edit.after.len(), after: edit.before.clone(), ..edit.clone() }
    });
    back.collect()
}

#[test]
fn real_manifests_keep_every_other_byte_in_every_spelling() {
    let real = real();
    if real.len() < 200 {
        eprintln!("only {} manifests in the registry cache: not enough to judge by", real.len());
    }
    let (mut spelt, mut edited) = (0, 0);
    for text in &real {
        let Some(present) = version(text) else { continue };
        for spelling in spellings(text).into_iter().filter(|s| toml_edit::Document::parse(s.as_str()).is_ok()) {
            let same =
                edits(&[manifest("Cargo.toml", Role::Root, spelling.clone())], &present.to_string(), "Cargo.toml");
            assert_eq!(same, [], "{spelling}");
            edited += check(&spelling, &present, ["9876.5.4-rc.3", "9876.5.4"][spelt % 2]);
            spelt += 1;
        }
    }
    assert!(real.len() < 200 || spelt > real.len() * 3 && edited > spelt * 3, "{edited} edits, {spelt} spellings");
}
