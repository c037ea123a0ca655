//! The facts of the reports and documents of a campaign.

use anyhow::Result;

use super::attest;
use super::plan;
use super::session::Session;
use crate::ops::attestations;
use crate::ops::measure;
use crate::ops::summary;
use crate::ops::workstreams::plan::plan_of;
use crate::ops::workstreams::states;
use crate::report::attestation::AttestationEntry;
use crate::report::facts::{DocumentEntry, ReportFacts};
use crate::report::history::Trend;
use crate::report::kind::ReportPeriod;
use crate::report::plan::PlanPage;
use crate::report::{self, Report};
use crate::store::PinName;
use crate::team_document::TeamDocument;

/// The facts of a period, which ends now.
pub(super) struct Facts {
    /// The values and verdicts, and the progress of the workstreams.
    pub(super) report: Report,
    change: Option<Report>,
    trends: Vec<Trend>,
    runs: usize,
    commits: Option<usize>,
    plan: Option<PlanPage>,
    attestations: Vec<AttestationEntry>,
    documents: Vec<DocumentEntry>,
    commands: Vec<(String, String)>,
    finished: Option<String>,
    start: i64,
    now: i64,
}

impl Facts {
    /// Collects them from recorded runs.
    ///
    /// # Errors
    /// If the attestations, the baseline or the names in gates are not valid.
    pub(super) fn collect(session: &Session, period: ReportPeriod) -> Result<Self> {
        let length = period.length(session.now);
        let period = summary::period(session, length)?;
        let mut report = session.report(&period.now);
        let overview = states::add(session, &period.now, &mut report)?;
        let plan = overview.map(|overview| plan::page(&plan_of(session, overview)));
        let attestations = attestations::list(session)?;
        let config = session.config();
        let finished = session.pinned(PinName::Final)?;
        Ok(Self {
            change: period.change.map(|change| change.report(session)),
            trends: period.trends,
            runs: period.runs,
            commits: period
                .commits
                .and_then(|commits| usize::try_from(commits).ok()),
            plan,
            attestations: attestations.iter().map(attest::entry).collect(),
            documents: config.documents.iter().map(entry).collect(),
            commands: measure::commands_of(session, &report.run),
            finished: finished.map(|pin| day(pin.pinned)),
            start: session.now.saturating_sub_unsigned(length.as_secs()),
            now: session.now,
            report,
        })
    }

    /// Returns what sections are laid out from.
    pub(super) fn shown(&self) -> ReportFacts<'_> {
        ReportFacts {
            report: &self.report,
            change: self.change.as_ref(),
            trends: &self.trends,
            runs: self.runs,
            commits: self.commits,
            plan: self.plan.as_ref(),
            attestations: &self.attestations,
            documents: &self.documents,
            commands: &self.commands,
            finished: self.finished.as_deref(),
            start: self.start,
            now: self.now,
        }
    }
}

/// Returns the entry of a document in an index.
fn entry(document: &TeamDocument) -> DocumentEntry {
    let about = report::kind_of(&document.report).map_or("", |kind| kind.about);
    DocumentEntry {
        path: document.path.clone(),
        purpose: document.purpose.clone().unwrap_or(about.to_owned()),
        audience: document.audience.clone().unwrap_or_default(),
    }
}

/// Returns the day of a time in Unix seconds, in UTC.
fn day(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}
