use super::script::{fold, plan, shown, workspace};
use crate::metric::Unit;

/// Folds a script and compares all that comes out, line by line.
#[track_caller]
fn check(steps: &str, packages: &[&str], script: &str, expected: &str) {
    let own = [("todo", "todo.open", Unit::Count), ("todo", "todo.share", Unit::Percent)];
    let (snapshot, records) = fold(&plan(steps), &workspace(packages), &own, script);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let shown = shown(&snapshot, &records);
    assert_eq!(shown, expected, "\n{}\n", shown.join("\n"));
}

#[test]
fn a_diagnostic_counts_once_for_its_package_and_clippy_answers_check() {
    check(
        "clippy: clippy check
         check by clippy",
        &["a", "b"],
        "start clippy
         unit dep lib dep fresh
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         error b clippy::absurd b/src/lib.rs:3 absurd
         warning a clippy::needless_return src/lib.rs:8 unneeded `return`
         warning a unused_variables a/src/lib.rs:4 unused variable: `x`
         warning b dead_code b/src/lib.rs:4 never used
         warning elsewhere dead_code e/src/lib.rs:4 never used
         warning a - - 2 warnings emitted
         warning a - a/src/lib.rs:9 something with 3 `things`
         outline src/lib.rs 1-5 Pool::get
         unit a lib a
         unit a lib a test
         finished false
         end 101",
        "clippy 1/3 Partial(\"1 of 2 packages did not compile: b\")
         check.errors ? >= 0 1 of 2 packages did not compile: b {a 0}
         check.time ? check is answered by clippy, which has a time of its own (cargo campaign run check)
         check.warnings ? >= 3 1 of 2 packages did not compile: b {a 2}
         clippy.errors ? >= 1 1 of 2 packages did not compile: b {a 0}
         clippy.lint.absurd ? >= 1 1 of 2 packages did not compile: b {a 0}
         clippy.lint.needless_return ? >= 2 1 of 2 packages did not compile: b {a 2}
         clippy.time ? 1 of 2 packages did not compile: b
         clippy.warnings ? >= 2 1 of 2 packages did not compile: b {a 2}
         rustc.dead_code ? >= 1 1 of 2 packages did not compile: b {a 0}
         rustc.unused ? >= 1 1 of 2 packages did not compile: b {a 1}
         check a Warning a/src/lib.rs:9 msg:something with _ `_` [] x1
         check a Warning a/src/lib.rs:4 unused_variables [] x1
         check b Warning b/src/lib.rs:4 dead_code [] x1
         clippy a Warning src/lib.rs:8 clippy::needless_return [] x1
         clippy a Warning src/lib.rs:3 clippy::needless_return [Pool::get] x2
         clippy b Error b/src/lib.rs:3 clippy::absurd [] x1
         check covers [a]
         clippy covers [a]",
    );
}

#[test]
fn the_test_step_stands_for_packages_that_clippy_hides() {
    check(
        "clippy: clippy check
         test
         check by clippy",
        &["a", "b"],
        "start clippy
         error a clippy::absurd a/src/lib.rs:3 absurd
         warning a dead_code a/src/lib.rs:4 never used
         finished false
         end 101
         start test
         warning a dead_code a/src/lib.rs:4 never used
         warning b unused_mut b/src/lib.rs:4 need not be mutable
         warning b linker_messages - linker stderr
         finished true
         end 0",
        "clippy 0/0 Partial(\"1 of 2 packages did not compile: a; 1 not reached: b\")
         test 0/0 Whole
         check.errors 0 {a 0, b 0}
         check.time ? check is answered by clippy, which has a time of its own (cargo campaign run check)
         check.warnings 2 {a 1, b 1}
         clippy.errors ? >= 1 1 of 2 packages did not compile: a; 1 not reached: b
         clippy.lint.absurd ? >= 1 1 of 2 packages did not compile: a; 1 not reached: b
         clippy.time ? 1 of 2 packages did not compile: a; 1 not reached: b
         clippy.warnings ? >= 0 1 of 2 packages did not compile: a; 1 not reached: b
         rustc.dead_code 1 {a 1, b 0}
         rustc.unused 1 {a 0, b 1}
         test.doc.failed 0 {a 0, b 0}
         test.doc.ignored 0 {a 0, b 0}
         test.doc.passed 0 {a 0, b 0}
         test.doc.total 0 {a 0, b 0}
         test.failed 0 {a 0, b 0}
         test.ignored 0 {a 0, b 0}
         test.incomplete 0 {a 0, b 0}
         test.pass_rate ? no test ran
         test.passed 0 {a 0, b 0}
         test.time 4
         test.total 0 {a 0, b 0}
         check a Warning a/src/lib.rs:4 dead_code [] x1
         check b Warning b/src/lib.rs:4 unused_mut [] x1
         clippy a Error a/src/lib.rs:3 clippy::absurd [] x1
         check covers [a b]
         clippy covers []",
    );
}

