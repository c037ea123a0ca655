//! The files that the linker reads in addition to the output of the compiler. Neither cargo nor dep-info names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::decode::linking::Linking;
use crate::probe::{entries, resolve};
use crate::workspace::Workspace;

/// Extensions of native libraries.
const LIBRARIES: [&str; 6] = ["a", "dll", "dylib", "lib", "o", "so"];

/// Returns the files that arguments of the linker may name. Not all of them exist. Relative paths are relative to `base`,
/// in which the compiler runs.
///
/// Output in the target directory is left out. Cargo and build scripts write it from other inputs.
pub fn files(linking: &Linking, base: &Path, workspace: &Workspace) -> BTreeSet<PathBuf> {
    let root = &workspace.root;
    let is_output = |path: &Path| path.starts_with(&workspace.target_dir);
    let directories: Vec<PathBuf> = linking
        .directories
        .iter()
        .map(|dir| resolve(root, base.join(dir)))
        .filter(|dir| !is_output(dir))
        .collect();

    let mut found = BTreeSet::new();
    for dir in &directories {
        for name in &linking.libraries {
            found.extend(library_names(name).map(|name| dir.join(name)));
        }
        // An attribute in a source can also name a library. Directories elsewhere have too many of them.
        if dir.starts_with(root) {
            found.extend(entries(dir).into_iter().filter(|file| is_library(file)));
        }
    }
    for argument in &linking.arguments {
        for name in file_names(argument) {
            found.insert(resolve(root, base.join(name)));
            // The linker also searches these directories for its scripts.
            found.extend(directories.iter().map(|dir| resolve(root, dir.join(name))));
        }
    }
    found.retain(|file| !is_output(file) && !file.is_dir());
    found
}

/// Returns the file names of a native library on all platforms.
fn library_names(name: &str) -> impl Iterator<Item = String> {
    let names = [
        format!("lib{name}.a"),
        format!("lib{name}.so"),
        format!("lib{name}.dylib"),
        format!("{name}.lib"),
        // With the modifier `+verbatim`.
        name.to_owned(),
    ];
    names.into_iter()
}

fn is_library(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    LIBRARIES.contains(&&*extension) && file.is_file()
}

/// Returns the parts of a linker's argument that can be file names: two in `-Wl,-Tmemory.x,--version-script=exports.map`.
fn file_names(argument: &str) -> impl Iterator<Item = &str> {
    argument.split([',', '=']).filter_map(|part| {
        let part = part.strip_prefix("-T").unwrap_or(part);
        let part = part.strip_prefix('@').unwrap_or(part);
        let is_file = part.contains(['.', '/']) && !part.starts_with(['-', '$']);
        is_file.then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    #[test]
    fn files_of_arguments_and_libraries_are_found() {
        let scratch = Scratch::with(&[
            ("ws/native/libother.a", ""),
            ("ws/native/notes.txt", ""),
            ("ws/target/debug/libbuilt.a", ""),
        ]);
        let workspace = Workspace {
            root: scratch.path().join("ws"),
            target_dir: scratch.path().join("ws/target"),
            ..Workspace::default()
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        for (directories, libraries, arguments, expected) in [
            (
                &["native"][..],
                &[][..],
                &[][..],
                &["ws/native/libother.a"][..],
            ),
            (&["../sys"], &[], &[], &[]),
            (
                &["../sys"],
                &["z"],
                &[],
                &[
                    "sys/libz.a",
                    "sys/libz.dylib",
                    "sys/libz.so",
                    "sys/z",
                    "sys/z.lib",
                ],
            ),
            (&["target/debug"], &["built"], &["target/x.o"], &[]),
            (
                &["../sys"],
                &[],
                &[
                    "-Wl,-Tm.x,--script=/abs/s.ld,-z,now",
                    "-O1",
                    "$ORIGIN/../lib",
                    "native",
                ],
                &["/abs/s.ld", "sys/m.x", "ws/m.x"],
            ),
        ] {
            let linking = Linking {
                directories: names(directories),
                libraries: names(libraries),
                arguments: names(arguments),
                argument_files: Vec::new(),
            };
            let found = files(&linking, &workspace.root, &workspace);
            let expected = expected.iter().map(|file| scratch.path().join(file));
            assert_eq!(found, expected.collect(), "{linking:?}");
        }
    }
}
