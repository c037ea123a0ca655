//! `source`: long and complex functions, duplicated blocks, allowed lints and calls that may panic, in the
//! members' Rust sources.

use std::collections::BTreeMap;

use super::command::{StepContext, step};
use super::definition::{Definition, InputFile, SuggestedCondition, SuggestedGate};
use super::evidence;
use super::findings::record_problems;
use super::folded::Folded;
use super::metric::{Counts, Metric, Visibility};
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::{
    Duplicate, FunctionMeasures, Functions, LeastBlock, Mark, Module, ScannedFile, SearchedFile,
    SourceCode, duplicates, modules, test_files,
};
use crate::event::{Event, FileCounts, Problem};
use crate::metric::Better;
use crate::plan::{Action, Collector, Step};
use crate::snapshot::{Finding, Snapshot};
use crate::workspace::FileRole;

/// A number of places with a rule of its own.
const PLACES: Metric = Metric {
    counts: Some(Counts::Findings(is_of_metric)),
    ..Metric::COUNT
};

/// A property of all functions, shown where a table has room for it.
const DETAIL: Metric = Metric {
    visibility: Visibility::Detail,
    ..Metric::COUNT
};

pub(super) static DEFINITION: Definition = Definition {
    name: "source",
    metrics: &[
        Metric {
            name: FUNCTIONS,
            title: "functions",
            better: Better::None,
            ..DETAIL
        },
        Metric {
            name: "source.functions.long",
            title: "long functions",
            ..PLACES
        },
        Metric {
            name: "source.functions.complex",
            title: "complex functions",
            ..PLACES
        },
        Metric {
            name: "source.functions.nested",
            title: "deeply nested functions",
            ..PLACES
        },
        Metric {
            name: "source.functions.parameters",
            title: "functions with many parameters",
            ..PLACES
        },
        Metric {
            name: "source.files.long",
            title: "long files",
            visibility: Visibility::IfPositive,
            ..PLACES
        },
        Metric {
            name: "source.complexity.total",
            title: "cognitive complexity",
            ..DETAIL
        },
        Metric {
            name: "source.complexity.worst",
            title: "greatest cognitive complexity",
            ..DETAIL
        },
        Metric {
            name: "source.nesting",
            title: "deepest nesting",
            ..DETAIL
        },
        Metric {
            name: "source.duplicates",
            title: "duplicated blocks",
            ..PLACES
        },
        Metric {
            name: "source.allows",
            title: "allowed lints",
            ..PLACES
        },
        Metric {
            name: "source.unwraps",
            title: "calls that may panic",
            ..PLACES
        },
        Metric {
            name: "source.new",
            title: "new source findings",
            ..Metric::NEW
        },
        Metric {
            name: "source.fixed",
            title: "fixed source findings",
            ..Metric::FIXED
        },
        Metric {
            name: "source.changed",
            title: "changed source findings",
            ..Metric::CHANGED
        },
    ],
    total: Some(FUNCTIONS),
    shows_messages: true,
    settings: &[
        Setting {
            key: FUNCTION_LINES,
            kind: SettingKind::Limit(100),
            doc: "Lines of code that a function may have; default: 100",
            decides: Some("function_lines"),
        },
        Setting {
            key: COMPLEXITY,
            kind: SettingKind::Limit(15),
            doc: "Cognitive complexity that a function may have; default: 15",
            decides: Some(COMPLEXITY),
        },
        Setting {
            key: NESTING,
            kind: SettingKind::Limit(4),
            doc: "Control structures and closures in each other that a function may have; default: 4",
            decides: Some(NESTING),
        },
        Setting {
            key: PARAMETERS,
            kind: SettingKind::Limit(7),
            doc: "Parameters that a function may have, including `self`; default: 7",
            decides: Some(PARAMETERS),
        },
        Setting {
            key: FILE_LINES,
            kind: SettingKind::Limit(1000),
            doc: "Lines of code that a file may have; default: 1000",
            decides: Some("file_lines"),
        },
        Setting {
            key: DUPLICATE_LINES,
            kind: SettingKind::Limit(10),
            doc: "Lines of code from which equal blocks count, with ten tokens for each; default: 10",
            decides: Some("duplicate_lines"),
        },
        Setting {
            key: TESTS,
            kind: SettingKind::Flag,
            doc: "Measure tests, benchmarks and examples as well",
            decides: Some(TESTS),
        },
    ],
    steps,
    read_files,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: "source.new",
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "long or complex functions, duplicates and calls that may panic",
        needs: "source.new",
    }],
    ..Definition::FILES
};

