//! Evaluating the campaign: which values count for the current tree, and the verdicts over them.
//!
//! | module | owns |
//! |---|---|
//! | `view` | looking up recorded results that count for the current tree |
//! | `refresh` | measuring the results that are missing, then judging |
//! | `named` | views that are named: a pin, a run, or the current tree |
//! | `earlier` | values of earlier runs that gates refer to |
//! | `subset` | judging only the gates that are named on the command line |
//!
//! Everything except `refresh` works from the store alone and never starts cargo.

mod changed;
mod earlier;
pub(crate) mod named;
mod refresh;
pub(crate) mod subset;
pub(crate) mod view;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use self::earlier::Earlier;
pub use self::named::now;
pub(crate) use self::named::now_with;
pub(crate) use self::refresh::{Measured, Measuring, judge};
use crate::collector::ATTESTED;
use crate::gate::{Gate, Reference, Waiver};
use crate::git::{Git, Trouble};
use crate::judge::{self as judging, Evidence, LineMap, readiness};
use crate::metric::Catalogue;
use crate::ops::Context;
use crate::options::Config;
use crate::plan::Collector;
use crate::process::temp_dir::TempDir;
use crate::report::{Inputs, Report};
use crate::run::{Judged, Judgement, Lack, View};
use crate::snapshot::Comparison;
use crate::store::PinName;

/// The values of a tree or run, the values that they are compared with, and the verdicts.
pub struct Evaluation {
    /// The values that are judged.
    pub(crate) head: View,
    /// The baseline, narrowed to the measured packages.
    pub(crate) baseline: Option<View>,
    /// The differences between the two.
    pub(crate) comparison: Option<Comparison>,
    /// The verdicts.
    pub judgement: Judgement,
    /// Digest of the current sources, if they were evaluated.
    tree: Option<String>,
    previous: Earlier,
    best: Earlier,
}

impl Evaluation {
    /// Judges the campaign's gates over `head`, against the pinned baseline.
    ///
    /// # Errors
    /// If the baseline cannot be used.
    pub(crate) fn new(cx: &Context, head: View) -> Result<Self> {
        let baseline = cx.pinned(PinName::Baseline)?.map(|pin| pin.view);
        Ok(Self::against(cx, head, baseline))
    }

    /// Judges the campaign's gates over `head`, against any other view.
    pub(crate) fn against(cx: &Context, head: View, baseline: Option<View>) -> Self {
        let is_whole = baseline.as_ref().is_some_and(is_of_workspace);
        let baseline = baseline.map(|base| narrowed(cx, base, &head));
        let is_narrowed = is_whole && !baseline.as_ref().is_some_and(is_of_workspace);
        let comparison = baseline.as_ref().map(|base| compare(cx, base, &head));
        let mut evaluation = Self {
            comparison,
            judgement: Judgement::default(),
            tree: None,
            previous: earlier::look_up(cx, Reference::Previous, &head),
            best: earlier::look_up(cx, Reference::Best, &head),
            head,
            baseline,
        };

        let config = cx.config();
        let mut judgement = judging::judge(
            &config.gates,
            &gate_waivers(config),
            &config.catalogue,
            &evaluation.evidence(&cx.today()),
        );
        if let Some(at) = &cx.at {
            at.correct_help(&mut judgement);
            let collectors = needed(&config.gates, &config.catalogue);
            judgement
                .notes
                .extend(at.changed_instruments(cx, &collectors));
        }
        if let Some((reason, help)) = cx.store.unusable() {
            name_cause(&mut judgement, reason, help);
        }
        // With other sources, a lower value may be an improvement.
        let has_same_sources = evaluation
            .baseline
            .as_ref()
            .is_some_and(|base| base.provenance.tree == evaluation.head.provenance.tree);
        if is_narrowed && has_same_sources {
            judgement.notes.extend(fewer_features(&judgement.gates));
        }
        evaluation.judgement = judgement;
        evaluation
    }

    /// Replaces the advice to pin a baseline in CI, where it would be measured on the very change that is judged.
    pub(crate) fn advise_committing_a_baseline(&mut self) {
        let advised = self
            .judgement
            .gates
            .iter_mut()
            .filter(|gate| gate.help.as_deref() == Some(judging::PIN));
        for gate in advised {
            gate.help = Some("commit .campaign/baseline.json".to_owned());
        }
    }

    /// Returns whether the newest run was measured on the current sources.
    pub(crate) fn is_current(&self) -> bool {
        self.tree.as_ref() == Some(&self.head.provenance.tree)
    }

    /// Returns the values that gates are judged by.
    pub(crate) fn evidence<'a>(&'a self, today: &'a str) -> Evidence<'a> {
        Evidence {
            head: &self.head,
            baseline: self.baseline.as_ref(),
            comparison: self.comparison.as_ref(),
            previous: &self.previous,
            best: &self.best,
            today,
        }
    }

    /// Returns the public report.
    pub(crate) fn report(&self, cx: &Context) -> Report {
        let config = cx.config();
        Report::new(&Inputs {
            tool: TOOL,
            campaign: &cx.campaign(),
            release: config.release.as_ref().map(ToString::to_string).as_deref(),
            revision: cx.at.as_ref().map(|at| at.name.as_str()),
            directory: directory_in_repository(cx.root()).as_deref(),
            head: &self.head,
            baseline: self.baseline.as_ref(),
            comparison: self.comparison.as_ref(),
            judgement: &self.judgement,
            catalogue: &config.catalogue,
        })
    }
}

