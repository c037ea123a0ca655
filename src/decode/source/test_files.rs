//! Files that are not part of the product.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Module;
use crate::relative_path::{normal, parent};
use crate::workspace::FileRole;

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

/// Returns for each file whether it has only code that is not part of the product: targets of
/// tests, benchmarks and examples, and modules that only they or test code declare. The name
/// decides only for a file that no target is found to include.
pub fn test_files(scanned: &[ScannedFile<'_>]) -> Vec<bool> {
    let mut crates = Crates {
        scanned,
        files: scanned
            .iter()
            .map(|file| normal(file.path))
            .zip(0..)
            .collect(),
        uses: vec![Uses::default(); scanned.len()],
        seen: BTreeSet::new(),
    };
    for (root, file) in scanned.iter().enumerate() {
        if !matches!(file.role, FileRole::Module | FileRole::NamedTest) {
            crates.visit(root, parent(file.path), file.role == FileRole::Test);
        }
    }
    // A file that a macro includes begins a tree of its own, unless another such file declares it.
    let unused = crates.unused();
    let declared: BTreeSet<usize> = unused.iter().flat_map(|at| crates.declared(*at)).collect();
    for at in unused.iter().filter(|at| !declared.contains(at)) {
        crates.visit_by_name(*at);
    }
    for at in crates.unused() {
        crates.visit_by_name(at);
    }
    let uses = crates.uses.iter();
    uses.map(|uses| uses.in_tests && !uses.in_product).collect()
}

/// The crates that a file is a part of.
#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    in_product: bool,
    in_tests: bool,
}

/// Follows the declarations of modules as the compiler does.
struct Crates<'a> {
    scanned: &'a [ScannedFile<'a>],
    /// The indices of the files by normal path.
    files: BTreeMap<String, usize>,
    uses: Vec<Uses>,
    seen: BTreeSet<Visit>,
}

/// A file, the directory in which its modules are, and whether it is included as test code.
type Visit = (usize, String, bool);

impl Crates<'_> {
    /// Marks a file and the files that it includes.
    fn visit(&mut self, at: usize, modules_in: &str, is_test: bool) {
        let mut open: Vec<Visit> = vec![(at, modules_in.to_owned(), is_test)];
        while let Some(visit) = open.pop() {
            if !self.seen.insert(visit.clone()) {
                continue;
            }
            let (at, modules_in, is_test) = visit;
            let uses = &mut self.uses[at];
            uses.in_tests |= is_test;
            uses.in_product |= !is_test;
            for module in self.scanned[at].modules {
                if let Some((file, modules_in)) = self.find(module, at, &modules_in) {
                    open.push((file, modules_in, is_test || module.is_test));
                }
            }
        }
    }

    /// Marks a file that no target includes, and the files that it includes.
    fn visit_by_name(&mut self, at: usize) {
        let file = &self.scanned[at];
        let modules_in = directory_of_modules(file.path);
        self.visit(at, &modules_in, file.role == FileRole::NamedTest);
    }

    /// Returns the files without a mark.
    fn unused(&self) -> Vec<usize> {
        let uses = self.uses.iter().enumerate();
        uses.filter(|(_, uses)| !uses.in_tests && !uses.in_product)
            .map(|(at, _)| at)
            .collect()
    }

    /// Returns the files of the modules that a file without a mark declares.
    fn declared(&self, at: usize) -> Vec<usize> {
        let file = &self.scanned[at];
        let modules_in = directory_of_modules(file.path);
        let found = file.modules.iter();
        found
            .filter_map(|module| Some(self.find(module, at, &modules_in)?.0))
            .filter(|found| *found != at)
            .collect()
    }

    /// Finds the file of a module that the file `by` declares, and the directory in which its own
    /// modules are.
    fn find(&self, module: &Module, by: usize, modules_in: &str) -> Option<(usize, String)> {
        let join = |base: &str, path: &str| normal(&format!("{base}/{path}"));
        let within = module.within.join("/");
        if let Some(path) = &module.file {
            let base = match within.as_str() {
                "" => parent(self.scanned[by].path).to_owned(),
                within => join(modules_in, within),
            };
            let file = join(&base, path);
            return Some((*self.files.get(&file)?, parent(&file).to_owned()));
        }
        let directory = join(modules_in, &format!("{within}/{}", module.name));
        let files = [format!("{directory}.rs"), format!("{directory}/mod.rs")];
        let found = files.iter().find_map(|file| self.files.get(file));
        Some((*found?, directory))
    }
}

/// Returns the directory in which the modules of a file are, by its name.
fn directory_of_modules(path: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    match stem.rsplit_once('/').map_or(stem, |(_, name)| name) {
        "mod" | "lib" | "main" => parent(path).to_owned(),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::modules;
    use super::*;

    #[test]
    fn files_of_modules_that_only_tests_declare_are_test_code() {
        // Each file is `path: text`, with its role before the path if it has one; the marked ones
        // are expected.
        let table: [(&[&str], &str); 16] = [
            (
                &[
                    "product src/bin/tests/main.rs: mod z;",
                    "src/bin/tests/z.rs: ",
                    "src/bin/tests/other.rs: ",
                ],
                "src/bin/tests/other.rs",
            ),
            (
                &[
                    "product src/lib.rs: mod tests; include!(\"../examples/in.rs\");",
                    "src/tests.rs: ",
                    "examples/in.rs: ",
                    "test tests/t.rs: std::include! { \"../inc/a.rs\" } mod common;",
                    "inc/a.rs: mod b;",
                    "inc/b.rs: ",
                    "tests/common/mod.rs: #[path = \"../../src/tool.rs\"] mod tool;",
                    "src/tool.rs: ",
                ],
                "inc/a.rs inc/b.rs src/tool.rs tests/common/mod.rs tests/t.rs",
            ),
            (
                &[
                    "product src/lib.rs: #[cfg(test)] #[path = \"checks.rs\"] mod checks;",
                    "src/checks.rs: mod deep;",
                    "src/checks/deep.rs: ",
                    "src/deep.rs: ",
                ],
                "src/checks.rs src/deep.rs",
            ),
            (
                &["odd_test.rs: mod a;", "odd_test/a.rs: "],
                "odd_test.rs odd_test/a.rs",
            ),
            (
                &[
                    "a.rs: mod b;",
                    "a/b.rs: #[path = \"../a.rs\"] mod a;",
                    "c/tests/d.rs: ",
                ],
                "c/tests/d.rs",
            ),
            (
                &[
                    "test checks/q.rs: mod util;",
                    "checks/util.rs: ",
                    "checks/other.rs: ",
                ],
                "checks/q.rs checks/util.rs",
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
                    "product src/bin/tool.rs: #[cfg(test)] mod util;",
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
                    "product src/lib.rs: #[cfg(any(test, unix))] mod util; #[cfg(test)] #[path = \"main.rs\"] mod m;",
                    "product src/main.rs: ",
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
                        .unwrap_or_else(|| (FileRole::by_name(path), path));
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
