//! Runs tests written as text: events as lines of input, and the snapshot as lines of output.
//!
//! ```text
//! start clippy                                a step
//! warning core dead_code src/lib.rs:3 text    or error, ice; `-` for no code, no place
//! unit core lib core test fresh exe           the last three are optional
//! finished true
//! suite core lib core libtest 101 why         `why` when it is incomplete
//! case failed a::b 0.5                        belongs to the suite above, seconds are optional
//! bench core speed parse/10 0.5
//! unformatted src/lib.rs
//! source core 10 2 3 1 0                      code, comments, blank, unsafe, to-dos
//! problem CHANGELOG.md 3 order
//! figure todo.open 3 count core               unit and package are optional
//! outline src/lib.rs 1-9 Pool::get
//! end 101 error: text\nmore                   or `signal 9`, `timeout`, `interrupt`, `unstarted`
//! ```

use std::collections::BTreeMap;

use super::command::StepContext;
use super::planner::{CustomCollector, Request};
use super::{
    ALL, ApiBaseline, CompilerCache, Definition, Fold, InputFile, LlvmTools, SettingKind,
    SettingValue, Settings, of,
};
use crate::event::{
    Artifact, Bench, Cause, Diagnostic, Ended, Ending, Event, Figure, FileCounts, Flaw, Harness,
    Item, Level, Outcome, Problem, Span, Suite, TestCase, Uncompiled,
};
use crate::metric::{Reading, Unit, Value};
use crate::plan::{
    Action, Answered, Collector, FileSet, InstructionCounter, MissingCollector, Plan,
    RegistryIndex, Step,
};
use crate::run::StepRecord;
use crate::snapshot::Snapshot;
use crate::workspace::{FileRole, Member, Target, Workspace};

/// Parses a plan: lines `step: collector collector`, `check by clippy` and `clippy lacks`. Every
/// collector may be empty, because scripts contain only the events that they test.
pub(super) fn plan(text: &str) -> Plan {
    let mut plan = Plan {
        allow_empty: ALL.iter().map(|one| one.collector()).collect(),
        ..Plan::default()
    };
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some((collector, by)) = line.split_once(" by ") {
            plan.answered.push(Answered {
                collector: collector.to_owned().into(),
                by: by.into(),
            });
        } else if let Some(collector) = line.strip_suffix(" lacks") {
            let collector = Collector::from(collector.to_owned());
            plan.missing.push(MissingCollector {
                collector,
                what: "it is not installed".into(),
                fix: "install it".into(),
            });
        } else {
            let (id, serves) = line.split_once(": ").unwrap_or((line, line));
            plan.steps.push(step(id, serves));
        }
    }
    plan
}

/// Returns a step whose output is read like that of the step with this id, or else of the first one,
/// that its first collector plans.
fn step(id: &str, serves: &str) -> Step {
    let serves: Vec<Collector> = serves.split(' ').map(|c| c.to_owned().into()).collect();
    let mut planned = planned(id, &serves[0]);
    let at = planned.iter().position(|step| step.id == id);
    let mut step = planned.swap_remove(at.unwrap_or(0));
    if let Action::Command(command) = &mut step.action {
        command.args.clear();
        command.env.clear();
    }
    Step {
        id: id.into(),
        serves,
        timeout: None,
        settings: BTreeMap::new(),
        copy: None,
        report: None,
        ..step
    }
}

/// Returns the files of a checkout of an index.
fn index() -> FileSet {
    FileSet {
        index: Some(RegistryIndex::Checkout),
        ..FileSet::default()
    }
}

