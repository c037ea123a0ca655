//! The facts of the reports and documents of a campaign.

use std::time::Duration;

use anyhow::Result;

use super::attest;
use super::plan;
use super::terminal::Terminal;
use crate::ops::Context;
use crate::ops::attestations;
use crate::ops::evaluate::Evaluation;
use crate::ops::measure;
use crate::ops::readiness::{self, Ahead, Measure};
use crate::ops::summary::{self, Period};
use crate::ops::trends;
use crate::ops::workstreams::plan::plan_of;
use crate::ops::workstreams::states;
use crate::report::attestation::AttestationEntry;
use crate::report::facts::{DocumentEntry, ReportFacts};
use crate::report::history::{RecordedHistory, Trend};
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
    pub(super) fn collect(cx: &Context, ui: &Terminal, period: ReportPeriod) -> Result<Self> {
        let length = period.length(cx.now());
        let period = summary::period(cx, length)?;
        let report = period.now.report(cx);
        Self::of(cx, ui, period, length, report)
    }

    /// Collects them with the checks of the release that the campaign leads to, if it names one. Measures nothing.
    ///
    /// # Errors
    /// The same as above, and if cargo cannot read the workspace or HEAD moves meanwhile.
    pub(super) fn collect_for_release(
        cx: &Context,
        ui: &Terminal,
        period: ReportPeriod,
    ) -> Result<Self> {
        let Some(version) = &cx.config().release else {
            return Self::collect(cx, ui, period);
        };
        let length = period.length(cx.now());
        let mut period = summary::period(cx, length)?;
        let ahead = Ahead::default();
        let facts = readiness::facts(cx, &period.now, version, &ahead, Measure::Never)?;
        readiness::add_checks(cx, &mut period.now.judgement, &facts);
        let report = readiness::report(cx, period.now.report(cx), &facts);
        Self::of(cx, ui, period, length, report)
    }

    /// Collects those of the present, without a period before it.
    ///
    /// # Errors
    /// The same as for [`Self::collect`].
    pub(super) fn of_present(cx: &Context, ui: &Terminal, now: Evaluation) -> Result<Self> {
        let report = now.report(cx);
        let period = Period {
            now,
            change: None,
            trends: Vec::new(),
            runs: 0,
            commits: None,
        };
        Self::of(cx, ui, period, Duration::ZERO, report)
    }

    /// Returns the values of all runs for the metrics of gates.
    pub(super) fn history(&self, cx: &Context) -> RecordedHistory {
        let gates = self.report.gates.iter();
        trends::of_metrics(cx, &gates.map(|gate| gate.metric.as_str()).collect())
    }

    fn of(
        cx: &Context,
        ui: &Terminal,
        period: Period,
        length: Duration,
        mut report: Report,
    ) -> Result<Self> {
        ui.repeat_options(&mut report);
        let overview = states::add(cx, &period.now, &mut report)?;
        let plan = overview.map(|overview| plan::page(&cx.campaign(), &plan_of(cx, overview)));
        let attestations = attestations::list(cx)?;
        let config = cx.config();
        let finished = cx.pinned(PinName::Final)?;
        Ok(Self {
            change: period.change.map(|change| change.report(cx)),
            trends: period.trends,
            runs: period.runs,
            commits: period
                .commits
                .and_then(|commits| usize::try_from(commits).ok()),
            plan,
            attestations: attestations.iter().map(attest::entry).collect(),
            documents: config.documents.iter().map(entry).collect(),
            commands: measure::commands_of(cx, &report.run),
            finished: finished.map(|pin| day(pin.pinned)),
            start: cx.now().saturating_sub_unsigned(length.as_secs()),
            now: cx.now(),
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
