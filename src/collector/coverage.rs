//! `coverage`: the lines, functions and regions of the product that tests execute.
//!
//! The tests run a second time, instrumented. Build output of dependencies is shared with other
//! commands; that of the members has a name of its own, and programs go to a directory of their
//! own, so that nothing of the user's is replaced. Doctests are not run, because only a nightly
//! compiler instruments them. Test code does not count unless the configuration says so.
//!
//! Complex functions that tests do not execute are risky to change. `crap.*` combine both, as
//! Alberto Savoia and Bob Evans proposed (Crap4j, 2007): c² (1 − cov)³ + c, with the cyclomatic
//! complexity c of a function and the covered share of its lines. They come from the same sources
//! and the same executions, so that neither part is from another tree.
//!
//! If the configuration names files, they are read instead: another tool has run the tests.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{
    CargoCommand, JSON, REFUSED_HARNESS_ARGS, REFUSED_TEST_ARGS, StepContext, step,
};
use super::definition::{
    Definition, Influence, InputFile, SuggestedCondition, SuggestedGate, Tool, ToolProgram,
};
use super::evidence;
use super::facts::StepFacts;
use super::findings::record;
use super::folded::Folded;
use super::metric::{Change, Counts, Metric, Visibility};
use super::planner::settings::{of_build, of_scope};
use super::request::Request;
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent, finite, without};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::{
    FunctionMeasures, Functions, Module, ScannedFile, SourceCode, modules, test_files,
};
use crate::event::{
    CoverageFile, Event, FileExecutions, Level, Outcome, Problem, SourceFunction, SourceFunctions,
};
use crate::lines::LineSet;
use crate::metric::{Alike, Better, Reading, Unavailable, Unit};
use crate::plan::{Action, Collector, FileSet, Invocation, Step, Stream};
use crate::run::StepStatus;
use crate::snapshot::{ExecutedLines, Finding, Snapshot};

/// A share of the product that was executed.
const SHARE: Metric = Metric {
    unit: &Unit::Percent,
    better: Better::Higher,
    counts: Some(Counts::Findings(is_uncovered)),
    ..Metric::COUNT
};

/// Counts functions and lines that no test executes.
fn is_uncovered(_: &str, finding: &Finding) -> bool {
    finding.code != OVER_LIMIT
}

pub(super) static DEFINITION: Definition = Definition {
    name: "coverage",
    metrics: &[
        Metric {
            name: LINES,
            title: "lines covered",
            ..SHARE
        },
        Metric {
            name: FUNCTIONS,
            title: "functions covered",
            visibility: Visibility::Detail,
            ..SHARE
        },
        Metric {
            name: REGIONS,
            title: "regions covered",
            visibility: Visibility::Detail,
            ..SHARE
        },
        Metric {
            name: UNCOVERED,
            title: "lines not covered",
            counts: Some(Counts::Findings(is_uncovered)),
            ..Metric::COUNT
        },
        Metric {
            name: "coverage.patch",
            title: "changed lines covered",
            counts: None,
            change: Some(Change::Patch),
            ..SHARE
        },
        Metric {
            name: OVER,
            title: "complex functions without tests",
            counts: Some(Counts::Findings(|_, finding| finding.code == OVER_LIMIT)),
            ..Metric::COUNT
        },
        Metric {
            name: WORST,
            title: "greatest CRAP score",
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: "crap.new",
            title: "new complex functions without tests",
            code: Some(OVER_LIMIT),
            ..Metric::NEW
        },
        Metric {
            name: "crap.fixed",
            title: "fixed complex functions without tests",
            code: Some(OVER_LIMIT),
            ..Metric::FIXED
        },
    ],
    total: Some(LINES),
    alike: Alike::Settings,
    shows_messages: true,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::TestHarness,
    ],
    settings: &[
        Setting {
            key: TESTS,
            kind: SettingKind::Flag,
            doc: "count test code as well",
            decides: Some(TESTS),
        },
        Setting {
            key: IMPORTED,
            kind: SettingKind::Paths,
            doc: "read this file of another tool (lcov, Cobertura or JSON of LLVM) instead of running tests",
            decides: Some(IMPORTED),
        },
        Setting {
            key: CRAP,
            kind: SettingKind::Limit(30),
            doc: "CRAP score that a function may have; default: 30",
            decides: Some(CRAP),
        },
    ],
    refused_args: &REFUSED_TEST_ARGS,
    refused_tool_args: &REFUSED_HARNESS_ARGS,
    tools: &[Tool {
        name: "llvm-tools",
        component: "llvm-tools",
        program: ToolProgram::Llvm,
        install: "rustup component add llvm-tools",
        is_needed: |settings| settings.texts(IMPORTED).is_empty(),
    }],
    turn: 5,
    timeout: 30,
    method: 2,
    meaning,
    steps,
    read_files,
    idle,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: "coverage.patch",
        condition: SuggestedCondition::Exactly(">= 80 %"),
        comment: "of the lines that changed since the baseline",
        needs: "coverage.patch",
    }],
    ..Definition::BUILD
};

