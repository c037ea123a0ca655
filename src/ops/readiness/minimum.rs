//! The minimum for every release, whichever gates the campaign has: the code compiles and its tests pass.

use super::packages::Members;
use crate::gate::{Condition, Gate, Op, Operand, Strictness};
use crate::glob;
use crate::judge;
use crate::judge::readiness::{Known, is_waived};
use crate::metric::Value;
use crate::ops::Context;
use crate::ops::evaluate::view;
use crate::ops::evaluate::{Evaluation, gate_waivers, needed};
use crate::ops::measure;
use crate::plan::Collector;
use crate::run::{Judged, Lack, Verdict};
use crate::store::Lock;
use anyhow::Result;
use std::collections::BTreeSet;

/// A metric that must be zero.
#[derive(Clone, Copy)]
pub(super) struct Minimum {
    /// Name of the check.
    check: &'static str,
    metric: &'static str,
    /// The metric that is shown with a pass, such as the number of tests.
    shows: &'static str,
}

pub(super) const COMPILES: Minimum = Minimum {
    check: "compiles",
    metric: "check.errors",
    shows: "check.errors",
};
pub(super) const TESTS: Minimum = Minimum {
    check: "tests",
    metric: "test.failed",
    shows: "test.passed",
};

impl Minimum {
    fn gate(self) -> Gate {
        Gate {
            id: self.metric.to_owned(),
            group: String::new(),
            metric: self.metric.to_owned(),
            package: None,
            require: Condition {
                op: Op::Equal,
                operand: Operand::Number(0.0, None),
                text: "= 0".to_owned(),
            },
            level: Strictness::Deny,
            file: String::new(),
            line: 0,
        }
    }
}

/// Returns the collectors of the minimum. Waived checks are not measured.
pub(super) fn collectors(cx: &Context) -> Vec<Collector> {
    let gates: Vec<Gate> = kept(cx).into_iter().map(Minimum::gate).collect();
    needed(&gates, cx.catalogue()).into_iter().collect()
}

/// Returns the parts of the minimum that are not waived.
fn kept(cx: &Context) -> Vec<Minimum> {
    let (config, today) = (cx.config(), cx.today());
    [COMPILES, TESTS]
        .into_iter()
        .filter(|one| !is_waived(one.check, &config.waivers, &today))
        .collect()
}

/// Measures the missing parts of the minimum for the current workspace, and returns those that fail.
///
/// The inner error is the reason why the result is unknown.
pub(super) fn hold(cx: &Context, _lock: &Lock) -> Result<Known<Vec<String>>> {
    let wanted: BTreeSet<Collector> = collectors(cx).into_iter().collect();
    let mut found = view::current(cx, &wanted)?;
    if !found.missing.is_empty() {
        let prepared = measure::prepare(cx, &found.missing)?;
        measure::measure_in(cx, &prepared)?;
        found = view::current(cx, &wanted)?;
    }
    let evaluation = Evaluation::new(cx, found.view)?;
    let judged: Vec<Judged> = kept(cx)
        .into_iter()
        .map(|one| verdict(cx, &evaluation, one))
        .collect();
    let failed: Vec<&Judged> = judged
        .iter()
        .filter(|one| one.verdict == Verdict::Fail)
        .collect();
    // If the code does not compile, the tests have no verdict. The compile errors must be fixed first.
    if let (true, Some(open)) = (
        failed.is_empty(),
        judged.iter().find(|one| one.verdict == Verdict::NoVerdict),
    ) {
        return Ok(Err(format!("{}: {}", open.title, open.reason)));
    }
    let mut lines = Vec::new();
    for one in failed {
        lines.push(format!("{}: {}", one.title, one.reason));
        lines.extend(one.evidence.iter().cloned());
    }
    Ok(Ok(lines))
}

