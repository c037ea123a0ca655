//! `--dry-run`: the steps of a plan, printed instead of run.

use anyhow::Result;

use super::session::Session;
use crate::ops::Exit;
use crate::plan::{Action, Collector, FileSet, Invocation, Plan, RegistryIndex};

/// Prints the steps of a plan with the commands as a person would type them.
pub(super) fn show(session: &Session, plan: &Plan) -> Result<Exit> {
    let mut text = String::new();
    for step in &plan.steps {
        let serves: Vec<&str> = step.serves.iter().map(Collector::name).collect();
        let action = match &step.action {
            Action::Command(invocation) => command(invocation),
            Action::Scan => "(count the sources; no command)".to_owned(),
            Action::Read(files) => reading(files),
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

/// Returns the files that are read, and the command that makes cargo ask the registry before.
fn reading(files: &FileSet) -> String {
    let paths = files.paths.join(", ");
    match (&files.index, &files.database) {
        (Some(RegistryIndex::Cache { refresh, .. }), _) => {
            format!("{} (and read {paths} and cargo's cache)", command(refresh))
        }
        (Some(RegistryIndex::Checkout), Some(database)) => {
            format!("(read {paths}, {}; no command)", database.directory)
        }
        _ => format!("(read {paths}; no command)"),
    }
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