/// Returns the steps that a collector plans. An id that is a word of a setting selects it.
fn planned(id: &str, collector: &Collector) -> Vec<Step> {
    let definition = of(collector);
    let mut settings = Settings::default();
    for setting in definition.settings {
        if let SettingKind::Choice(words) = setting.kind
            && let Some(word) = words.iter().find(|word| **word == id)
        {
            settings.set(setting.key, SettingValue::Choice(word));
        }
        if setting.kind == SettingKind::Commands {
            let commands = [("start", "app"), ("load", "app")];
            let commands = commands.map(|(name, program)| (name.into(), vec![program.into()]));
            settings.set(setting.key, SettingValue::Commands(commands.into()));
        }
    }
    let custom = CustomCollector {
        command: vec!["count".into()],
        ..CustomCollector::default()
    };
    let request = Request {
        cargo: "cargo".into(),
        settings: [(collector.clone(), settings)].into(),
        api_baselines: [("a".to_owned(), ApiBaseline::Registry)].into(),
        llvm: Some(LlvmTools {
            profdata: "llvm-profdata".into(),
            cov: "llvm-cov".into(),
            version: String::new(),
        }),
        indexes: [(collector.clone(), index())].into(),
        counter: Some(InstructionCounter {
            program: "valgrind".into(),
            version: "valgrind-3.19.0".into(),
        }),
        compiler_cache: Some(CompilerCache {
            program: "sccache".into(),
            version: String::new(),
        }),
        custom: [(collector.name().to_owned(), custom)].into(),
        ..Request::default()
    };
    let workspace = workspace(&["a"]);
    let context = StepContext {
        request: &request,
        root: &workspace.root,
        target_dir: &workspace.target_dir,
        selected: &workspace,
    };
    (definition.steps)(&context, collector)
}

/// `package: kind kind-2 ..` by spaces; a kind with `!` is no test, with `?` needs features.
pub(super) fn workspace(packages: &[&str]) -> Workspace {
    let members = packages.iter().map(|text| {
        let (name, kinds) = text.split_once(": ").unwrap_or((text, "lib"));
        let targets = kinds.split(' ').map(|kind| Target {
            name: name.into(),
            kind: kind.trim_end_matches(['!', '?']).into(),
            file: format!("{name}/src/{kind}.rs"),
            test: !kind.ends_with('!'),
            doctest: true,
            doc: kind.starts_with("lib") || kind.starts_with("bin"),
            conditional: kind.ends_with('?'),
            off_by_default: kind.ends_with('?'),
            ..Target::default()
        });
        Member {
            name: name.into(),
            id: name.into(),
            version: "0.1.0".into(),
            dir: name.into(),
            targets: targets.collect(),
            publish: false,
            ..Member::default()
        }
    });
    Workspace {
        root: "/ws".into(),
        target_dir: "/ws/target".into(),
        build_dir: None,
        members: members.collect(),
    }
}

/// Returns the events of a script.
pub(super) fn events(script: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut step = String::new();
    for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "start" {
            step = rest.to_owned();
        }
        match (word, events.last_mut()) {
            ("case", Some(Event::Suite(suite))) => suite.cases.push(case(rest)),
            ("filtered", Some(Event::Suite(suite))) => suite.filtered = rest.parse().unwrap(),
            _ => events.push(event(word, rest, &step)),
        }
    }
    events
}

fn case(text: &str) -> TestCase {
    let words: Vec<&str> = text.split(' ').collect();
    let seconds: Option<f64> = words.last().and_then(|w| w.parse().ok());
    let name = &words[1..words.len() - usize::from(seconds.is_some())];
    let outcome = match words[0] {
        "ok" => Outcome::Passed,
        "failed" => Outcome::Failed,
        _ => Outcome::Ignored,
    };
    TestCase {
        name: name.join(" "),
        outcome,
        seconds,
        output: None,
    }
}

