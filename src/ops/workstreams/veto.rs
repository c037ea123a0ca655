//! Asking the commands of `[[notify]]` with `veto = true` whether a workstream may start.

use std::time::Duration;

use anyhow::Result;

use super::events;
use crate::notification::{Delivery, Message};
use crate::notify::{Sender, command};
use crate::ops::{Context, Exit, Stop};
use crate::options::environment;
use crate::plan::quote;
use crate::workstream::WorkstreamAction;

/// The longest time of a command.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Asks each command. Nothing is asked for a change that is not merged, whose commands are its own.
///
/// # Errors
/// If one does not succeed. Its output is shown as notes.
pub(super) fn ask(cx: &Context, action: &WorkstreamAction) -> Result<()> {
    if cx.is_proposal() {
        return Ok(());
    }
    let event = events::of_action(cx, action, "veto");
    let sender = Sender {
        root: cx.root(),
        variable: &environment::variable,
        print: &|_| {},
        cancel: &cx.cancel,
        timeout: TIMEOUT,
    };
    let message = Message {
        id: event.id.clone(),
        deliver: Delivery::Now,
        campaign: cx.campaign(),
        events: vec![event.clone()],
    };
    let commands = cx.config().notify.iter();
    for one in commands.filter(|one| one.decides(&event)) {
        let Err(refusal) = command::ask(&sender, &one.channel, one.format, &message) else {
            continue;
        };
        let words = one.channel.command().iter().map(|word| quote(word));
        let command = words.collect::<Vec<_>>().join(" ");
        for line in &refusal.output {
            cx.note(line);
        }
        let (id, reason) = (&action.workstream, &refusal.reason);
        let message = format!("`{command}` refuses the start of {id}: {reason}");
        return Err(Stop::new(Exit::Failed, message).into());
    }
    Ok(())
}
