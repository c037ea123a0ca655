//! Files that are not part of the product.

use std::collections::BTreeMap;

use super::modules::Module;
use crate::relative_path::normal;
use crate::workspace::FileRole;

/// The files that no declaration makes test code, because a target begins with them.
const ROOTS: [&str; 3] = ["build.rs", "lib.rs", "main.rs"];

/// A source file whose code may not be part of the product.
#[derive(Clone, Copy, Debug)]
pub struct ScannedFile<'a> {
    /// Relative to the workspace root.
    pub path: &'a str,
    /// The modules that it declares.
    pub modules: &'a [Module],
    /// What cargo builds from it.
    pub role: FileRole,
}

/// Returns for each file whether it has only code that is not part of the product: because it is the root of tests, benchmarks
/// or examples, by its name, or because only test code declares its module.
pub fn test_files(scanned: &[ScannedFile<'_>]) -> Vec<bool> {
    let is_test = scanned.iter().map(|file| match file.role {
        FileRole::Test => true,
        FileRole::Module => is_named_as_test(file.path),
        FileRole::BuildScript | FileRole::Product => false,
    });
    let mut is_test: Vec<bool> = is_test.collect();
    let files: BTreeMap<&str, usize> = scanned.iter().map(|file| file.path).zip(0..).collect();
    // For each file, those that declare its module, and whether they do so in test code.
    let mut declared: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
    for (by, source) in scanned.iter().enumerate() {
        for module in source.modules {
            let mut candidates = candidates(module, source.path).into_iter();
            let found = candidates.find_map(|path| files.get(path.as_str()));
            if let Some(file) = found.filter(|file| !is_root(&scanned[**file])) {
                let declaration = (by, module.is_test);
                declared.entry(*file).or_default().push(declaration);
            }
        }
    }
    loop {
        let mut is_complete = true;
        for (file, declarations) in &declared {
            let only_tests = declarations
                .iter()
                .all(|(by, in_test)| *in_test || is_test[*by]);
            if only_tests && !is_test[*file] {
                is_test[*file] = true;
                is_complete = false;
            }
        }
        if is_complete {
            return is_test;
        }
    }
}

/// Returns whether a file is a test, a benchmark or an example by its name.
fn is_named_as_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.trim_end_matches(".rs");
    let is_named_so =
        ["test", "tests"].contains(&stem) || stem.ends_with("_test") || stem.ends_with("_tests");
    is_named_so
        || path
            .split('/')
            .any(|part| ["benches", "examples", "tests"].contains(&part))
}

fn is_root(file: &ScannedFile<'_>) -> bool {
    file.role != FileRole::Module
        || ROOTS.contains(&file.path.rsplit('/').next().unwrap_or_default())
}

/// Returns the files in which a module may be that a source file declares, the likely ones first.
fn candidates(module: &Module, source: &str) -> Vec<String> {
    let (directory, name) = source.rsplit_once('/').unwrap_or(("", source));
    let stem = name.trim_end_matches(".rs");
    let own = format!("{directory}/{stem}");
    // A program in `src/bin` has its modules beside it, as `lib.rs` does.
    let directories = match stem {
        "mod" | "lib" | "main" => vec![directory],
        _ if module.file.is_some() && module.within.is_empty() => vec![directory],
        _ => vec![own.as_str(), directory],
    };
    let mut files = Vec::new();
    for directory in directories {
        let parts = [directory].into_iter();
        let parts = parts.chain(module.within.iter().map(String::as_str));
        let base = parts.collect::<Vec<_>>().join("/");
        match &module.file {
            Some(file) => files.push(normal(&format!("{base}/{file}"))),
            None => {
                files.push(normal(&format!("{base}/{}.rs", module.name)));
                files.push(normal(&format!("{base}/{}/mod.rs", module.name)));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::super::modules;
    use super::*;

    #[test]
    fn files_of_modules_that_only_tests_declare_are_test_code() {
        // Each file is `path: text`, with its role before the path if it has one; the marked ones are expected.
        let table: [(&[&str], &str); 11] = [
            (
                &[
                    "test checks/q.rs: mod util;",
                    "checks/q/util.rs: ",
                    "checks/other.rs: ",
                ],
                "checks/q.rs checks/q/util.rs",
            ),
            (
                &[
                    "product tests/t/main.rs: ",
                    "product src/tests.rs: ",
                    "script examples/build.rs: ",
                    "tests/t/other.rs: ",
                ],
                "tests/t/other.rs",
            ),
            (
                &[
                    "product src/lib.rs: #[cfg(test)] mod tool;",
                    "product src/tool.rs: ",
                ],
                "",
            ),
            (
                &["src/lib.rs: #[cfg(test)] mod util;", "src/util.rs: "],
                "src/util.rs",
            ),
            (
                &[
                    "src/main.rs: #[cfg(test)] mod a; mod b;",
                    "src/a/mod.rs: pub mod inner;",
                    "src/a/inner.rs: mod deep;",
                    "src/a/inner/deep.rs: ",
                    "src/b.rs: mod inner;",
                    "src/b/inner.rs: ",
                ],
                "src/a/inner.rs src/a/inner/deep.rs src/a/mod.rs",
            ),
            (
                &[
                    "a/src/b.rs: #[cfg(test)] #[path = \"../unit.rs\"] mod t;",
                    "a/unit.rs: ",
                ],
                "a/unit.rs",
            ),
            (
                &[
                    "src/lib.rs: #[cfg(test)] mod outer { pub mod util; }",
                    "src/outer/util.rs: ",
                ],
                "src/outer/util.rs",
            ),
            (
                &["src/lib.rs: #![cfg(test)] mod util;", "src/util.rs: "],
                "src/util.rs",
            ),
            (
                &[
                    "src/bin/tool.rs: #[cfg(test)] mod util;",
                    "src/bin/util.rs: ",
                ],
                "src/bin/util.rs",
            ),
            (
                &[
                    "src/lib.rs: #[cfg(test)] mod util;",
                    "src/main.rs: mod util;",
                    "src/util.rs: ",
                ],
                "",
            ),
            (
                &[
                    "src/lib.rs: #[cfg(any(test, unix))] mod util; #[cfg(test)] #[path = \"main.rs\"] mod m;",
                    "src/main.rs: ",
                    "src/util.rs: ",
                ],
                "",
            ),
        ];
        for (files, expected) in table {
            let roles = [
                ("test ", FileRole::Test),
                ("product ", FileRole::Product),
                ("script ", FileRole::BuildScript),
            ];
            let files: Vec<(FileRole, &str, Vec<Module>)> = files
                .iter()
                .filter_map(|file| {
                    let (path, text) = file.split_once(": ")?;
                    let mut roles = roles.iter();
                    let (role, path) = roles
                        .find_map(|(word, role)| Some((*role, path.strip_prefix(word)?)))
                        .unwrap_or((FileRole::Module, path));
                    Some((role, path, modules(text)))
                })
                .collect();
            let scanned: Vec<ScannedFile<'_>> = files
                .iter()
                .map(|(role, path, modules)| ScannedFile {
                    path,
                    modules,
                    role: *role,
                })
                .collect();
            let paths: Vec<&str> = scanned.iter().map(|file| file.path).collect();
            let is_test = test_files(&scanned);
            let marked = paths.iter().zip(is_test).filter(|(_, is_test)| *is_test);
            let mut marked: Vec<&str> = marked.map(|(path, _)| *path).collect();
            marked.sort_unstable();
            assert_eq!(marked.join(" "), expected, "{paths:?}");
        }
    }
}