fn event(word: &str, rest: &str, step: &str) -> Event {
    let words: Vec<&str> = rest.split(' ').collect();
    let number = |n: usize| words.get(n).and_then(|w| w.parse().ok()).unwrap_or(0);
    match word {
        "start" => Event::Started { step: rest.into() },
        "warning" | "error" | "ice" => Event::Diagnostic(diagnostic(word, &words)),
        "unit" => Event::Artifact(Artifact {
            package: words[0].into(),
            member: true,
            target_kind: words[1].into(),
            target: words[2].into(),
            test: words.contains(&"test"),
            fresh: words.contains(&"fresh"),
            files: if words.contains(&"empty") {
                Vec::new()
            } else {
                vec!["/t/file".into()]
            },
            executable: words.contains(&"exe").then(|| "/t/exe".into()),
        }),
        "uncompiled" => Event::Uncompiled(uncompiled(&words)),
        "finished" => Event::BuildFinished {
            success: rest == "true",
        },
        "suite" => Event::Suite(suite(&words)),
        "bench" => Event::Bench(Bench {
            package: words[0].into(),
            target: words[1].into(),
            id: words[2].replace('~', " "),
            seconds: words[3].parse().unwrap(),
            interval: Some((0.0, 1.0)),
            samples: None,
            format: "criterion".into(),
        }),
        "unformatted" => Event::Unformatted {
            file: words[0].into(),
            packages: words[1..].iter().map(|name| (*name).to_owned()).collect(),
        },
        "formatted" => Event::Formatted,
        "source" => {
            let names = ["code", "comments", "blank", "unsafe_blocks", "todos"];
            let counts = names.into_iter().zip((1..).map(number));
            Event::Counted(FileCounts {
                package: words[0].into(),
                others: words
                    .iter()
                    .skip(6)
                    .map(|name| (*name).to_owned())
                    .collect(),
                file: "x.rs".into(),
                counts: counts
                    .map(|(name, count)| (name.into(), count.into()))
                    .collect(),
            })
        }
        "problem" => Event::Problem(Problem {
            file: words[0].into(),
            line: number(1),
            text: "- x".into(),
            rule: words[2].into(),
            message: "it is wrong".into(),
            ..Problem::default()
        }),
        "figure" => Event::Figure(Figure {
            name: words[0].into(),
            value: words[1].parse().unwrap(),
            unit: words.get(2).filter(|w| **w != "-").map(|w| (*w).into()),
            package: words.get(3).map(|w| (*w).into()),
        }),
        "noise" => Event::Noise { line: rest.into() },
        "outline" => {
            let (first, last) = words[1].split_once('-').unwrap();
            let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
            Event::Outline {
                file: words[0].into(),
                items: vec![Item {
                    first,
                    last,
                    path: words[2].into(),
                }],
            }
        }
        "end" => Event::Ended(ended(step, rest)),
        _ => panic!("no such line: {word} {rest}"),
    }
}

fn uncompiled(words: &[&str]) -> Uncompiled {
    Uncompiled {
        package: words[0].into(),
        target_kind: words[1].into(),
        target: words[2].into(),
        test: words.contains(&"test"),
        file: "target/file".into(),
        flaw: if words.contains(&"missing") {
            Flaw::Missing
        } else {
            Flaw::Outdated
        },
    }
}

fn diagnostic(level: &str, words: &[&str]) -> Diagnostic {
    let spans = words[2].split_once(':').map(|(file, line)| Span {
        file: file.into(),
        line: line.parse().unwrap(),
        column: 5,
        end_line: line.parse().unwrap(),
        end_column: 9,
        text: vec!["    let x = 1;".into()],
        snippet: "let x".into(),
        expansion: None,
    });
    Diagnostic {
        package: words[0].into(),
        target_kind: if words[2].contains("/benches/") {
            "bench"
        } else {
            "lib"
        }
        .into(),
        target: words[0].into(),
        level: match level {
            "warning" => Level::Warning,
            "error" => Level::Error,
            _ => Level::Ice,
        },
        code: Some(words[1]).filter(|c| *c != "-").map(Into::into),
        message: words[3..].join(" "),
        spans: spans.into_iter().collect(),
    }
}

fn suite(words: &[&str]) -> Suite {
    Suite {
        package: words[0].trim_matches('-').into(),
        target_kind: words[1].into(),
        target: words[2].into(),
        harness: match words[3] {
            "libtest" => Harness::Libtest,
            "doctest" => Harness::Doctest,
            "nextest" => Harness::Nextest,
            _ => Harness::Opaque,
        },
        cases: Vec::new(),
        filtered: 0,
        incomplete: Some(words[5..].join(" ")).filter(|why| !why.is_empty()),
        unreadable: words.get(5) == Some(&"unreadable:"),
        cause: match words.get(5) {
            Some(&"machine:") => Cause::Machine,
            Some(&"sources:") => Cause::Sources,
            _ => Cause::Unknown,
        },
        exit: words[4].parse().unwrap(),
        seconds: 0.5,
        tail: None,
        record: None,
        reused: None,
    }
}

