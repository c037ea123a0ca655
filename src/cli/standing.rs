//! Where the campaign stands: which runs speak for the tree as it is, what they are held against, and the judgement.
//!
//! Works from the store alone; never starts cargo.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::exit::{Exit, Stop};
use super::session::Session;
use crate::gate::{Gate, Operand, Reference};
use crate::judge::{self, Evidence, LineMap};
use crate::metric::{Better, Reading, Value};
use crate::plan::Collector;
use crate::report::{Inputs, Report};
use crate::run::{Judgement, Run, RunId, View};
use crate::snapshot::Comparison;
use crate::store::Head;

/// All that the commands which judge have in common.
pub(super) struct Standing {
    pub(super) head: View,
    pub(super) baseline: Option<View>,
    pub(super) comparison: Option<Comparison>,
    pub(super) judgement: Judgement,
    pub(super) previous: BTreeMap<String, (RunId, Reading)>,
    pub(super) best: BTreeMap<String, (RunId, Reading)>,
}

impl Standing {
    /// Judges the campaign's gates over `head` against the pinned baseline.
    pub(super) fn new(session: &Session, head: View) -> Result<Self> {
        let baseline = session.pinned("baseline")?;
        let comparison = baseline.as_ref().map(|base| compare(session, base, &head));
        let gates = &session.options.config.gates;
        let previous = recall(session, gates, Reference::Previous, &head)?;
        let best = recall(session, gates, Reference::Best, &head)?;
        let mut standing = Self { head, baseline, comparison, judgement: Judgement::default(), previous, best };
        standing.judgement = judge::judge(gates, &session.options.config.waivers, session.catalogue(), &standing.evidence(&session.today()));
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
        let config = &session.options.config;
        Report::new(&Inputs {
            head: &self.head,
            baseline: self.baseline.as_ref(),
            judgement: &self.judgement,
            comparison: self.comparison.as_ref(),
            campaign: &config.name,
            release: config.release.as_deref(),
            catalogue: session.catalogue(),
        })
    }
}
