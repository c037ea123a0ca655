//! Every way to write a version; and manifests in every spelling: a bump changes the bytes of versions and nothing else.
//!
//! Those of `fixtures/release/manifests`, and some of the machine's registry cache where there is one. Any number of others:
//! `MANIFESTS=FOLDER:FOLDER cargo test --lib every_manifest_of_a_folder -- --ignored --nocapture`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests look for manifests where the environment says"
)]

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};

use super::*;
use crate::release::bump::{BumpRequest, Downgrades, Edit, apply, plan};

/// Every version and requirement as `table package directory = bytes`.
fn found(text: &str) -> Vec<String> {
    let manifest = Manifest {
        path: "a/b/Cargo.toml".to_owned(),
        text: text.to_owned(),
        role: ManifestRole::Member,
        ours: true,
        library: true,
    };
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let located = locate(&manifest, &mut problems, &mut notes);
    assert!(problems.is_empty() && notes.is_empty(), "{problems:?}");
    let bytes = |literal: &Literal| format!("{}|{}", &text[literal.span.clone()], literal.value);
    let version = located.package.map(|package| match &package.version {
        StringField::Literal(literal) => format!("{} {}", package.name, bytes(literal)),
        StringField::Inherited => format!("{} inherited", package.name),
        StringField::Absent => format!("{} absent", package.name),
    });
    let shared = located
        .shared
        .iter()
        .map(|literal| format!("shared {}", bytes(literal)));
    let dependencies = located.dependencies.iter().map(|d| {
        let requirement = d
            .requirement
            .as_ref()
            .map_or_else(|| "none".to_owned(), bytes);
        let at = d.directory.as_deref().unwrap_or("-");
        format!(
            "{:?} {} {at} {} {requirement}",
            d.table,
            d.package,
            &text[d.key.clone()]
        )
    });
    version
        .into_iter()
        .chain(shared)
        .chain(dependencies)
        .collect()
}

