//! Annotations of GitHub Actions, which its runner reads from standard error.

use super::{AddressKind, ChannelKind, Printed, Sender, Undelivered};
use crate::notification::Message;
use crate::report::notification::annotations;

pub(super) const KIND: ChannelKind = ChannelKind {
    key: "github",
    doc: "`true` prints annotations of GitHub Actions, only where `GITHUB_ACTIONS` is `true`",
    address: AddressKind::None,
    takes_format: false,
    service: Some("GITHUB_ACTIONS"),
    send: |sender, _, _, message| send(sender, message),
};

fn send(sender: &Sender<'_>, message: &Message) -> Result<(), Undelivered> {
    for line in annotations(message) {
        (sender.print)(Printed::Annotation(&line));
    }
    Ok(())
}
