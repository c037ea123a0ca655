//! `sccache`: the part of a clean build that a compiler cache answers.
//!
//! The server of the cache counts requests since it was started. The values are the differences of
//! its counters before and after a clean build of a copy of the workspace.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::covered::RequiredUnits;
use super::definition::{
    Definition, SuggestedCondition, SuggestedGate, TextOutput, Tool, ToolProgram,
};
use super::folded::Folded;
use super::metric::{Counts, Metric, Visibility};
use super::seen::Seen;
use super::standing::{absent, finite, without};
use super::summary::{StepSummary, Term, terms};
use crate::decode::sccache;
use crate::event::{Event, FileCounts, Level};
use crate::metric::{Alike, Better, Reading, Unavailable, Unit};
use crate::plan::{Action, Collector, Invocation, Preparation, Step, Stream};
use crate::snapshot::{Finding, Snapshot};

const HIT_RATE: &str = "sccache.hit_rate";
const HITS: &str = "sccache.hits";
const MISSES: &str = "sccache.misses";
const UNCACHED: &str = "sccache.uncached";
const ERRORS: &str = "sccache.errors";
const CAP: &str = "sccache.cap";
const SIZE: &str = "sccache.size";

/// A number of requests of the build. It also depends on the content of the cache.
const REQUESTS: Metric = Metric {
    per_package: false,
    alike: Alike::Toolchain,
    visibility: Visibility::Detail,
    ..Metric::COUNT
};

const BYTES: Metric = Metric {
    unit: &Unit::Bytes,
    better: Better::None,
    ..REQUESTS
};

pub(super) static DEFINITION: Definition = Definition {
    name: "sccache",
    metrics: &[
        Metric {
            name: HIT_RATE,
            title: "compilations that the cache answered",
            unit: &Unit::Percent,
            better: Better::Higher,
            visibility: Visibility::Always,
            ..REQUESTS
        },
        Metric {
            name: HITS,
            title: "cache hits",
            better: Better::Higher,
            ..REQUESTS
        },
        Metric {
            name: MISSES,
            title: "cache misses",
            ..REQUESTS
        },
        Metric {
            name: UNCACHED,
            title: "requests that are never cached",
            counts: Some(Counts::Findings(|_, finding| finding.code == UNCACHED_CODE)),
            ..REQUESTS
        },
        Metric {
            name: ERRORS,
            title: "failures of the cache",
            visibility: Visibility::IfPositive,
            ..REQUESTS
        },
        Metric {
            name: CAP,
            title: "greatest size of the cache",
            visibility: Visibility::Always,
            ..BYTES
        },
        Metric {
            name: SIZE,
            title: "size of the cache",
            ..BYTES
        },
    ],
    lint_files: &[],
    shows_messages: true,
    tools: &[TOOL],
    turn: 7,
    steps,
    text: TextOutput::exit_zero(1 << 20, decode),
    required_units: RequiredUnits::WithoutTests,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: HIT_RATE,
        condition: SuggestedCondition::Exactly(">= 50 %"),
        comment: "of the compilations of a clean build, the cache answers",
        needs: HIT_RATE,
    }],
    ..Definition::BUILD
};

const TOOL: Tool = Tool {
    name: "sccache",
    component: "sccache",
    program: ToolProgram::CompilerCache {
        name: "sccache",
        setting: "add `rustc-wrapper = \"sccache\"` to [build] in .cargo/config.toml",
    },
    install: "cargo install sccache --locked",
    is_needed: |_| true,
};

/// Ids of the steps that ask the server before and after the build.
const BEFORE: &str = "sccache";
const BUILD: &str = "sccache-build";
const AFTER: &str = "sccache-after";

/// The code of the findings of requests that are never cached.
const UNCACHED_CODE: &str = "sccache::uncached";

/// The time in which the server must answer.
const ANSWER: Duration = Duration::from_secs(60);

/// Returns the build of a copy, between two requests for the counters of the server.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let Some(cache) = &context.request.compiler_cache else {
        return Vec::new();
    };
    let query = |id: &str| {
        let action = Action::Command(Invocation {
            program: cache.program.clone(),
            args: ["--show-stats", "--stats-format=json"]
                .map(str::to_owned)
                .to_vec(),
            env: BTreeMap::new(),
            cwd: context.root.to_owned(),
            stream: Stream::Text,
        });
        let mut query = step(context, id, ("Querying", "Queried"), collector, action);
        query.timeout = query.timeout.map(|limit| limit.min(ANSWER));
        query
    };
    let target_dir = Step::copy_target_dir(&context.root.join(context.shared_target_dir()));
    let action = CargoCommand::new("build")
        .scope(context)
        .build_in_copy(context, collector, &target_dir)
        .args(&[JSON])
        .finish(context, collector, Stream::Cargo);
    let build = step(context, BUILD, ("Building", "Built"), collector, action)
        .in_copy(&target_dir, Preparation::Copy);
    vec![query(BEFORE), build, query(AFTER)]
}

