//! A file that gets a line of JSON for each message.

use super::{Sender, Undelivered};
use crate::notification::{Message, MessageFormat};
use crate::report::notification::body;
use crate::store;

pub(super) fn send(
    sender: &Sender<'_>,
    path: &str,
    format: MessageFormat,
    message: &Message,
) -> Result<(), Undelivered> {
    let line = body(message, format) + "\n";
    // It waits again if this could not be noted after it was written. Only JSON has the id of the message.
    let is_written = format == MessageFormat::Json
        && store::ends_with(sender.root, path, line.as_bytes()).unwrap_or_default();
    if is_written {
        return Ok(());
    }
    store::append_line(sender.root, path, line.as_bytes())
        .map_err(|error| Undelivered::new(error.to_string()))
}