/// Returns the directory of a workspace in the git repository that contains it, with `/`; empty for the root.
pub(crate) fn directory_in_repository(root: &Path) -> Option<String> {
    let repository = root
        .ancestors()
        .find(|directory| directory.join(".git").exists())?;
    let directory = root.strip_prefix(repository).ok()?;
    let parts: Vec<_> = directory
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    Some(parts.join("/"))
}

/// Gives the reason why no recorded run is used. Measuring again would not help.
fn name_cause(judgement: &mut Judgement, reason: &str, help: &str) {
    let missing = judgement
        .gates
        .iter_mut()
        .filter(|gate| gate.lack == Some(Lack::Missing));
    for gate in missing {
        gate.reason = format!("no recorded run is used: {reason}");
        gate.help = Some(help.to_owned());
    }
}

/// Returns whether a view has the values of the whole workspace.
fn is_of_workspace(view: &View) -> bool {
    view.provenance.scope.is_empty()
}

/// Returns the part of a baseline that covers the measured packages. A baseline that was not measured
/// for all of them is returned as it is.
fn narrowed(cx: &Context, base: View, head: &View) -> View {
    let (was, now) = (&base.provenance, &head.provenance);
    let is_unmeasured =
        |package: &String| was.members.contains(package) && !was.selected().contains(package);
    if now.scope.is_empty()
        || now.scope == was.scope
        || was.members.is_empty()
        || now.scope.iter().any(is_unmeasured)
    {
        return base;
    }
    // The recorded settings are compared, because a run may be judged without the options that it
    // was measured with.
    let settings = now.settings.iter().filter(|(collector, _)| {
        let unscoped = now.unscoped_settings(collector);
        unscoped.is_some() && was.unscoped_settings(collector) == unscoped
    });
    let settings = settings
        .map(|(collector, digest)| (collector.clone(), digest.clone()))
        .collect();
    judging::narrow(&base, &now.scope, settings, cx.catalogue())
}

/// Returns the note about values that are lower than in the baseline of the same sources. Then fewer features were enabled,
/// because fewer packages are selected.
fn fewer_features(gates: &[Judged]) -> Option<String> {
    let lower: BTreeSet<&str> = gates
        .iter()
        .filter(|gate| {
            gate.value
                .zip(gate.baseline)
                .is_some_and(|(value, baseline)| value < baseline)
        })
        .map(|gate| gate.metric.as_str())
        .collect();
    let names: Vec<String> = lower
        .into_iter()
        .map(|metric| format!("`{metric}`"))
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| {
        format!(
            "{} {verb} lower than in the baseline of the whole workspace with the same sources: cargo enables fewer \
             features for the selected packages",
            names.join(", ")
        )
    })
}

/// Returns the waivers of gates. Those of release checks are judged together with the checks.
pub(crate) fn gate_waivers(config: &Config) -> Vec<Waiver> {
    config
        .waivers
        .iter()
        .filter(|waiver| !waiver.gate.starts_with(readiness::PREFIX))
        .cloned()
        .collect()
}

/// Name and version of this program in reports.
pub(crate) const TOOL: &str = concat!("cargo-campaign ", env!("CARGO_PKG_VERSION"));

/// Compares two views. Where git knows the commit of the base, findings are matched by the lines that git maps.
pub(crate) fn compare(cx: &Context, base: &View, head: &View) -> Comparison {
    let lines = line_map(cx, base, head);
    let changed = changed::lines(cx, base, head);
    Comparison {
        patches: judging::patches(head, changed.as_ref()),
        ..judging::compare(base, head, lines.as_ref())
    }
}

/// Returns how lines moved from the commit of the base to the head, which is a commit or the current tree.
///
/// `None` if the base had uncommitted changes, or if there is nothing to map.
fn line_map(cx: &Context, base: &View, head: &View) -> Option<LineMap> {
    let commit = base.provenance.clean_commit()?;
    let same = base.provenance.tree == head.provenance.tree
        || base.snapshot.findings == head.snapshot.findings;
    if same || !head.stale.is_empty() || !is_at_hand(cx, head) {
        return None;
    }
    let to = head.provenance.clean_commit();
    let map = cx.git().and_then(|git| diff_lines(&git, commit, to));
    map.map_err(|trouble| cx.note(&format!("findings are matched by content alone: {trouble}")))
        .ok()
}

/// Returns how git maps the lines of a commit to another one or to the working tree.
fn diff_lines(git: &Git, base: &str, head: Option<&str>) -> Result<LineMap, Trouble> {
    let scratch = TempDir::new().map_err(|error| Trouble::Failed {
        command: "diff".to_owned(),
        message: format!("cannot create a temporary directory: {error}"),
    })?;
    git.diff_lines(base, head, scratch.path())
}

/// Returns whether the sources of a view are those of a commit or of the working tree.
fn is_at_hand(cx: &Context, view: &View) -> bool {
    let from = &view.provenance;
    from.clean_commit().is_some() || cx.fingerprint().is_ok_and(|now| now.digest == from.tree)
}

/// Returns the collectors that measure the metrics of these gates. Attested values have none.
pub(crate) fn needed<'g>(
    gates: impl IntoIterator<Item = &'g Gate>,
    catalogue: &Catalogue,
) -> BTreeSet<Collector> {
    gates
        .into_iter()
        .flat_map(|gate| catalogue.matching(&gate.metric))
        .map(|row| row.collector.clone())
        .filter(|collector| collector.name() != ATTESTED)
        .collect()
}