/// Returns the verdict for a release. To pass, the values must cover every package to be released, and all of its tests.
pub(super) fn of_release(
    cx: &Context,
    evaluation: &Evaluation,
    minimum: Minimum,
    members: &Members,
) -> Judged {
    let mut judged = verdict(cx, evaluation, minimum);
    let passes = judged.verdict < Verdict::NoVerdict;
    if let Some(narrowing) = narrowing(cx, minimum, members).filter(|_| passes) {
        judged.verdict = Verdict::NoVerdict;
        judged.lack = Some(Lack::Partial);
        judged.reason = format!("{narrowing}, so that not all that is released was measured");
        judged.help = Some("change campaign.toml, or waive the check".to_owned());
    }
    judged
}

/// Returns the setting that excludes a part of the release from the measurement.
fn narrowing(cx: &Context, minimum: Minimum, members: &Members) -> Option<String> {
    let excluded = members.chosen().find(|member| {
        let mut patterns = cx.options.exclude.iter();
        patterns.any(|pattern| glob::matches(pattern, &member.name))
    });
    if let Some(member) = excluded {
        return Some(format!("[collect] exclude leaves out `{}`", member.name));
    }
    let name = minimum.metric.split('.').next().unwrap_or_default();
    let collectors = needed(&[minimum.gate()], cx.catalogue());
    let narrowing = collectors
        .into_iter()
        .find_map(|collector| narrowing_argument(&cx.config().collect.settings(&collector).args));
    narrowing.map(|arg| format!("[collect.{name}] args has `{arg}`"))
}

/// Returns the first argument that may exclude tests or targets.
fn narrowing_argument(args: &[String]) -> Option<String> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let name = arg.split('=').next().unwrap_or_default();
        match (VALUED.contains(&name), WHOLE.contains(&name)) {
            (true, _) if !arg.contains('=') => drop(args.next()),
            (false, false) => return Some(arg.clone()),
            _ => {}
        }
    }
    None
}

/// Arguments with a value that exclude nothing.
const VALUED: [&str; 8] = [
    "--features",
    "-F",
    "--jobs",
    "-j",
    "--profile",
    "--target-dir",
    "--color",
    "--config",
];

/// Arguments that exclude nothing.
const WHOLE: [&str; 16] = [
    "--workspace",
    "--all",
    "--all-targets",
    "--all-features",
    "--no-fail-fast",
    "--keep-going",
    "--locked",
    "--offline",
    "--frozen",
    "--release",
    "-r",
    "--verbose",
    "-v",
    "-vv",
    "--quiet",
    "-q",
];

/// Judges one part of the minimum over the values of `evaluation`. A waiver of the campaign for the same metric applies.
pub(super) fn verdict(cx: &Context, evaluation: &Evaluation, minimum: Minimum) -> Judged {
    let today = cx.today();
    let judged = judge::judge(
        &[minimum.gate()],
        &gate_waivers(cx.config()),
        cx.catalogue(),
        &evaluation.evidence(&today),
    );
    let Some(mut judged) = judged.gates.into_iter().next() else {
        unreachable!("one gate gives one verdict")
    };
    if judged.verdict == Verdict::Pass {
        let shown = evaluation
            .head
            .snapshot
            .metrics
            .get(minimum.shows)
            .map(|reading| &reading.value);
        let title = cx
            .catalogue()
            .get(minimum.shows)
            .map_or("", |row| row.title.as_str());
        if let Some(Value::Measured(value)) = shown {
            judged.evidence.insert(0, format!("{title}: {value}"));
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_leave_tests_out_are_found() {
        for (args, narrowing) in [
            ("", None),
            (
                "--no-fail-fast --locked -j 2 --features a,b --profile=ci",
                None,
            ),
            ("t", Some("t")),
            ("--lib", Some("--lib")),
            ("--all-targets --test it", Some("--test")),
            ("-p a", Some("-p")),
            ("--features a t", Some("t")),
        ] {
            let list: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
            assert_eq!(narrowing_argument(&list).as_deref(), narrowing, "{args}");
        }
    }
}