const LINES: &str = "coverage.lines";
const FUNCTIONS: &str = "coverage.functions";
const REGIONS: &str = "coverage.regions";
const UNCOVERED: &str = "coverage.uncovered";

const OVER: &str = "crap.over";
const WORST: &str = "crap.worst";

/// The setting for the greatest score of a function.
const CRAP: &str = "crap";

/// The setting that counts test code.
const TESTS: &str = FileExecutions::TESTS;

/// The setting that names files of another tool.
pub const IMPORTED: &str = "file";

/// The step that reads the sources, for the names of functions and for test code.
const SOURCES_STEP: &str = "coverage-sources";

/// The reason for a missing value although tests ran.
const WITHOUT_CODE: &str = "the tests are compiled with no code that counts";

/// The help for a file without functions or regions.
const WITH_REGIONS: &str = "the JSON of LLVM has them, as with `cargo llvm-cov --json`";

/// The codes of findings: functions of which no line was executed, and others with such lines.
const UNTESTED: &str = "coverage::untested";
const PARTIAL: &str = "coverage::partial";

/// The code of findings: functions whose score is above the limit.
const OVER_LIMIT: &str = "coverage::crap";

/// The rule of the problem that functions of a file were not found.
const UNFOUND: &str = "unfound";

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let files = settings.texts(IMPORTED);
    let counting = match files {
        [] => testing(context, collector),
        _ => Some(importing(context, collector, files)),
    };
    let reading = ("Reading", "Read");
    let limit = settings.count(CRAP).unwrap_or(30).to_string();
    let reading =
        step(context, SOURCES_STEP, reading, collector, Action::Scan).with_setting(CRAP, &[limit]);
    let steps = counting.map_or_else(Vec::new, |counting| vec![reading, counting]);
    match settings.flag(TESTS) {
        true => steps
            .into_iter()
            .map(|step| step.with_setting(TESTS, &["true".to_owned()]))
            .collect(),
        false => steps,
    }
}

/// Returns the step that runs the instrumented tests. `None` without the tools of LLVM.
fn testing(context: &StepContext<'_>, collector: &Collector) -> Option<Step> {
    let llvm = context.request.llvm.as_ref()?;
    let mut command = CargoCommand::new("test")
        .scope(context)
        .args(&["--tests"])
        .build(context, collector, true)
        .args(&["--no-fail-fast", JSON]);
    if let Some(build_dir) = context.shared_build_dir() {
        command.env(Step::BUILD_DIR, &build_dir.to_string_lossy());
    }
    let action = command.finish(context, collector, Stream::CargoTest);
    let [profdata, cov] =
        [&llvm.profdata, &llvm.cov].map(|path| path.to_string_lossy().into_owned());
    let verb = ("Covering", "Covered");
    let testing = step(context, Step::COVERAGE, verb, collector, action);
    Some(
        testing
            .with_setting("llvm-profdata", &[profdata])
            .with_setting("llvm-cov", &[cov]),
    )
}

/// Returns the step that reads files of another tool.
fn importing(context: &StepContext<'_>, collector: &Collector, files: &[String]) -> Step {
    let action = Action::Read(FileSet {
        paths: files.to_vec(),
        ..FileSet::default()
    });
    let verb = ("Importing", "Imported");
    step(context, Step::COVERAGE, verb, collector, action)
}

/// Returns the meaning of the values, which come from a build of the tests unless files are read.
fn meaning(request: &Request, collector: &Collector) -> serde_json::Value {
    let settings = request.settings_of(collector);
    match settings.texts(IMPORTED) {
        [] => of_build(request, collector),
        _ => of_scope(request, collector),
    }
}

