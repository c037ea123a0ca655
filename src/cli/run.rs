//! `cargo campaign run [COLLECTOR]...`: measure and record.

use anyhow::Result;

use super::output;
use super::session::Session;
use crate::ops::Context;
use crate::ops::exit::{Exit, Stop};
use crate::ops::measure;
use crate::options::spelling;
use crate::plan::{Action, Collector, Plan};

/// Measure and record
///
/// Without names it runs the collectors that `[collect] default` in campaign.toml names; with names only those. Figures of
/// other collectors stand as they were recorded.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// check, build, test, clippy, bench, fmt, doc, loc, changelog, or one of the campaign's own
    #[arg(value_name = "COLLECTOR")]
    collectors: Vec<String>,
    /// Print the commands, run nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "run")?;
        let collectors = named(session, &self.collectors)?;
        let prepared = measure::prepare(session, &collectors)?;
        if self.dry_run {
            return show(session, &prepared.plan);
        }
        let run = measure::measure_and_show(session, &prepared)?;
        // How to install what is missing was said before it ran, and settings when a step had ended.
        let said = run.plan.lacking.iter().map(|lacking| &lacking.mend);
        let said: Vec<&String> = said
            .chain(run.steps.iter().filter_map(|step| step.cure.as_ref()))
            .collect();
        let is_said = |mend: &&str| run.interrupted || said.iter().any(|said| *said == mend);
        measure::mends(&run)
            .find(|mend| !is_said(mend))
            .iter()
            .for_each(|mend| session.ui.help(mend));
        Ok(measure::exit(&run))
    }
}

/// The collectors of these names; the default ones when there are none.
pub(super) fn named(cx: &Context, names: &[String]) -> Result<Vec<Collector>> {
    let collect = &cx.config().collect;
    if names.is_empty() {
        return Ok(collect.default.clone());
    }
    let own: Vec<&str> = collect.own.iter().map(|own| own.name.as_str()).collect();
    let known: Vec<&str> = Collector::BUILT_IN
        .iter()
        .map(Collector::name)
        .chain(own)
        .collect();
    let read = |name: &String| {
        if known.contains(&name.as_str()) {
            return Ok(Collector::from(name.clone()));
        }
        let help = match spelling::nearest(name, known.iter().copied()) {
            _ if name.split(',').all(|part| known.contains(&part)) => {
                format!("separate names by spaces: {}", name.replace(',', " "))
            }
            Some(guess) => format!("did you mean `{guess}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        Err(
            Stop::new(Exit::Usage, format!("unknown collector `{name}`"))
                .help(help)
                .into(),
        )
    };
    names.iter().map(read).collect()
}

/// Prints what would be run, as a person would type it.
pub(super) fn show(session: &mut Session, plan: &Plan) -> Result<Exit> {
    let mut text = String::new();
    for step in &plan.steps {
        let serves = step
            .serves
            .iter()
            .map(Collector::name)
            .collect::<Vec<_>>()
            .join(", ");
        let what = match &step.action {
            Action::Command(invocation) => {
                let set = |(name, value): (&String, &Option<String>)| {
                    value.as_ref().map(|value| format!("{name}={value} "))
                };
                let env: String = invocation.env.iter().filter_map(set).collect();
                format!("{env}{}", invocation.display())
            }
            Action::Scan => "(count the sources; no command)".to_owned(),
            Action::Lint(_) => "(as `cargo campaign changelog lint`)".to_owned(),
        };
        text.push_str(&format!(
            "{:<12} {what}\n{:<12} # for {serves}\n",
            step.id, ""
        ));
    }
    for answered in &plan.answered {
        text.push_str(&format!(
            "{:<12} (answered by {})\n",
            answered.collector.name(),
            answered.by
        ));
    }
    for lacking in &plan.lacking {
        text.push_str(&format!(
            "{:<12} (not run: {}; {})\n",
            lacking.collector.name(),
            lacking.what,
            lacking.mend
        ));
    }
    if text.is_empty() {
        session
            .ui
            .note("nothing to measure: recorded runs of this tree have all of it");
    }
    session.ui.out(&text)?;
    Ok(Exit::Done)
}