/// The number of functions, which every file that was read has.
const FUNCTIONS: &str = "source.functions";

const FUNCTION_LINES: &str = "function-lines";
const COMPLEXITY: &str = "complexity";
const NESTING: &str = "nesting";
const PARAMETERS: &str = "parameters";
const FILE_LINES: &str = "file-lines";
const DUPLICATE_LINES: &str = "duplicate-lines";
const TESTS: &str = "tests";

/// The metrics that count places, with the rule of each.
const RULES: [(&str, &str); 8] = [
    ("source.functions.long", LONG),
    ("source.functions.complex", COMPLEX),
    ("source.functions.nested", NESTED),
    ("source.functions.parameters", MANY_PARAMETERS),
    ("source.files.long", LONG_FILE),
    ("source.duplicates", DUPLICATE),
    ("source.allows", ALLOW),
    ("source.unwraps", UNWRAP),
];

const LONG: &str = "long-function";
const COMPLEX: &str = "complex-function";
const NESTED: &str = "nested-function";
const MANY_PARAMETERS: &str = "many-parameters";
const LONG_FILE: &str = "long-file";
const DUPLICATE: &str = "duplicate";
const ALLOW: &str = "allow";
const UNWRAP: &str = "unwrap";

/// A limit of each function.
struct FunctionLimit {
    rule: &'static str,
    /// Key of the setting.
    key: &'static str,
    /// Words for the value, which replaces `_`.
    phrase: &'static str,
    measure: fn(&FunctionMeasures) -> u32,
}

const LIMITS: [FunctionLimit; 4] = [
    FunctionLimit {
        rule: LONG,
        key: FUNCTION_LINES,
        phrase: "_ lines of code",
        measure: |function| function.code_lines,
    },
    FunctionLimit {
        rule: COMPLEX,
        key: COMPLEXITY,
        phrase: "a cognitive complexity of _",
        measure: |function| function.complexity,
    },
    FunctionLimit {
        rule: NESTED,
        key: NESTING,
        phrase: "_ levels of nesting",
        measure: |function| function.nesting,
    },
    FunctionLimit {
        rule: MANY_PARAMETERS,
        key: PARAMETERS,
        phrase: "_ parameters",
        measure: |function| function.parameters,
    },
];

/// The counts of a file.
const COUNTED: &str = "functions";
const TOTAL: &str = "complexity";
const WORST: &str = "worst";
const DEEPEST: &str = "nesting";

/// Tokens that a duplicated block has for each line that it must have.
const TOKENS_PER_LINE: usize = 10;

fn is_of_metric(metric: &str, finding: &Finding) -> bool {
    let rule = finding.code.rsplit(':').next();
    RULES
        .iter()
        .any(|(name, of_metric)| *name == metric && Some(*of_metric) == rule)
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let verb = ("Measuring", "Measured");
    let mut measuring = step(context, "source", verb, collector, Action::Scan);
    for setting in DEFINITION.settings {
        let value = match setting.kind {
            SettingKind::Limit(default) => {
                settings.count(setting.key).unwrap_or(default).to_string()
            }
            _ if settings.flag(setting.key) => "true".to_owned(),
            _ => continue,
        };
        measuring = measuring.with_setting(setting.key, &[value]);
    }
    vec![measuring]
}

/// Returns the value of a limit.
fn limit(step: &Step, key: &str) -> u32 {
    let value = step.setting(key).first();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(u32::MAX)
}