fn ended(step: &str, text: &str) -> Ended {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let ending = match word {
        "signal" => Ending::Signalled(rest.parse().unwrap()),
        "timeout" => Ending::TimedOut,
        "interrupt" => Ending::Interrupted,
        "unstarted" => Ending::NotStarted(rest.into()),
        "unreadable" => Ending::Exited(0),
        "noisy" => Ending::Exited(1),
        code => Ending::Exited(code.parse().unwrap()),
    };
    let odd = [("unreadable", "unreadable"), ("noisy", "noise")]
        .into_iter()
        .find(|(ending, _)| *ending == word);
    let odd = odd.map(|(_, counter)| (counter.to_owned(), 1));
    Ended {
        step: step.into(),
        ending,
        seconds: 5.0,
        blocked: 1.0,
        cpu: None,
        stderr_tail: rest.replace("\\n", "\n"),
        odd: odd.into_iter().collect(),
    }
}

/// Folds a script.
pub(super) fn fold(
    plan: &Plan,
    workspace: &Workspace,
    own: &[(&str, &str, Unit)],
    script: &str,
) -> (Snapshot, Vec<StepRecord>) {
    let mut declared: BTreeMap<Collector, BTreeMap<String, Unit>> = BTreeMap::new();
    for (collector, metric, unit) in own {
        let metrics = declared
            .entry(Collector::from((*collector).to_owned()))
            .or_default();
        metrics.insert((*metric).into(), unit.clone());
    }
    let mut fold = Fold::new(plan, workspace, &declared);
    for event in events(script) {
        fold.event(&event);
    }
    fold.finish()
}

/// Returns a snapshot and its steps as lines.
pub(super) fn shown(snapshot: &Snapshot, steps: &[StepRecord]) -> Vec<String> {
    let mut lines: Vec<String> = steps
        .iter()
        .map(|s| {
            format!(
                "{} {}/{} {:?}",
                s.ended.step, s.units.0, s.units.1, s.status
            )
        })
        .collect();
    lines.extend(
        snapshot
            .metrics
            .iter()
            .map(|(name, reading)| format!("{name} {}", value(reading))),
    );
    lines.extend(snapshot.findings.iter().map(|f| {
        let place = if f.line == 0 {
            "-".into()
        } else {
            format!("{}:{}", f.file, f.line)
        };
        format!(
            "{} {} {:?} {place} {} [{}] x{}",
            f.collector, f.package, f.level, f.code, f.item, f.occurrences
        )
    }));
    lines.extend(
        snapshot
            .tests
            .iter()
            .map(|(id, test)| format!("{:?} {id}", test.outcome)),
    );
    lines.extend(
        snapshot
            .incomplete
            .iter()
            .map(|(id, reason)| format!("{id}: {reason}")),
    );
    lines.extend(
        snapshot
            .covered
            .iter()
            .map(|(c, packages)| format!("{c} covers [{}]", packages.join(" "))),
    );
    lines
}

fn value(reading: &Reading) -> String {
    let mut text = match &reading.value {
        Value::Measured(value) => format!("{value}"),
        Value::Unavailable(u) => {
            let bound = u.at_least.map_or_else(String::new, |n| format!(" >= {n}"));
            let fix = u
                .fix
                .as_ref()
                .map_or_else(String::new, |fix| format!(" ({fix})"));
            format!("?{bound} {}{fix}", u.reason)
        }
    };
    let packages: Vec<String> = reading
        .packages
        .iter()
        .map(|(p, n)| format!("{p} {n}"))
        .collect();
    if !packages.is_empty() {
        text.push_str(&format!(" {{{}}}", packages.join(", ")));
    }
    if let Some(fresh) = reading.spread.as_ref().and_then(|s| s.fresh) {
        text.push_str(&format!(" fresh {fresh}"));
    }
    if let Some(samples) = reading
        .spread
        .as_ref()
        .map(|s| &s.samples)
        .filter(|s| !s.is_empty())
    {
        text.push_str(&format!(" of {samples:?}"));
    }
    text
}

