//! `env`: environment variables that the sources read, and those that documents name.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{StepContext, step};
use super::definition::{Definition, InputFile, SuggestedCondition, SuggestedGate};
use super::evidence;
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric, Visibility};
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent, without};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::variables::{self, VariableRead};
use crate::decode::source::{self, ScannedFile};
use crate::event::{Event, Problem};
use crate::glob;
use crate::metric::{Better, Reading, Unit, Value};
use crate::plan::{Action, Collector, FileSet, Step};
use crate::run::StepStatus;
use crate::snapshot::{Finding, Snapshot};
use crate::workspace::FileRole;

pub(super) static DEFINITION: Definition = Definition {
    name: "env",
    metrics: &[
        Metric {
            name: "env.read",
            title: "environment variables",
            better: Better::None,
            ..Metric::COUNT
        },
        Metric {
            name: "env.documented",
            title: "documented environment variables",
            better: Better::None,
            step: Some(DOCUMENTS_STEP),
            visibility: Visibility::Detail,
            per_package: false,
            ..Metric::COUNT
        },
        Metric {
            name: "env.undocumented",
            title: "undocumented environment variables",
            counts: Some(Counts::Findings(|_, finding| finding.code == UNDOCUMENTED)),
            ..Metric::COUNT
        },
        Metric {
            name: "env.unread",
            title: "documented environment variables that nothing reads",
            counts: Some(Counts::Findings(|_, finding| finding.code == UNREAD)),
            visibility: Visibility::IfPositive,
            per_package: false,
            ..Metric::COUNT
        },
        Metric {
            name: "env.coverage",
            title: "documented share of environment variables",
            unit: &Unit::Percent,
            better: Better::Higher,
            per_package: false,
            ..Metric::COUNT
        },
        Metric {
            name: "env.dynamic",
            title: "reads of variables with unknown names",
            counts: Some(Counts::Findings(|_, finding| finding.code == DYNAMIC)),
            visibility: Visibility::IfPositive,
            ..Metric::COUNT
        },
    ],
    shows_messages: true,
    settings: &[
        Setting {
            key: DOCUMENTED,
            kind: SettingKind::Texts,
            doc: "Files and directories that document variables; default: `.env.example`",
            decides: Some(DOCUMENTED),
        },
        Setting {
            key: IGNORE,
            kind: SettingKind::Texts,
            doc: "Patterns of variables that do not count, such as `HOME`",
            decides: Some(IGNORE),
        },
        Setting {
            key: IGNORE_DYNAMIC,
            kind: SettingKind::Flag,
            doc: "Count although some reads have unknown names",
            decides: Some("ignore_dynamic"),
        },
        Setting {
            key: TESTS,
            kind: SettingKind::Flag,
            doc: "Count variables that only tests, benchmarks and examples read",
            decides: Some(TESTS),
        },
    ],
    steps,
    // Since 3, reads of unknown names count for every package of a file.
    method: 3,
    read_files,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: "env.undocumented",
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "variables that .env.example does not have",
        needs: "env.undocumented",
    }],
    ..Definition::FILES
};

const DOCUMENTED: &str = "documented";
const IGNORE: &str = "ignore";
const IGNORE_DYNAMIC: &str = "ignore-dynamic";
const TESTS: &str = "tests";

/// The step that reads the sources.
const SOURCES_STEP: &str = "env";

/// The step that reads the documents.
const DOCUMENTS_STEP: &str = "env-documented";

/// The document that is read unless others are configured.
const EXAMPLE: &str = ".env.example";

/// The codes of findings.
const UNDOCUMENTED: &str = "env::undocumented";
const UNREAD: &str = "env::unread";
const DYNAMIC: &str = "env::dynamic";
/// Those of problems that become findings of other codes, or none.
const READ: &str = "env::read";
const ASSIGNED: &str = "env::assigned";
const MENTIONED: &str = "env::mentioned";

