//! `memory`: the peak memory of programs of the workspace.
//!
//! The system reports the largest resident set of a process from its start. That includes the moment
//! before the program replaced the process that started it, so that no smaller peak than that
//! of the starting process is ever reported: the floor. A program that does nothing is run in the same
//! way and shows the floor. A value that does not stand out from it is none.

use super::command::StepContext;
use super::covered::RequiredUnits;
use super::definition::{Definition, Influence, ProfileChoice, Remedy};
use super::folded::Folded;
use super::metric::{Family, Metric, Visibility};
use super::sampled::{self, Sampled};
use super::standing::{absent, finite, without};
use super::summary::{StepSummary, Term, terms};
use super::time::median;
use crate::metric::{Alike, Better, Reading, Spread, Unit};
use crate::plan::{Collector, Invocation, Step};
use crate::snapshot::Snapshot;

const PEAK: Metric = Metric {
    name: "memory.*.peak",
    title: "peak memory",
    unit: &Unit::Bytes,
    per_package: false,
    alike: Alike::Machine,
    family: Some(Family::Command),
    ..Metric::COUNT
};

const FLOOR: &str = "memory.floor";

pub(super) static DEFINITION: Definition = Definition {
    name: "memory",
    metrics: &[
        PEAK,
        Metric {
            name: FLOOR,
            title: "least peak memory that can be measured",
            better: Better::None,
            visibility: Visibility::Detail,
            family: None,
            ..PEAK
        },
        Metric {
            name: "memory.time",
            title: "time to measure memory",
            ..Metric::TIME
        },
    ],
    alike: Alike::Machine,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::TestHarness,
    ],
    settings: &sampled::SETTINGS,
    repeats: Some(sampled::SAMPLES),
    refused_args: &sampled::REFUSED_ARGS,
    profile: ProfileChoice::SelectedOr("release"),
    turn: 6,
    timeout: 30,
    obstacle: sampled::obstacle,
    steps,
    required_units: RequiredUnits::WithoutTests,
    doubt: sampled::doubt,
    fold,
    summary,
    remedy: Remedy::Rerun(Invocation::clone),
    suits: |_| false,
    ..Definition::BUILD
};

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    sampled::steps(context, collector, None)
}

/// Adds the peak of each command and the greatest floor.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let mut floors = Vec::new();
    for one in Sampled::all(folded, collector) {
        floors.extend(one.floor());
        let name = PEAK.name.replace('*', one.name);
        snapshot.metrics.insert(name, reading(&one));
    }
    let floor = match floors.into_iter().reduce(f64::max) {
        Some(floor) => finite(floor),
        None => sampled::unmeasured(folded, collector),
    };
    snapshot.metrics.insert(FLOOR.to_owned(), floor);
}

/// How far a peak must stand out from the floor. Which pages of the starting process are resident varies by
/// less.
const MARGIN: f64 = 1.1;

fn reading(one: &Sampled<'_>) -> Reading {
    let samples = match one.samples() {
        Ok(samples) => samples,
        Err(reason) => return without(reason),
    };
    let Some(floor) = one.floor() else {
        return absent("the floor is unknown");
    };
    if samples.iter().any(|sample| *sample < floor * MARGIN) {
        return absent(format!(
            "its peak cannot be told apart from the {:.1} MB that any measured program has",
            floor / 1e6
        ));
    }
    Reading {
        spread: Some(Spread {
            samples: samples.clone(),
            ..Spread::default()
        }),
        ..finite(median(&samples))
    }
}

