//! An address that messages are posted to.

use super::post::post;
use super::{AddressKind, ChannelKind, Sender, Undelivered};
use crate::notification::{Channel, Message, MessageFormat};
use crate::report::notification::body;

pub(super) const KIND: ChannelKind = ChannelKind {
    key: "webhook",
    doc: "posts the message with the `curl` of the machine",
    address: AddressKind::Variable,
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
    let headers = ["Content-Type: application/json"];
    post(
        sender,
        channel,
        &headers,
        body(message, format),
        &message.id,
    )
}
