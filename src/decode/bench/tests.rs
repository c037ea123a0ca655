use super::*;
use crate::tests::{HOSTILE, hostile};

const FUNC: [&str; 2] = [
    include_str!("../../../fixtures/streams/criterion/func/benchmark.json"),
    include_str!("../../../fixtures/streams/criterion/func/estimates.json"),
];
const FLAT: [&str; 3] = [
    include_str!("../../../fixtures/streams/criterion/flat/benchmark.json"),
    include_str!("../../../fixtures/streams/criterion/flat/estimates.json"),
    include_str!("../../../fixtures/streams/criterion/flat/sample.json"),
];

fn nanos(value: f64) -> f64 {
    value * NANO
}

#[test]
fn bench_executable_that_ends_early_is_unfinished() {
    let start = "running 2 tests\ntest b1 ... bench:          10 ns/iter (+/- 1)\n";
    let second = "test b2 ... bench:          20 ns/iter (+/- 1)\n";
    let result = |measured, ignored| {
        format!(
            "test result: ok. 0 passed; 0 failed; {ignored} ignored; {measured} measured; 0 filtered out\n"
        )
    };
    for (stdout, expected) in [
        (format!("{start}{second}\n{}", result(2, 0)), None),
        (
            format!("{start}test t ... ignored\n\n{}", result(1, 1)),
            None,
        ),
        (format!("running 0 tests\n\n{}", result(0, 0)), None),
        (
            start.to_owned(),
            Some("ended before its `test result:` line"),
        ),
        (
            format!("{start}{second}"),
            Some("ended before its `test result:` line"),
        ),
        (
            format!("{start}{}", result(1, 0)),
            Some("announced 2 benchmarks and tests, and finished 1"),
        ),
        (
            format!("{start}{}", result(2, 0)),
            Some("measured 2 benchmarks, and printed values of 1"),
        ),
        (
            String::new(),
            Some("did not print how many benchmarks it runs"),
        ),
    ] {
        assert_eq!(unfinished(&stdout).as_deref(), expected, "{stdout}");
    }
}

#[test]
fn libtest_lines_are_read_with_separators_and_decimals() {
    for (line, expected) in [
        (
            "test a::b ... bench:       1,234.56 ns/iter (+/- 78)",
            Some(("a::b", 1234.56, Some(78.0))),
        ),
        (
            "test b ... bench: 3 ns/iter (+/- 0) = 8 MB/s",
            Some(("b", 3.0, Some(0.0))),
        ),
        (
            "test b ... bench:   1,234,567 ns/iter (+/- 9,999.50) <0.1s>",
            Some(("b", 1_234_567.0, Some(9999.5))),
        ),
        ("test b ... bench:   5 ns/iter", Some(("b", 5.0, None))),
        ("test b ... bench:   0.00 ns/iter (+/- 0.00)", None),
        ("test b ... bench:   NaN ns/iter (+/- 0)", None),
        ("test b ... bench:   inf ns/iter (+/- 0)", None),
        ("test b ... bench:   -4 ns/iter (+/- 0)", None),
        ("test b ... bench:   4 us/iter (+/- 0)", None),
        ("test b ... ok", None),
        ("b ... bench: 4 ns/iter (+/- 0)", None),
    ] {
        let found = libtest("p", "t", line);
        let expected = expected.map(|(id, figure, deviation)| {
            let interval = deviation.map(|d| {
                (
                    (nanos(figure) - nanos(d)).max(0.0),
                    nanos(figure) + nanos(d),
                )
            });
            (id.to_owned(), nanos(figure), interval)
        });
        assert_eq!(
            found
                .into_iter()
                .map(|b| (b.id, b.seconds, b.interval))
                .next(),
            expected,
            "{line}"
        );
    }
}

#[test]
fn criterions_slope_is_taken_where_it_has_one_else_its_mean() {
    let func = criterion("p", "one", FUNC[0], FUNC[1], None);
    let flat = criterion("p", "one", FLAT[0], FLAT[1], Some(FLAT[2]));
    let brief = |bench: Result<Bench, String>| bench.map(|b| (b.id, b.format, b.samples));
    assert!(flat.as_ref().is_ok_and(|b| {
        b.interval
            .is_some_and(|(low, high)| low <= b.seconds && b.seconds <= high)
    }));
    assert!(
        func.as_ref()
            .is_ok_and(|b| b.seconds > 1e-10 && b.seconds < 1e-9),
        "0.36 ns in seconds: {func:?}"
    );
    assert_eq!(
        brief(func),
        Ok(("group/x/func/10".to_owned(), "criterion".to_owned(), None))
    );
    assert_eq!(
        brief(flat),
        Ok((
            "group/x/flat".to_owned(),
            "criterion-mean".to_owned(),
            Some(10)
        ))
    );
}

#[test]
fn what_criterion_would_not_write_is_refused_by_name() {
    let estimate = |point: &str, low: &str, high: &str| {
        format!(
            r#"{{"confidence_interval":{{"lower_bound":{low},"upper_bound":{high}}},"point_estimate":{point}}}"#
        )
    };
    let mean = |estimate: String| format!(r#"{{"mean":{estimate},"slope":null}}"#);
    let id = r#"{"full_id":"x"}"#;
    for (benchmark, estimates, sample, error) in [
        (
            id,
            mean(estimate("null", "1", "2")),
            None,
            "`mean.point_estimate` of `x` is not a number",
        ),
        (
            id,
            mean(estimate("0.0", "1", "2")),
            None,
            "`mean.point_estimate` of `x` is 0",
        ),
        (
            id,
            mean(estimate("1", "-1", "2")),
            None,
            "`mean.lower_bound` of `x` is -1",
        ),
        (
            id,
            mean(estimate("1", "1", "null")),
            None,
            "`mean.upper_bound` of `x` is not a number",
        ),
        (
            id,
            mean(estimate("1", "3", "2")),
            None,
            "the interval of `mean` of `x` is upside down",
        ),
        (
            id,
            mean(estimate("1e999", "1", "2")),
            None,
            "estimates.json is not as criterion writes it: number out of range",
        ),
        (
            id,
            "{}".to_owned(),
            None,
            "estimates.json is not as criterion writes it: missing field `mean`",
        ),
        (
            "{",
            mean(estimate("1", "1", "2")),
            None,
            "benchmark.json is not as criterion writes it: EOF",
        ),
        (
            id,
            mean(estimate("1", "1", "2")),
            Some("[]"),
            "sample.json is not as criterion writes it: ",
        ),
    ] {
        let found = criterion("p", "t", benchmark, &estimates, sample);
        assert!(
            found.as_ref().is_err_and(|found| found.starts_with(error)),
            "{found:?} is not {error}"
        );
    }
}

#[test]
fn hostile_benchmark_output_is_read_in_linear_time() {
    let name = "g".repeat(HOSTILE);
    let header = "d".repeat(HOSTILE + 9) + "fastest │ slowest │ median │ mean │ samples │ iters\n";
    let row = "   ├─ a │ 1 ns │ 1 ns │ 1 ns │ 1 │ 1\n".repeat(HOSTILE / 40);
    assert_eq!(divan("p", "d", &format!("{header}├─ {name}\n{row}")), []);
    for text in hostile(&[
        "test a ... bench:",
        "test ",
        "1 ns/iter (+/- ",
        "│  ",
        "├─ ",
        "\x1b[",
        "{\"mean\":",
    ]) {
        assert_eq!(libtest("p", "d", &text), []);
        assert_eq!(divan("p", "d", &(header.clone() + &text)), []);
        assert!(criterion("p", "d", &text, &text, None).is_err());
    }
}