/// Reports the functions and the test code of each source.
fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let with_tests = !step.setting(TESTS).is_empty();
    let files: Vec<InputFile> = files.collect();
    let modules: Vec<Vec<Module>> = files.iter().map(|file| modules(&file.text)).collect();
    let scanned: Vec<ScannedFile<'_>> = files
        .iter()
        .zip(&modules)
        .map(|(file, modules)| ScannedFile {
            path: &file.path,
            modules,
            role: file.role,
        })
        .collect();
    for (file, is_test) in files.iter().zip(test_files(&scanned)) {
        sink(Event::Counted(file.counts(BTreeMap::new())));
        let mut found = SourceFunctions {
            file: file.path.clone(),
            ..SourceFunctions::default()
        };
        if is_test && !with_tests {
            found.tests.add(1, u32::MAX);
        } else {
            let code = SourceCode::of(&file.text, with_tests);
            found.tests = code.test_lines();
            let Functions { measured, is_cut } = code.functions();
            found.functions = functions(measured, &file.text);
            if is_cut {
                sink(Event::Problem(Problem {
                    file: file.path.clone(),
                    rule: UNFOUND.to_owned(),
                    message: format!(
                        "{}: functions are in too many others, or too long",
                        file.path
                    ),
                    ..Problem::default()
                }));
            }
        }
        sink(Event::Functions(found));
    }
    Ok(())
}

fn functions(measured: Vec<FunctionMeasures>, text: &str) -> Vec<SourceFunction> {
    let lines: Vec<&str> = text.lines().collect();
    measured
        .into_iter()
        .map(|function| SourceFunction {
            first: function.line,
            last: function.last,
            text: lines
                .get(function.line.saturating_sub(1) as usize)
                .map_or_else(String::new, |line| line.trim().to_owned()),
            complexity: function.cyclomatic,
            path: function.path,
        })
        .collect()
}

/// Returns the reason if no test ran. A file of another tool does not name the tests that ran.
fn idle(steps: &[&StepFacts]) -> Option<String> {
    if steps.iter().any(|facts| !facts.imported.is_empty()) {
        return None;
    }
    let mut cases = steps
        .iter()
        .flat_map(|facts| &facts.suites)
        .flat_map(|suite| &suite.cases);
    cases
        .all(|case| case.outcome == Outcome::Ignored)
        .then(|| "no test ran".to_owned())
}

/// A part of some whole.
#[derive(Clone, Copy, Default)]
struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    fn add(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
    }

    fn rest(self) -> f64 {
        (self.whole - self.part) as f64
    }

    fn percent(self) -> f64 {
        100.0 * self.part as f64 / self.whole as f64
    }
}

/// The executed parts of some files.
#[derive(Clone, Copy, Default)]
struct Executed {
    lines: Share,
    functions: Share,
    regions: Share,
}

/// Selects one of the shares.
type ShareOf = fn(&Executed) -> Share;

impl Executed {
    fn add(&mut self, other: Self) {
        self.lines.add(other.lines);
        self.functions.add(other.functions);
        self.regions.add(other.regions);
    }
}

/// The coverage of a file without its test code.
struct CoveredFile<'a> {
    coverage: FileExecutions,
    /// The selected packages that it belongs to.
    packages: Vec<&'a str>,
    /// Its functions.
    functions: &'a [SourceFunction],
}

impl<'a> CoveredFile<'a> {
    fn new(coverage: &FileExecutions, source: &'a SourceFunctions, packages: Vec<&'a str>) -> Self {
        let functions = coverage.functions.iter();
        Self {
            packages,
            functions: &source.functions,
            coverage: FileExecutions {
                file: coverage.file.clone(),
                linked: coverage.linked.clone(),
                executed: coverage.executed.without(&source.tests),
                missed: coverage.missed.without(&source.tests),
                functions: functions
                    .filter(|function| !source.tests.contains(function.line))
                    .cloned()
                    .collect(),
            },
        }
    }

    fn executed(&self) -> Executed {
        let FileExecutions {
            executed,
            missed,
            functions,
            ..
        } = &self.coverage;
        let regions = functions.iter();
        Executed {
            lines: Share {
                part: executed.count(),
                whole: executed.count() + missed.count(),
            },
            functions: Share {
                part: functions.iter().filter(|one| one.is_executed).count() as u64,
                whole: functions.len() as u64,
            },
            regions: Share {
                part: regions.clone().map(|one| one.executed_regions).sum(),
                whole: regions.map(|one| one.regions).sum(),
            },
        }
    }

    /// Returns the name that git has for the file, and its lines.
    fn into_lines(self) -> (String, ExecutedLines) {
        let packages = self.packages.into_iter();
        let lines = ExecutedLines {
            packages: packages.map(str::to_owned).collect(),
            executed: self.coverage.executed,
            missed: self.coverage.missed,
        };
        let FileExecutions { file, linked, .. } = self.coverage;
        (linked.unwrap_or(file), lines)
    }