/// The measures of a file before it is known whether it is test code.
struct MeasuredFile {
    input: FileCounts,
    role: FileRole,
    modules: Vec<Module>,
    functions: Functions,
    /// The marks that are counted, with their rules.
    marks: Vec<(&'static str, Mark)>,
    lines: u32,
    /// The lines that are searched for duplicates, unless the whole file is test code.
    searched: SearchedFile,
}

impl MeasuredFile {
    fn of(file: InputFile, with_tests: bool) -> Self {
        let code = SourceCode::of(&file.text, with_tests);
        let allows = code.allows().into_iter().map(|mark| (ALLOW, mark));
        let unwraps = code.unwraps().into_iter().map(|mark| (UNWRAP, mark));
        Self {
            role: file.role,
            modules: modules(&file.text),
            functions: code.functions(),
            marks: allows.chain(unwraps).collect(),
            lines: code.line_count(),
            searched: SearchedFile::of(code.lines()),
            input: file.counts(BTreeMap::new()),
        }
    }

    /// Leaves nothing to count.
    fn clear(&mut self) {
        self.functions = Functions::default();
        self.marks.clear();
        self.lines = 0;
        self.searched = SearchedFile::default();
    }

    /// Returns the counts of all functions.
    fn counts(&self) -> FileCounts {
        let functions = self.functions.measured.iter();
        let complexities = functions.clone().map(|one| u64::from(one.complexity));
        let nestings = functions.clone().map(|one| u64::from(one.nesting));
        let counts = [
            (COUNTED, functions.count() as u64),
            (TOTAL, complexities.clone().sum()),
            (WORST, complexities.max().unwrap_or(0)),
            (DEEPEST, nestings.max().unwrap_or(0)),
        ];
        FileCounts {
            counts: counts.map(|(name, count)| (name.into(), count)).into(),
            ..self.input.clone()
        }
    }
}

/// Measures each file on its own, and reports values above a limit. Duplicates are searched in all of
/// them together.
fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let with_tests = !step.setting(TESTS).is_empty();
    let mut measured: Vec<MeasuredFile> = files
        .map(|file| MeasuredFile::of(file, with_tests))
        .collect();
    if !with_tests {
        let scanned: Vec<ScannedFile<'_>> = measured
            .iter()
            .map(|file| ScannedFile {
                path: &file.input.file,
                modules: &file.modules,
                role: file.role,
            })
            .collect();
        let is_test = test_files(&scanned);
        let tests = measured
            .iter_mut()
            .zip(is_test)
            .filter(|(_, is_test)| *is_test);
        tests.for_each(|(file, _)| file.clear());
    }
    for file in &measured {
        report(step, file, sink);
    }
    let searched: Vec<SearchedFile> = measured
        .iter_mut()
        .map(|file| std::mem::take(&mut file.searched))
        .collect();
    let lines = usize::try_from(limit(step, DUPLICATE_LINES).max(1)).unwrap_or(usize::MAX);
    let least = LeastBlock {
        lines,
        tokens: lines.saturating_mul(TOKENS_PER_LINE),
    };
    for duplicate in duplicates(&searched, least) {
        sink(duplicated(&measured, &duplicate));
    }
    Ok(())
}

/// Reports the counts of a file, and its functions and marks that are findings.
fn report(step: &Step, file: &MeasuredFile, sink: &mut dyn FnMut(Event)) {
    sink(Event::Counted(file.counts()));
    let path = &file.input.file;
    let most = limit(step, FILE_LINES);
    if file.lines > most {
        let message = format!("file of {} lines of code, more than {most}", file.lines);
        sink(problem(path, 1, LONG_FILE, path, message));
    }
    if file.functions.is_cut {
        let line = format!("{path}: functions are in too many others, or too long");
        sink(Event::Noise { line });
    }
    for function in &file.functions.measured {
        let name = &function.path;
        for FunctionLimit {
            rule,
            key,
            phrase,
            measure,
        } in &LIMITS
        {
            let (value, most) = (measure(function), limit(step, key));
            if value > most {
                let phrase = phrase.replace('_', &value.to_string());
                let message = format!("`{name}` has {phrase}, more than {most}");
                sink(Event::Problem(Problem {
                    file: path.clone(),
                    line: function.line,
                    text: function.signature.clone(),
                    rule: (*rule).to_owned(),
                    item: name.clone(),
                    message,
                }));
            }
        }
    }
    for (rule, mark) in &file.marks {
        let functions = file.functions.measured.iter();
        let around = functions.filter(|one| (one.line..=one.last).contains(&mark.line));
        let item = around.max_by_key(|one| one.line);
        let message = match *rule {
            ALLOW => format!("`{}` lowers the level of lints", mark.text),
            _ => "panics if there is no value".to_owned(),
        };
        sink(Event::Problem(Problem {
            file: path.clone(),
            line: mark.line,
            text: mark.text.clone(),
            rule: (*rule).to_owned(),
            item: item.map_or_else(String::new, |function| function.path.clone()),
            message,
        }));
    }
}