/// Returns the name of the command, its peak and the floor.
fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let name = summary.step.sampling.as_ref().map(|one| &one.name);
    let peak = name.and_then(|name| summary.value(&PEAK.name.replace('*', name)));
    terms([
        name.map(|name| Term::Text(name.clone())),
        peak.map(|peak| Term::Bytes(peak, "peak")),
        summary
            .value(FLOOR)
            .map(|floor| Term::Bytes(floor, "floor")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::planner;
    use super::super::request::Request;
    use super::super::sampled::tests::{measured, unmeasured};
    use super::super::settings::{SettingValue, Settings};
    use super::super::tests::{events, plan, shown, workspace};
    use crate::event::Event;

    /// Folds the events of the step of one command.
    fn folded(found: Option<Event>, script: &str) -> Vec<String> {
        let mut all = events(script);
        let end = all.pop();
        all.extend(found);
        all.extend(end);
        let workspace = workspace(&["a"]);
        let plan = plan("memory-start: memory");
        let mut fold = Fold::new(&plan, &workspace, &[].into());
        all.iter().for_each(|event| fold.event(event));
        shown(&fold.finish().0, &[])
    }

    const BUILT: &str = "start memory-start\nunit a bin app exe\nfinished true\nend 0";

    #[test]
    fn peak_is_the_median_if_it_stands_out_from_the_floor() {
        let floor = ("floor", 5_000_000);
        for (samples, expected) in [
            (
                [41_000_000, 43_000_000, 42_000_000],
                "42000000 of [41000000.0, 43000000.0, 42000000.0]",
            ),
            (
                [5_500_000, 5_600_000, 5_700_000],
                "5600000 of [5500000.0, 5600000.0, 5700000.0]",
            ),
            (
                [5_500_000, 5_600_000, 5_400_000],
                "? its peak cannot be told apart from the 5.0 MB that any measured program has",
            ),
            (
                [5_000_000, 5_000_000, 5_000_000],
                "? its peak cannot be told apart from the 5.0 MB that any measured program has",
            ),
        ] {
            let found = folded(Some(measured(&samples, &[floor])), BUILT);
            let expected = format!("memory.start.peak {expected}");
            assert_eq!(found[0], "memory.floor 5000000");
            assert!(found.contains(&expected), "{found:?}");
        }
    }

    #[test]
    fn program_that_was_not_measured_has_no_peak_with_the_reason() {
        let samples = [41_000_000, 43_000_000];
        let broken = "start memory-start\nunit a bin app exe\n\
            error a E0425 a/src/main.rs:1 unknown\nfinished false\nend 101";
        for (event, script, reason) in [
            (
                Some(unmeasured("it exited with 3")),
                BUILT,
                "it exited with 3",
            ),
            (None, BUILT, "cargo did not run the program"),
            (
                Some(measured(&samples, &[("floor", 5_000_000)])),
                BUILT,
                "a sample is missing",
            ),
            (
                Some(measured(&[41_000_000; 3], &[])),
                BUILT,
                "the floor is unknown",
            ),
            (
                None,
                broken,
                "a did not compile; error at a/src/main.rs:1:5",
            ),
            (
                None,
                "start memory-start\nend signal 9",
                "it was killed by signal 9",
            ),
        ] {
            let found = folded(event, script);
            let line = found
                .iter()
                .find(|line| line.starts_with("memory.start.peak ? "));
            assert!(
                line.is_some_and(|line| line.contains(reason)),
                "{reason}: {found:?}"
            );
        }
    }

    /// Returns the steps of the plan and what is missing for it.
    fn planned(commands: &[&str], change: impl Fn(&mut Request)) -> Vec<String> {
        let commands = commands.iter().map(|words| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            (format!("run-{}", words[0]), words)
        });
        let mut settings = Settings::default();
        settings.args = ["--locked", "-v", "--", "--last"].map(str::to_owned).into();
        settings.set(
            super::sampled::COMMANDS,
            SettingValue::Commands(commands.collect()),
        );
        let collector = super::DEFINITION.collector();
        let mut request = Request {
            cargo: "cargo".into(),
            collectors: vec![collector.clone()],
            settings: [(collector, settings)].into(),
            ..Request::default()
        };
        change(&mut request);
        let plan = planner::plan(
            &request,
            &workspace(&["a: bin", "b: example lib", "c: lib"]),
        );
        let steps = plan.steps.iter().map(|step| {
            let command = step.action.command().expect("it runs cargo");
            format!("{}: {}", step.id, command.by_hand())
        });
        let missing = plan.missing.iter();
        steps
            .chain(missing.map(|one| format!("{}; {}", one.what, one.fix)))
            .collect()
    }

    #[test]
    fn commands_name_programs_that_cargo_builds_and_runs() {
        let found = planned(&["a -v -v --check", "b", "c"], |_| ());
        let options = "--profile release --locked -v --";
        assert_eq!(
            found,
            [
                format!("memory-run-a: cargo run -p a --bin a {options} -v -v --check --last"),
                format!("memory-run-b: cargo run -p b --example b {options} --last"),
                // Cargo says that there is none.
                format!("memory-run-c: cargo run --bin c {options} --last"),
            ]
        );
    }

    #[test]
    fn commands_of_packages_that_are_not_selected_do_not_run() {
        let found = planned(&["a", "b"], |request| {
            request.packages = vec!["b".to_owned()]
        });
        let expected =
            "memory-run-b: cargo run -p b --example b --profile release --locked -v -- --last";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn collector_without_commands_cannot_run() {
        let expected =
            "`memory` has no command to run; add `commands` to [collect.memory] in campaign.toml";
        assert_eq!(planned(&[], |_| ()), [expected]);
    }
}
