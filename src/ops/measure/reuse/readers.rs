//! Finds the members whose tests may read sources that they do not link, or start programs of the workspace.
//!
//! Their own code counts, and that of every package that they depend on, from registries too. A package counts by its name,
//! whatever its version, and with its build dependencies, which `Cargo.lock` does not tell apart. So a member can be found
//! without need, but none is missed because of a dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::decode::source;
use crate::drive::inputs::{UnitInputs, UnitKind};
use crate::options::tree::{self as toml, TomlKind, TomlNode};
use crate::probe::normalize;
use crate::reuse::{ReadUnit, Users};
use crate::store;
use crate::workspace::Workspace;

/// Packages that only declare functions of the system. Who calls one names it, too.
const DECLARING: [&str; 4] = ["libc", "linux-raw-sys", "winapi", "windows-sys"];

/// The code of a build.
pub(super) struct Code<'a> {
    pub(super) workspace: &'a Workspace,
    /// The sources of the members, by their names relative to the root.
    pub(super) read: &'a BTreeMap<String, Users>,
    /// Names of the packages outside of the workspace.
    pub(super) foreign: &'a BTreeSet<String>,
}

impl Code<'_> {
    /// Returns the members. `units` are those of the build by their dep-info, and `known` the earlier findings about them.
    pub(super) fn readers<'u>(
        &self,
        units: impl Iterator<Item = (&'u Path, &'u UnitInputs)>,
        known: &mut BTreeMap<String, ReadUnit>,
    ) -> BTreeSet<String> {
        let members = || {
            self.workspace
                .members
                .iter()
                .map(|member| member.name.clone())
        };
        let mut found = BTreeSet::new();
        for (name, users) in self.read {
            if is_reader(&self.workspace.root.join(name), true) {
                found.extend(users.libraries.iter().chain(&users.others).cloned());
            }
        }

        let mut read = BTreeMap::new();
        let mut unread = self.foreign.clone();
        for (written, unit) in units {
            let Some(name) = self.foreign_package(unit) else {
                continue;
            };
            unread.remove(name);
            // A build script has ended when tests run.
            let dep_info = written.file_name().unwrap_or_default().to_string_lossy();
            let is_script = matches!(unit.kind, UnitKind::Script(_));
            if is_script || dep_info.starts_with("build_script_") || DECLARING.contains(&name) {
                continue;
            }
            let state = unit_state(written, unit, known);
            if state.is_reader && name.is_empty() {
                return members().collect();
            }
            if state.is_reader {
                found.insert(name.to_owned());
            }
            read.insert(written.to_string_lossy().into_owned(), state);
        }
        *known = read;
        found.extend(unread);
        let Some(locked) = locked(&self.workspace.root) else {
            return members().collect();
        };
        let all = with_dependents(found, &locked);
        members().filter(|name| all.contains(name)).collect()
    }

    /// Returns the name of the package of a unit; empty if it is not known. `None` for a member.
    fn foreign_package<'u>(&self, unit: &'u UnitInputs) -> Option<&'u str> {
        let root = &self.workspace.root;
        let mut members = self.workspace.members.iter();
        if unit.pinned.is_none() && members.any(|one| normalize(root, &one.dir) == unit.dir) {
            return None;
        }
        let name = unit.package.split('@').next().unwrap_or_default();
        // Of one from git, the id is known, and of one in another directory, the name of that.
        let is_known = unit.pinned.is_some() && !name.contains([':', '/']);
        Some(if is_known { name } else { "" })
    }
}