fn duplicated(files: &[MeasuredFile], duplicate: &Duplicate) -> Event {
    let earlier = &files[duplicate.earlier].input.file;
    let message = format!(
        "{} lines of code as from {earlier}:{}",
        duplicate.lines, duplicate.earlier_line
    );
    let file = &files[duplicate.file].input.file;
    problem(file, duplicate.line, DUPLICATE, &duplicate.text, message)
}

fn problem(file: &str, line: u32, rule: &str, text: &str, message: String) -> Event {
    Event::Problem(Problem {
        file: file.to_owned(),
        line,
        text: text.to_owned(),
        rule: rule.to_owned(),
        message,
        ..Problem::default()
    })
}

/// Combines the counts of two files.
type Combine = fn(u64, u64) -> u64;

/// The metrics of all functions, with the count that each combines.
const MEASURES: [(&str, &str, Combine); 4] = [
    (FUNCTIONS, COUNTED, u64::saturating_add),
    ("source.complexity.total", TOTAL, u64::saturating_add),
    ("source.complexity.worst", WORST, u64::max),
    ("source.nesting", DEEPEST, u64::max),
];

/// Adds the findings and the metrics that count them, and those of all functions. A file that several packages share counts for
/// each of them, and once for the workspace.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = evidence::sources(folded, collector, folded.standing(collector));
    let files: Vec<(&FileCounts, Vec<&str>)> = folded
        .counted_files(collector)
        .map(|file| (file, folded.selected_packages(file)))
        .filter(|(_, packages)| !packages.is_empty())
        .collect();
    for (metric, name, combine) in MEASURES {
        let (mut by_package, mut total) = (BTreeMap::new(), 0);
        for (file, packages) in &files {
            let count = count(file, name);
            for package in packages {
                let known = by_package.entry(*package).or_default();
                *known = combine(*known, count);
            }
            total = combine(total, count);
        }
        let reading = standing.count(&folded.packages, &by_package);
        snapshot
            .metrics
            .insert(metric.to_owned(), reading.with_total(total as f64));
    }
    let metrics = RULES.map(|(metric, _)| metric);
    record_problems(folded, &DEFINITION, &metrics, &standing, snapshot);
}

