//! The files that cargo and rustc leave in the target directory, in both of cargo's layouts.
//!
//! | | older layout | newer layout |
//! |---|---|---|
//! | dep-info of a unit | `deps/NAME-HASH.d` | `build/PACKAGE/HASH/out/NAME.d` |
//! | fingerprint of a unit | `.fingerprint/PACKAGE-HASH` | `build/PACKAGE/HASH/fingerprint` |
//! | output of a build script | `build/PACKAGE-HASH/output` | `build/PACKAGE/HASH/run/stdout` |

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::decode::built;
use crate::probe::entries;
use crate::store;
use crate::test_runner::record;

/// Number of bytes beyond which dep-info and the output of build scripts are not read.
const LIMIT: u64 = 16 << 20;

/// Returns the text of a regular file that is not empty and not too large.
pub(super) fn read_text(path: &Path) -> Option<String> {
    // Reading a file of `/proc`, whose size is 0, may block.
    fs::metadata(path).ok().filter(|found| found.len() > 0)?;
    Some(String::from_utf8_lossy(&store::read_file(path, LIMIT).ok()?).into_owned())
}

/// Returns the name of a file without its extension.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Returns the dep-info of the unit that a file of a package belongs to.
pub(super) fn dep_info(file: &Path, package: &str) -> Option<PathBuf> {
    let dir = file.parent()?;
    let name = stem(file);
    let plain = name
        .strip_prefix("lib")
        .filter(|plain| unit_hash(plain).is_some())
        .unwrap_or(&name);
    if unit_hash(plain).is_some() {
        return Some(dir.join(format!("{plain}.d"))).filter(|path| path.is_file());
    }
    if name == "build-script-build" {
        // Cargo renames the executable but not its dep-info. Each build script has a directory of
        // its own.
        return entries(dir).into_iter().find(|path| is_dep_info(path));
    }
    let unit = linked_from(file, &name, package)?;
    let dep_info = unit.with_extension("d");
    // rustc adds `lib` to the name of a library, but not to that of its dep-info.
    let unit_name = stem(&unit);
    let library = unit_name
        .strip_prefix("lib")
        .map(|plain| unit.with_file_name(format!("{plain}.d")));
    [Some(dep_info), library]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

/// Returns the file that cargo linked a binary, an example or a library from. It has the same
/// content and thus the same size and time.
fn linked_from(file: &Path, stem: &str, package: &str) -> Option<PathBuf> {
    let linked = fs::metadata(file).ok()?;
    let (dir, name) = (file.parent()?, file.file_name()?);
    let start = format!("{}-", stem.replace('-', "_"));
    let older = [dir.join("deps"), dir.to_owned()]
        .into_iter()
        .flat_map(|dir| entries(&dir))
        .filter(|path| is_unit_of(path, &start, file))
        // The names of dynamic libraries contain no hash.
        .chain([dir.join("deps").join(name)]);
    // The directory of the profile is the parent of that of the examples.
    let newer = dir
        .ancestors()
        .take(2)
        .flat_map(|dir| entries(&dir.join("build").join(package)))
        .map(|unit| unit.join("out").join(name));
    older.chain(newer).find(|path| {
        fs::metadata(path).is_ok_and(|found| {
            found.len() == linked.len() && found.modified().ok() == linked.modified().ok()
        })
    })
}

/// Returns whether a path is `START` followed by a hash, with the extension of `file`.
pub(super) fn is_unit_of(path: &Path, start: &str, file: &Path) -> bool {
    path.extension() == file.extension() && stem(path).strip_prefix(start).is_some_and(is_hash)
}

/// Returns the time at which cargo last started the compiler for the unit with this dep-info.
pub(super) fn last_invoked(dep_info: &Path, package: &str) -> Option<SystemTime> {
    let dir = dep_info.parent()?;
    let mut candidates = Vec::new();
    if let Some(hash) = unit_hash(&stem(dep_info)) {
        let unit = format!("{package}-{hash}");
        candidates.push(dir.join("../.fingerprint").join(&unit));
        // The dep-info of a build script is one level deeper.
        candidates.push(dir.join("../../.fingerprint").join(&unit));
    }
    // In the newer layout, the hash is in the path and not in the name.
    candidates.push(dir.join("../fingerprint"));
    candidates.iter().find_map(|dir| {
        let stamp = fs::metadata(dir.join("invoked.timestamp")).ok()?;
        stamp.modified().ok()
    })
}

/// Returns all dep-info files in a target directory.
pub(super) fn dep_info_files(target_dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for profile in profiles(target_dir) {
        found.extend(entries(&profile.join("deps")));
        for package in entries(&profile.join("build")) {
            for unit in [entries(&package), vec![package]].concat() {
                found.extend(entries(&unit.join("out")));
                found.extend(entries(&unit));
            }
        }
    }
    found.retain(|path| is_dep_info(path));
    found
}

/// The files that a unit read, or that a build script named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitReads {
    /// Name of the crate, or of the build script's package.
    pub(crate) name: String,
    pub(crate) is_build_script: bool,
    /// Absolute, or relative to the directory of the package.
    pub(crate) files: Vec<String>,
}