#[test]
fn errors_of_code_generation_count_for_check() {
    check(
        "check
         build",
        &["a: lib bin example? build?"],
        "start check
         warning a dead_code a/src/lib.rs:4 never used
         finished true
         end 0
         start build
         warning a dead_code a/src/lib.rs:4 never used
         warning a linker_messages - linker stderr
         error a E0080 a/src/lib.rs:7 evaluation panicked
         finished false
         end 101 warning: a@0.1.0: old compiler\\nwarning: dep@0.1.0: not ours\\nwarning: unused: x",
        "check 0/0 Whole
         build 0/0 Partial(\"1 of 1 packages did not compile: a\")
         build.errors ? >= 1 1 of 1 packages did not compile: a
         build.script_warnings ? 1 of 1 packages did not compile: a
         build.time ? 1 of 1 packages did not compile: a
         build.warnings ? >= 2 1 of 1 packages did not compile: a
         check.errors 1 {a 1}
         check.time 4
         check.warnings 1 {a 1}
         rustc.dead_code 1 {a 1}
         rustc.unused 0 {a 0}
         check a Error a/src/lib.rs:7 E0080 [] x1
         check a Warning a/src/lib.rs:4 dead_code [] x1
         build a Warning - linker_messages [] x1
         build a Error a/src/lib.rs:7 E0080 [] x1
         build a Warning a/src/lib.rs:4 dead_code [] x1
         check covers [a]
         build covers []",
    );
}

#[test]
fn tests_are_counted_by_package_doctests_also_apart() {
    check(
        "test",
        &["a: lib test", "b", "c"],
        "start test
         unit a lib a test exe
         unit a test a test exe
         unit b lib b test exe fresh
         finished true
         suite a lib a libtest 101
         case ok net::get 0.25
         case failed net::put 1.5
         case ignored slow
         suite a test a opaque 1
         suite a doc a doctest 0
         case ok src/lib.rs - f (line 20)
         case failed src/lib.rs - f (line 3)
         suite b lib b libtest 0
         case ok t
         suite elsewhere lib elsewhere libtest 0
         case ok t
         end 101",
        "test 1/3 Whole
         test.doc.failed 1 {a 1, b 0, c 0}
         test.doc.ignored 0 {a 0, b 0, c 0}
         test.doc.passed 1 {a 1, b 0, c 0}
         test.doc.total 2 {a 2, b 0, c 0}
         test.failed 3 {a 3, b 0, c 0}
         test.ignored 1 {a 1, b 0, c 0}
         test.incomplete 0 {a 0, b 0, c 0}
         test.pass_rate 50 {a 40, b 100}
         test.passed 3 {a 2, b 1, c 0}
         test.slowest.a_net::get 0.25
         test.slowest.a_net::put 1.5
         test.time 4 fresh 0.3333333333333333
         test.total 7 {a 6, b 1, c 0}
         Failed a doc src/lib.rs - f
         Passed a doc src/lib.rs - f #2
         Passed a net::get
         Failed a net::put
         Ignored a slow
         Failed a test:a a
         Passed b t",
    );
}

#[test]
fn a_suite_without_a_whole_result_leaves_the_other_packages_their_figures() {
    check(
        "test",
        &["a", "b"],
        "start test
         unit a lib a test exe
         unit b lib b test exe
         finished true
         suite a lib a libtest 0 began 5 tests, 2 gave a result
         case ok one
         case ok two
         suite b lib b libtest 0
         case ok one
         end 0",
        "test 0/2 Partial(\"1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result)\")
         test.doc.failed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.doc.ignored ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.doc.passed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.doc.total ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.failed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.ignored ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 0}
         test.incomplete 1 {a 1, b 0}
         test.pass_rate ? 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 100}
         test.passed ? >= 3 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 1}
         test.time ? 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result)
         test.total ? >= 3 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) {b 1}
         Passed a one
         Passed a two
         Passed b one
         a lib: began 5 tests, 2 gave a result",
    );
}

