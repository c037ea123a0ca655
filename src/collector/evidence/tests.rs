//! Tests steps that succeeded without doing any work, or without doing all of it.

use crate::collector::tests::{fold, plan, workspace};
use crate::plan::Action;
use crate::run::StepStatus;

/// Returns the status of one step with these arguments in a workspace of these packages.
fn status(
    step: &str,
    args: &str,
    packages: &[&str],
    script: &str,
    allow_empty: bool,
) -> StepStatus {
    let mut plan = plan(step);
    if !allow_empty {
        plan.allow_empty.clear();
    }
    let Action::Command(command) = &mut plan.steps[0].action else {
        panic!("{step} is no command")
    };
    command.args = args.split(' ').map(str::to_owned).collect();
    let id = step.split(':').next().unwrap_or(step);
    let script = format!("start {id}\n{}\nend 0", script.replace(" / ", "\n"));
    fold(&plan, &workspace(packages), &[], &script)
        .1
        .remove(0)
        .status
}

fn silent(names: &str) -> String {
    format!("cargo reported success without compiling every target of {names}")
}

const CHECK: &str = "check --workspace --lib --bins --tests --examples";

#[test]
fn build_is_complete_if_every_selected_target_was_compiled() {
    let both = "unit a lib a / unit a lib a test";
    let partial = |names: &str| StepStatus::Partial(silent(names));
    for (step, args, packages, script, expected) in [
        (
            "check",
            CHECK,
            &["a"][..],
            both.to_owned(),
            StepStatus::Whole,
        ),
        (
            "check",
            CHECK,
            &["a"],
            String::new(),
            StepStatus::Failed(silent("a")),
        ),
        ("check", CHECK, &["a"], "unit a lib a".into(), partial("a")),
        (
            "check",
            CHECK,
            &["a"],
            "unit a lib a / unit a lib a test empty".into(),
            partial("a"),
        ),
        (
            "check",
            CHECK,
            &["a: lib!"],
            "unit a lib a".into(),
            StepStatus::Whole,
        ),
        (
            "check",
            CHECK,
            &["a: lib! bin?"],
            "unit a lib a".into(),
            StepStatus::Whole,
        ),
        (
            "check",
            CHECK,
            &["a: lib! bench! custom-build!"],
            "unit a lib a".into(),
            StepStatus::Whole,
        ),
        (
            "check",
            CHECK,
            &["a: lib! example!"],
            "unit a lib a".into(),
            partial("a"),
        ),
        (
            "check",
            CHECK,
            &["a: lib! test"],
            "unit a lib a".into(),
            partial("a"),
        ),
        ("check", CHECK, &["a", "b"], both.into(), partial("b")),
        ("clippy", CHECK, &["a", "b"], both.into(), partial("b")),
        (
            "check",
            "check --workspace --lib",
            &["a: proc-macro bin"],
            "unit a proc-macro a".into(),
            StepStatus::Whole,
        ),
        (
            "check",
            "check --bin=a",
            &["a: lib bin"],
            "unit a bin a".into(),
            StepStatus::Whole,
        ),
        (
            "build",
            "build --workspace",
            &["a: lib bin test"],
            "unit a lib a / unit a bin a".into(),
            StepStatus::Whole,
        ),
        (
            "build",
            "build --workspace",
            &["a: lib bin test"],
            "unit a lib a".into(),
            partial("a"),
        ),
        (
            "doc",
            "doc --workspace",
            &["a: lib bin"],
            "unit a lib a".into(),
            StepStatus::Whole,
        ),
        (
            "doc",
            "doc --workspace",
            &["a", "b: test"],
            "unit a lib a".into(),
            StepStatus::Whole,
        ),
        (
            "doc",
            "doc --workspace",
            &["a", "b"],
            "unit a lib a".into(),
            partial("b"),
        ),
    ] {
        let script = format!("{script} / finished true");
        let script = script.trim_start_matches(" / ");
        assert_eq!(
            status(step, args, packages, script, false),
            expected,
            "{args} {packages:?} {script}"
        );
        assert_eq!(
            status(step, args, packages, script, true),
            expected,
            "an empty step is another matter"
        );
    }
}