/// Variables that cargo sets for the code that it compiles and runs. They configure nothing.
const OF_CARGO: [&str; 8] = [
    "CARGO_BIN_EXE_*",
    "CARGO_BIN_NAME",
    "CARGO_CFG_*",
    "CARGO_CRATE_NAME",
    "CARGO_FEATURE_*",
    "CARGO_MANIFEST_*",
    "CARGO_PKG_*",
    "OUT_DIR",
];

/// The same for build scripts only.
const OF_BUILD_SCRIPTS: [&str; 11] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "DEBUG",
    "DEP_*",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "PROFILE",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTDOC",
    "TARGET",
];

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let sources = Action::Read(FileSet {
        sources: true,
        ..FileSet::default()
    });
    let documents = match settings.texts(DOCUMENTED) {
        [] => vec![EXAMPLE.to_owned()],
        documents => documents.to_vec(),
    };
    let documents = Action::Read(FileSet {
        paths: documents,
        ..FileSet::default()
    });
    let (scanning, reading) = (("Scanning", "Scanned"), ("Reading", "Read"));
    let mut sources = step(context, SOURCES_STEP, scanning, collector, sources)
        .with_setting(IGNORE, settings.texts(IGNORE));
    for flag in [IGNORE_DYNAMIC, TESTS] {
        if settings.flag(flag) {
            sources = sources.with_setting(flag, &["true".to_owned()]);
        }
    }
    let documents = step(context, DOCUMENTS_STEP, reading, collector, documents)
        .with_setting(IGNORE, settings.texts(IGNORE));
    vec![sources, documents]
}

fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    match &step.action {
        Action::Read(set) if set.sources => read_sources(step, files, sink),
        _ => read_documents(step, files, sink),
    }
    Ok(())
}

/// Reports the variables that each file reads, with the first place of each, and the reads of unknown
/// names.
fn read_sources(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) {
    let (mut counts, mut facts, mut modules) = (Vec::new(), Vec::new(), Vec::new());
    let mut roles = Vec::new();
    for file in files {
        roles.push(file.role);
        modules.push(source::modules(&file.text));
        facts.push(variables::facts(&file.text));
        counts.push(file.counts(BTreeMap::new()));
    }
    let scanned = counts.iter().zip(&modules).zip(&roles);
    let scanned: Vec<ScannedFile<'_>> = scanned
        .map(|((file, modules), role)| ScannedFile {
            path: &file.file,
            modules,
            role: *role,
        })
        .collect();
    let is_test = source::test_files(&scanned);
    for read in variables::resolve(&facts) {
        let file = &mut counts[read.file];
        if (read.is_test || is_test[read.file]) && step.setting(TESTS).is_empty() {
            continue;
        }
        match &read.name {
            Some(name) if is_ignored(step, &file.file, roles[read.file], name) => {}
            Some(name) => {
                let count = file.counts.entry(name.clone().into()).or_default();
                *count += 1;
                if *count == 1 {
                    sink(problem(&file.file, &read, name, READ, String::new()));
                }
            }
            None => {
                let message = match read.prefix.as_str() {
                    "" => "reads a variable whose name is not known".to_owned(),
                    prefix => format!("reads a variable whose name begins with `{prefix}`"),
                };
                sink(problem(&file.file, &read, &read.prefix, DYNAMIC, message));
            }
        }
    }
    for file in counts {
        sink(Event::Counted(file));
    }
}

fn problem(file: &str, read: &VariableRead, text: &str, code: &str, message: String) -> Event {
    Event::Problem(Problem {
        file: file.to_owned(),
        line: read.line,
        text: text.to_owned(),
        rule: rule(code).to_owned(),
        message,
        ..Problem::default()
    })
}

/// Returns the name of a rule from the code of its findings.
fn rule(code: &str) -> &str {
    code.trim_start_matches("env::")
}

