//! Standard error, for people.

use super::{AddressKind, ChannelKind, Printed, Sender, Undelivered};
use crate::notification::Message;
use crate::report::notification::lines;

pub(super) const KIND: ChannelKind = ChannelKind {
    key: "terminal",
    doc: "`true` prints on standard error",
    address: AddressKind::None,
    takes_format: false,
    service: None,
    send: |sender, _, _, message| send(sender, message),
};

fn send(sender: &Sender<'_>, message: &Message) -> Result<(), Undelivered> {
    for (severity, line) in lines(message) {
        (sender.print)(Printed::Alert(severity, &line));
    }
    Ok(())
}
