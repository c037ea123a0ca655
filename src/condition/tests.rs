use super::parse;
use crate::gate::{Op, Operand, Reference, Shift};
use crate::metric::Unit;
use crate::tests::damage;

fn number(value: f64) -> Operand {
    Operand::Number(value, None)
}

fn reference(name: Reference, shift: Shift) -> Operand {
    Operand::Reference(name, shift)
}

#[test]
fn conditions_are_read_in_the_unit_of_the_metric() {
    use Reference::{Baseline, Best, Previous};
    let points = || Unit::Other("points".to_owned());
    let with = |value: f64, unit: Unit| Operand::Number(value, Some(unit));
    let table = [
        ("< 20", Unit::Count, Op::Less, number(20.0)),
        ("<20", Unit::Count, Op::Less, number(20.0)),
        ("  <=\t1_000 ", Unit::Count, Op::AtMost, number(1000.0)),
        ("≤ 3", Unit::Count, Op::AtMost, number(3.0)),
        ("= 0", Unit::Count, Op::Equal, number(0.0)),
        ("== 0", Unit::Count, Op::Equal, number(0.0)),
        ("≥ 1.25", Unit::Count, Op::AtLeast, number(1.25)),
        (">= 1.5", Unit::Seconds, Op::AtLeast, number(1.5)),
        ("> -5", Unit::Days, Op::More, number(-5.0)),
        (
            ">= 80%",
            Unit::Percent,
            Op::AtLeast,
            with(80.0, Unit::Percent),
        ),
        (
            ">= 80 %",
            Unit::Percent,
            Op::AtLeast,
            with(80.0, Unit::Percent),
        ),
        (">= 80", Unit::Percent, Op::AtLeast, number(80.0)),
        ("< 90s", Unit::Seconds, Op::Less, with(90.0, Unit::Seconds)),
        ("< 1.5m", Unit::Seconds, Op::Less, with(90.0, Unit::Seconds)),
        (
            "< 2min",
            Unit::Seconds,
            Op::Less,
            with(120.0, Unit::Seconds),
        ),
        ("< 2h", Unit::Seconds, Op::Less, with(7200.0, Unit::Seconds)),
        ("< 300ms", Unit::Seconds, Op::Less, with(0.3, Unit::Seconds)),
        ("< 10GB", Unit::Bytes, Op::Less, with(1e10, Unit::Bytes)),
        (
            "< 512MiB",
            Unit::Bytes,
            Op::Less,
            with(536_870_912.0, Unit::Bytes),
        ),
        ("< 7 bytes", Unit::Bytes, Op::Less, with(7.0, Unit::Bytes)),
        ("<= 36h", Unit::Days, Op::AtMost, with(1.5, Unit::Days)),
        ("<= 2 days", Unit::Days, Op::AtMost, with(2.0, Unit::Days)),
        (">= 3 points", points(), Op::AtLeast, with(3.0, points())),
        (
            "<= 3 count",
            Unit::Count,
            Op::AtMost,
            with(3.0, Unit::Count),
        ),
        (
            ">= baseline",
            Unit::Count,
            Op::AtLeast,
            reference(Baseline, Shift::Zero),
        ),
        (
            "<= baseline + 10%",
            Unit::Seconds,
            Op::AtMost,
            reference(Baseline, Shift::Percent(10.0)),
        ),
        (
            "<= baseline-25%",
            Unit::Seconds,
            Op::AtMost,
            reference(Baseline, Shift::Percent(-25.0)),
        ),
        (
            "<= baseline \u{2212} 25 %",
            Unit::Seconds,
            Op::AtMost,
            reference(Baseline, Shift::Percent(-25.0)),
        ),
        (
            "> previous",
            Unit::Count,
            Op::More,
            reference(Previous, Shift::Zero),
        ),
        (
            "<= best + 2",
            Unit::Count,
            Op::AtMost,
            reference(Best, Shift::By(2.0)),
        ),
        (
            "<= best + 500ms",
            Unit::Seconds,
            Op::AtMost,
            reference(Best, Shift::By(0.5)),
        ),
        // A share of the reference, not two points of percent.
        (
            ">= baseline - 2%",
            Unit::Percent,
            Op::AtLeast,
            reference(Baseline, Shift::Percent(-2.0)),
        ),
        (
            ">= baseline - 2",
            Unit::Percent,
            Op::AtLeast,
            reference(Baseline, Shift::By(-2.0)),
        ),
    ];
    for (text, unit, op, operand) in table {
        let read = parse(text, &unit).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert_eq!(
            (read.op, &read.operand, read.text.as_str()),
            (op, &operand, text.trim()),
            "{text}"
        );
    }
}

/// `text`, unit, the marked part, message, help.
type Mistake = (&'static str, Unit, &'static str, &'static str, &'static str);

