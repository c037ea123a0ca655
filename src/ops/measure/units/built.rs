//! Digests of the inputs that a unit was built from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Places, Span};
use crate::drive::inputs::{PinnedPackage, ScriptInputs, UnitInputs, UnitKind, Unwatched};
use crate::ops::measure::changes;
use crate::options::environment;
use crate::probe::{normalize, relative};
use crate::store::digest;
use crate::tree::{
    self, Fingerprint,
    outside::{self, Outside},
};

/// Number of digits of a digest that are kept, which suffice to distinguish contents.
const DIGITS: usize = 16;

/// A unit at the time of its build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BuiltUnit {
    /// Modification time of the build's output, in nanoseconds since 1970.
    pub(super) built: u64,
    /// Whether the compiler did not compile it although cargo reported it as compiled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) uncompiled: bool,
    /// The target directory in which it was built, if that is not the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) elsewhere: Option<String>,
    /// A digest of each file that it was built from, by the name relative to the root.
    pub(super) files: BTreeMap<String, String>,
    /// The same for files and variables that cargo does not watch.
    pub(super) unwatched: BTreeMap<String, String>,
    /// The same for the package, if cargo compares the newest time of its files.
    pub(super) package: BTreeMap<String, String>,
    /// The same for the files that rustdoc read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) documented: BTreeMap<String, String>,
    /// The other places of modules at which there was a file.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) rivals: BTreeSet<String>,
    /// Digests of the executable and the variables of a build script.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) script: BTreeMap<String, String>,
    /// When the build script ran for the first time with its present inputs, in nanoseconds since 1970. Older files in its
    /// `OUT_DIR` may come from other inputs. `None` if no earlier run saw other inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generated_since: Option<u64>,
}

/// The digest of a file that was rewritten while its unit was measured. Its content during the build is unknown.
pub(super) const UNKNOWN: &str = "unknown";

impl BuiltUnit {
    /// Forgets the content of files that were written after the unit was built.
    pub(super) fn without_later(mut self, root: &Path, span: &Span) -> Self {
        let built = time(self.built);
        let since = built.max(span.began);
        let later: Vec<&Path> = span
            .torn
            .iter()
            .map(Path::new)
            .filter(|path| {
                let found = std::fs::metadata(root.join(path)).ok();
                let written = found.and_then(|found| tree::written(&found));
                written.is_none_or(|written| written > built)
            })
            .collect();
        for (name, digest) in self.files_mut() {
            // A changed directory means that any file in it may have changed.
            let mut paths = Path::new(name).ancestors();
            let is_torn = paths.any(|path| later.contains(&path))
                || later.iter().any(|path| path.starts_with(name));
            if is_torn || changes::is_written_since(root, &root.join(name), since) {
                UNKNOWN.clone_into(digest);
            }
        }
        self
    }

    /// Forgets the content of files that were written or put in their place after cargo began to build the unit, since no
    /// earlier run saw this build. Cargo compares modification times, which `mv` and other programs preserve.
    pub(super) fn without_replaced(mut self, places: Places<'_>, began: SystemTime) -> Self {
        // A file of the same time may be the later one: some file systems have coarse times.
        let before = began - Duration::from_nanos(1);
        let is_replaced = |name: &str| {
            let path = normalize(places.root, name);
            // Cargo writes and links its own files whenever it builds.
            !path.starts_with(places.target_dir)
                && changes::content_of(&path)
                    .iter()
                    .any(|file| changes::is_written_since(places.root, file, before))
        };
        for (name, digest) in self.files_mut() {
            if is_replaced(name) {
                UNKNOWN.clone_into(digest);
            }
        }
        self.rivals.retain(|name| !is_replaced(name));
        self
    }

    /// Returns the files, with the digests of their content.
    fn files_mut(&mut self) -> impl Iterator<Item = (&String, &mut String)> {
        self.files
            .iter_mut()
            .chain(&mut self.unwatched)
            .chain(&mut self.package)
            .chain(&mut self.documented)
    }

    /// Records since when a build script has had its present inputs. `before` is its last execution, and `output` the file
    /// with its output.
    pub(super) fn after(mut self, before: Option<Self>, output: &Path) -> Self {
        if let Some(before) = before.filter(|_| !self.script.is_empty()) {
            let execution = changes::execution(output);
            self.generated_since = match execution {
                Some(execution) if self.has_other_inputs(&before) => nanoseconds(execution.began),
                _ => before.generated_since,
            };
        }
        self
    }

    /// Returns whether a build script read something else when it ran before.
    fn has_other_inputs(&self, before: &Self) -> bool {
        self.script != before.script || self.files != before.files || self.data() != before.data()
    }

    /// Returns the files of the package without its sources. A script without instructions runs again for every edit of a
    /// source, which it hardly reads.
    fn data(&self) -> BTreeMap<&String, &String> {
        let files = self.package.iter();
        files.filter(|(name, _)| !name.ends_with(".rs")).collect()
    }
}

/// Computes digests of the present files.
pub(super) struct FileDigests<'a, 'b> {
    root: &'a Path,
    outside: &'a mut Outside<'b>,
    contents: BTreeMap<&'a str, String>,
    /// Digests of other files that were read, since the units of several steps have the same files.
    known: BTreeMap<PathBuf, String>,
}

impl<'a, 'b> FileDigests<'a, 'b> {
    pub(super) fn new(
        root: &'a Path,
        sources: &'a Fingerprint,
        outside: &'a mut Outside<'b>,
    ) -> Self {
        let contents = sources.entries();
        let contents = contents
            .map(|(name, content)| (name, String::from_utf8_lossy(&content.hash).into_owned()));
        Self {
            root,
            contents: contents.collect(),
            outside,
            known: BTreeMap::new(),
        }
    }