/// Returns whether a variable does not count, because it is configured so or cargo sets it.
fn is_ignored(step: &Step, file: &str, role: FileRole, name: &str) -> bool {
    let is_build_script = role == FileRole::BuildScript
        || role == FileRole::Module && (file == "build.rs" || file.ends_with("/build.rs"));
    step.setting(IGNORE)
        .iter()
        .any(|pattern| glob::matches(pattern, name))
        || matches_any(&OF_CARGO, name)
        || is_build_script && matches_any(&OF_BUILD_SCRIPTS, name)
}

fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, name))
}

/// Reports the variables that each document assigns or mentions, with the first place of each.
fn read_documents(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) {
    let mut seen = BTreeSet::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let (found, code): (Vec<(u32, String)>, &str) =
            match name.starts_with(".env") || name.ends_with(".env") {
                true => (variables::assignments(&file.text).collect(), ASSIGNED),
                false => (variables::words(&file.text).collect(), MENTIONED),
            };
        for (line, name) in found {
            if is_ignored(step, &file.path, file.role, &name) || !seen.insert(name.clone()) {
                continue;
            }
            sink(Event::Problem(Problem {
                file: file.path.clone(),
                line,
                text: name,
                rule: rule(code).to_owned(),
                ..Problem::default()
            }));
        }
    }
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let [scanned, documents] =
        [SOURCES_STEP, DOCUMENTS_STEP].map(|step| folded.standing_of(step, collector));
    let scanned = evidence::sources(folded, collector, scanned);
    let variables = Variables::of(folded, collector);
    let ignores_dynamic = folded
        .step(SOURCES_STEP)
        .is_none_or(|seen| !seen.step.setting(IGNORE_DYNAMIC).is_empty());
    let read = match ignores_dynamic {
        true => scanned.clone(),
        false => variables.at_least(&scanned, &folded.packages),
    };
    let count_of = |code: &str| {
        let found = variables.findings.iter().filter(|one| one.code == code);
        found.count() as f64
    };
    let is_documented = |name: &str| variables.documented.contains(name);
    let all = variables.counts(&folded.packages, |_| true);
    let undocumented = variables.counts(&folded.packages, |name| !is_documented(name));
    let both = read.clone().and(documents.clone());
    let mut unread = both.clone();
    // A package that is not selected may read a documented variable, too.
    if let Some(reason) = unknown_names(&variables.dynamic_places)
        && !ignores_dynamic
        && unread.status.is_whole()
        && count_of(UNREAD) > 0.0
    {
        unread.weaken(reason, None);
    }
    let readings = [
        ("env.read", all.reading(&read, &folded.packages)),
        (
            "env.documented",
            documents.whole(variables.documented.len() as f64),
        ),
        (
            "env.undocumented",
            match documents.reason() {
                // Any of them may be documented in a file that was not read.
                Some(unavailable) => without(unavailable),
                None => undocumented.reading(&read, &folded.packages),
            },
        ),
        ("env.unread", unread.whole(count_of(UNREAD))),
        (
            "env.coverage",
            match all.total {
                0 if both.status.is_whole() => absent("the sources read no variable"),
                total => {
                    let documented = total - undocumented.total;
                    both.whole(documented as f64 / total as f64 * 100.0)
                }
            },
        ),
        ("env.dynamic", {
            let by_package = scanned.count(&folded.packages, &variables.dynamic_by_package());
            by_package.with_total(variables.dynamic.len() as f64)
        }),
    ];
    let needs_documents = documents.reason().is_some();
    let readings = readings.map(|(name, reading)| {
        let is_about_documents = !["env.read", "env.dynamic"].contains(&name);
        let reading = match needs_documents && is_about_documents {
            true => with_fix(reading),
            false => reading,
        };
        (name.to_owned(), reading)
    });
    snapshot.metrics.extend(readings);
    record(
        folded,
        &DEFINITION,
        &[],
        &both,
        variables.findings,
        snapshot,
    );
}