#[test]
fn every_way_to_write_a_version_is_found() {
    let big = "\u{feff}[package]\r\nname = \"ü\"\r\nversion = '1.2.3' # x\r\n[workspace.package]\r\nversion=\"1.0.0\"";
    for (text, expected) in [
        (big, &["ü 1.2.3|1.2.3", "shared 1.0.0|1.0.0"][..]),
        (
            "package.name = 'a'\npackage.version = \"\"\"1.2.3\"\"\"",
            &["a 1.2.3|1.2.3"],
        ),
        (
            "[package]\n\"name\" = 'a'\n\"version\"\t=\t'''1.2.3'''",
            &["a 1.2.3|1.2.3"],
        ),
        (
            "package = { name = 'a', version = '1.2.3' }",
            &["a 1.2.3|1.2.3"],
        ),
        (
            "package = {\n name = 'a', # ü\n version = ' 1.2.3 ',\n}",
            &["a 1.2.3|1.2.3"],
        ),
        (
            "[package]\nname = 'a'\nversion = \"1\\u002E2.3\"",
            &["a 1\\u002E2.3|1.2.3"],
        ),
        (
            "[package]\nname = 'a'\nversion.workspace = true",
            &["a inherited"],
        ),
        (
            "[package]\nname = 'a'\nversion = { workspace = true }",
            &["a inherited"],
        ),
        (
            "[package]\nname = 'a'\n[package.version]\nworkspace = true",
            &["a inherited"],
        ),
        ("[package]\nname = 'a'\n", &["a absent"]),
        (
            "[project]\nname = 'a'\nversion = '1.0.0'",
            &["a 1.0.0|1.0.0"],
        ),
        ("[package]\nversion = '1.0.0'", &[]),
        ("package = 1", &[]),
        ("", &[]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn every_way_to_write_a_requirement_is_found() {
    for (text, expected) in [
        ("[dependencies]\nx = '1'", "Normal x - x 1|1"),
        (
            "[dependencies]\n'x' = { path = '..', version = ' ^1 ' }",
            "Normal x a 'x' ^1|^1",
        ),
        (
            "dependencies.x.version = '1'\ndependencies.x.path = './c/../../x'",
            "Normal x a/x x 1|1",
        ),
        (
            "[dependencies.y]\npackage = \"x\"\npath = '../../..'\nversion = '1'",
            "Normal x .. y 1|1",
        ),
        (
            "[dependencies]\nx = { path = \"\\\\..\" }",
            "Normal x /.. x none",
        ),
        (
            "[dev-dependencies]\nx = { path = '/x' }",
            "Private x /x x none",
        ),
        (
            "[build_dependencies]\nx = { git = 'u', version = '1' }",
            "Private x - x 1|1",
        ),
        (
            "[target.'cfg(unix)'.dependencies.x]\nversion = '1'",
            "Normal x - x 1|1",
        ),
        (
            "target.\"cfg(windows)\".build-dependencies = { x = '1' }",
            "Private x - x 1|1",
        ),
        (
            "[workspace.dependencies]\nx = {\n path = 'x',\n version = '1', # c\n}",
            "Shared x a/b/x x 1|1",
        ),
        (
            "[patch.crates-io]\nx = { path = 'x', version = '1' }",
            "Patch x a/b/x x 1|1",
        ),
        (
            "[patch.'https://x']\nx = { path = 'x' }",
            "Patch x a/b/x x none",
        ),
        (
            "[replace]\n'x:1.0.0' = { path = 'x' }",
            "Replace x a/b/x 'x:1.0.0' none",
        ),
    ] {
        assert_eq!(found(text), [expected], "{text}");
    }
    for none in [
        "[dependencies]\nx.workspace = true",
        "[dependencies]\nx = { workspace = true, version = '1' }",
    ] {
        assert_eq!(found(none), ["Normal x - x none"]);
    }
}

#[test]
fn folders_are_joined_by_name() {
    for (dir, path, expected) in [
        ("", "core", "core"),
        ("api", "../core", "core"),
        ("api", "..", ""),
        ("", "../x/", "../x"),
        ("../x", "../../y", "../../y"),
        ("api", "..\\core\\.", "core"),
        ("api", "C:\\core", "C:/core"),
        ("a b/ü", "./c d", "a b/ü/c d"),
    ] {
        assert_eq!(directory(dir, path), expected, "{dir} {path}");
    }
}

/// So many manifests of the registry cache are looked at each time.
const CACHED: usize = 100;

/// The manifests below these directories, sorted: as their authors wrote them where cargo kept that.
fn below(directories: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), directories.into_iter().collect::<Vec<_>>());
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let (path, original) = (entry.path(), entry.path().with_file_name("Cargo.toml.orig"));
            let is_manifest =
                path.file_name() == Some(OsStr::new("Cargo.toml")) && !original.is_file();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                Ok(kind) if kind.is_file() && (is_manifest || path == original) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Texts, without those that are no manifests of a package with a version.
fn texts(paths: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
    let texts = paths
        .into_iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    texts.filter(|text| version(text).is_some()).collect()
}

/// The same manifest with other line ends, a byte order mark, no last line end, other quotes and blanks.
fn spellings(text: &str) -> Vec<String> {
    let unix = text.replace("\r\n", "\n");
    let mixed =
        |(at, line): (usize, &str)| line.to_owned() + if at % 2 == 0 { "\n" } else { "\r\n" };
    vec![
        text.to_owned(),
        unix.replace('\n', "\r\n"),
        format!("\u{feff}{}", unix.replace('\n', "\r\n")),
        unix.trim_end().to_owned(),
        unix.lines().enumerate().map(mixed).collect(),
        unix.lines().map(single_quoted).collect(),
        unix.replace(" = ", "\t=\t").replace("# ", "# ü€𝄞 "),
        unix.lines()
            .map(|line| respelt(line, "\"version\"=\"\"\"", "\"\"\""))
            .collect(),
        unix.lines()
            .map(|line| respelt(line, "'version'  = \"\\u0020", "\""))
            .collect(),
    ]
}

/// A line `version = "1.2.3"`, its key and quotes written in another way.
fn respelt(line: &str, open: &str, close: &str) -> String {
    let literal = line
        .strip_prefix("version = \"")
        .and_then(|rest| rest.strip_suffix('"'));
    literal.map_or_else(
        || line.to_owned(),
        |literal| format!("{open}{literal}{close}"),
    ) + "\n"
}

/// A line with its one pair of double quotes turned to single ones.
fn single_quoted(line: &str) -> String {
    let simple = line.matches('"').count() == 2 && !line.contains(['\'', '\\', '#']);
    if simple {
        line.replace('"', "'") + "\n"
    } else {
        line.to_owned() + "\n"
    }
}

fn manifest(path: &str, role: ManifestRole, text: String) -> Manifest {
    Manifest {
        path: path.to_owned(),
        text,
        role,
        ours: true,
        library: true,
    }
}

/// A workspace around a manifest: some of what it depends on by name are members, by `[patch]`, in a version that it admits.
fn workspace(text: &str) -> Vec<Manifest> {
    let real = manifest("real/Cargo.toml", ManifestRole::Member, text.to_owned());
    let mut members = BTreeMap::new();
    for dependency in located(&real)
        .dependencies
        .iter()
        .filter(|d| d.directory.is_none())
    {
        let admitted = dependency
            .requirement
            .as_ref()
            .and_then(|requirement| admitted(&requirement.value));
        if let Some(version) = admitted.filter(|_| members.len() < 6) {
            members.entry(dependency.package.clone()).or_insert(version);
        }
    }
    let patches = members
        .keys()
        .map(|name| format!("\"{name}\" = {{ path = \"{name}\" }}\n"));
    let root = format!(
        "[workspace]\n[patch.crates-io]\n{}",
        patches.collect::<String>()
    );
    let member = |(name, version): (&String, &Version)| {
        let text = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        manifest(&format!("{name}/Cargo.toml"), ManifestRole::Member, text)
    };
    let members = members.iter().map(member).collect::<Vec<_>>();
    [manifest("Cargo.toml", ManifestRole::Root, root), real]
        .into_iter()
        .chain(members)
        .collect()
}

/// The lowest version that a requirement names, when it admits it.
fn admitted(requirement: &str) -> Option<Version> {
    let parsed = VersionReq::parse(requirement).ok()?;
    let first = parsed.comparators.first()?;
    let mut version = Version::new(
        first.major,
        first.minor.unwrap_or(0),
        first.patch.unwrap_or(0),
    );
    version.pre = first.pre.clone();
    parsed.matches(&version).then_some(version)
}

fn located(manifest: &Manifest) -> Located<'_> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    locate(manifest, &mut problems, &mut notes)
}

/// The version of the package, when it is a literal.
fn version(text: &str) -> Option<Version> {
    let manifest = manifest("Cargo.toml", ManifestRole::Root, text.to_owned());
    match located(&manifest).package?.version {
        StringField::Literal(literal) => literal.value.parse().ok(),
        _ => None,
    }
}

/// The edits of one manifest of a workspace that moves as a whole.
fn edits(manifests: &[Manifest], target: &str, path: &str) -> Vec<Edit> {
    let request = BumpRequest {
        rewrite_ranges: true,
        downgrades: Downgrades::Allowed,
        ..BumpRequest::new(target.parse().unwrap())
    };
    let plan = plan(manifests, &request, &[], &BTreeMap::new());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems:?}\n{}", manifests[1].text));
    plan.edits
        .into_iter()
        .filter(|edit| edit.path == path)
        .collect()
}