#[test]
fn failures_before_a_stop_are_failures() {
    check(
        "nextest: test
         doctest: test",
        &["a"],
        "start nextest
         suite a lib a nextest 100
         case ok t
         case failed u
         end 100
         start doctest
         finished true
         end interrupt",
        "nextest 0/0 Whole
         doctest 0/0 Interrupted
         test.doc.failed ? >= 0 interrupted
         test.doc.ignored ? interrupted
         test.doc.passed ? interrupted
         test.doc.total ? interrupted
         test.failed ? >= 1 interrupted
         test.ignored ? interrupted
         test.incomplete ? interrupted
         test.pass_rate ? interrupted
         test.passed ? interrupted
         test.time ? interrupted
         test.total ? interrupted
         Passed a t
         Failed a u",
    );
}

#[test]
fn tests_that_do_not_compile_are_not_zero_tests() {
    check(
        "test",
        &["a"],
        "start test
         error a E0308 a/src/lib.rs:1 no
         unit a lib a test exe
         finished false
         end 101",
        "test 0/1 Failed(\"the tests did not compile: a\")
         test.doc.failed ? the tests did not compile: a
         test.doc.ignored ? the tests did not compile: a
         test.doc.passed ? the tests did not compile: a
         test.doc.total ? the tests did not compile: a
         test.failed ? the tests did not compile: a
         test.ignored ? the tests did not compile: a
         test.incomplete ? the tests did not compile: a
         test.pass_rate ? the tests did not compile: a
         test.passed ? the tests did not compile: a
         test.time ? the tests did not compile: a
         test.total ? the tests did not compile: a",
    );
}

#[test]
fn a_bench_is_the_median_of_its_repeats() {
    check(
        "bench
         bench-2: bench
         bench-3: bench",
        &["a: bench", "b: bench"],
        "start bench
         bench a speed parse~all/10 0.5
         bench a speed add 0.1
         bench b speed add 0.2
         finished true
         end 0
         start bench-2
         bench a speed parse~all/10 0.7
         finished true
         end 0
         start bench-3
         bench a speed parse~all/10 0.6
         finished true
         end 0",
        "bench 0/0 Whole
         bench-2 0/0 Whole
         bench-3 0/0 Whole
         bench.a/speed/add.time 0.1 of [0.1]
         bench.b/speed/add.time 0.2 of [0.2]
         bench.parse_all/10.time 0.6 of [0.5, 0.7, 0.6]
         bench.time 4 of [4.0, 4.0, 4.0]",
    );
}

#[test]
fn a_bench_without_whole_repeats_has_no_figure() {
    check(
        "bench",
        &["a: bench"],
        "start bench
         bench a speed add 0.1
         finished true
         end 101 error: bench failed",
        "bench 0/0 Failed(\"cargo exited with 101 and gave no error: bench failed\")
         bench.add.time ? cargo exited with 101 and gave no error: bench failed
         bench.time ? cargo exited with 101 and gave no error: bench failed",
    );
}