/// Returns a count of one file.
fn count(file: &FileCounts, name: &str) -> u64 {
    file.counts.get(name).copied().unwrap_or(0)
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let complex = summary.value("source.functions.complex");
    let complex = complex.filter(|count| *count > 0.0);
    terms([
        summary.noun(FUNCTIONS, "function"),
        complex.map(|count| Term::Words(count, "complex")),
        summary.fault("source.duplicates", "duplicate"),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;

    /// Folds sources with settings `KEY=VALUE`.
    fn folded(settings: &str, sources: &[(&str, &str)]) -> Vec<String> {
        let mut plan = plan("source: source");
        plan.steps[0].action = Action::Scan;
        for setting in settings.split_whitespace() {
            let (key, value) = setting.split_once('=').unwrap();
            let step = plan.steps[0].clone();
            plan.steps[0] = step.with_setting(key, &[value.to_owned()]);
        }
        let mut all = events("start source\nend 0");
        let end = all.pop();
        let files = sources.iter().map(|(path, text)| InputFile {
            path: (*path).to_owned(),
            package: path.split('/').next().unwrap_or_default().to_owned(),
            others: match path.ends_with("shared.rs") {
                true => vec!["b".to_owned()],
                false => Vec::new(),
            },
            role: FileRole::by_name(path),
            text: (*text).to_owned(),
        });
        let step = &plan.steps[0];
        read_files(step, &mut files.into_iter(), &mut |event| all.push(event)).unwrap();
        all.extend(end);
        let mut fold = Fold::new(&plan, &workspace(&["a", "b"]), &BTreeMap::new());
        all.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        let shown = shown(&snapshot, &[]);
        let is_empty = |line: &String| line.ends_with(" 0 {a 0, b 0}");
        shown.into_iter().filter(|line| !is_empty(line)).collect()
    }

    const DEEP: &str = "fn f(a: u8, b: u8) {
    if a > b {
        if b > 1 {
            c.unwrap();
        }
    }
}
#[cfg(test)]
mod tests {
    #[allow(unused)]
    fn g() { if a { if b { c.unwrap(); } } }
}
";

    #[test]
    fn functions_above_a_limit_are_findings() {
        let limits =
            "function-lines=6 complexity=2 nesting=1 parameters=1 file-lines=6 duplicate-lines=10";
        let expected = [
            "source a Warning a/src/lib.rs:1 source::complex-function [f] x1",
            "source a Warning a/src/lib.rs:1 source::long-file [] x1",
            "source a Warning a/src/lib.rs:1 source::long-function [f] x1",
            "source a Warning a/src/lib.rs:1 source::many-parameters [f] x1",
            "source a Warning a/src/lib.rs:1 source::nested-function [f] x1",
            "source a Warning a/src/lib.rs:4 source::unwrap [f] x1",
            "source covers [a b]",
            "source.complexity.total 3 {a 3, b 0}",
            "source.complexity.worst 3 {a 3, b 0}",
            "source.files.long 1 {a 1, b 0}",
            "source.functions 2 {a 1, b 1}",
            "source.functions.complex 1 {a 1, b 0}",
            "source.functions.long 1 {a 1, b 0}",
            "source.functions.nested 1 {a 1, b 0}",
            "source.functions.parameters 1 {a 1, b 0}",
            "source.nesting 2 {a 2, b 0}",
            "source.unwraps 1 {a 1, b 0}",
        ];
        let sources = [
            ("a/src/lib.rs", DEEP),
            ("a/tests/t.rs", DEEP),
            ("b/src/lib.rs", "fn f() {}"),
        ];
        let mut found = folded(limits, &sources);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn tests_are_measured_if_configured() {
        let found = folded(
            "tests=true",
            &[("a/src/lib.rs", DEEP), ("b/tests/t.rs", DEEP)],
        );
        let expected = [
            "source.functions 4 {a 2, b 2}",
            "source.unwraps 4 {a 2, b 2}",
            "source.allows 2 {a 1, b 1}",
        ];
        for line in expected {
            assert!(found.iter().any(|one| one == line), "{line}: {found:#?}");
        }
    }

    #[test]
    fn blocks_of_several_files_are_compared() {
        let block = "fn f() {\n let a = g(1, 2, 3);\n let b = h(a, 4, 5);\n}\n";
        let sources = [("a/src/lib.rs", block), ("b/src/lib.rs", block)];
        let found = folded("duplicate-lines=3", &sources);
        let line = "source.duplicates 1 {a 0, b 1}";
        assert!(found.iter().any(|one| one == line), "{found:#?}");
    }

    #[test]
    fn shared_file_counts_for_each_of_its_packages() {
        let sources = [("a/shared.rs", DEEP), ("b/src/lib.rs", DEEP)];
        let found = folded("", &sources);
        for line in [
            "source.unwraps 2 {a 1, b 2}",
            "source.functions 2 {a 1, b 2}",
            "source.nesting 2 {a 2, b 2}",
        ] {
            assert!(found.iter().any(|one| one == line), "{line}: {found:#?}");
        }
    }

    #[test]
    fn package_of_which_no_file_was_read_has_no_value() {
        let found = folded("", &[("a/src/lib.rs", DEEP)]);
        let reason = "source.unwraps ? >= 1 no source file of package `b` was read {a 1}";
        assert!(found.iter().any(|one| one == reason), "{found:#?}");
    }
}