/// Adds the setting that helps where a document cannot be read.
fn with_fix(mut reading: Reading) -> Reading {
    if let Value::Unavailable(unavailable) = &mut reading.value {
        let fix = format!(
            "{DOCUMENTED} = [\"FILE\", ..] in [collect.{}]",
            DEFINITION.name
        );
        unavailable.fix.get_or_insert(fix);
    }
    reading
}

/// The variables of a run.
struct Variables<'a> {
    /// The packages that read each variable.
    read: BTreeMap<String, BTreeSet<String>>,
    documented: BTreeSet<String>,
    findings: Vec<Finding>,
    /// The reads of unknown names in selected packages, each with a finding for each package.
    dynamic: Vec<Vec<Finding>>,
    /// The files and lines of such reads in all packages.
    dynamic_places: Vec<(&'a str, u32)>,
}

/// The numbers of some variables.
struct VariableCounts<'a> {
    by_package: BTreeMap<&'a str, u64>,
    /// Those of the selected packages, each once.
    total: u64,
}

impl VariableCounts<'_> {
    fn reading(&self, standing: &Standing, packages: &BTreeSet<String>) -> Reading {
        standing
            .count(packages, &self.by_package)
            .with_total(self.total as f64)
    }
}

impl<'a> Variables<'a> {
    fn of(folded: &'a Folded, collector: &'a Collector) -> Self {
        let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in folded.counted_files(collector) {
            for name in file.counts.keys() {
                let readers = read.entry(name.clone().into_owned()).or_default();
                readers.extend(file.packages().map(str::to_owned));
            }
        }
        let problems = folded.problems(collector);
        let documented = documented(&problems, &read);
        let unknown: Vec<&Problem> = folded
            .steps_of(collector)
            .flat_map(|step| &step.facts.problems)
            .filter(|problem| problem.rule == rule(DYNAMIC))
            .collect();
        let mut dynamic = folded.findings_by_problem(collector);
        dynamic.retain(|findings| findings.iter().all(|one| one.code == DYNAMIC));
        Self {
            findings: findings(problems, &read, &unknown, &documented),
            read,
            documented,
            dynamic,
            dynamic_places: unknown.iter().map(|one| (&*one.file, one.line)).collect(),
        }
    }

    /// Counts the variables with a property.
    fn counts(
        &self,
        selected: &BTreeSet<String>,
        has_property: impl Fn(&str) -> bool,
    ) -> VariableCounts<'_> {
        let mut counts = VariableCounts {
            by_package: BTreeMap::new(),
            total: 0,
        };
        for (_, packages) in self.read.iter().filter(|(name, _)| has_property(name)) {
            for package in packages {
                *counts.by_package.entry(package).or_default() += 1;
            }
            counts.total += u64::from(!packages.is_disjoint(selected));
        }
        counts
    }

    /// Returns the number of reads with unknown names in each package.
    fn dynamic_by_package(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for finding in self.dynamic.iter().flatten() {
            *counts.entry(finding.package.as_str()).or_default() += 1;
        }
        counts
    }

    /// Returns the standing of values that are lower bounds where reads have unknown names.
    fn at_least(&self, scanned: &Standing, packages: &BTreeSet<String>) -> Standing {
        let dynamic = self.dynamic.iter().filter_map(|findings| findings.first());
        let places: Vec<(&str, u32)> = dynamic.map(|one| (&*one.file, one.line)).collect();
        let Some(reason) = unknown_names(&places).filter(|_| scanned.status.is_whole()) else {
            return scanned.clone();
        };
        let by_package = self.dynamic_by_package();
        let mut standing = scanned.clone();
        standing.status = StepStatus::Partial(reason);
        standing.covered = packages
            .iter()
            .filter(|package| !by_package.contains_key(package.as_str()))
            .cloned()
            .collect();
        standing
    }
}

/// Returns why values are not exact if the names of the variables that are read at these places are not known.
fn unknown_names(places: &[(&str, u32)]) -> Option<String> {
    let ((file, line), others) = places.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(format!(
        "{file}:{line}{more} read variables whose names are not known"
    ))
}