/// Returns the abilities of the sources of a unit, known from before or read now.
fn unit_state(written: &Path, unit: &UnitInputs, known: &BTreeMap<String, ReadUnit>) -> ReadUnit {
    let time = time_of(written);
    let before = known.get(&*written.to_string_lossy());
    let is_known = |one: &&ReadUnit| time == Some(one.written) && one.search == ReadUnit::SEARCH;
    if let Some(before) = before.filter(is_known) {
        return before.clone();
    }
    let pinned = unit.pinned.iter().flat_map(|package| &package.files);
    let mut files = unit.files.iter().chain(pinned).peekable();
    ReadUnit {
        written: time.unwrap_or_default(),
        search: ReadUnit::SEARCH,
        is_reader: files.peek().is_none() || files.any(|file| is_reader(file, false)),
    }
}

/// Returns when a file was written, in nanoseconds since 1970.
fn time_of(file: &Path) -> Option<u64> {
    let time = std::fs::metadata(file).ok()?.modified().ok()?;
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Returns whether a source does, or names sources of the workspace. One that cannot be read may do anything. Data that is not
/// UTF-8 is no code for the compiler.
fn is_reader(file: &Path, is_of_member: bool) -> bool {
    let text = match store::read_text(file) {
        Ok(text) => text,
        Err(error) => return error.kind() != ErrorKind::InvalidData,
    };
    if !is_of_member {
        return source::starts_or_lists(&text);
    }
    let mut tests = source::documentation_code(&text);
    tests.push(text);
    let mut all = tests.iter();
    all.any(|code| source::starts_or_lists(code) || source::names_sources(code))
}

/// Returns the dependencies of each package in `Cargo.lock`, by name. `None` if it is missing or of another form.
fn locked(root: &Path) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let text = store::read_text(&root.join("Cargo.lock")).ok()?;
    let lock = toml::parse(&text).ok()?;
    let TomlKind::List(packages) = &lock.get("package")?.kind else {
        return None;
    };
    let mut locked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages {
        let name = package.get("name").and_then(TomlNode::text)?;
        let dependencies = locked.entry(name.to_owned()).or_default();
        if let Some(TomlKind::List(list)) = package.get("dependencies").map(|list| &list.kind) {
            // `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`.
            let names = list.iter().filter_map(TomlNode::text);
            let names = names.filter_map(|text| text.split(' ').next());
            dependencies.extend(names.map(str::to_owned));
        }
    }
    Some(locked)
}

