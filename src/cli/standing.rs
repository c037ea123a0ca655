//! Where the campaign stands: the figures of now held against the baseline, and the judgement.
//!
//! Works from the store alone; never starts cargo.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::session::Session;
use crate::gate::{Gate, Operand, Reference, Waiver};
use crate::judge::{self, Evidence, LineMap, readiness};
use crate::metric::{Better, Catalogue, Reading, Value, glob};
use crate::options::Config;
use crate::plan::Collector;
use crate::report::{Inputs, Report};
use crate::run::{Judged, Judgement, Run, RunId, View};
use crate::snapshot::Comparison;
use crate::store::PinName;

/// How far back a figure is looked for.
const BACK: usize = 500;

/// Figures of one metric by run.
type Recalled = BTreeMap<String, (RunId, Reading)>;

/// All that the commands which judge have in common.
pub(super) struct Standing {
    pub(super) head: View,
    pub(super) baseline: Option<View>,
    pub(super) comparison: Option<Comparison>,
    pub(super) judgement: Judgement,
    previous: Recalled,
    best: Recalled,
}

impl Standing {
    /// Judges the campaign's gates over `head` against the pinned baseline.
    pub(super) fn new(session: &mut Session, head: View) -> Result<Self> {
        let baseline = session.pinned(PinName::Baseline)?.map(|pin| pin.view);
        Self::against(session, head, baseline)
    }

    /// The same against any other view.
    pub(super) fn against(
        session: &mut Session,
        head: View,
        baseline: Option<View>,
    ) -> Result<Self> {
        let whole = baseline
            .as_ref()
            .is_some_and(|base| base.provenance.scope.is_empty());
        let baseline = baseline.map(|base| narrowed(session, base, &head));
        let is_narrowed = whole
            && baseline
                .as_ref()
                .is_some_and(|base| !base.provenance.scope.is_empty());
        let comparison = baseline.as_ref().map(|base| compare(session, base, &head));
        let previous = recall(session, Reference::Previous, &head);
        let best = recall(session, Reference::Best, &head);
        let mut standing = Self {
            head,
            baseline,
            comparison,
            judgement: Judgement::default(),
            previous,
            best,
        };
        let (config, today) = (session.config(), session.today());
        let waivers = gate_waivers(config);
        let mut judgement = judge::judge(
            &config.gates,
            &waivers,
            &config.catalogue,
            &standing.evidence(&today),
        );
        if let Some(at) = &session.at {
            at.correct_help(&mut judgement);
        }
        standing.judgement = judgement;
        if is_narrowed {
            standing
                .judgement
                .notes
                .extend(fewer_features(&standing.judgement.gates));
        }
        Ok(standing)
    }

    /// What gates are held against.
    pub(super) fn evidence<'a>(&'a self, today: &'a str) -> Evidence<'a> {
        Evidence {
            head: &self.head,
            baseline: self.baseline.as_ref(),
            comparison: self.comparison.as_ref(),
            previous: &self.previous,
            best: &self.best,
            today,
        }
    }

    /// The public report.
    pub(super) fn report(&self, session: &Session) -> Report {
        let config = session.config();
        let mut report = Report::new(&Inputs {
            tool: TOOL,
            campaign: &session.campaign(),
            release: config.release.as_ref().map(ToString::to_string).as_deref(),
            revision: session.at.as_ref().map(|at| at.name.as_str()),
            head: &self.head,
            baseline: self.baseline.as_ref(),
            comparison: self.comparison.as_ref(),
            judgement: &self.judgement,
            catalogue: &config.catalogue,
        });
        report
            .gates
            .iter_mut()
            .filter_map(|gate| gate.help.as_mut())
            .for_each(|help| *help = session.ui.with_options(help));
        report
    }
}

/// Returns the baseline for the packages that were measured, where they are a part of a whole workspace.
fn narrowed(session: &Session, base: View, head: &View) -> View {
    let (was, now) = (&base.provenance, &head.provenance);
    let is_part = was.scope.is_empty()
        && !now.scope.is_empty()
        && now.scope.iter().all(|p| was.members.contains(p));
    if !is_part {
        return base;
    }
    let collectors: Vec<Collector> = now.settings.keys().cloned().collect();
    let whole = session.settings_of_workspace(&collectors);
    let mut settings = session.settings(&collectors);
    settings.retain(|c, digest| {
        was.settings.get(c) == whole.get(c) && now.settings.get(c) == Some(digest)
    });
    judge::narrow(&base, &now.scope, settings, session.catalogue())
}

