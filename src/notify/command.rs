//! A program of the team, which reads the message from standard input.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{AddressKind, ChannelKind, Sender, Undelivered};
use crate::event::Ending;
use crate::notification::{Channel, Event, Message, MessageFormat};
use crate::plan::{Invocation, Stream};
use crate::process::{self, Job, ProcessEvent};
use crate::report::notification::body;
use crate::text::replace_hostile;

pub(super) const KIND: ChannelKind = ChannelKind {
    key: "command",
    doc: "runs a program with the message as JSON on standard input",
    address: AddressKind::Command,
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
    run(sender, channel, format, message, &mut |_| {})
}

/// Runs the command with a message.
fn run(
    sender: &Sender<'_>,
    channel: &Channel,
    format: MessageFormat,
    message: &Message,
    on_event: &mut dyn FnMut(ProcessEvent<'_>),
) -> Result<(), Undelivered> {
    let Some((program, args)) = channel.command().split_first() else {
        return Err(Undelivered::new("the command is empty"));
    };
    let invocation = Invocation {
        program: program_path(sender.root, program),
        args: args.to_vec(),
        env: variables(message),
        cwd: sender.root.to_owned(),
        stream: Stream::Text,
    };
    let job = Job {
        timeout: Some(sender.timeout),
        input: Some(body(message, format).into_bytes()),
        ..Job::new(&invocation)
    };
    let exit = process::run(&job, sender.cancel, on_event);
    match exit.ending {
        Ending::Exited(0) => Ok(()),
        Ending::Exited(code) => Err(Undelivered::new(format!("the command ended with {code}"))),
        Ending::Signalled(signal) => {
            let reason = format!("the command ended with signal {signal}");
            Err(Undelivered::new(reason))
        }
        Ending::TimedOut => {
            let seconds = sender.timeout.as_secs_f64();
            let reason = format!("the command took longer than {seconds} s");
            Err(Undelivered::new(reason))
        }
        Ending::Interrupted => Err(Undelivered::new("interrupted")),
        Ending::NotStarted(reason) => Err(Undelivered::new(reason)),
    }
}

/// Why a command refuses an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The reason as a fragment: `the command ended with 1`.
    pub(crate) reason: String,
    /// The first lines that it printed, not escaped yet.
    pub(crate) output: Vec<String>,
}

/// Asks the command of a channel whether something may happen.
///
/// # Errors
/// If it does not succeed, for whatever reason.
pub(crate) fn ask(
    sender: &Sender<'_>,
    channel: &Channel,
    format: MessageFormat,
    message: &Message,
) -> Result<(), Refusal> {
    const SHOWN: usize = 20;
    let mut output = Vec::new();
    let sent = run(sender, channel, format, message, &mut |event| {
        if let ProcessEvent::Line(line) | ProcessEvent::Piece(line) = event
            && output.len() < SHOWN
        {
            output.push(String::from_utf8_lossy(line).into_owned());
        }
    });
    sent.map_err(|undelivered| Refusal {
        reason: undelivered.reason,
        output,
    })
}

/// Returns the path of the program. One with a slash is relative to the root.
fn program_path(root: &Path, program: &str) -> PathBuf {
    match program.contains(['/', '\\']) {
        true => root.join(program),
        false => PathBuf::from(program),
    }
}

/// Returns what scripts can read without a JSON parser. The facts are those of a single event.
fn variables(message: &Message) -> BTreeMap<String, Option<String>> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        // Scripts print these values as they are, and some shells interpret escapes such as `\n`.
        let value = replace_hostile(&value.replace(char::is_whitespace, " "));
        variables.insert(format!("CAMPAIGN_{name}"), Some(value));
    };
    set("EVENT", &message.name());
    set("EVENT_ID", &message.id);
    set("SEVERITY", &message.severity().to_string());
    set("TITLE", &message.title());
    set("NAME", &message.campaign);
    if let [Event { facts, package, .. }] = message.events.as_slice() {
        for (name, value) in facts {
            set(&variable_name(name), value);
        }
        if let Some(package) = package {
            set("PACKAGE", package);
        }
    }
    variables
}

fn variable_name(fact: &str) -> String {
    let name = fact.chars().map(|c| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    });
    format!("FACT_{}", name.collect::<String>())
}