    pub(super) fn unit(&mut self, built: u64, named: &UnitInputs) -> BuiltUnit {
        if let Some(package) = &named.pinned {
            return self.pinned_unit(built, named, package);
        }
        let package = named.watched_package().map(|dir| self.package(dir));
        let elsewhere = named.elsewhere.as_ref();
        let rivals = named.rivals.iter().filter(|file| file.is_file());
        let script = match &named.kind {
            UnitKind::Script(script) => self.script(script),
            _ => BTreeMap::new(),
        };
        BuiltUnit {
            built,
            uncompiled: named.uncompiled,
            elsewhere: elsewhere.map(|dir| dir.display().to_string()),
            files: self.digests(&named.files),
            unwatched: self.unwatched(&named.unwatched),
            package: self.digests(&package.unwrap_or_default()),
            documented: self.digests(&named.documented),
            rivals: rivals.map(|file| relative(self.root, file)).collect(),
            script,
            generated_since: None,
        }
    }

    fn unwatched(&mut self, inputs: &BTreeSet<Unwatched>) -> BTreeMap<String, String> {
        let digests = inputs.iter().map(|input| match input {
            Unwatched::File(file) => (relative(self.root, file), self.digest(file)),
            Unwatched::Variable(name) => (name.clone(), digest_of_variable(name)),
            Unwatched::Value(name, value) => (name.clone(), digest(value.as_bytes())),
        });
        digests.collect()
    }

    /// Returns a unit of a package from a registry or from git. One digest covers all files, because there are many
    /// such packages.
    fn pinned_unit(
        &mut self,
        built: u64,
        named: &UnitInputs,
        package: &PinnedPackage,
    ) -> BuiltUnit {
        let mut files = package.files.clone();
        if let Some(dir) = named.watched_package() {
            files.extend(self.package(dir));
        }
        let all = self.digests(&files);
        let lines: Vec<String> = all
            .iter()
            .map(|(name, digest)| format!("{name} {digest}\n"))
            .collect();
        let mut digest = digest(lines.concat().as_bytes());
        digest.truncate(DIGITS);
        BuiltUnit {
            built,
            unwatched: BTreeMap::from([(relative(self.root, &named.dir), digest)]),
            ..BuiltUnit::default()
        }
    }

    /// Returns digests of the executable and the variables of a build script.
    fn script(&mut self, named: &ScriptInputs) -> BTreeMap<String, String> {
        let variables = named.variables.iter();
        let mut digests: BTreeMap<String, String> = variables
            .map(|name| (name.clone(), digest_of_variable(name)))
            .collect();
        digests.extend(self.digests(&named.program.iter().cloned().collect()));
        digests
    }

    /// Adds the present state of documented files that are not found any more, because they were removed or because
    /// nothing names them without the dep-info of the last run.
    pub(super) fn with_gone(&mut self, mut now: BuiltUnit, before: &BuiltUnit) -> BuiltUnit {
        for name in before.documented.keys() {
            if !now.documented.contains_key(name) {
                let digest = self.digest(&normalize(self.root, name));
                now.documented.insert(name.clone(), digest);
            }
        }
        now
    }

    fn digests(&mut self, files: &BTreeSet<PathBuf>) -> BTreeMap<String, String> {
        files
            .iter()
            .map(|file| (relative(self.root, file), self.digest(file)))
            .collect()
    }

    fn digest(&mut self, file: &Path) -> String {
        let known = self
            .contents
            .get(relative(self.root, file).as_str())
            .cloned();
        let state = match known {
            Some(digest) => digest,
            None if file.is_dir() => outside::tree(file)
                .unwrap_or_default()
                .trim_start_matches("tree ")
                .to_owned(),
            None => {
                let outside = &mut *self.outside;
                let known = self.known.entry(file.to_owned());
                known.or_insert_with(|| outside.state(file)).clone()
            }
        };
        // A digest can be shortened, but not a state such as `large SIZE TIME` or `executable DIGEST`.
        let mut digest = if state.contains(' ') {
            digest(state.as_bytes())
        } else {
            state
        };
        digest.truncate(DIGITS);
        digest
    }

    /// Returns the files of a package, without those of packages inside it.
    fn package(&self, dir: &Path) -> BTreeSet<PathBuf> {
        let name = relative(self.root, dir);
        let prefix = if name.is_empty() {
            name
        } else {
            format!("{name}/")
        };
        if !self
            .contents
            .contains_key(format!("{prefix}Cargo.toml").as_str())
        {
            return outside::package(dir)
                .into_iter()
                .filter(|path| !path.is_dir())
                .collect();
        }
        let below = self
            .contents
            .keys()
            .filter_map(|file| file.strip_prefix(prefix.as_str()));
        let inner: Vec<&str> = below
            .clone()
            .filter_map(|file| file.strip_suffix("/Cargo.toml"))
            .collect();
        below
            .filter(|file| {
                inner.iter().all(|dir| {
                    file.strip_prefix(dir)
                        .is_none_or(|rest| !rest.starts_with('/'))
                })
            })
            .map(|file| dir.join(file))
            .collect()
    }
}

fn digest_of_variable(name: &str) -> String {
    digest(environment::variable(name).unwrap_or_default().as_bytes())
}

pub(super) fn modified(path: &Path) -> Option<u64> {
    nanoseconds(std::fs::metadata(path).ok()?.modified().ok()?)
}

pub(super) fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Returns the time of these nanoseconds since 1970.
pub(super) fn time(nanoseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}