/// Looks at one spelling of a manifest; gives the number of edits.
fn check(text: &str, present: &Version, target: &str) -> usize {
    let manifests = workspace(text);
    let edits = edits(&manifests, target, "real/Cargo.toml");
    let bumped = apply(text, &edits);
    let (old, new) = (
        located(&manifests[1]).dependencies.len(),
        target.parse::<Version>().unwrap(),
    );
    assert_eq!(version(text).as_ref(), Some(present), "{text}");
    assert_eq!(version(&bumped).as_ref(), Some(&new), "{text}");
    assert_eq!(
        apply(&bumped, &taken_back(&edits)),
        text,
        "what is no version changed"
    );
    let bumped = manifest("real/Cargo.toml", ManifestRole::Member, bumped);
    let dependencies = located(&bumped).dependencies;
    assert_eq!(dependencies.len(), old);
    for edit in edits
        .iter()
        .filter(|edit| edit.why.starts_with("requirement"))
    {
        let requirement = VersionReq::parse(&edit.after);
        assert!(
            requirement.is_ok_and(|requirement| requirement.matches(&new)),
            "{edit:?}"
        );
    }
    edits.len()
}

/// The edits that take edits back.
fn taken_back(edits: &[Edit]) -> Vec<Edit> {
    let mut grown = 0_isize;
    let back = edits.iter().map(|edit| {
        let start = edit.span.start.checked_add_signed(grown).unwrap();
        grown += edit.after.len().cast_signed() - edit.before.len().cast_signed();
        Edit {
            span: start..start + edit.after.len(),
            after: edit.before.clone(),
            ..edit.clone()
        }
    });
    back.collect()
}

/// What was looked at.
#[derive(Debug, Default)]
struct Looked {
    manifests: usize,
    spellings: usize,
    edits: usize,
}

/// Every spelling of these manifests: to the present version nothing changes, to another one only versions do.
fn look(texts: &[String]) -> Looked {
    let mut looked = Looked {
        manifests: texts.len(),
        ..Looked::default()
    };
    for text in texts {
        let present = version(text).unwrap();
        for spelling in spellings(text)
            .into_iter()
            .filter(|s| Document::parse(s.as_str()).is_ok())
        {
            let alone = [manifest("Cargo.toml", ManifestRole::Root, spelling.clone())];
            assert_eq!(
                edits(&alone, &present.to_string(), "Cargo.toml"),
                [],
                "{spelling}"
            );
            let target = ["9876.5.4-rc.3", "9876.5.4"][looked.spellings % 2];
            looked.edits += check(&spelling, &present, target);
            looked.spellings += 1;
        }
    }
    looked
}

#[test]
fn manifests_keep_every_other_byte_in_every_spelling() {
    let fixtures =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/release/manifests"))
            .unwrap();
    let written = look(&texts(fixtures.map(|entry| entry.unwrap().path())));
    assert!(
        written.manifests >= 10 && written.spellings > 60 && written.edits > 100,
        "{written:?}"
    );
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
        .unwrap_or_default();
    look(&texts(
        below([home.join("registry/src")]).into_iter().take(CACHED),
    ));
}

#[test]
#[ignore = "reads the directories of $MANIFESTS"]
fn every_manifest_of_a_folder() {
    let directories = env::var_os("MANIFESTS").expect("MANIFESTS=FOLDER:FOLDER");
    let paths = below(env::split_paths(&directories).collect::<Vec<_>>());
    println!(
        "{} manifests, of which: {:?}",
        paths.len(),
        look(&texts(paths))
    );
}