/// Folds a script and compares the complete result line by line.
#[track_caller]
pub(super) fn check(steps: &str, packages: &[&str], script: &str, expected: &str) {
    let own = [
        ("todo", "todo.open", Unit::Count),
        ("todo", "todo.share", Unit::Percent),
    ];
    let (snapshot, records) = fold(&plan(steps), &workspace(packages), &own, script);
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let shown = shown(&snapshot, &records);
    assert_eq!(shown, expected, "\n{}\n", shown.join("\n"));
}

#[test]
fn file_belongs_to_the_member_whose_directory_contains_it() {
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
         fmt.time 4
         fmt  Warning - unformatted [] x1
         fmt a Warning - unformatted [] x1
         fmt a Warning - unformatted [] x1",
    );
}

#[test]
fn unformatted_file_counts_for_the_members_that_contain_it_and_once_in_all() {
    check(
        "fmt",
        &["a", "b"],
        "start fmt
         unformatted a/src/only_b.rs b
         unformatted shared/x.rs b
         end 1",
        "fmt 0/0 Whole
         fmt.files 2 {a 0, b 2}
         fmt.time 4
         fmt b Warning - unformatted [] x1
         fmt b Warning - unformatted [] x1",
    );
    check(
        "fmt",
        &["a", "b", "c"],
        "start fmt
         unformatted b/src/m.rs a b
         end 1",
        "fmt 0/0 Whole
         fmt.files 1 {a 1, b 1, c 0}
         fmt.time 4
         fmt a Warning - unformatted [] x1
         fmt b Warning - unformatted [] x1",
    );
    check(
        "fmt",
        &["a"],
        "start fmt
         unformatted shared/x.rs a b
         end 1",
        "fmt 0/0 Whole
         fmt.files 1 {a 1}
         fmt.time 4
         fmt a Warning - unformatted [] x1",
    );
}

#[test]
fn files_that_cannot_be_parsed_leave_a_lower_bound() {
    check(
        "fmt",
        &["a", "b"],
        "start fmt
         unformatted a/src/lib.rs
         end 1 error: unclosed delimiter",
        "fmt 0/0 Partial(\"rustfmt could not read every file: unclosed delimiter\")
         fmt.files ? >= 1 rustfmt could not read every file: unclosed delimiter
         fmt.time ? rustfmt could not read every file: unclosed delimiter
         fmt a Warning - unformatted [] x1",
    );
}

#[test]
fn changelog_problems_are_findings_and_a_lower_bound_without_tags() {
    let found = "changelog  Warning CHANGELOG.md:3 changelog::order [] x1
         changelog a Warning a/CHANGELOG.md:9 changelog::date [] x1";
    for (end, status, reading, covers) in [
        ("0", "Whole", "2", "a b"),
        (
            "0 no tags seen",
            r#"Partial("no tags seen")"#,
            "? >= 2 no tags seen (cargo campaign changelog lint)",
            "",
        ),
        (
            "1 no such file",
            r#"Failed("no such file")"#,
            "? no such file (cargo campaign changelog lint)",
            "",
        ),
    ] {
        check(
            "changelog",
            &["a", "b"],
            &format!(
                "start changelog
                 problem CHANGELOG.md 3 order
                 problem a/CHANGELOG.md 9 date
                 end {end}"
            ),
            &format!(
                "changelog 0/0 {status}\nchangelog.problems {reading}\n{found}\nchangelog covers [{covers}]"
            ),
        );
    }
}

