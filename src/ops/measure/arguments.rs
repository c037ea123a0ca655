//! Decides whether test executables are started with exactly the arguments of cargo.
//!
//! libtest writes its log file only for an argument, which a test would see in the arguments of its process. If a source may
//! read these, tests run without the log file, and results come from the standard output alone.

use crate::decode::source;
use crate::plan::{Plan, Step, Stream};
use crate::probe::sources;
use crate::store;
use crate::workspace::{Target, Workspace};

/// Returns whether `cargo test` runs executables whose code may read the arguments of its process.
///
/// `files` are the sources that git lists. They are only read if the plan has such a step.
pub(super) fn are_read_by_tests(plan: &Plan, workspace: &Workspace, files: &[String]) -> bool {
    plan.steps.iter().any(runs_executables)
        && sources::sources(workspace, Some(files)).keys().any(|file| {
            // A source that cannot be read does not compile either.
            let text = store::read_text(&workspace.root.join(file));
            text.is_ok_and(|text| {
                source::reads_arguments(&text) && is_called_by_tests(workspace, file, &text)
            })
        })
}

/// Returns whether a step runs test executables. rustdoc runs doctests with arguments of its own.
fn runs_executables(step: &Step) -> bool {
    let command = step.action.command();
    command.is_some_and(|command| command.stream == Stream::CargoTest) && step.id != Step::DOCTESTS
}

/// Returns whether a process of libtest may execute code of this file.
fn is_called_by_tests(workspace: &Workspace, file: &str, text: &str) -> bool {
    let targets = workspace.members.iter().flat_map(|member| &member.targets);
    let mut roots = targets.filter(|target| target.file == file).peekable();
    // A file that is not the root of a target may be a module of any.
    roots.peek().is_none() || roots.any(|target| is_tested(target, text))
}

/// Returns whether libtest may execute code in the root file of a target, with this text.
fn is_tested(target: &Target, text: &str) -> bool {
    if target.is_library() {
        return true;
    }
    match target.kind.as_str() {
        _ if target.has_libtest == Some(false) => false,
        "custom-build" => false,
        // Without a test and a module that may have one, nothing but `main` calls it.
        "bin" | "example" => source::has_test(text) || !source::modules(text).is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_files_count_if_libtest_may_call_them() {
        let with_tests = "#[test]\nfn t() {}";
        for (kind, has_libtest, text, expected) in [
            ("lib", true, "", true),
            ("lib", false, "", true),
            ("proc-macro", true, "", true),
            ("test", true, "", true),
            ("test", false, with_tests, false),
            ("bench", true, "", true),
            ("bench", false, "", false),
            ("custom-build", true, with_tests, false),
            ("bin", false, with_tests, false),
            ("bin", true, "fn main() {}", false),
            ("bin", true, with_tests, true),
            ("bin", true, "mod cli;\nfn main() {}", true),
            ("example", true, "fn main() {}", false),
            ("example", true, with_tests, true),
        ] {
            let target = Target {
                kind: kind.to_owned(),
                has_libtest: Some(has_libtest),
                ..Target::default()
            };
            assert_eq!(is_tested(&target, text), expected, "{kind} {text}");
        }
    }
}
