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
    store::append_line(sender.root, path, line.as_bytes())
        .map_err(|error| Undelivered::new(error.to_string()))
}