#[test]
fn source_counts_are_summed_by_package() {
    check(
        "loc",
        &["a", "b"],
        "start loc
         source a 10 2 3 1 0
         source a 5 0 1 0 4
         source b 1 0 0 0 0
         source elsewhere 7 7 7 7 7
         end 0",
        "loc 0/0 Whole
         loc.blank 4 {a 4, b 0}
         loc.code 16 {a 15, b 1}
         loc.comments 2 {a 2, b 0}
         loc.files 3 {a 2, b 1}
         todo.open 4 {a 4, b 0}
         unsafe.blocks 1 {a 1, b 0}",
    );
}

#[test]
fn file_of_several_members_counts_once_for_the_workspace() {
    check(
        "loc",
        &["a", "b"],
        "start loc
         source a 10 2 3 1 0 b elsewhere
         source elsewhere 1 1 1 1 1 b
         end 0",
        "loc 0/0 Whole
         loc.blank 4 {a 3, b 4}
         loc.code 11 {a 10, b 11}
         loc.comments 3 {a 2, b 3}
         loc.files 2 {a 1, b 2}
         todo.open 1 {a 0, b 1}
         unsafe.blocks 2 {a 1, b 2}",
    );
}

#[test]
fn package_of_which_no_source_was_read_has_no_value() {
    check(
        "loc",
        &["a", "b"],
        "start loc
         source a 10 2 3 1 0
         end 0",
        "loc 0/0 Whole
         loc.blank ? >= 3 no source file of package `b` was read {a 3}
         loc.code ? >= 10 no source file of package `b` was read {a 10}
         loc.comments ? >= 2 no source file of package `b` was read {a 2}
         loc.files ? >= 1 no source file of package `b` was read {a 1}
         todo.open ? >= 0 no source file of package `b` was read {a 0}
         unsafe.blocks ? >= 1 no source file of package `b` was read {a 1}",
    );
}