/// Returns the note about values that may be lower than in the baseline because fewer packages were selected.
fn fewer_features(gates: &[Judged]) -> Option<String> {
    let is_lower = |gate: &&Judged| {
        gate.value
            .zip(gate.baseline)
            .is_some_and(|(value, baseline)| value < baseline)
    };
    let lower: BTreeSet<&str> = gates
        .iter()
        .filter(is_lower)
        .map(|gate| gate.metric.as_str())
        .collect();
    let names: Vec<String> = lower
        .into_iter()
        .map(|metric| format!("`{metric}`"))
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| {
        format!(
            "{} {verb} lower than in the baseline of the whole workspace: cargo may enable fewer features for the \
             selected packages",
            names.join(", ")
        )
    })
}

/// The waivers of gates; those of release checks are judged with them.
pub(super) fn gate_waivers(config: &Config) -> Vec<Waiver> {
    config
        .waivers
        .iter()
        .filter(|waiver| !waiver.gate.starts_with(readiness::PREFIX))
        .cloned()
        .collect()
}

/// As reports name their writer.
pub(super) const TOOL: &str = concat!("cargo-campaign ", env!("CARGO_PKG_VERSION"));

/// Compares two views, with git's help where it has the base's commit: lines that it maps unchanged are the same lines.
fn compare(session: &mut Session, base: &View, head: &View) -> Comparison {
    let lines = line_map(session, base, head);
    judge::compare(base, head, lines.as_ref())
}

/// How lines moved from the base's commit to the head: to its commit, or to the tree as it is when that is what was
/// measured. Only when the base was clean; and not when there is nothing to map.
fn line_map(session: &mut Session, base: &View, head: &View) -> Option<LineMap> {
    let commit = base
        .provenance
        .commit
        .as_deref()
        .filter(|_| !base.provenance.dirty)?;
    let same = base.provenance.tree == head.provenance.tree
        || base.snapshot.findings == head.snapshot.findings;
    if same || !head.stale.is_empty() {
        return None;
    }
    let to = head
        .provenance
        .commit
        .as_deref()
        .filter(|_| !head.provenance.dirty);
    if to.is_none() && session.fingerprint().ok()?.digest != head.provenance.tree {
        return None;
    }
    let map = session.git().and_then(|git| git.diff_lines(commit, to));
    map.map_err(|trouble| {
        session
            .ui
            .note(&format!("findings are matched by content alone: {trouble}"))
    })
    .ok()
}

/// The collectors that the gates need.
pub(super) fn needed<'g>(
    gates: impl IntoIterator<Item = &'g Gate>,
    catalogue: &Catalogue,
) -> BTreeSet<Collector> {
    gates
        .into_iter()
        .flat_map(|gate| catalogue.matching(&gate.metric))
        .map(|row| row.collector.clone())
        .collect()
}

/// Values of earlier runs that gates refer to: `previous` is that of the last complete run of another tree, `best` the best
/// of all complete runs of other trees. Only runs with equal settings count.
fn recall(session: &mut Session, reference: Reference, head: &View) -> Recalled {
    let wants = |gate: &&Gate| matches!(&gate.require.operand, Operand::Reference(whose, _) if *whose == reference);
    let patterns: Vec<String> = session
        .config()
        .gates
        .iter()
        .filter(wants)
        .map(|gate| gate.metric.clone())
        .collect();
    if patterns.is_empty() {
        return Recalled::new();
    }
    let mut found = Recalled::new();
    // A run of the same tree is no reference: measuring again must not make a gate pass that failed.
    let tree = head.provenance.tree.clone();
    session.say_future();
    let earlier = session
        .heads()
        .take(BACK)
        .filter(|head| head.tree != tree && head.complete);
    for id in earlier.map(|head| head.id) {
        let Ok(run) = session.store.load(&id) else {
            continue;
        };
        remember(
            &mut found,
            &run,
            reference,
            &patterns,
            session.catalogue(),
            head,
        );
        let all = head
            .snapshot
            .metrics
            .keys()
            .filter(|name| patterns.iter().any(|p| glob(p, name)));
        if reference == Reference::Previous && all.clone().all(|name| found.contains_key(name)) {
            break;
        }
    }
    found
}

/// Takes over the figures of an earlier run that are wanted and not known yet, or better.
fn remember(
    found: &mut Recalled,
    run: &Run,
    reference: Reference,
    patterns: &[String],
    catalogue: &Catalogue,
    head: &View,
) {
    for (name, reading) in run
        .snapshot
        .metrics
        .iter()
        .filter(|(name, _)| patterns.iter().any(|p| glob(p, name)))
    {
        let (Some(row), Value::Measured(value)) = (catalogue.get(name), &reading.value) else {
            continue;
        };
        let alike =
            judge::unlike(row.alike, &run.provenance, &head.provenance, &row.collector).is_none();
        let beats = match found.get(name).map(|(_, known)| &known.value) {
            None => true,
            Some(Value::Measured(known)) if reference == Reference::Best => match row.better {
                Better::Higher => value > known,
                Better::Lower | Better::None => value < known,
            },
            Some(_) => false,
        };
        if alike && beats {
            found.insert(name.clone(), (run.id.clone(), reading.clone()));
        }
    }
}
