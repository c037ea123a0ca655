//! `mutants.out/outcomes.json` of cargo-mutants: the outcome of each mutant.
//!
//! The file is rewritten after each mutant, and only has an end when all of them were tested.

use serde::Deserialize;

/// The result of a complete run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantsReport {
    /// Version of cargo-mutants.
    pub version: String,
    /// The mutants in the order in which they were tested.
    pub mutants: Vec<TestedMutant>,
}

/// A mutant and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestedMutant {
    /// Name of the package.
    pub package: String,
    /// Relative to the root of the workspace, with `/`.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
    /// Path of the function. Empty outside of one.
    pub function: String,
    /// What was changed: `replace Pool::len -> usize with 0`.
    pub change: String,
    /// The outcome.
    pub outcome: MutantOutcome,
}

/// What happened to a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutantOutcome {
    /// A test failed.
    Caught,
    /// Every test passed.
    Missed,
    /// The tests did not end in time.
    Timeout,
    /// It does not compile.
    Unviable,
}

#[derive(Deserialize)]
struct Document {
    outcomes: Vec<Outcome>,
    total_mutants: usize,
    missed: usize,
    caught: usize,
    timeout: usize,
    unviable: usize,
    end_time: Option<String>,
    cargo_mutants_version: String,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
    package: String,
    file: String,
    function: Option<Function>,
    span: Span,
}

#[derive(Deserialize)]
struct Function {
    function_name: String,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
    column: u32,
}

/// Reads the document of a run.
///
/// # Errors
/// If it is of another form, if the run did not end, if the tests fail without a mutation, or if
/// parts contradict each other.
pub fn read(text: &str) -> Result<MutantsReport, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut mutants = Vec::new();
    let mut has_baseline = false;
    for outcome in &document.outcomes {
        match (&outcome.scenario, outcome.summary.as_str()) {
            (Scenario::Baseline, "Success") => has_baseline = true,
            (Scenario::Baseline, _) => return Err(FAILED_BASELINE.to_owned()),
            (Scenario::Mutant(mutant), summary) => mutants.push(tested(mutant, summary)?),
        }
    }
    if document.end_time.is_none() {
        return Err("the run did not end".to_owned());
    }
    if !has_baseline && !mutants.is_empty() {
        return Err("the tests were not run without a mutation".to_owned());
    }
    let of_outcomes = [
        (document.missed, MutantOutcome::Missed),
        (document.caught, MutantOutcome::Caught),
        (document.timeout, MutantOutcome::Timeout),
        (document.unviable, MutantOutcome::Unviable),
    ]
    .map(|(stated, outcome)| {
        let listed = mutants.iter().filter(|one| one.outcome == outcome);
        (stated, listed.count())
    });
    let total = [(document.total_mutants, mutants.len())];
    let counted = [&total[..], &of_outcomes].concat();
    match counted.iter().find(|(stated, listed)| stated != listed) {
        None => Ok(MutantsReport {
            version: document.cargo_mutants_version,
            mutants,
        }),
        Some((stated, listed)) => Err(format!(
            "it counts {stated} mutants and lists {listed} of the same outcome"
        )),
    }
}

/// Why nothing was tested.
pub const FAILED_BASELINE: &str = "the tests fail or do not compile without a mutation";

fn tested(mutant: &Mutant, summary: &str) -> Result<TestedMutant, String> {
    let outcome = match summary {
        "CaughtMutant" => MutantOutcome::Caught,
        "MissedMutant" => MutantOutcome::Missed,
        "Timeout" => MutantOutcome::Timeout,
        "Unviable" => MutantOutcome::Unviable,
        other => return Err(format!("`{other}` is not a known outcome of a mutant")),
    };
    let Position { line, column } = mutant.span.start;
    let place = format!("{}:{line}:{column}: ", mutant.file);
    let change = mutant.name.strip_prefix(&place).unwrap_or(&mutant.name);
    let function = mutant.function.as_ref();
    Ok(TestedMutant {
        package: mutant.package.clone(),
        file: mutant.file.clone(),
        line,
        column,
        function: function.map_or_else(String::new, |one| one.function_name.clone()),
        change: change.to_owned(),
        outcome,
    })
}

