//! Files whose modules are test code.

use std::collections::BTreeMap;

use super::{Module, VariableFacts};

/// The files that no declaration makes test code, because a target begins with them.
const ROOTS: [&str; 3] = ["build.rs", "lib.rs", "main.rs"];

/// Marks the files of modules that only test code declares, and those of the modules in them. `paths` and
/// `is_test` are those of the files of `facts`.
pub fn mark_test_modules(paths: &[&str], facts: &[VariableFacts], is_test: &mut [bool]) {
    let files: BTreeMap<&str, usize> = paths.iter().copied().zip(0..).collect();
    // For each file, those that declare its module, and whether they do so in test code.
    let mut declared: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
    for (by, facts) in facts.iter().enumerate() {
        for module in &facts.modules {
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
            return;
        }
    }
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

/// Returns a relative path without `.`, and without `..` behind a directory.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
