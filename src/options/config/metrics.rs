//! Finding what a metric's name or pattern in the configuration means, and saying so when it means nothing.

use std::ops::Range;

use super::super::mistake::Mistake;
use super::super::spelling;
use super::reader::Reader;
use crate::metric::{Catalogue, MetricRow};
use crate::text::excerpt;

/// A name or pattern with the rows it could mean.
pub(super) struct Metric<'a> {
    pub(super) name: &'a str,
    /// Never empty.
    pub(super) rows: Vec<&'a MetricRow>,
}

/// Metrics of later versions: a gate on one could never be judged.
const LATER: [&str; 21] = [
    "audit.critical",
    "audit.high",
    "audit.unmaintained",
    "audit.vulnerabilities",
    "build.clean.time",
    "build.incremental.time",
    "coverage.functions",
    "coverage.lines",
    "coverage.regions",
    "coverage.uncovered",
    "deps.direct",
    "deps.duplicates",
    "deps.total",
    "doc.coverage",
    "env.coverage",
    "env.undocumented",
    "schedule.variance",
    "semver.breaking",
    "target.size",
    "workstream.complete",
    "workstream.total",
];

/// Matching a pattern takes time that doubles with each star.
const STARS: usize = 3;

/// Has the pattern more stars than anybody needs?
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.matches('*').count() > STARS
}

/// Does the name mean anything, now or in a later version?
pub(super) fn is_known(catalogue: &Catalogue, name: &str) -> bool {
    LATER.contains(&name) || !is_wild(name) && !catalogue.matching(name).is_empty()
}

/// Is it a metric of a later version?
pub(super) fn is_later(name: &str) -> bool {
    LATER.contains(&name)
}

/// The rows, or a mistake at `at`.
pub(super) fn find<'a>(
    reader: &mut Reader<'_>,
    catalogue: &'a Catalogue,
    name: &'a str,
    at: &Range<usize>,
) -> Option<Metric<'a>> {
    if is_wild(name) {
        let message = format!("pattern `{}` has too many stars", excerpt(name));
        return reader.wrong(Mistake::new(
            at.clone(),
            message,
            format!("expected at most {STARS}"),
        ));
    }
    let rows = catalogue.matching(name);
    if !rows.is_empty() && !name.is_empty() {
        return Some(Metric { name, rows });
    }
    if reader.doubtful.iter().any(|broken| broken == name) {
        return None;
    }
    let shown = excerpt(name);
    if is_later(name) {
        let mistake = Mistake::new(
            at.clone(),
            format!("metric `{shown}` is not measured by this version"),
            "cannot be judged yet",
        );
        return reader
            .wrong(mistake.help("remove the gate, or measure it with a collector of your own"));
    }
    let names: Vec<&str> = catalogue
        .rows()
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    let guess = spelling::nearest(name, names.iter().copied());
    let mistake = match (name.split_once('@'), guess) {
        (Some((metric, package)), _)
            if !is_wild(metric) && !catalogue.matching(metric).is_empty() =>
        {
            let help = format!(
                "write \"{}\" = {{ require = \"..\", package = \"{}\" }}",
                excerpt(metric),
                excerpt(package)
            );
            Mistake::new(
                at.clone(),
                format!("unknown metric `{shown}`"),
                "a package is a key of its own",
            )
            .help(help)
        }
        (_, Some(guess)) => Mistake::new(
            at.clone(),
            format!("unknown metric `{shown}`"),
            format!("did you mean `{guess}`?"),
        ),
        _ if name.contains('*') => Mistake::new(
            at.clone(),
            format!("pattern `{shown}` matches no metric"),
            "matches nothing",
        ),
        _ => Mistake::new(
            at.clone(),
            format!("unknown metric `{shown}`"),
            siblings(name, &names),
        ),
    };
    reader.wrong(mistake)
}

/// ``metrics of `clippy`: ..`` when the first word at least is one.
fn siblings(name: &str, names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let family = name.split('.').next().unwrap_or_default();
    let mut kin = names.iter().filter_map(|n| {
        n.split_once('.')
            .filter(|(head, _)| *head == family)
            .map(|_| *n)
    });
    let shown: Vec<&str> = kin.by_ref().take(SHOWN).collect();
    match (shown.is_empty(), kin.next()) {
        (true, _) => "no such metric".to_owned(),
        (false, None) => format!("expected {}", spelling::list(&shown)),
        (false, Some(_)) => {
            format!(
                "expected {}, ..",
                shown
                    .iter()
                    .map(|n| format!("`{n}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    }
}
