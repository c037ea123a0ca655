//! Posts a text to an address in an environment variable, with the `curl` of the machine.
//!
//! Address and text are part of curl's configuration, which it reads from standard input, so that
//! they appear in no list of processes. Redirects are not followed, the answer is thrown away, and
//! curl's own error messages are not passed on, because they can contain the address.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{Sender, Undelivered};
use crate::event::Ending;
use crate::notification::Channel;
use crate::plan::{Invocation, Stream};
use crate::process::temp_dir::TempDir;
use crate::process::{self, Job, ProcessEvent};
use crate::store;

/// How long curl may take beyond its own limit before it is ended.
const GRACE: Duration = Duration::from_secs(2);

/// The longest time that a receiver can ask for before the next attempt, in seconds.
const LONGEST_RETRY_AFTER: i64 = 24 * 3600;

/// The largest number of bytes of an answer.
const ANSWER: u32 = 64 << 10;

/// The largest number of bytes of a message in curl's configuration. Some versions refuse lines of more than
/// 100 KB.
const LONGEST_LINE: usize = 60_000;

/// The name of the file with a longer message.
const BODY: &str = "message";

/// The statuses by which a receiver refuses the content of a message, as RFC 9110 defines them: bad request,
/// content too large, unsupported media type, unprocessable content.
const REJECTED: [u16; 4] = [400, 413, 415, 422];

/// Tries once to post a text with these headers to the address in the variable of a channel. `id` is
/// equal for every attempt, so that the receiver recognizes repetitions.
///
/// # Errors
/// If the receiver did not accept it.
pub(super) fn post(
    sender: &Sender<'_>,
    channel: &Channel,
    headers: &[&str],
    body: String,
    id: &str,
) -> Result<(), Undelivered> {
    let variable = channel.variable().unwrap_or_default();
    let address = (sender.variable)(variable).unwrap_or_default();
    // A secret that was read from a file often ends with a line end.
    let address = address.trim();
    if !is_address(address) {
        let reason = format!("${variable} is not an address with https:// or http://");
        return Err(Undelivered::new(reason));
    }
    let invocation = Invocation {
        program: PathBuf::from("curl"),
        // `-q` comes first and keeps curl from reading `.curlrc`, which could change any option.
        args: vec!["-q".to_owned(), "--config".to_owned(), "-".to_owned()],
        // The variable is of no use to curl, and others can read the environment of a process.
        env: BTreeMap::from([(variable.to_owned(), None)]),
        cwd: sender.root.to_owned(),
        stream: Stream::Text,
    };
    let file = file(&body).map_err(|error| {
        Undelivered::new(format!("could not write a long message to a file: {error}"))
    })?;
    let content = match &file {
        None => ("data-raw", body),
        Some(dir) => (
            "data-binary",
            format!("@{}", dir.path().join(BODY).display()),
        ),
    };
    let configuration = configuration(sender, address, headers, content, id);
    let job = Job {
        timeout: Some(sender.timeout + GRACE),
        input: Some(configuration.into_bytes()),
        ..Job::new(&invocation)
    };
    let mut answer = String::new();
    let exit = process::run(&job, sender.cancel, &mut |event| {
        if let ProcessEvent::Line(line) = event {
            answer = String::from_utf8_lossy(line).into_owned();
        }
    });
    verdict(&exit.ending, &answer)
}

/// Writes a message that is too long for curl's configuration to a file in a temporary directory that only
/// this user can read. `None` if it is not too long.
fn file(body: &str) -> Result<Option<TempDir>, String> {
    if body.len() <= LONGEST_LINE {
        return Ok(None);
    }
    let dir = TempDir::new().map_err(|error| error.to_string())?;
    store::create_new(&dir.path().join(BODY), body.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(Some(dir))
}

/// Returns whether a text can be an address.
fn is_address(text: &str) -> bool {
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    has_scheme && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Returns curl's configuration.
fn configuration(
    sender: &Sender<'_>,
    address: &str,
    headers: &[&str],
    content: (&str, String),
    id: &str,
) -> String {
    let seconds = sender.timeout.as_secs_f64();
    let discard = match cfg!(windows) {
        true => "NUL",
        false => "/dev/null",
    };
    let options = [
        ("url", address.to_owned()),
        ("request", "POST".to_owned()),
        ("header", format!("Idempotency-Key: {id}")),
        // Without this, curl waits for the permission to send a long body.
        ("header", "Expect:".to_owned()),
        (
            "user-agent",
            concat!("cargo-campaign/", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        content,
        ("proto", "=https,http".to_owned()),
        ("max-redirs", "0".to_owned()),
        ("max-time", seconds.to_string()),
        ("connect-timeout", (seconds / 2.0).to_string()),
        ("max-filesize", ANSWER.to_string()),
        ("output", discard.to_owned()),
        (
            "write-out",
            "\\n%{http_code} %header{retry-after}\\n".to_owned(),
        ),
    ];
    let headers = headers
        .iter()
        .map(|header| ("header", (*header).to_owned()));
    let lines = options.into_iter().chain(headers);
    let lines = lines.map(|(name, value)| match name {
        // curl reads the escape of a line end in this value itself.
        "write-out" => format!("{name} = \"{value}\"\n"),
        _ => format!("{name} = {}\n", quoted(&value)),
    });
    // Globbing would give a meaning to brackets and braces in the address.
    "silent\ngloboff\n".to_owned() + &lines.collect::<String>()
}

/// Returns a value for curl's configuration.
fn quoted(value: &str) -> String {
    let mut quoted = String::from('"');
    for c in value.chars() {
        match c {
            '\\' | '"' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Decides whether a message was delivered, from the status and headers that curl printed last.
fn verdict(ending: &Ending, answer: &str) -> Result<(), Undelivered> {
    let mut words = answer.split_whitespace();
    let status: u16 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let retry_after = words
        .next()
        .and_then(|word| word.parse().ok())
        .map(|seconds: i64| seconds.clamp(0, LONGEST_RETRY_AFTER));
    match (status, ending) {
        // The receiver has accepted the message, even if its answer is too long or never ends.
        (200..=299, Ending::Exited(_)) => Ok(()),
        (1.., Ending::Exited(_)) => Err(Undelivered {
            reason: format!("the receiver answered with status {status}"),
            retry_after,
            is_rejected: REJECTED.contains(&status),
        }),
        (_, Ending::Exited(code)) => Err(Undelivered::new(reason(*code))),
        (_, Ending::NotStarted(_)) => Err(Undelivered::new("curl could not be started")),
        (_, Ending::Interrupted) => Err(Undelivered::new("interrupted")),
        (_, Ending::TimedOut | Ending::Signalled(_)) => Err(Undelivered::new("curl did not end")),
    }
}

/// Returns the meaning of curl's exit code.
fn reason(code: i32) -> String {
    let reason = match code {
        3 => "the address is malformed",
        5 | 6 => "the host was not found",
        7 => "no connection",
        28 => "no answer in time",
        35 | 51 | 53 | 54 | 58 | 59 | 60 | 64 | 66 | 77 | 80 | 82 | 83 | 90 | 91 => {
            "the TLS connection failed"
        }
        52 => "the receiver gave no answer",
        55 | 56 => "the connection was closed",
        1 | 8 | 16 | 92 => "the receiver does not speak HTTP",
        other => return format!("curl ended with {other}"),
    };
    reason.to_owned()
}