const EXAMPLE: &str = "write `< 20` or `<= baseline + 10%`";
const BEGINS: &str = "a condition begins with one of < <= = >= >";
const COUNT: &str =
    "write a bare number, as in `< 20`; a percentage fits after a reference: `baseline + 10%`";

#[test]
fn each_mistake_has_its_place_a_message_and_a_help() {
    const EXPECTED: &str = "expected a number or baseline, previous, best";
    let table: [Mistake; 31] = [
        ("", Unit::Count, "", "expected a condition", EXAMPLE),
        ("  ", Unit::Count, "  ", "expected a condition", EXAMPLE),
        (
            "20",
            Unit::Count,
            "20",
            "expected a comparison, found `20`",
            BEGINS,
        ),
        (
            "baseline",
            Unit::Count,
            "baseline",
            "expected a comparison, found `baseline`",
            BEGINS,
        ),
        (
            "under 20",
            Unit::Count,
            "under",
            "expected a comparison, found `under`",
            BEGINS,
        ),
        (
            "=> 3",
            Unit::Count,
            "=>",
            "unknown comparison `=>`",
            "did you mean `>=`?",
        ),
        (
            "=< 3",
            Unit::Count,
            "=<",
            "unknown comparison `=<`",
            "did you mean `<=`?",
        ),
        (
            "!= 3",
            Unit::Count,
            "!=",
            "unknown comparison `!=`",
            "the comparisons are < <= = >= >",
        ),
        (
            "<<< 3",
            Unit::Count,
            "<<<",
            "unknown comparison `<<<`",
            "the comparisons are < <= = >= >",
        ),
        ("<", Unit::Count, "", EXPECTED, EXAMPLE),
        (
            "< ?",
            Unit::Count,
            "?",
            "expected a number or baseline, previous, best, found `?`",
            EXAMPLE,
        ),
        (
            "< %",
            Unit::Count,
            "%",
            "expected a number or baseline, previous, best, found `%`",
            EXAMPLE,
        ),
        (
            "< 1.2.3",
            Unit::Count,
            "1.2.3",
            "`1.2.3` is not a number",
            "write numbers like 20, 1_000 or 1.5",
        ),
        (
            "< .5",
            Unit::Count,
            ".5",
            "`.5` is not a number",
            "write numbers like 20, 1_000 or 1.5",
        ),
        (
            "< 5.",
            Unit::Count,
            "5.",
            "`5.` is not a number",
            "write numbers like 20, 1_000 or 1.5",
        ),
        (
            "< 1_",
            Unit::Count,
            "1_",
            "`1_` is not a number",
            "write numbers like 20, 1_000 or 1.5",
        ),
        (
            "<= basline",
            Unit::Count,
            "basline",
            "unknown reference `basline`",
            "did you mean `baseline`?",
        ),
        (
            "<= Baseline",
            Unit::Count,
            "Baseline",
            "unknown reference `Baseline`",
            "did you mean `baseline`?",
        ),
        (
            "<= prev",
            Unit::Count,
            "prev",
            "unknown reference `prev`",
            "did you mean `previous`?",
        ),
        (
            "<= previuos",
            Unit::Count,
            "previuos",
            "unknown reference `previuos`",
            "did you mean `previous`?",
        ),
        (
            "<= main",
            Unit::Count,
            "main",
            "unknown reference `main`",
            "a reference is baseline, previous or best",
        ),
        (
            "< 20s",
            Unit::Count,
            "s",
            "`s` is a time, but the metric is a count",
            COUNT,
        ),
        (
            "< 20%",
            Unit::Count,
            "%",
            "`%` is a percentage, but the metric is a count",
            COUNT,
        ),
        (
            "< 20%",
            Unit::Seconds,
            "%",
            "`%` is a percentage, but the metric is a time",
            "write a time: 300ms, 90s, 1.5m, 2h",
        ),
        (
            "< 10GB",
            Unit::Percent,
            "GB",
            "`GB` is a size, but the metric is a percentage",
            "write a percentage: 80%",
        ),
        (
            "< 10gb",
            Unit::Bytes,
            "gb",
            "unknown unit `gb`",
            "did you mean `GB`?",
        ),
        (
            "< 3 bogus",
            Unit::Seconds,
            "bogus",
            "unknown unit `bogus`",
            "write a time: 300ms, 90s, 1.5m, 2h",
        ),
        (
            "<= baseline + 5s",
            Unit::Count,
            "s",
            "`s` is a time, but the metric is a count",
            COUNT,
        ),
        (
            "<= baseline +",
            Unit::Count,
            "",
            "expected a number or percentage",
            EXAMPLE,
        ),
        (
            "<= baseline 10%",
            Unit::Count,
            "10%",
            "unexpected `10%` after the condition",
            "",
        ),
        (
            "< 20 , ",
            Unit::Count,
            ",",
            "unexpected `,` after the condition",
            "",
        ),
    ];
    for (text, unit, part, message, help) in table {
        let problem = parse(text, &unit).expect_err(text);
        assert_eq!(&text[problem.at.clone()], part, "{text}");
        assert_eq!(problem.message, message, "{text}");
        assert_eq!(problem.help.unwrap_or_default(), help, "{text}");
    }
}

