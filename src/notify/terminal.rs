//! Standard error, for people.

use super::{Printed, Sender, Undelivered};
use crate::notification::Message;
use crate::report::notification::lines;

pub(super) fn send(sender: &Sender<'_>, message: &Message) -> Result<(), Undelivered> {
    for (severity, line) in lines(message) {
        (sender.print)(Printed::Alert(severity, &line));
    }
    Ok(())
}