#[test]
fn values_of_a_custom_collector_are_recorded_as_declared() {
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
fn package_values_must_agree_with_the_total_and_the_workspace() {
    check(
        "todo",
        &["a", "b"],
        "start todo
         figure todo.open 0
         figure todo.open 20 - a
         figure todo.open 30 - b
         figure todo.share 20 % elsewhere
         end 0",
        "todo 0/0 Whole
         todo.open ? its command printed 0 in total, but 50 for the packages together
         todo.share ? its command printed a value of `elsewhere`, which is not a member of the workspace",
    );
}

#[test]
fn total_may_exceed_the_packages_only_if_one_is_not_listed() {
    for (members, expected) in [
        (
            &["a", "b"] as &[&str],
            "todo.open ? its command printed 50 in total, but 5 for the packages together",
        ),
        (&["a", "b", "c"], "todo.open 50 {a 2, b 3}"),
    ] {
        let expected = format!("todo 0/0 Whole\n         {expected}\n         todo.share 20");
        check(
            "todo",
            members,
            "start todo
         figure todo.open 50
         figure todo.open 2 - a
         figure todo.open 3 - b
         figure todo.share 20 %
         end 0",
            &expected,
        );
    }
}

#[test]
fn total_must_be_possible_with_the_packages_in_its_unit() {
    let [seconds, days] = [Unit::Seconds, Unit::Days];
    let points = Unit::Other("points".into());
    for (unit, total, members, expected) in [
        (&seconds, "3", 2, ""),
        (&seconds, "5", 2, ""),
        (&seconds, "2.9", 2, "its packages allow only 3 to 5"),
        (&seconds, "5.1", 2, "its packages allow only 3 to 5"),
        (&seconds, "5.1", 3, ""),
        (&seconds, "2", 3, "its packages allow only 3 to 5"),
        (&days, "9", 2, "its packages allow only 3 to 5"),
        (&Unit::Bytes, "4", 2, "5 for the packages together"),
        (&Unit::Percent, "2", 2, ""),
        (&Unit::Percent, "2.5", 2, ""),
        (&Unit::Percent, "90", 2, "its packages allow only 2 to 3"),
        (&Unit::Percent, "0", 2, "its packages allow only 2 to 3"),
        (&Unit::Percent, "90", 3, ""),
        (&points, "2", 2, ""),
        (&points, "5", 2, ""),
        (&points, "6", 2, "its packages allow only 2 to 5"),
        (&points, "1", 2, "its packages allow only 2 to 5"),
        (&points, "1", 3, ""),
    ] {
        let names = ["a", "b", "c"];
        let workspace = workspace(&names[..members]);
        let script = format!(
            "start todo
             figure todo.open {total}
             figure todo.open 2 - a
             figure todo.open 3 - b
             end 0"
        );
        let own = [("todo", "todo.open", unit.clone())];
        let (snapshot, _) = fold(&plan("todo"), &workspace, &own, &script);
        let found = match &snapshot.metrics["todo.open"].value {
            Value::Measured(_) => String::new(),
            Value::Unavailable(why) => why.reason.clone(),
        };
        let expected = match expected {
            "" => String::new(),
            range => format!("its command printed {total} in total, but {range}"),
        };
        assert_eq!(found, expected, "{total} {unit:?} of {members}");
    }
}

/// The command does not know which packages are selected.
#[test]
fn values_of_unselected_packages_do_not_count() {
    for (unit, printed, expected) in [
        (Unit::Count, "1 - a / 2 - b", "todo.open 1 {a 1}"),
        (Unit::Count, "3 / 1 - a / 2 - b", "todo.open 1 {a 1}"),
        (Unit::Count, "9 / 1 - a / 2 - b", "todo.open 1 {a 1}"),
        (Unit::Count, "2 / 2 - b", "todo.open 0"),
        (
            Unit::Count,
            "2 - b",
            "todo.open ? its command printed no value of a selected package",
        ),
        (
            Unit::Count,
            "9 / 2 - b",
            "todo.open ? its command printed 9 for all packages, and `b` is not selected",
        ),
        (Unit::Count, "9 / 1 - a", "todo.open 9 {a 1}"),
        (
            Unit::Percent,
            "30 / 20 - a / 40 - b",
            "todo.open ? its command printed 30 for all packages, and `b` is not selected",
        ),
        (
            Unit::Percent,
            "20 - a / 40 - b",
            "todo.open ? its command printed figures of packages only {a 20}",
        ),
        (
            Unit::Count,
            "1 - a / 2 - elsewhere",
            "todo.open ? its command printed a value of `elsewhere`, which is not a member of the workspace",
        ),
    ] {
        let values = printed.split(" / ");
        let values = values.map(|value| format!("figure todo.open {value}\n"));
        let script = format!("start todo\n{}end 0", values.collect::<String>());
        let todo = Collector::named("todo");
        let declared = BTreeMap::from([(todo, BTreeMap::from([("todo.open".into(), unit)]))]);
        let mut fold = Fold::new(&plan("todo"), &workspace(&["a"]), &declared)
            .in_workspace(&workspace(&["a", "b", "c"]));
        events(&script).iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        assert_eq!(shown(&snapshot, &[]), [expected], "{printed}");
    }
}

/// A root package and a member in a directory below it.
fn nested() -> Workspace {
    let mut workspace = workspace(&["app", "sub"]);
    workspace.members[0].dir = String::new();
    workspace.members[0].targets[0].file = "src/lib.rs".into();
    workspace
}

/// Returns the files of a step: both members have a source with something of everything that
/// collectors look for.
fn input(step: &Step) -> Vec<InputFile> {
    let source = "// TODO\n#[allow(unused)]\nfn f(n: &str) { unsafe { env::var(n).unwrap() } }\n";
    let file = |path: &str, package: &str, text: &str| InputFile {
        path: path.into(),
        package: package.into(),
        others: Vec::new(),
        role: FileRole::by_name(path),
        text: text.into(),
    };
    let sources = [
        file("src/lib.rs", "app", source),
        file("sub/src/lib.rs", "sub", source),
    ];
    match &step.action {
        Action::Scan => sources.into(),
        Action::Read(set) => {
            let named = set
                .paths
                .iter()
                .map(|path| file(path, "app", "APP_OLD=1\n"));
            named
                .chain(sources.into_iter().filter(|_| set.sources))
                .collect()
        }
        Action::Command(_) | Action::Lint(_) => Vec::new(),
    }
}

/// Runs the steps of a collector that start no process, and folds their events for the selected
/// members.
fn read(definition: &Definition, selected: &Workspace) -> Snapshot {
    let collector = definition.collector();
    let mut plan = plan("");
    plan.steps = planned("", &collector);
    let mut fold = Fold::new(&plan, selected, &BTreeMap::new()).in_workspace(&nested());
    for step in &plan.steps {
        fold.event(&Event::Started {
            step: step.id.clone(),
        });
        let files = &mut input(step).into_iter();
        let read = (definition.read_files)(step, files, &mut |event| fold.event(&event));
        let code = if read.is_ok() { "0" } else { "1" };
        fold.event(&Event::Ended(ended(&step.id, code)));
    }
    fold.finish().0
}

/// The directory of the root package contains those of the others.
#[test]
fn files_of_unselected_members_do_not_count() {
    let mut app = nested();
    app.members.truncate(1);
    let mut with_findings = Vec::new();
    for definition in ALL {
        let (whole, part) = (read(definition, &nested()), read(definition, &app));
        let name = definition.name;
        let (others, own): (Vec<_>, Vec<_>) =
            (whole.findings.iter()).partition(|finding| finding.package == "sub");
        assert_eq!(part.findings.iter().collect::<Vec<_>>(), own, "{name}");
        for (metric, reading) in &part.metrics {
            let of_app = |reading: &Reading| reading.packages.get("app").copied();
            assert_eq!(of_app(reading), of_app(&whole.metrics[metric]), "{metric}");
            if let Some(count) = of_app(reading) {
                assert_eq!(reading.value, Value::Measured(count), "{metric}");
            }
        }
        if !others.is_empty() {
            with_findings.push(name);
        }
    }
    assert_eq!(with_findings, ["source", "env"]);
}

/// A total is compared with the packages only if packages were printed.
#[test]
fn a_negative_total_without_packages_is_a_value_unless_it_counts() {
    check(
        "todo",
        &["a"],
        "start todo
         figure todo.open -1 count
         figure todo.share -20 %
         end 0",
        "todo 0/0 Whole
         todo.open ? its command printed -1, and a count is a whole number that is not negative
         todo.share -20",
    );
}

#[test]
fn unreadable_output_of_a_custom_collector_gives_its_reason() {
    check(
        "todo",
        &["a"],
        "start todo
         noise line 2: printed `todo.open` twice
         end unreadable",
        "todo 0/0 Failed(\"its output could not be read: line 2: printed `todo.open` twice\")
         todo.open ? its output could not be read: line 2: printed `todo.open` twice
         todo.share ? its output could not be read: line 2: printed `todo.open` twice",
    );
}

#[test]
fn count_of_sources_is_incomplete_if_one_cannot_be_read() {
    check(
        "loc",
        &["a"],
        "start loc
         noise a/src/lib.rs: the file is too large
         end unreadable",
        "loc 0/0 Partial(\"a source could not be read: a/src/lib.rs: the file is too large\")
         loc.blank ? >= 0 a source could not be read: a/src/lib.rs: the file is too large
         loc.code ? >= 0 a source could not be read: a/src/lib.rs: the file is too large
         loc.comments ? >= 0 a source could not be read: a/src/lib.rs: the file is too large
         loc.files ? >= 0 a source could not be read: a/src/lib.rs: the file is too large
         todo.open ? >= 0 a source could not be read: a/src/lib.rs: the file is too large
         unsafe.blocks ? >= 0 a source could not be read: a/src/lib.rs: the file is too large",
    );
}

#[test]
fn metric_that_is_not_printed_is_unavailable() {
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
fn collector_without_tool_or_step_is_unavailable() {
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
fn plan_without_steps_gives_an_empty_snapshot() {
    check("", &["a"], "warning a dead_code a/src/lib.rs:3 unasked", "");
}
