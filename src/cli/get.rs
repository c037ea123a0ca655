//! `cargo campaign get`: one fact, for scripts.

use anyhow::Result;
use serde_json::json;

use super::output;
use super::session::Session;
use crate::ops::workstreams::states;
use crate::ops::{Exit, Stop, evaluate};
use crate::options::spelling;
use crate::report::fact::{self, Fact};
use crate::report::json::pretty;
use crate::report::workstream::line;

/// Print one fact for a script: of a metric, the baseline, a gate, a workstream, a milestone or a risk
///
/// Works from recorded runs; never starts cargo. The exit code is 3 if the fact has no value.
#[derive(clap::Args, Debug)]
pub(super) struct GetArgs {
    /// The fact: `metric.clippy.warnings`, `baseline.test.passed`, `gate.clippy.new`, `workstream.7.3.status`.
    /// Without it, all keys are listed
    key: Option<String>,
}

impl GetArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let is_json = output::is_json(session)?;
        let evaluation = evaluate::now(session)?;
        let mut report = session.report(&evaluation);
        states::add(session, &evaluation, &mut report)?;
        let Some(key) = self.key else {
            let keys = fact::keys(&report);
            let text = match is_json {
                true => pretty(&json!({ "keys": keys }))?,
                false => keys.iter().map(|key| line(key)).collect(),
            };
            session.ui.out(&text)?;
            return Ok(Exit::Done);
        };
        let found = fact::fact(&report, &key).or_else(|| unmeasured(session, &key));
        let Some(found) = found else {
            let keys = fact::keys(&report);
            let nearest = spelling::nearest(&key, keys.iter().map(String::as_str));
            let stop = Stop::new(Exit::Usage, spelling::unknown("key", &key));
            let help = match nearest {
                Some(nearest) => spelling::did_you_mean(nearest),
                None => "cargo campaign get (lists all keys)".to_owned(),
            };
            return Err(stop.help(help).into());
        };
        let (value, reason) = match &found {
            Fact::Known(value) => (value.clone(), None),
            Fact::Unknown(reason) => (json!(null), Some(reason)),
        };
        if is_json {
            let object = json!({ "key": key, "value": value, "reason": reason });
            session.ui.out(&pretty(&object)?)?;
        } else if reason.is_none() {
            session.ui.out(&line(&fact::text(&value)))?;
        } else if let Some(reason) = reason {
            session.ui.warn(&format!("{key} has no value: {reason}"));
        }
        Ok(match found {
            Fact::Known(_) => Exit::Done,
            Fact::Unknown(_) => Exit::NoVerdict,
        })
    }
}

/// Returns the fact about a metric that exists and that no run has.
fn unmeasured(session: &Session, key: &str) -> Option<Fact> {
    let (kind, name) = key.split_once('.')?;
    let is_metric = matches!(kind, "metric" | "baseline");
    let is_known = is_metric && session.catalogue().get(name).is_some();
    is_known.then(|| Fact::Unknown("it was never measured".to_owned()))
}
