//! `--dry-run`: the steps of a plan, printed instead of run.

use anyhow::Result;

use super::session::Session;
use crate::ops::Exit;
use crate::plan::{Action, Collector, Invocation, Plan};

/// Prints the steps of a plan with the commands as a person would type them.
pub(super) fn show(session: &Session, plan: &Plan) -> Result<Exit> {
    let mut text = String::new();
    for step in &plan.steps {
        let serves: Vec<&str> = step.serves.iter().map(Collector::name).collect();
        let action = match &step.action {
            Action::Command(invocation) => command(invocation),
            Action::Scan => "(count the sources; no command)".to_owned(),
            Action::Read(files) => format!("(read {}; no command)", files.paths.join(", ")),
            Action::Lint(_) => "(as `cargo campaign changelog lint`)".to_owned(),
        };
        text += &format!("{:<12} {action}\n", step.id);
        text += &format!("{:<12} # for {}\n", "", serves.join(", "));
    }
    for answered in &plan.answered {
        let collector = answered.collector.name();
        text += &format!("{collector:<12} (answered by {})\n", answered.by);
    }
    for missing in &plan.missing {
        let collector = missing.collector.name();
        text += &format!(
            "{collector:<12} (not run: {}; {})\n",
            missing.what, missing.fix
        );
    }
    if text.is_empty() {
        session
            .ui
            .note("nothing to measure: recorded runs are current");
    }
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

/// Returns a command with the variables that are set for it.
fn command(invocation: &Invocation) -> String {
    let variables: String = invocation
        .env
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={} ", value.as_ref()?)))
        .collect();
    variables + &invocation.display()
}
