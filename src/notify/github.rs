//! Annotations of GitHub Actions, which its runner reads from standard error.

use super::{Printed, Sender, Undelivered};
use crate::notification::Message;
use crate::report::notification::annotations;

pub(super) fn send(sender: &Sender<'_>, message: &Message) -> Result<(), Undelivered> {
    for line in annotations(message) {
        (sender.print)(Printed::Annotation(&line));
    }
    Ok(())
}
