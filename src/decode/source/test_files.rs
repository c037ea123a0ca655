//! Files that are not part of the product.

use std::collections::BTreeMap;

use super::modules::Module;
use crate::relative_path::normal;

/// The files that no declaration makes test code, because a target begins with them.
const ROOTS: [&str; 3] = ["build.rs", "lib.rs", "main.rs"];

/// Returns for each file whether it has only code that is not part of the product: by its name, or
/// because only test code declares its module. `modules` are the declarations of each file.
pub fn test_files(paths: &[&str], modules: &[Vec<Module>]) -> Vec<bool> {
    let mut is_test: Vec<bool> = paths.iter().map(|path| is_named_as_test(path)).collect();
    let files: BTreeMap<&str, usize> = paths.iter().copied().zip(0..).collect();
    // For each file, those that declare its module, and whether they do so in test code.
    let mut declared: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
    for (by, modules) in modules.iter().enumerate() {
        for module in modules {
            let mut candidates = candidates(module, paths[by]).into_iter();
            let found = candidates.find_map(|path| files.get(path.as_str()));
            if let Some(file) = found.filter(|file| !is_root(paths[**file])) {
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

fn is_root(path: &str) -> bool {
    ROOTS.contains(&path.rsplit('/').next().unwrap_or_default())
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
        // Each file is `path: text`; the marked ones are expected.
        let table: [(&[&str], &str); 8] = [
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
            let files: Vec<(&str, &str)> = files
                .iter()
                .filter_map(|file| file.split_once(": "))
                .collect();
            let (paths, texts): (Vec<&str>, Vec<&str>) = files.into_iter().unzip();
            let modules: Vec<Vec<Module>> = texts.into_iter().map(modules).collect();
            let is_test = test_files(&paths, &modules);
            let marked = paths.iter().zip(is_test).filter(|(_, is_test)| *is_test);
            let mut marked: Vec<&str> = marked.map(|(path, _)| *path).collect();
            marked.sort_unstable();
            assert_eq!(marked.join(" "), expected, "{paths:?}");
        }
    }
}