/// Returns the inputs of the units and build scripts in a target directory.
pub(crate) fn reads(target_dir: &Path) -> Vec<UnitReads> {
    let examples = profiles(target_dir)
        .flat_map(|profile| entries(&profile.join("examples")))
        .filter(|path| is_dep_info(path));
    let units = dep_info_files(target_dir).into_iter().chain(examples);
    let units = units.map(|path| {
        let text = read_text(&path).unwrap_or_default();
        (
            without_hash(&stem(&path)).to_owned(),
            false,
            built::dep_info(&text).files,
        )
    });
    let scripts = build_script_outputs(target_dir)
        .into_iter()
        .map(|(package, path)| {
            let text = read_text(&path).unwrap_or_default();
            (
                without_hash(&stem(&package)).to_owned(),
                true,
                built::build_script(&text).files,
            )
        });
    let reads = units
        .chain(scripts)
        .map(|(name, is_build_script, files)| UnitReads {
            name,
            is_build_script,
            files,
        });
    reads.collect()
}

/// Returns the outputs of all build scripts in a target directory, after the directories that have
/// the names of their packages.
pub(super) fn build_script_outputs(target_dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let packages = profiles(target_dir).flat_map(|profile| entries(&profile.join("build")));
    let outputs = packages.flat_map(|package| {
        let newer = entries(&package)
            .into_iter()
            .map(|unit| unit.join("run").join("stdout"));
        let outputs: Vec<_> = newer.chain([package.join("output")]).collect();
        outputs
            .into_iter()
            .map(move |output| (package.clone(), output))
    });
    outputs.filter(|(_, output)| output.is_file()).collect()
}

/// Returns the `OUT_DIR` of the build script whose output is in this file.
pub(super) fn out_dir(output: &Path) -> Option<PathBuf> {
    let dir = output.parent()?;
    let dir = if output.ends_with("run/stdout") {
        dir.parent()?
    } else {
        dir
    };
    Some(dir.join("out"))
}

/// Returns the name of a unit without its hash.
pub(super) fn without_hash(stem: &str) -> &str {
    match unit_hash(stem) {
        Some(hash) => &stem[..stem.len() - hash.len() - 1],
        None => stem,
    }
}

/// Creates the target directory, unless it exists, as cargo would: with the mark of a cache. Cargo
/// marks only the directory for programs.
pub(super) fn create_target_dir(dir: &Path) -> io::Result<()> {
    if dir.exists() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    record::create_file(&dir.join("CACHEDIR.TAG"))?.write_all(CACHE_TAG)
}

/// Creates the directory of this program in a target directory, unless it exists.
pub(super) fn create_own_dir(target_dir: &Path, own: &Path) -> io::Result<()> {
    create_target_dir(target_dir)?;
    store::create_own(own)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", own.display())))
}

/// The mark of a cache, see <https://bford.info/cachedir/>.
const CACHE_TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by cargo.
# For information about cache directory tags see https://bford.info/cachedir/
";

/// Returns the directories that can be those of profiles.
pub(super) fn profiles(target_dir: &Path) -> impl Iterator<Item = PathBuf> {
    // With `--target` the profiles are one level deeper.
    entries(target_dir)
        .into_iter()
        .flat_map(|dir| [entries(&dir), vec![dir]].concat())
}

/// Returns whether a path has the extension of dep-info.
pub(super) fn is_dep_info(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "d")
}

/// Returns the hash at the end of a unit's name.
pub(super) fn unit_hash(stem: &str) -> Option<&str> {
    let (_, hash) = stem.rsplit_once('-')?;
    is_hash(hash).then_some(hash)
}

pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