#[test]
fn tests_count_when_every_test_executable_was_built_and_one_test_ran() {
    let a = "unit a lib a test exe / finished true / suite a lib a libtest 0";
    let broken = |reason: &str| StepStatus::Broken(reason.to_owned());
    for (args, packages, script, expected) in [
        (
            "test",
            &["a"][..],
            format!("{a} / case ok t"),
            StepStatus::Whole,
        ),
        (
            "test",
            &["a", "b"],
            format!("{a} / case ok t"),
            StepStatus::Partial(silent("b")),
        ),
        (
            "test",
            &["a", "b: lib!"],
            format!("{a} / case ok t"),
            StepStatus::Whole,
        ),
        (
            "test",
            &["a"],
            "finished true".into(),
            StepStatus::Failed(silent("a")),
        ),
        ("test", &["a"], a.into(), broken("no tests were found")),
        (
            "test",
            &["a"],
            format!("{a} / case ignored t"),
            broken("the only test is ignored"),
        ),
        (
            "test --bins",
            &["a"],
            "finished true".into(),
            broken("no tests were found"),
        ),
        (
            "test --lib",
            &["a: lib test"],
            format!("{a} / case ok t"),
            StepStatus::Whole,
        ),
    ] {
        assert_eq!(
            status("test", args, packages, &script, false),
            expected,
            "{args} {packages:?} {script}"
        );
    }
    assert_eq!(status("test", "test", &["a"], a, true), StepStatus::Whole);
    assert_eq!(
        status(
            "nextest: test",
            "nextest run",
            &["a"],
            "finished true",
            false
        ),
        broken("no tests were found")
    );
}

/// Doctests are a step of their own where nextest runs the tests.
#[test]
fn doctests_do_not_hide_that_every_other_test_was_left_out() {
    let left_out = "the arguments leave out every test";
    let ignored = "the only selected test is ignored";
    for (tests, doctests, reason) in [
        (
            "suite - - - nextest 0 / filtered 1",
            "case ok d",
            Some(left_out),
        ),
        (
            "suite a lib a nextest 0 / filtered 2",
            "case ok d",
            Some(left_out),
        ),
        (
            "suite a lib a nextest 0 / case ignored t / filtered 2",
            "case ok d",
            Some(ignored),
        ),
        ("suite a lib a nextest 0 / case ok t / filtered 2", "", None),
        (
            "suite a lib a nextest 0 / case ignored t",
            "case ok d",
            None,
        ),
        ("", "case ok d", None),
        ("", "", Some("no tests were found")),
    ] {
        let script = format!(
            "start nextest / {tests} / end 4 / start doctest / unit a lib a / finished true / \
             suite a doc a doctest 0 / {doctests} / end 0"
        )
        .replace(" / ", "\n");
        for allow_empty in [false, true] {
            let mut plan = plan("nextest: test\ndoctest: test");
            if !allow_empty {
                plan.allow_empty.clear();
            }
            let (_, steps) = fold(&plan, &workspace(&["a"]), &[], &script);
            let reason = reason.filter(|_| !allow_empty);
            let expected = reason.map_or(StepStatus::Whole, |reason| {
                StepStatus::Broken(reason.to_owned())
            });
            let found: Vec<StepStatus> = steps.into_iter().map(|step| step.status).collect();
            assert_eq!(found, [expected.clone(), expected], "{tests} {doctests}");
        }
    }
}

#[test]
fn step_without_work_has_no_values_unless_allowed() {
    for (step, args, packages, script, reason) in [
        (
            "check",
            CHECK,
            "a: bench!",
            "finished true",
            "there was nothing to compile",
        ),
        (
            "clippy",
            CHECK,
            "a: bench!",
            "unit a custom-build b / finished true",
            "there was nothing to compile",
        ),
        (
            "build",
            "build",
            "a: test",
            "finished true",
            "there was nothing to compile",
        ),
        (
            "doc",
            "doc",
            "a: test",
            "finished true",
            "there was nothing to document",
        ),
        (
            "bench",
            "bench",
            "a",
            "finished true",
            "no benchmarks were found",
        ),
        (
            "bench",
            "bench",
            "a",
            "finished true / suite a bench speed opaque 0",
            "no benchmark printed its times in a known format: a bench:speed",
        ),
        ("fmt", "fmt --help", "a", "", "rustfmt read no file"),
    ] {
        let expected = StepStatus::Broken(reason.to_owned());
        assert_eq!(
            status(step, args, &[packages], script, false),
            expected,
            "{step}"
        );
        assert_eq!(
            status(step, args, &[packages], script, true),
            StepStatus::Whole,
            "{step}"
        );
    }
    assert_eq!(
        status("fmt", "fmt", &["a"], "formatted", false),
        StepStatus::Whole
    );
}