    /// Returns the lines of each function without those of functions in it, and the lines outside
    /// of functions.
    fn parts(&self) -> Vec<Part<'a>> {
        // Inner functions come after those around them.
        let mut rest = self.coverage.missed.clone();
        let mut executed = self.coverage.executed.clone();
        let mut parts = Vec::new();
        for function in self.functions.iter().rev() {
            let missed = rest.within(function.first, function.last);
            let ran = executed.within(function.first, function.last);
            rest = rest.without(&missed);
            executed = executed.without(&ran);
            parts.push(Part {
                function: Some(function),
                missed,
                executed: ran,
            });
        }
        parts.push(Part {
            function: None,
            missed: rest,
            executed,
        });
        parts
    }

    /// Returns a finding for each part with lines that were not executed, and for each function
    /// with a score above the limit.
    fn findings(&self, parts: &[Part<'_>], limit: u32, collector: &Collector) -> Vec<Finding> {
        let uncovered = parts.iter().filter(|part| !part.missed.is_empty());
        let uncovered = uncovered.map(|part| self.uncovered(part, collector));
        let risky = parts.iter().filter(|part| {
            let score = part.score();
            score.is_some_and(|score| score > f64::from(limit))
        });
        let risky = risky.filter_map(|part| self.risky(part, limit, collector));
        uncovered.chain(risky).collect()
    }

    /// Returns the finding for a function whose score is above the limit.
    fn risky(&self, part: &Part<'_>, limit: u32, collector: &Collector) -> Option<Finding> {
        let function = part.function?;
        let message = format!(
            "`{}` has a complexity of {} and {:.0} % of its lines are covered: a CRAP score of {}, more than {limit}",
            function.path,
            function.complexity,
            (100.0 * part.share()?).floor(),
            (part.score()? * 10.0).round() / 10.0,
        );
        Some(self.finding(
            collector,
            OVER_LIMIT,
            Some(function),
            function.first,
            message,
        ))
    }

    /// Returns the finding for lines that were not executed.
    fn uncovered(&self, part: &Part<'_>, collector: &Collector) -> Finding {
        let Part {
            function,
            missed,
            executed,
        } = part;
        let is_untested = executed.is_empty() && function.is_some();
        let (count, all) = (missed.count(), missed.count() + executed.count());
        let message = match function {
            Some(SourceFunction { path, .. }) if is_untested => format!("`{path}` is not covered"),
            Some(SourceFunction { path, .. }) => {
                format!("{count} of {all} lines of `{path}` are not covered: {missed}")
            }
            None => {
                format!("{count} of {all} lines outside of functions are not covered: {missed}")
            }
        };
        let line = match function {
            Some(function) if is_untested => Some(function.first),
            _ => missed.first(),
        };
        let code = if is_untested { UNTESTED } else { PARTIAL };
        self.finding(collector, code, *function, line.unwrap_or(0), message)
    }

    fn finding(
        &self,
        collector: &Collector,
        code: &str,
        function: Option<&SourceFunction>,
        line: u32,
        message: String,
    ) -> Finding {
        Finding {
            collector: collector.clone(),
            package: String::new(),
            file: self.coverage.file.clone(),
            code: code.to_owned(),
            level: Level::Warning,
            item: function.map_or_else(String::new, |function| function.path.clone()),
            snippet: String::new(),
            text: function.map_or_else(String::new, |function| function.text.clone()),
            message,
            line,
            column: 1,
            occurrences: 1,
        }
    }
}

/// The lines with code of a function without those of functions in it, or those of a file outside
/// of functions.
struct Part<'a> {
    function: Option<&'a SourceFunction>,
    missed: LineSet,
    executed: LineSet,
}

