use crate::collector::tests::{check, fold, plan, workspace};
use crate::metric::Value;

#[test]
fn tests_are_counted_by_package_and_doctests_also_separately() {
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
         case failed a
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
fn incomplete_suite_leaves_other_packages_their_values() {
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
         test.doc.failed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.doc.ignored ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.doc.passed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.doc.total ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.failed ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.ignored ? >= 0 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 0}
         test.incomplete 1 {a 1, b 0}
         test.pass_rate ? 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 100}
         test.passed ? >= 3 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 1}
         test.time ? 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib)
         test.total ? >= 3 1 of 2 suites gave no whole result: a lib (began 5 tests, 2 gave a result) (cargo --lib) {b 1}
         Passed a one
         Passed a two
         Passed b one
         a lib: began 5 tests, 2 gave a result",
    );
}

#[test]
fn failures_before_a_stop_are_a_lower_bound() {
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
        "test 0/1 Broken(\"the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308)\")
         test.doc.failed ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.doc.ignored ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.doc.passed ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.doc.total ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.failed ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.ignored ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.incomplete ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.pass_rate ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.passed ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.time ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)
         test.total ? the tests did not compile: a; error at a/src/lib.rs:1:5: no (E0308) (cargo)",
    );
}

#[test]
fn benchmark_value_is_the_median_of_its_repeats() {
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

/// A suite that exited with 0 and whose output could not be read counts neither as failed nor as
/// passed.
#[test]
fn suites_that_could_not_be_read_leave_a_lower_bound() {
    for (other, expected) in [
        ("suite b lib b libtest 0\ncase ok t", "test.incomplete ? "),
        (
            "suite b lib b libtest 134 ended by signal 6 after 0 of 1 tests",
            "test.incomplete >=1 ",
        ),
    ] {
        let script = format!(
            "start test\nunit a lib a test exe\nunit b lib b test exe\nfinished true\n\
             suite a lib a libtest 0 unreadable: no log\n{other}\nend 101"
        );
        let (snapshot, _) = fold(
            &plan("test"),
            &workspace(&["a: lib", "b: lib"]),
            &[],
            &script,
        );
        let Value::Unavailable(reading) = &snapshot.metrics["test.incomplete"].value else {
            panic!("{expected}")
        };
        let crashed = f64::from(u8::from(expected.contains(">=1")));
        assert_eq!(reading.at_least, Some(crashed), "{expected}");
        assert!(
            snapshot.incomplete["a lib"].contains("no log"),
            "{:?}",
            snapshot.incomplete
        );
    }
}

/// A target that failed may have printed only some of its benchmarks, so none of them has a value.
#[test]
fn benches_of_a_target_that_failed_have_no_value() {
    for (suite, end, reason) in [
        ("a lib a libtest 101", "101", "a lib exited with 101"),
        (
            "a lib a libtest 134 died of signal 6",
            "101",
            "a lib died of signal 6",
        ),
        (
            "a lib a libtest 0 criterion's files: broken",
            "0",
            "a lib criterion's files: broken",
        ),
    ] {
        let script = format!(
            "start bench
             bench a a add 0.1
             suite {suite}
             bench b speed sub 0.2
             suite b bench speed opaque 0
             finished true
             end {end}"
        );
        let expected = format!(
            "bench 0/0 Partial(\"{reason}\")
             bench.a/a.time ? {reason}
             bench.add.time ? {reason}
             bench.sub.time 0.2 of [0.2]
             bench.time ? {reason}"
        );
        check("bench", &["a: lib", "b: bench"], &script, &expected);
    }
}

#[test]
fn bench_target_that_gave_no_result_has_a_metric_without_value() {
    check(
        "bench",
        &["a: bench", "b: bench"],
        "start bench
         unit a bench speed test exe
         bench a speed add 0.1
         unit b bench quick test exe
         finished true
         end 0",
        "bench 0/2 Partial(\"built, but gave no result: b bench:quick\")
         bench.add.time 0.1 of [0.1]
         bench.b/quick.time ? built, but gave no result
         bench.time ? built, but gave no result: b bench:quick",
    );
}

#[test]
fn benchmark_without_complete_repeats_has_no_value() {
    check(
        "bench",
        &["a: bench"],
        "start bench
         bench a speed add 0.1
         finished true
         end 101 error: bench failed",
        "bench 0/0 Failed(\"cargo exited with 101: bench failed\")
         bench.add.time ? cargo exited with 101: bench failed
         bench.time ? cargo exited with 101: bench failed",
    );
}

#[test]
fn suite_matches_its_executable_for_every_crate_type() {
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
