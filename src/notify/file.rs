//! A file that gets a line of JSON for each message.

use super::{AddressKind, ChannelKind, Sender, Undelivered};
use crate::notification::{Channel, Message, MessageFormat};
use crate::report::notification::body;
use crate::store;

pub(super) const KIND: ChannelKind = ChannelKind {
    key: "file",
    doc: "appends the message as a line of JSON to a file below the root: `.jsonl`, `.json` or `.log`",
    address: AddressKind::File,
    takes_format: true,
    service: None,
    send,
};

fn send(
    sender: &Sender<'_>,
    channel: &Channel,
    format: MessageFormat,
    message: &Message,
) -> Result<(), Undelivered> {
    let path = channel.file().unwrap_or_default();
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