impl Part<'_> {
    /// Returns the share of the lines that were executed. `None` without code.
    fn share(&self) -> Option<f64> {
        let executed = self.executed.count();
        let all = executed + self.missed.count();
        (all > 0).then(|| executed as f64 / all as f64)
    }

    /// Returns the CRAP score of a function that was compiled.
    fn score(&self) -> Option<f64> {
        let complexity = f64::from(self.function?.complexity);
        let missed = 1.0 - self.share()?;
        Some(complexity.powi(2) * missed.powi(3) + complexity)
    }
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = standing(folded, collector);
    let files = covered_files(folded, collector);
    let mut total = Executed::default();
    let mut by_package = BTreeMap::<&str, Executed>::new();
    let mut risk = Risk::new(folded);
    let mut found = Vec::new();
    for file in &files {
        let executed = file.executed();
        total.add(executed);
        let parts = file.parts();
        risk.add(&parts, &file.packages);
        let findings = file.findings(&parts, risk.limit, collector);
        for package in &file.packages {
            by_package.entry(package).or_default().add(executed);
            found.extend(findings.iter().cloned().map(|finding| Finding {
                package: (*package).to_owned(),
                ..finding
            }));
        }
    }
    let shares: [(&str, ShareOf); 3] = [
        (LINES, |executed| executed.lines),
        (FUNCTIONS, |executed| executed.functions),
        (REGIONS, |executed| executed.regions),
    ];
    for (name, share) in shares {
        let reading = match not_in_file(folded, collector, name) {
            Some(reason) if standing.reason().is_none() => without(Unavailable {
                reason,
                fix: Some(WITH_REGIONS.to_owned()),
                ..Unavailable::default()
            }),
            _ => percentage(&standing, share(&total), &by_package, share),
        };
        snapshot.metrics.insert(name.to_owned(), reading);
    }
    let mut reading = match total.lines.whole {
        0 if standing.status.is_whole() => absent(WITHOUT_CODE),
        _ => standing.whole(total.lines.rest()),
    };
    reading.packages = covered_packages(&standing, &by_package)
        .map(|(package, executed)| (package.to_owned(), executed.lines.rest()))
        .collect();
    snapshot.metrics.insert(UNCOVERED.to_owned(), reading);
    risk.record(folded, &standing, snapshot);
    record(folded, &DEFINITION, &[], &standing, found, snapshot);
    let executions = files.into_iter().map(CoveredFile::into_lines);
    snapshot
        .executions
        .insert(collector.clone(), executions.collect());
}

/// The functions whose scores are known.
struct Risk<'a> {
    /// The greatest score that a function may have.
    limit: u32,
    total: Scores,
    by_package: BTreeMap<&'a str, Scores>,
}

/// The scores of some functions.
#[derive(Clone, Copy, Default)]
struct Scores {
    /// The number of functions above the limit.
    over: u64,
    worst: f64,
}

/// Selects one of the values.
type ScoreOf = fn(&Scores) -> f64;

impl Scores {
    fn add(&mut self, score: f64, limit: u32) {
        self.over += u64::from(score > f64::from(limit));
        self.worst = self.worst.max(score);
    }
}

impl<'a> Risk<'a> {
    fn new(folded: &Folded) -> Self {
        let limit = folded.step(SOURCES_STEP).and_then(|seen| {
            let limit = seen.step.setting(CRAP).first()?;
            limit.parse().ok()
        });
        Self {
            limit: limit.unwrap_or(u32::MAX),
            total: Scores::default(),
            by_package: BTreeMap::new(),
        }
    }

    /// Adds the functions of a file that belongs to these packages.
    fn add(&mut self, parts: &[Part<'_>], packages: &[&'a str]) {
        for score in parts.iter().filter_map(Part::score) {
            self.total.add(score, self.limit);
            for package in packages {
                let known = self.by_package.entry(package).or_default();
                known.add(score, self.limit);
            }
        }
    }

    /// Adds the metrics. Without all executions, scores may be too high, so there are no bounds.
    fn record(&self, folded: &Folded, standing: &Standing, snapshot: &mut Snapshot) {
        let collector = DEFINITION.collector();
        let mut problems = folded.problems(&collector).into_iter();
        let unfound = problems
            .find(|problem| problem.code == format!("{collector}::{UNFOUND}"))
            .map(|problem| problem.message);
        let metrics: [(&str, ScoreOf); 2] = [
            (OVER, |scores| scores.over as f64),
            (WORST, |scores| scores.worst),
        ];
        for (name, value) in metrics {
            let mut reading = match &unfound {
                Some(reason) if standing.reason().is_none() => absent(reason.clone()),
                None if standing.reason().is_none() && self.by_package.is_empty() => {
                    absent(WITHOUT_CODE)
                }
                _ => standing.whole(value(&self.total)),
            };
            if unfound.is_none() {
                reading.packages = covered_packages(standing, &self.by_package)
                    .map(|(package, scores)| (package.to_owned(), value(scores)))
                    .collect();
            }
            snapshot.metrics.insert(name.to_owned(), reading);
        }
    }
}

/// Returns the reason if a file of another tool does not have the data of a metric.
fn not_in_file(folded: &Folded, collector: &Collector, metric: &str) -> Option<String> {
    let (what, has): (_, fn(&CoverageFile) -> bool) = match metric {
        FUNCTIONS => ("functions", |file| file.has_functions),
        REGIONS => ("regions", |file| file.has_regions),
        _ => return None,
    };
    let mut files = folded
        .steps_of(collector)
        .flat_map(|step| &step.facts.imported);
    let CoverageFile { file, format, .. } = files.find(|file| !has(file))?;
    Some(format!("`{file}` ({format}) has no {what}"))
}