#[test]
fn files_belong_to_the_member_in_whose_folder_they_lie() {
    check(
        "fmt",
        &["a", "b"],
        "start fmt
         unformatted a/src/lib.rs
         unformatted a/src/lib.rs
         unformatted a/src/m.rs
         unformatted shared.rs
         end 1",
        "fmt 0/0 Whole
         fmt.files 3 {a 2, b 0}
         fmt.time 4",
    );
}

#[test]
fn files_that_could_not_be_parsed_leave_a_lower_bound() {
    check(
        "fmt",
        &["a", "b"],
        "start fmt
         unformatted a/src/lib.rs
         end 1 error: unclosed delimiter",
        "fmt 0/0 Partial(\"rustfmt could not read every file: unclosed delimiter\")
         fmt.files ? >= 1 rustfmt could not read every file: unclosed delimiter
         fmt.time ? rustfmt could not read every file: unclosed delimiter",
    );
}

#[test]
fn doc_counts_rustdocs_lints_and_missing_docs_where_asked() {
    check(
        "doc
         doc-missing: doc",
        &["a", "b"],
        "start doc
         warning a rustdoc::broken_intra_doc_links a/src/lib.rs:1 unresolved link to `x`
         warning b unused_variables b/src/lib.rs:1 unused variable
         warning b missing_docs b/src/lib.rs:2 missing documentation for a function
         unit a lib a
         finished true
         end 0
         start doc-missing
         warning a rustdoc::broken_intra_doc_links a/src/lib.rs:1 unresolved link to `x`
         warning b missing_docs b/src/lib.rs:2 missing documentation for a function
         unit a lib a
         finished true
         end 0",
        "doc 0/1 Whole
         doc-missing 0/1 Whole
         doc.errors 0 {a 0, b 0}
         doc.missing 1 {a 0, b 1}
         doc.time 4 fresh 0
         doc.warnings 1 {a 1, b 0}
         doc a Warning a/src/lib.rs:1 rustdoc::broken_intra_doc_links [] x1
         doc b Warning b/src/lib.rs:2 missing_docs [] x1
         doc covers [a b]",
    );
}

#[test]
fn a_package_without_documentation_hides_its_warnings() {
    check(
        "doc",
        &["a", "b", "c: test"],
        "start doc
         warning a rustdoc::bare_urls a/src/lib.rs:1 bare url
         error b E0308 b/src/lib.rs:1 mismatched types
         unit a lib a
         unit b lib b
         finished false
         end 101",
        "doc 0/2 Partial(\"1 of 3 packages did not compile: b\")
         doc.errors ? >= 1 1 of 3 packages did not compile: b {a 0, c 0}
         doc.time ? 1 of 3 packages did not compile: b
         doc.warnings ? >= 1 1 of 3 packages did not compile: b {a 1, c 0}
         doc a Warning a/src/lib.rs:1 rustdoc::bare_urls [] x1
         doc b Error b/src/lib.rs:1 E0308 [] x1
         doc covers [a c]",
    );
}

#[test]
fn sources_add_up() {
    check(
        "loc",
        &["a", "b"],
        "start loc
         source a 10 2 3 1 0
         source a 5 0 1 0 4
         source elsewhere 7 7 7 7 7
         end 0",
        "loc 0/0 Whole
         loc.blank 4 {a 4, b 0}
         loc.code 15 {a 15, b 0}
         loc.comments 2 {a 2, b 0}
         loc.files 2 {a 2, b 0}
         todo.open 4 {a 4, b 0}
         unsafe.blocks 1 {a 1, b 0}",
    );
}

#[test]
fn a_teams_figures_are_taken_as_declared() {
    check(
        "todo",
        &["a", "b"],
        "start todo
         figure todo.open 3 count a
         figure todo.open 4 - b
         figure todo.share 20 % a
         end 0",
        "todo 0/0 Whole
         todo.open 7 {a 3, b 4}
         todo.share ? its command printed figures of packages only {a 20}",
    );
}