/// Returns the counters of the server.
fn decode(_: &Step, text: &str, _: &str) -> Result<Vec<Event>, String> {
    let stats = sccache::read(text)?;
    let mut counts: BTreeMap<Cow<'static, str>, u64> = BTreeMap::from([
        (REQUESTED.into(), stats.requests),
        (HITS.into(), stats.hits),
        (MISSES.into(), stats.misses),
        (ERRORS.into(), stats.errors),
    ]);
    let sizes = [(CAP, stats.cap), (SIZE, stats.size)];
    let known = sizes.map(|(name, size)| Some((name.into(), size?)));
    counts.extend(known.into_iter().flatten());
    let reasons = stats.uncached.into_iter();
    counts.extend(reasons.map(|(reason, count)| (format!("{REASON}{reason}").into(), count)));
    Ok(vec![Event::Counted(FileCounts {
        package: String::new(),
        others: Vec::new(),
        file: String::new(),
        counts,
    })])
}

/// The counter of all requests.
const REQUESTED: &str = "requests";

/// The start of the names of counters for the reasons why requests are not cached.
const REASON: &str = "uncached ";

/// The counts of the server during the build.
struct CacheUse<'a> {
    /// The differences of its counters.
    counts: BTreeMap<&'a str, u64>,
    /// Its counters after the build.
    after: &'a FileCounts,
}

impl<'a> CacheUse<'a> {
    /// Compares the counters before and after the build.
    ///
    /// # Errors
    /// With the reason, if they do not show what the build requested.
    fn of(folded: &'a Folded) -> Result<Self, String> {
        let [before, after] = [BEFORE, AFTER].map(|id| folded.step(id)?.facts.counted.first());
        let (Some(before), Some(after), Some(build)) = (before, after, folded.step(BUILD)) else {
            return Err("the server was not asked before and after the build".to_owned());
        };
        let mut counts = BTreeMap::new();
        for name in before.counts.keys().chain(after.counts.keys()) {
            let [before, after] = [before, after].map(|file| count(file, name).unwrap_or(0));
            if ![CAP, SIZE].contains(&&**name) {
                let difference = after.checked_sub(before).ok_or(RESTARTED)?;
                counts.insert(&**name, difference);
            }
        }
        let (requests, compiled) = (counts[REQUESTED], compiled(build));
        if requests < compiled {
            return Err(format!(
                "cargo compiled {compiled} units, and the server counted {requests} requests: the compiler ran without it, \
                 or it was restarted"
            ));
        }
        Ok(Self { counts, after })
    }

    /// Returns the difference of a counter.
    fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Returns how many requests were not cached, by the reason.
    fn uncached(&self) -> impl Iterator<Item = (&'a str, u64)> {
        let counts = self.counts.iter().filter(|(_, count)| **count > 0);
        counts.filter_map(|(name, count)| Some((name.strip_prefix(REASON)?, *count)))
    }

    /// Returns the reading of a metric.
    fn reading(&self, metric: &str) -> Reading {
        let [hits, misses] = [HITS, MISSES].map(|name| self.count(name) as f64);
        match metric {
            HIT_RATE if hits + misses > 0.0 => finite(100.0 * hits / (hits + misses)),
            HIT_RATE => absent("no request of the build could be cached"),
            UNCACHED => finite(self.uncached().map(|(_, count)| count as f64).sum()),
            CAP | SIZE => match count(self.after, metric) {
                Some(bytes) => finite(bytes as f64),
                None => absent("sccache does not report it for this cache"),
            },
            _ => finite(self.count(metric) as f64),
        }
    }
}

/// Why the counters after the build are of no use.
const RESTARTED: &str =
    "the server of sccache was restarted during the build, which resets its counters";

fn count(file: &FileCounts, name: &str) -> Option<u64> {
    file.counts.get(name).copied()
}

/// Returns the number of units that a build compiled.
fn compiled(build: &Seen) -> u64 {
    let (fresh, units) = build.facts.units;
    units - fresh
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let found = match folded.standing(collector).reason() {
        Some(unavailable) => Err(unavailable),
        None => CacheUse::of(folded).map_err(|reason| Unavailable {
            reason,
            ..Unavailable::default()
        }),
    };
    for metric in DEFINITION.metrics {
        let reading = match &found {
            Ok(found) => found.reading(metric.name),
            Err(unavailable) => without(unavailable.clone()),
        };
        snapshot.metrics.insert(metric.name.to_owned(), reading);
    }
    let uncached = found.iter().flat_map(CacheUse::uncached);
    let findings = uncached.map(|(reason, count)| finding(collector, reason, count));
    snapshot.findings.extend(findings);
}