/// Adds the packages that depend on others, directly or not.
fn with_dependents(
    mut found: BTreeSet<String>,
    locked: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    loop {
        let before = found.len();
        for (name, dependencies) in locked {
            if !found.contains(name) && !dependencies.is_disjoint(&found) {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::drive::inputs::PinnedPackage;
    use crate::tests::Scratch;
    use crate::workspace::Member;

    const LOCK: &str = "version = 4\n\
        [[package]]\nname = \"app\"\ndependencies = [\"util\", \"walker 1.0.0\"]\n\
        [[package]]\nname = \"lone\"\n\
        [[package]]\nname = \"side\"\ndependencies = [\"util\", \"libc\"]\n\
        [[package]]\nname = \"libc\"\n\
        [[package]]\nname = \"util\"\n\
        [[package]]\nname = \"walker\"\nversion = \"1.0.0\"\ndependencies = [\"starter\"]\n\
        [[package]]\nname = \"starter\"\n";

    /// Returns the readers among three members, where these packages have this text.
    fn found(
        lock: &str,
        pinned: &[(&str, &str, &str)],
        foreign: &[&str],
        own: &str,
    ) -> Vec<String> {
        let scratch = Scratch::with(&[("Cargo.lock", lock), ("lone/src/lib.rs", own)]);
        let names = ["app", "lone", "side"];
        let members = names.map(|name| Member {
            name: name.to_owned(),
            ..Member::default()
        });
        let workspace = Workspace {
            root: scratch.path().to_owned(),
            members: members.into(),
            ..Workspace::default()
        };
        let mut units = BTreeMap::new();
        for (package, written, text) in pinned {
            let file = scratch.path().join(format!("{written}.rs"));
            scratch.write(&format!("{written}.rs"), text);
            let unit = UnitInputs {
                package: (*package).to_owned(),
                pinned: Some(PinnedPackage {
                    files: [file].into(),
                }),
                ..UnitInputs::default()
            };
            units.insert(PathBuf::from(format!("/t/{written}.d")), unit);
        }
        let users = Users {
            libraries: ["lone".to_owned()].into(),
            others: BTreeSet::new(),
        };
        let compiled = BTreeMap::from([("lone/src/lib.rs".to_owned(), users)]);
        let units = units
            .iter()
            .map(|(written, unit)| (written.as_path(), unit));
        let code = Code {
            workspace: &workspace,
            read: &compiled,
            foreign: &foreign.iter().map(|name| (*name).to_owned()).collect(),
        };
        let readers = code.readers(units, &mut BTreeMap::new());
        readers.into_iter().collect()
    }

    #[test]
    fn members_are_found_by_their_own_code_and_by_that_of_dependencies() {
        const STARTS: &str = "use std::process::Command;";
        let all = ["app", "lone", "side"].as_slice();
        for (lock, pinned, foreign, own, expected) in [
            (LOCK, &[][..], &[][..], "", &[][..]),
            (LOCK, &[], &[], "fn f() { read(\"src/lib.rs\") }", &["lone"]),
            (LOCK, &[], &[], STARTS, &["lone"]),
            (
                LOCK,
                &[],
                &[],
                "/// ```\n/// read(\"../a/src/lib.rs\");\n/// ```\nfn f() {}",
                &["lone"],
            ),
            (
                LOCK,
                &[("starter@2.0.0", "starter-1", STARTS)],
                &["starter"],
                "",
                &["app"],
            ),
            (
                LOCK,
                &[("util@0.1.0", "util-1", STARTS)],
                &[],
                "",
                &["app", "side"],
            ),
            (
                LOCK,
                &[("util@0.1.0", "util-1", "\"src/lib.rs\";")],
                &["util"],
                "",
                &[],
            ),
            (
                LOCK,
                &[("util@0.1.0", "build_script_build-1", STARTS)],
                &[],
                "",
                &[],
            ),
            (
                LOCK,
                &[("libc@0.2.0", "libc-1", "pub fn fork();")],
                &["libc"],
                "",
                &[],
            ),
            (LOCK, &[], &["starter"], "", &["app"]),
            (
                LOCK,
                &[("git+https://x/dep#1.0.1", "dep-1", STARTS)],
                &[],
                "",
                all,
            ),
            ("", &[], &[], "", all),
            ("version = ", &[], &[], "", all),
        ] {
            assert_eq!(
                found(lock, pinned, foreign, own),
                expected,
                "{pinned:?} {own}"
            );
        }
    }

    #[test]
    fn data_is_no_code_and_a_missing_file_may_be_any() {
        let scratch = Scratch::with(&[("text.txt", "read_dir is a function")]);
        let data = scratch.path().join("data.bin");
        store::put(&data, b"read_dir(\xff)").unwrap();
        for (name, expected) in [("data.bin", false), ("text.txt", true), ("gone.rs", true)] {
            assert_eq!(
                is_reader(&scratch.path().join(name), true),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn finding_of_another_search_does_not_count() {
        let scratch = Scratch::with(&[("a.d", ""), ("a.rs", "use std::process::Command;")]);
        let written = scratch.path().join("a.d");
        let unit = UnitInputs {
            pinned: Some(PinnedPackage {
                files: [scratch.path().join("a.rs")].into(),
            }),
            ..UnitInputs::default()
        };
        for (search, expected) in [(ReadUnit::SEARCH, false), (ReadUnit::SEARCH - 1, true)] {
            let before = ReadUnit {
                written: time_of(&written).unwrap(),
                search,
                is_reader: false,
            };
            let known = BTreeMap::from([(written.to_string_lossy().into_owned(), before)]);
            let state = unit_state(&written, &unit, &known);
            assert_eq!(state.is_reader, expected, "{search}");
        }
    }
}
