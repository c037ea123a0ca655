//! Looks up the metrics that a name or pattern in the configuration refers to.

use std::ops::Range;

use super::super::mistake::Mistake;
use super::super::spelling;
use super::reader::Reader;
use crate::metric::{Catalogue, MetricRow};
use crate::text::excerpt;

/// A name or pattern with the metrics it refers to.
pub(super) struct MatchedMetrics<'a> {
    pub(super) name: &'a str,
    /// The metrics. Never empty.
    pub(super) rows: Vec<&'a MetricRow>,
}

/// Metrics of later versions. A gate on one of them could never be judged.
const LATER: [&str; 3] = [
    "schedule.variance",
    "workstream.complete",
    "workstream.total",
];

/// The maximum number of stars in a pattern.
const STARS: usize = 3;

/// Returns whether a pattern has too many stars.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.matches('*').count() > STARS
}

/// Returns whether a name refers to a metric of this or a later version.
pub(super) fn is_known(catalogue: &Catalogue, name: &str) -> bool {
    LATER.contains(&name) || !is_wild(name) && !catalogue.matching(name).is_empty()
}

/// Returns whether a name is a metric of a later version.
pub(super) fn is_later(name: &str) -> bool {
    LATER.contains(&name)
}

/// Returns the metrics that a name refers to. Reports an error at `at` if there are none.
pub(super) fn find<'a>(
    reader: &mut Reader<'_>,
    catalogue: &'a Catalogue,
    name: &'a str,
    at: &Range<usize>,
) -> Option<MatchedMetrics<'a>> {
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
        return Some(MatchedMetrics { name, rows });
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
                spelling::unknown("metric", name),
                "a package is a key of its own",
            )
            .help(help)
        }
        (_, Some(guess)) => Mistake::new(
            at.clone(),
            spelling::unknown("metric", name),
            spelling::did_you_mean(guess),
        ),
        _ if name.contains('*') => Mistake::new(
            at.clone(),
            spelling::unknown("metric", name),
            "matches nothing",
        ),
        _ => Mistake::new(
            at.clone(),
            spelling::unknown("metric", name),
            siblings(name, &names),
        ),
    };
    reader.wrong(mistake)
}

/// Returns the label for an unknown metric: other metrics of the same family, if there are any.
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