/// Returns the finding of the requests that are not cached for a reason.
fn finding(collector: &Collector, reason: &str, count: u64) -> Finding {
    Finding {
        collector: collector.clone(),
        package: String::new(),
        file: String::new(),
        code: UNCACHED_CODE.to_owned(),
        level: Level::Warning,
        item: String::new(),
        snippet: String::new(),
        text: reason.to_owned(),
        message: format!("{count} not cached: {reason}"),
        line: 0,
        column: 0,
        occurrences: u32::try_from(count).unwrap_or(u32::MAX),
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let words = |metric, words| Some(Term::Words(summary.value(metric)?, words));
    match summary.step.id.as_str() {
        BUILD => terms([summary.units()]),
        AFTER => terms([
            words(HITS, "hits"),
            words(MISSES, "misses"),
            words(UNCACHED, "never cached"),
        ]),
        _ => vec![Term::Text("sccache".to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;

    const BEFORE_BUILD: &str = include_str!("../../fixtures/streams/sccache/before.json");
    const AFTER_BUILD: &str = include_str!("../../fixtures/streams/sccache/after.json");

    /// Folds a build between two answers of the server.
    fn folded(before: &str, build: &str, after: &str) -> Vec<String> {
        let plan = plan("sccache: sccache\nsccache-build: sccache\nsccache-after: sccache");
        let mut fold = Fold::new(&plan, &workspace(&["app"]), &BTreeMap::new());
        for (id, answer) in [(BEFORE, Some(before)), (BUILD, None), (AFTER, Some(after))] {
            let decoded = answer.map(|answer| decode(&plan.steps[0], answer, ""));
            let end = match decoded {
                None => build,
                Some(Ok(_)) => "end 0",
                Some(Err(_)) => "end unreadable",
            };
            let mut script = events(&format!("start {id}\n{end}"));
            let more = match decoded {
                None => Vec::new(),
                Some(Ok(events)) => events,
                Some(Err(line)) => vec![Event::Noise { line }],
            };
            script.splice(1..1, more);
            script.iter().for_each(|event| fold.event(event));
        }
        shown(&fold.finish().0, &[])
    }

    const BUILT: &str = "unit app lib app\nfinished true\nend 0";

    #[test]
    fn values_are_differences_of_the_counters() {
        let expected = [
            "sccache.cap 10737418240",
            "sccache.errors 0",
            "sccache.hit_rate 100",
            "sccache.hits 74",
            "sccache.misses 0",
            "sccache.size 45342642",
            "sccache.uncached 42",
            "sccache  Warning - sccache::uncached [] x12",
            "sccache  Warning - sccache::uncached [] x3",
            "sccache  Warning - sccache::uncached [] x24",
            "sccache  Warning - sccache::uncached [] x3",
        ];
        assert_eq!(folded(BEFORE_BUILD, BUILT, AFTER_BUILD), expected);
    }

    #[test]
    fn build_without_a_cacheable_request_has_no_rate() {
        let after = AFTER_BUILD.replace("\"Rust\":74", "\"Rust\":0");
        let before = BEFORE_BUILD.replace("\"Rust\":74", "\"Rust\":0");
        let found = folded(&before, BUILT, &after);
        assert_eq!(
            found[2],
            "sccache.hit_rate ? no request of the build could be cached"
        );
        assert_eq!(found[6], "sccache.uncached 42");
    }

    #[test]
    fn unknown_sizes_have_no_value() {
        let after = AFTER_BUILD.replace("10737418240", "null");
        let found = folded(BEFORE_BUILD, BUILT, &after);
        let expected = "sccache.cap ? sccache does not report it for this cache";
        assert_eq!(found[0], expected);
    }

    #[test]
    fn counters_that_do_not_show_the_build_give_no_value() {
        let many = format!("{}finished true\nend 0", "unit app lib app\n".repeat(128));
        for (before, build, after, reason) in [
            (
                AFTER_BUILD,
                BUILT,
                BEFORE_BUILD,
                "was restarted during the build",
            ),
            (
                BEFORE_BUILD,
                &many,
                AFTER_BUILD,
                "compiled 128 units, and the server counted 127",
            ),
            (BEFORE_BUILD, BUILT, "{}", "missing field `stats`"),
            ("", BUILT, AFTER_BUILD, "EOF"),
            (
                BEFORE_BUILD,
                "finished false\nend 101 error: no",
                AFTER_BUILD,
                "no",
            ),
            (
                BEFORE_BUILD,
                "end signal 9",
                AFTER_BUILD,
                "killed by signal 9",
            ),
        ] {
            let found = folded(before, build, after);
            assert_eq!(found.len(), DEFINITION.metrics.len(), "{found:#?}");
            for line in found {
                assert!(
                    line.contains(" ? ") && line.contains(reason),
                    "{reason}: {line}"
                );
            }
        }
    }
}
