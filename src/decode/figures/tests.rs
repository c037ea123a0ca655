use super::*;
use crate::tests::hostile;

/// Figures as `name[/package]=value[ unit]`.
fn check(stdout: &str, names: &[&str], expected: Result<&[&str], &str>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let spelled = |f: Figure| {
        let package = f
            .package
            .map_or_else(String::new, |package| format!("/{package}"));
        let unit = f.unit.map_or_else(String::new, |unit| format!(" {unit}"));
        format!("{}{package}={}{unit}", f.name, f.value)
    };
    let found =
        read(stdout, &names).map(|figures| figures.into_iter().map(spelled).collect::<Vec<_>>());
    let expected = expected
        .map(|list| list.iter().map(|s| (*s).to_owned()).collect())
        .map_err(str::to_owned);
    assert_eq!(found, expected, "{stdout:?}");
}

#[test]
fn numbers_and_lines_are_read() {
    check("3\n", &["a"], Ok(&["a=3"]));
    check("\n -1.5e3 \n\n", &["a"], Ok(&["a=-1500"]));
    check(
        "a 1\n\n  b.c\t2.5 MB\r\n",
        &["a", "b.c"],
        Ok(&["a=1", "b.c=2.5 MB"]),
    );
    check("a 1", &["a", "b"], Ok(&["a=1"]));
}

#[test]
fn json_is_read_in_its_three_forms() {
    check("{\"a\": 3}", &["a"], Ok(&["a=3"]));
    check(
        "{\"a\": {\"value\": 3, \"unit\": \"count\", \"packages\": {\"core\": 1, \"cli\": 2}}, \"b\": {\"value\": 0.5}}",
        &["a", "b"],
        Ok(&["a=3 count", "a/cli=2 count", "a/core=1 count", "b=0.5"]),
    );
    check(
        "[{\"name\": \"a\", \"value\": 3}, {\"name\": \"a\", \"value\": 1, \"unit\": \"s\", \"package\": \"core\"}]",
        &["a"],
        Ok(&["a=3", "a/core=1 s"]),
    );
    check("[]", &["a"], Ok(&[]));
    check("{}", &["a"], Ok(&[]));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    check("", &["a"], Err("nothing was printed"));
    check(" \n\n", &["a"], Err("nothing was printed"));
    check(
        "3",
        &["a", "b"],
        Err("line 1: one number, but the metrics are `a`, `b`"),
    );
    check("\nthree", &["a"], Err("line 2: `three` is not a number"));
    check(
        "a 1\nb 2",
        &["a"],
        Err("line 2: `b` is not declared, only `a`"),
    );
    check("a 1\na 2", &["a"], Err("line 2: printed `a` twice"));
    check(
        "a 1\nlog: all done here",
        &["a"],
        Err("line 2: expected `name value` or `name value unit`"),
    );
    check(
        "NaN",
        &["a"],
        Err("line 1: `a` is NaN, not a finite number"),
    );
    check("0x0", &["a"], Err("line 1: `0x0` is not a number"));
    check("\u{feff}3", &["a"], Err("it begins with a byte order mark"));
    check(
        "Compiling\na 3",
        &["a"],
        Err("line 1: expected `name value` or `name value unit`"),
    );
    check(
        "a inf",
        &["a"],
        Err("line 1: `a` is inf, not a finite number"),
    );
    check(
        "{\n\"a\": }",
        &["a"],
        Err("line 2: expected value at column 6"),
    );
    check(
        "\n[1]",
        &["a"],
        Err(
            "line 2: invalid type: integer `1`, expected an object with `name` and `value` at column 2",
        ),
    );
    check("{\"b\": 1}", &["a"], Err("`b` is not declared, only `a`"));
    check(
        "{\"a\": \"3\"}",
        &["a"],
        Err(
            "line 1: invalid type: string \"3\", expected a number or an object with `value` at column 9",
        ),
    );
    check(
        "{\"a\": {\"value\": 1, \"packges\": {}}}",
        &["a"],
        Err(
            "line 1: unknown field `packges`, expected one of `value`, `unit`, `packages` at column 28",
        ),
    );
    check(
        "[{\"name\": \"a\", \"value\": 1}, {\"name\": \"a\", \"value\": 1}]",
        &["a"],
        Err("entry 2: printed `a` twice"),
    );
}

#[test]
fn ambiguous_and_inexact_values_are_refused() {
    check(
        "{\"a\": 1, \"a\": 2}",
        &["a"],
        Err("line 1: `a` is given twice at column 16"),
    );
    check(
        "{\"a\": {\"value\": 1, \"value\": 2}}",
        &["a"],
        Err("line 1: duplicate field `value` at column 26"),
    );
    check(
        "{\"a\": {\"value\": 1, \"packages\": {\"x\": 1, \"x\": 2}}}",
        &["a"],
        Err("line 1: `x` is given twice at column 47"),
    );
    let beyond = "`a` is beyond 2^53, where whole numbers are no longer exact";
    check(
        "9007199254740993",
        &["a"],
        Err(&format!("line 1: {beyond}")),
    );
    check(
        "a -9007199254740993",
        &["a"],
        Err(&format!("line 1: {beyond}")),
    );
    check("{\"a\": 9007199254740993}", &["a"], Err(beyond));
    check(
        "[{\"name\": \"a\", \"value\": 1e300}]",
        &["a"],
        Err(&format!("entry 1: {beyond}")),
    );
    check(
        "9007199254740994",
        &["a"],
        Err(&format!("line 1: {beyond}")),
    );
    check("9007199254740992", &["a"], Ok(&["a=9007199254740992"]));
    check("0.1", &["a"], Ok(&["a=0.1"]));
    check("{\"a\": -5.00e0}", &["a"], Ok(&["a=-5"]));
    let rounded = |number: &str, line: u32| {
        let why = match number {
            "1e-400" => "is too close to zero for a 64-bit float; print 0",
            _ => "has more digits than a 64-bit float represents; print at most 15 of them",
        };
        format!("line {line}: `{number}` {why}")
    };
    for number in ["5.00000000000000000001", "4.9999999999999999999", "1e-400"] {
        for (text, line) in [
            (number.to_owned(), 1),
            (format!("\na {number}"), 2),
            (format!("{{\"a\":\n {number}}}"), 2),
            (
                format!("{{\"a\": {{\"value\": 1, \"packages\": {{\"x\\\"\": {number}}}}}}}"),
                1,
            ),
            (format!("[{{\"name\": \"a\", \"value\": {number}}}]"), 1),
        ] {
            check(&text, &["a"], Err(&rounded(number, line)));
        }
    }
}

#[test]
fn hostile_figures_are_read_in_linear_time() {
    let names: Vec<String> = (0..20_000)
        .map(|n| format!("team.metric.number_{n:08}"))
        .collect();
    let lines: String = names
        .iter()
        .rev()
        .map(|name| format!("{name} 1\n"))
        .collect();
    assert_eq!(read(&lines, &names).unwrap().len(), names.len());
    for text in hostile(&["[", "{\"a\":", "a 1\n", "a ", "{\"a\":1,", "[{\"name\":"]) {
        assert!(read(&text, &names[..1]).is_err());
    }
}