#[test]
fn numbers_beyond_all_measure_are_refused() {
    let problem = parse(&format!("< {}", "9".repeat(400)), &Unit::Count).expect_err("too large");
    let message = problem.message;
    assert!(
        message.ends_with("` is too large for a 64-bit float"),
        "{message}"
    );
    let digits = format!("1{}", "0".repeat(304));
    let problem = parse(&format!("< {digits}TB"), &Unit::Bytes).expect_err("too large in bytes");
    assert_eq!(
        problem.message,
        "the number is too large for a 64-bit float in the unit of the metric"
    );
}

#[test]
fn numbers_that_a_float_rounds_are_refused() {
    for number in ["5.00000000000000000001", "9_007_199_254_740_993"] {
        for text in [format!("<= {number}"), format!("<= baseline + {number}%")] {
            let problem = parse(&text, &Unit::Count).expect_err(&text);
            let message = format!("`{number}` has more digits than a 64-bit float represents");
            assert_eq!(problem.message, message);
            assert_eq!(&text[problem.at], number);
        }
    }
    let tiny = format!("< 0.{}1", "0".repeat(400));
    let problem = parse(&tiny, &Unit::Count).expect_err("zero");
    let message = problem.message;
    assert!(
        message.ends_with("` is too close to zero for a 64-bit float"),
        "{message}"
    );
    assert_eq!(problem.help.as_deref(), Some("write 0"));
    let tiny = format!("< 0.{}1ns", "0".repeat(318));
    let problem = parse(&tiny, &Unit::Seconds).expect_err("zero in seconds");
    assert_eq!(
        problem.message,
        "the number is too close to zero for a 64-bit float in the unit of the metric"
    );
}

#[test]
fn exponents_are_refused_and_not_read_as_units() {
    for (text, number) in [
        ("< 1e-400", "1e-400"),
        ("< 0.1E5 ", "0.1E5"),
        ("<= baseline + 1e+2%", "1e+2"),
    ] {
        let problem = parse(text, &Unit::Count).expect_err(text);
        assert_eq!(problem.message, format!("`{number}` has an exponent"));
        assert_eq!(&text[problem.at], number);
    }
    let problem = parse("< 5 elephants", &Unit::Count).expect_err("a unit");
    assert_eq!(problem.message, "unknown unit `elephants`");
}

/// Whatever is read means the same when it is read again; whatever is refused is refused in a place
/// that it has.
fn any_text_is_read_or_refused_in_its_place(rounds: usize) {
    let pieces = [
        "<",
        "=",
        ">",
        "≤",
        "baseline",
        "best",
        " ",
        "+",
        "\u{2212}",
        "1",
        "_",
        ".",
        "%",
        "µs",
        "GB",
        "é",
        "\u{0}",
        "-",
        "< 20",
        "<= previous",
        "days",
        "9999999999",
    ];
    let units = [
        Unit::Count,
        Unit::Seconds,
        Unit::Percent,
        Unit::Bytes,
        Unit::Days,
        Unit::Other("points".to_owned()),
    ];
    damage::survive("conditions", rounds, |random, round| {
        let text = random.chain(&pieces, 7);
        let unit = &units[round % units.len()];
        match parse(&text, unit) {
            Ok(read) => {
                let again = parse(&read.text, unit)
                    .unwrap_or_else(|problem| panic!("{text:?}: {problem:?}"));
                assert_eq!(
                    (again.op, &again.operand),
                    (read.op, &read.operand),
                    "{text:?}"
                );
                1
            }
            Err(problem) => {
                assert!(
                    text.get(problem.at.clone()).is_some(),
                    "{text:?}: {problem:?}"
                );
                0
            }
        }
    });
}

#[test]
fn no_text_makes_the_parser_panic() {
    any_text_is_read_or_refused_in_its_place(20_000);
}

#[test]
#[ignore = "long: 1 minute"]
fn no_text_makes_the_parser_panic_however_often_it_is_tried() {
    any_text_is_read_or_refused_in_its_place(20_000 * damage::LONG);
}

#[test]
fn hostile_conditions_are_refused_in_linear_time() {
    for text in crate::tests::hostile(&[
        "<",
        "< 1",
        "baseline + ",
        "< baseline ",
        "1_",
        " ",
        "≤",
        "<= best + 1 + ",
    ]) {
        assert!(parse(&text, &Unit::Count).is_err());
    }
}