/// Returns the sources of selected packages whose executions were counted.
fn covered_files<'a>(folded: &'a Folded, collector: &'a Collector) -> Vec<CoveredFile<'a>> {
    let sources: BTreeMap<&str, &SourceFunctions> = folded
        .steps_of(collector)
        .flat_map(|step| &step.facts.functions)
        .map(|source| (source.file.as_str(), source))
        .collect();
    let packages: BTreeMap<&str, Vec<&str>> = folded
        .counted_files(collector)
        .map(|file| (file.file.as_str(), folded.selected_packages(file)))
        .collect();
    let coverage = folded
        .steps_of(collector)
        .flat_map(|step| &step.facts.coverage);
    coverage
        .filter_map(|coverage| {
            let source = sources.get(coverage.file.as_str())?;
            let packages = packages.get(coverage.file.as_str())?;
            (!packages.is_empty()).then(|| CoveredFile::new(coverage, source, packages.clone()))
        })
        .collect()
}

/// Returns the packages whose values are complete.
fn covered_packages<'a, T>(
    standing: &'a Standing,
    by_package: &'a BTreeMap<&str, T>,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let is_whole = standing.reason().is_none();
    by_package
        .iter()
        .filter(move |(package, _)| is_whole || standing.covered.contains(**package))
        .map(|(package, value)| (*package, value))
}

/// Returns a percentage for the workspace and each package that has anything to execute.
fn percentage(
    standing: &Standing,
    total: Share,
    by_package: &BTreeMap<&str, Executed>,
    share: ShareOf,
) -> Reading {
    let mut reading = match standing.reason() {
        // More may have been executed, but not less.
        Some(unavailable) if standing.is_partial() && total.whole > 0 => without(Unavailable {
            at_least: Some(total.percent()),
            ..unavailable
        }),
        Some(unavailable) => without(unavailable),
        None if total.whole == 0 => absent(WITHOUT_CODE),
        None => finite(total.percent()),
    };
    reading.packages = covered_packages(standing, by_package)
        .map(|(package, executed)| (package.to_owned(), share(executed)))
        .filter(|(_, share)| share.whole > 0)
        .map(|(package, share)| (package, share.percent()))
        .collect();
    reading
}

/// Returns how complete the values are. A test that failed, and a profile that is missing, hide
/// what else was executed.
fn standing(folded: &Folded, collector: &Collector) -> Standing {
    let sources = folded.standing(collector);
    let mut standing = evidence::sources(folded, collector, sources);
    let Some(seen) = folded.step(Step::COVERAGE) else {
        return standing;
    };
    if let (Action::Read(files), StepStatus::Failed(_)) = (&seen.step.action, &seen.status) {
        let files = files.paths.join(" and ");
        let help = format!("run the tool that writes {files} again, then measure");
        standing.fail(seen.ended.stderr_tail.clone(), Some(help));
        return standing;
    }
    // Any test may execute the code of any package.
    if !standing.status.is_whole() {
        standing.covered = BTreeSet::new();
        return standing;
    }
    if let (Action::Read(files), Some(package)) =
        (&seen.step.action, unnamed_package(folded, collector))
    {
        let reason = format!(
            "no source file of package `{package}` is in `{}`",
            files.paths.join("` or `")
        );
        let help = format!("write it for every package, or exclude = [\"{package}\"] in [collect]");
        standing.fail(reason, Some(help));
    } else if let Some(reason) = failed_tests(&seen.facts) {
        let command = seen.step.action.command();
        standing.weaken(reason, command.map(Invocation::by_hand));
        standing.covered = BTreeSet::new();
    }
    standing
}

/// Returns the first selected package that has functions and of which no file was covered. The
/// tests of the package may not have run.
fn unnamed_package<'a>(folded: &'a Folded, collector: &'a Collector) -> Option<&'a str> {
    let covered = covered_files(folded, collector);
    let has_lines = |file: &&CoveredFile<'_>| {
        !file.coverage.executed.is_empty() || !file.coverage.missed.is_empty()
    };
    let named: BTreeSet<&str> = covered
        .iter()
        .filter(has_lines)
        .flat_map(|file| &file.packages)
        .copied()
        .collect();
    let with_functions: BTreeSet<&str> = folded
        .steps_of(collector)
        .flat_map(|step| &step.facts.functions)
        .filter(|source| !source.functions.is_empty())
        .map(|source| source.file.as_str())
        .collect();
    let targets = folded
        .workspace
        .members
        .iter()
        .flat_map(|member| &member.targets);
    let scripts: BTreeSet<&str> = targets
        .filter(|target| target.kind == "custom-build")
        .map(|target| target.file.as_str())
        .collect();
    let files = folded
        .counted_files(collector)
        .filter(|file| with_functions.contains(&*file.file) && !scripts.contains(&*file.file));
    files
        .flat_map(|file| folded.selected_packages(file))
        .find(|package| !named.contains(package))
}