/// Returns the documented variables. A word in a text counts if the sources read it, or variables with
/// the same first part.
fn documented(problems: &[Finding], read: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let prefixes: BTreeSet<&str> = read.keys().filter_map(|name| prefix(name)).collect();
    let is_documented = |finding: &&Finding| match finding.code.as_str() {
        ASSIGNED => true,
        MENTIONED => {
            read.contains_key(&finding.text)
                || prefix(&finding.text).is_some_and(|prefix| prefixes.contains(prefix))
        }
        _ => false,
    };
    let found = problems.iter().filter(is_documented);
    found.map(|finding| finding.text.clone()).collect()
}

/// Returns the first part of a name with its underscore: `APP_`.
fn prefix(name: &str) -> Option<&str> {
    name.find('_').map(|at| &name[..=at])
}

/// Returns the findings of problems: variables that are read and not documented, or the reverse, and
/// reads of unknown names.
fn findings(
    problems: Vec<Finding>,
    read: &BTreeMap<String, BTreeSet<String>>,
    unknown: &[&Problem],
    documented: &BTreeSet<String>,
) -> Vec<Finding> {
    let prefixes: Vec<&str> = unknown
        .iter()
        .map(|problem| problem.text.as_str())
        .filter(|prefix| !prefix.is_empty())
        .collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for mut finding in problems {
        let name = finding.text.clone();
        let is_read =
            read.contains_key(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix));
        match finding.code.as_str() {
            READ if !documented.contains(&name) => {
                if !seen.insert((name.clone(), finding.package.clone())) {
                    continue;
                }
                finding.code = UNDOCUMENTED.to_owned();
                finding.message = format!("`{name}` is not documented");
            }
            ASSIGNED | MENTIONED if documented.contains(&name) && !is_read => {
                finding.code = UNREAD.to_owned();
                finding.message = format!("`{name}` is documented, and nothing reads it");
            }
            DYNAMIC => {}
            _ => continue,
        }
        found.push(finding);
    }
    found
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    if summary.step.id == DOCUMENTS_STEP {
        return terms([summary.noun("env.documented", "documented variable")]);
    }
    terms([
        summary.noun("env.read", "variable"),
        summary.fault("env.dynamic", "unknown name"),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;

    fn file(path: &str, text: &str) -> InputFile {
        InputFile {
            path: path.to_owned(),
            package: path.split('/').next().unwrap_or_default().to_owned(),
            others: Vec::new(),
            role: FileRole::by_name(path),
            text: text.to_owned(),
        }
    }

    /// Folds sources and documents with settings: `tests`, `ignore=PATTERN`. Without documents, the file
    /// is missing.
    fn folded(settings: &str, sources: &[(&str, &str)], documents: &[(&str, &str)]) -> Vec<String> {
        let mut plan = plan("env: env\nenv-documented: env");
        plan.steps[0].action = Action::Read(FileSet {
            sources: true,
            ..FileSet::default()
        });
        plan.steps[1].action = Action::Read(FileSet::default());
        for setting in settings.split_whitespace() {
            let (key, value) = setting.split_once('=').unwrap_or((setting, "true"));
            for step in &mut plan.steps {
                *step = step.clone().with_setting(key, &[value.to_owned()]);
            }
        }
        let mut all = Vec::new();
        for (step, files) in plan.steps.iter().zip([sources, documents]) {
            let mut ends = events(&format!("start {}\nend 0", step.id));
            all.push(ends.remove(0));
            let files = files.iter().map(|(path, text)| file(path, text));
            read_files(step, &mut files.into_iter(), &mut |event| all.push(event)).unwrap();
            if step.id == DOCUMENTS_STEP && documents.is_empty() {
                let line = ".env.example: not found".to_owned();
                all.push(Event::Noise { line });
                if let Event::Ended(ended) = &mut ends[0] {
                    ended.odd.insert("unreadable".to_owned(), 1);
                }
            }
            all.extend(ends);
        }
        let mut fold = Fold::new(&plan, &workspace(&["a", "b"]), &BTreeMap::new());
        all.iter().for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        shown(&snapshot, &[])
    }

    const SOURCES: [(&str, &str); 4] = [
        (
            "a/src/lib.rs",
            "fn f() {\n env::var(\"APP_HOST\");\n env::var(\"APP_PORT\");\n env::var(\"HOME\"); }",
        ),
        (
            "b/src/lib.rs",
            "fn f() {\n env::var(\"APP_PORT\"); env!(\"CARGO_PKG_NAME\"); }",
        ),
        ("b/build.rs", "fn f() { env::var(\"TARGET\"); }"),
        ("b/tests/t.rs", "fn f() { env::var(\"APP_TEST\"); }"),
    ];
    const EXAMPLE_FILE: (&str, &str) = (".env.example", "APP_HOST=x\n# APP_OLD=y\n");

    #[test]
    fn variables_are_counted_once_and_compared_with_documents() {
        let expected = [
            "env.coverage 50",
            "env.documented 2",
            "env.dynamic 0 {a 0, b 0}",
            "env.read 2 {a 2, b 1}",
            "env.undocumented 1 {a 1, b 1}",
            "env.unread 1",
            "env  Warning .env.example:2 env::unread [] x1",
            "env a Warning a/src/lib.rs:3 env::undocumented [] x1",
            "env b Warning b/src/lib.rs:2 env::undocumented [] x1",
            "env covers [a b]",
        ];
        assert_eq!(folded("ignore=HOME", &SOURCES, &[EXAMPLE_FILE]), expected);
    }

    #[test]
    fn words_in_texts_document_variables_and_are_unread_if_their_prefix_is_read() {
        let page = ("docs/a.md", "`APP_HOST`, `APP_GONE`, `OTHER_THING`, HOME");
        let found = folded("ignore=HOME tests", &SOURCES, &[page]);
        let expected = [
            "env.documented 2",
            "env.read 3 {a 2, b 2}",
            "env.undocumented 2 {a 1, b 2}",
            "env.unread 1",
        ];
        for line in expected {
            assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
        }
    }

    #[test]
    fn unknown_names_make_counts_lower_bounds_unless_ignored() {
        let mut sources = SOURCES.to_vec();
        sources.push((
            "b/src/x.rs",
            "fn f() { env::var(name()); env::var(format!(\"APP_{x}\")); }",
        ));
        let found = folded("ignore=HOME", &sources, &[EXAMPLE_FILE]);
        let reason = "b/src/x.rs:1 and 1 more read variables whose names are not known";
        let expected = [
            "env.dynamic 2 {a 0, b 2}".to_owned(),
            format!("env.read ? >= 2 {reason} {{a 2}}"),
            format!("env.undocumented ? >= 1 {reason} {{a 1}}"),
            format!("env.unread ? {reason}"),
            format!("env.coverage ? {reason}"),
        ];
        for line in expected {
            assert!(found.contains(&line), "{line}: {found:#?}");
        }
        let found = folded("ignore=HOME ignore-dynamic", &sources, &[EXAMPLE_FILE]);
        for line in ["env.read 2 {a 2, b 1}", "env.unread 0"] {
            assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
        }
    }

    #[test]
    fn missing_document_leaves_only_what_is_read() {
        let found = folded("ignore=HOME", &SOURCES, &[]);
        let reason = "a file could not be read: .env.example: not found";
        let fix = "documented = [\"FILE\", ..] in [collect.env]";
        let expected = [
            "env.read 2 {a 2, b 1}".to_owned(),
            format!("env.undocumented ? {reason} ({fix})"),
            format!("env.coverage ? {reason} ({fix})"),
        ];
        for line in expected {
            assert!(found.contains(&line), "{line}: {found:#?}");
        }
    }
}