#[test]
fn a_figure_that_is_not_printed_is_not_zero() {
    check(
        "todo",
        &["a"],
        "start todo
         figure todo.open 3
         end 0",
        "todo 0/0 Partial(\"did not print todo.share\")
         todo.open 3
         todo.share ? its command did not print it",
    );
}

#[test]
fn what_lacks_its_tool_or_never_ran_is_unavailable() {
    check(
        "clippy lacks
         todo lacks
         check
         loc",
        &["a"],
        "start check
         finished true
         end timeout
         warning a dead_code a/src/lib.rs:4 outside of any step",
        "check 0/0 TimedOut
         loc 0/0 Interrupted
         check.errors ? ended after 5 s, over its time
         check.time ? ended after 5 s, over its time
         check.warnings ? ended after 5 s, over its time
         clippy.errors ? it is not installed (install it)
         clippy.time ? it is not installed (install it)
         clippy.warnings ? it is not installed (install it)
         loc.blank ? interrupted
         loc.code ? interrupted
         loc.comments ? interrupted
         loc.files ? interrupted
         rustc.dead_code ? ended after 5 s, over its time
         rustc.unused ? ended after 5 s, over its time
         todo.open ? it is not installed (install it)
         todo.share ? it is not installed (install it)
         unsafe.blocks ? interrupted
         check covers []
         clippy covers []",
    );
}

#[test]
fn a_suite_belongs_to_its_executable_whatever_the_crate_type() {
    check(
        "test",
        &["a: cdylib"],
        "start test
         unit a cdylib a test exe
         finished true
         suite a lib a libtest 0
         case ok t
         end 0",
        "test 0/1 Whole
         test.doc.failed 0 {a 0}
         test.doc.ignored 0 {a 0}
         test.doc.passed 0 {a 0}
         test.doc.total 0 {a 0}
         test.failed 0 {a 0}
         test.ignored 0 {a 0}
         test.incomplete 0 {a 0}
         test.pass_rate 100 {a 100}
         test.passed 1 {a 1}
         test.time 4 fresh 0
         test.total 1 {a 1}
         Passed a t",
    );
}

#[test]
fn a_build_script_is_no_documentation() {
    check(
        "doc",
        &["a", "b"],
        "start doc
         error a E0308 a/src/lib.rs:1 mismatched types
         unit b custom-build b
         finished false
         end 101",
        "doc 0/1 Partial(\"1 of 2 packages did not compile: a; 1 not reached: b\")
         doc.errors ? >= 1 1 of 2 packages did not compile: a; 1 not reached: b
         doc.time ? 1 of 2 packages did not compile: a; 1 not reached: b
         doc.warnings ? >= 0 1 of 2 packages did not compile: a; 1 not reached: b
         doc a Error a/src/lib.rs:1 E0308 [] x1
         doc covers []",
    );
}

#[test]
fn the_order_in_which_messages_come_does_not_matter() {
    let said = [
        "warning a clippy::absurd a/src/lib.rs:3 absurd",
        "warning a clippy::absurd a/src/lib.rs:1 absurd",
        "error b E0308 b/src/lib.rs:3 mismatched types",
        "warning a clippy::absurd a/src/lib.rs:3 absurd",
        "outline a/src/lib.rs 1-5 f",
        "unit a lib a",
        "unit a lib a test",
    ];
    let steps = plan("clippy: clippy check\ncheck by clippy");
    let run = |lines: Vec<&str>| {
        let script = format!("start clippy\n{}\nfinished false\nend 101", lines.join("\n"));
        fold(&steps, &workspace(&["a", "b"]), &[], &script)
    };
    let forth = run(said.to_vec());
    assert_eq!(forth, run(said.into_iter().rev().collect()));
    assert_eq!(forth.0.findings.len(), 3);
}

#[test]
fn a_plan_without_steps_gives_nothing() {
    check("", &["a"], "warning a dead_code a/src/lib.rs:3 unasked", "");
}