/// Returns the reason if tests failed.
fn failed_tests(facts: &StepFacts) -> Option<String> {
    let cases = facts.suites.iter().flat_map(|suite| &suite.cases);
    let mut failed = cases.filter(|case| case.outcome == Outcome::Failed);
    let first = &failed.next()?.name;
    let names = match failed.count() {
        0 => format!("test `{first}`"),
        more => format!("test `{first}` and {more} more"),
    };
    Some(format!(
        "{names} failed, so that code may not have been executed"
    ))
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([summary
        .value(LINES)
        .map(|percent| Term::Text(format!("{percent:.1} % of lines")))])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::event::{CoverageFormat, CoveredFunction, Problem};
    use crate::workspace::FileRole;

    /// A source of package `a`: a function, another one with an inner function, and tests.
    const SOURCE: &str = "fn f() -> u8 {\n    1\n}\nfn outer() {\n    fn inner() {}\n    inner();\n}\nstatic S: u8 = 1;\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {}\n}\n";

    /// The events of a run in which one test passed.
    const PASSED: &str =
        "start coverage\nunit a lib a test exe\nfinished true\nsuite a lib a libtest 0\ncase ok t";

    fn coverage(file: &str, executed: &str, missed: &str, functions: &[(u32, bool)]) -> Event {
        Event::Coverage(FileExecutions {
            file: file.to_owned(),
            linked: None,
            executed: executed.parse().unwrap(),
            missed: missed.parse().unwrap(),
            functions: functions
                .iter()
                .map(|(line, is_executed)| CoveredFunction {
                    line: *line,
                    column: 1,
                    is_executed: *is_executed,
                    regions: 2,
                    executed_regions: u64::from(*is_executed),
                })
                .collect(),
        })
    }

    /// Folds the coverage of sources of package `a`.
    fn folded(packages: &[&str], script: &str, end: &str, more: &[Event]) -> Vec<String> {
        let workspace = workspace(packages);
        let mut plan = plan("coverage-sources: coverage\ncoverage: coverage");
        plan.steps[0] = plan.steps[0].clone().with_setting(CRAP, &["1".to_owned()]);
        if script == "start coverage" {
            plan.allow_empty.clear();
            plan.steps[1].action = Action::Read(FileSet {
                paths: vec!["cov".to_owned()],
                ..FileSet::default()
            });
        }
        let files = packages.iter().map(|package| {
            let name = package.split(':').next().unwrap().to_owned();
            InputFile {
                path: format!("{name}/src/lib.rs"),
                package: name,
                others: Vec::new(),
                role: FileRole::default(),
                text: SOURCE.to_owned(),
            }
        });
        let mut all = events("start coverage-sources");
        let sink = &mut |event| all.push(event);
        read_files(
            &plan.steps[0],
            &mut files.collect::<Vec<_>>().into_iter(),
            sink,
        )
        .unwrap();
        all.extend(events("end 0"));
        all.extend(events(script));
        all.extend(more.iter().cloned());
        all.extend(
            events(&format!("start coverage\n{end}"))
                .into_iter()
                .skip(1),
        );
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        all.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        let messages = snapshot
            .findings
            .iter()
            .map(|finding| finding.message.clone());
        shown(&snapshot, &[]).into_iter().chain(messages).collect()
    }

    /// The coverage of the source: `inner` and the tests were not executed.
    fn example() -> Event {
        coverage(
            "a/src/lib.rs",
            "1-4,6-7",
            "5,8,11-12",
            &[(1, true), (4, true), (5, false), (12, false)],
        )
    }

    #[test]
    fn test_code_does_not_count() {
        let found = folded(&["a"], PASSED, "end 0", &[example()]);
        let expected = [
            "coverage.functions 66.66666666666667 {a 66.66666666666667}",
            "coverage.lines 75 {a 75}",
            "coverage.regions 33.333333333333336 {a 33.333333333333336}",
            "coverage.uncovered 2 {a 2}",
            "crap.over 1 {a 1}",
            "crap.worst 2 {a 2}",
            "coverage a Warning a/src/lib.rs:5 coverage::crap [outer::inner] x1",
            "`outer::inner` has a complexity of 1 and 0 % of its lines are covered: a CRAP score of 2, more than 1",
            "coverage a Warning a/src/lib.rs:5 coverage::untested [outer::inner] x1",
            "coverage a Warning a/src/lib.rs:8 coverage::partial [] x1",
            "`outer::inner` is not covered",
            "1 of 1 lines outside of functions are not covered: 8",
        ];
        for line in expected {
            assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
        }
    }

    #[test]
    fn files_of_other_packages_do_not_count() {
        let files = [
            example(),
            coverage("/registry/x/lib.rs", "", "1-9", &[]),
            coverage("target/debug/build/a/out/bindings.rs", "", "1-9", &[]),
        ];
        let found = folded(&["a"], PASSED, "end 0", &files);
        assert!(
            found.contains(&"coverage.uncovered 2 {a 2}".to_owned()),
            "{found:#?}"
        );
    }

    /// The events of a run that read a file.
    fn imported(format: CoverageFormat) -> Event {
        Event::Imported(CoverageFile {
            file: "cov".to_owned(),
            format,
            has_functions: format != CoverageFormat::Cobertura,
            has_regions: format == CoverageFormat::Llvm,
        })
    }

    #[test]
    fn files_of_another_tool_give_the_values_that_their_format_has() {
        let [lcov, cobertura, llvm] = [
            CoverageFormat::Lcov,
            CoverageFormat::Cobertura,
            CoverageFormat::Llvm,
        ]
        .map(imported);
        let start = "start coverage";
        type Case<'a> = (&'a [&'a str], &'a str, &'a [Event], &'a [&'a str]);
        let cases: [Case<'_>; 6] = [
            (
                &["a"],
                "end 0",
                &[lcov.clone(), example()],
                &[
                    "coverage.lines 75 {a 75}",
                    "coverage.uncovered 2 {a 2}",
                    "coverage.functions 66.66666666666667 {a 66.66666666666667}",
                    "coverage.regions ? `cov` (lcov) has no regions (the JSON of LLVM has them, as with `cargo llvm-cov --json`)",
                ],
            ),
            (
                &["a"],
                "end 0",
                &[cobertura, example()],
                &[
                    "coverage.lines 75 {a 75}",
                    "coverage.functions ? `cov` (Cobertura) has no functions (the JSON of LLVM has them, as with `cargo llvm-cov --json`)",
                ],
            ),
            (
                &["a"],
                "end 0",
                &[llvm, example()],
                &["coverage.regions 33.333333333333336 {a 33.333333333333336}"],
            ),
            // Of a package without a file, the tests may not have run.
            (
                &["a", "b"],
                "end 0",
                &[lcov.clone(), example()],
                &[
                    "coverage.lines ? no source file of package `b` is in `cov` (write it for every package, or exclude = [\"b\"] in [collect])",
                    "coverage.uncovered ? no source file of package `b` is in `cov` (write it for every package, or exclude = [\"b\"] in [collect])",
                ],
            ),
            (
                &["a"],
                "end 1 `cov` is older than `a/src/lib.rs`",
                &[],
                &[
                    "coverage.lines ? `cov` is older than `a/src/lib.rs` (run the tool that writes cov again, then measure)",
                ],
            ),
            (
                &["a"],
                "end interrupt",
                &[],
                &["coverage.lines ? interrupted"],
            ),
        ];
        for (packages, end, events, expected) in cases {
            let found = folded(packages, start, end, events);
            for line in expected {
                assert!(found.contains(&(*line).to_owned()), "{line}: {found:#?}");
            }
        }
    }

    #[test]
    fn value_is_incomplete_where_code_may_have_been_executed() {
        let failed = PASSED.replace("libtest 0\ncase ok", "libtest 101\ncase failed");
        let problem = |rule: &str| {
            Event::Problem(Problem {
                rule: rule.to_owned(),
                message: "because".to_owned(),
                ..Problem::default()
            })
        };
        let [unwritten, unreadable] =
            [FileExecutions::UNWRITTEN, FileExecutions::UNREADABLE].map(problem);
        let cases: [(&str, &str, &[Event], &str); 4] = [
            (
                &failed,
                "end 101",
                &[example()],
                "? >= 75 test `t` failed, so that code may not have been executed (cargo)",
            ),
            (
                PASSED,
                "end 0",
                &[example(), unwritten],
                "? >= 75 because (cargo)",
            ),
            (PASSED, "end 0", &[unreadable], "? because"),
            (
                PASSED,
                "end 0",
                &[],
                "? the tests are compiled with no code that counts",
            ),
        ];
        for (script, end, events, expected) in cases {
            let found = folded(&["a"], script, end, events);
            let line = format!("coverage.lines {expected}");
            assert!(found.contains(&line), "{line}: {found:#?}");
            // More executions may make scores smaller.
            let line = format!("crap.over {}", expected.replace(">= 75 ", ""));
            assert!(found.contains(&line), "{line}: {found:#?}");
        }
    }
}