/// Returns whether stderr says that there is no mutant to test, in which case there is no document.
pub fn is_without_mutants(stderr: &str) -> bool {
    const WORDS: [&str; 4] = [
        "Diff changes no Rust source files",
        "Diff file is empty",
        "No mutants found under the active filters",
        "No mutants to filter",
    ];
    stderr
        .lines()
        .any(|line| WORDS.iter().any(|words| line.trim_end().ends_with(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../fixtures/streams/mutants/outcomes.json");

    #[test]
    fn each_mutant_has_its_place_and_outcome() {
        let report = read(RECORDED).unwrap();
        let shown: Vec<String> = report
            .mutants
            .iter()
            .map(|one| {
                format!(
                    "{:?} {} {}:{}:{} {}: {}",
                    one.outcome,
                    one.package,
                    one.file,
                    one.line,
                    one.column,
                    one.function,
                    one.change
                )
            })
            .collect();
        let expected = [
            "Missed tide-core src/lib.rs:7:9 Pool::is_full: replace Pool::is_full -> bool with true",
            "Caught tide-core src/lib.rs:7:9 Pool::is_full: replace Pool::is_full -> bool with false",
            "Unviable tide-core src/lib.rs:12:5 pool: replace pool -> Pool with Default::default()",
            "Caught tide-core src/lib.rs:17:14 wait: replace -= with += in wait",
            "Timeout tide-core src/lib.rs:17:14 wait: replace -= with /= in wait",
        ];
        assert_eq!(shown, expected);
        assert_eq!(report.version, "27.1.0");
    }

    #[test]
    fn document_that_is_not_complete_gives_no_result() {
        let baseline = "\"scenario\": \"Baseline\",\n      \"summary\": ";
        for (from, to, expected) in [
            (
                "\"2026-11-30T08:28:32.858750106Z\"",
                "null",
                "the run did not end",
            ),
            (
                "\"missed\": 1",
                "\"missed\": 2",
                "it counts 2 mutants and lists 1",
            ),
            (
                "\"total_mutants\": 5",
                "\"total_mutants\": 6",
                "it counts 6 mutants",
            ),
            (
                "MissedMutant",
                "Skipped",
                "`Skipped` is not a known outcome",
            ),
            ("\"caught\"", "\"killed\"", "missing field `caught`"),
            (
                "\"Mutant\": {",
                "\"Sabotage\": {",
                "unknown variant `Sabotage`",
            ),
            (
                &format!("{baseline}\"Success\""),
                &format!("{baseline}\"Failure\""),
                FAILED_BASELINE,
            ),
        ] {
            assert!(RECORDED.contains(from), "{from}");
            let error = read(&RECORDED.replace(from, to)).unwrap_err();
            assert!(error.contains(expected), "{from}: {error}");
        }
        let cut = &RECORDED[..RECORDED.len() / 2];
        assert!(read(cut).unwrap_err().contains("EOF"));
    }

    #[test]
    fn mutants_without_a_run_of_the_unchanged_tests_give_no_result() {
        let mut document: serde_json::Value = serde_json::from_str(RECORDED).unwrap();
        let outcomes = document["outcomes"].as_array_mut().unwrap();
        outcomes.retain(|outcome| outcome["scenario"] != "Baseline");
        let error = read(&document.to_string()).unwrap_err();
        assert_eq!(error, "the tests were not run without a mutation");
    }

    #[test]
    fn nothing_to_test_is_recognized() {
        for (stderr, expected) in [
            (" INFO Diff file is empty\n", true),
            (" INFO No mutants to filter\n", true),
            (" WARN No mutants found under the active filters\n", true),
            (" INFO Auto-set test timeout to 20s\n", false),
            ("", false),
        ] {
            assert_eq!(is_without_mutants(stderr), expected, "{stderr}");
        }
    }
}
