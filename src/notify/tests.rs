//! Channels against receivers that misbehave, on the loopback interface.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::notification::Event;
use crate::tests::Scratch;

/// A part of every address, which must not be seen anywhere.
const SECRET: &str = "s3cr3t-t0ken";

/// The time limit of an attempt that is expected to reach it.
const SHORT: Duration = Duration::from_millis(400);

/// The time limit of any other attempt. No test waits for it.
const LONG: Duration = Duration::from_secs(60);

fn message(title: &str) -> Message {
    Message::example(vec![Event {
        package: Some("core".to_owned()),
        places: Vec::new(),
        ..Event::example(title)
    }])
}

/// Sends a message to a channel with these variables, and returns what was printed.
fn send(
    root: &Path,
    channel: &Channel,
    variables: &[(&str, &str)],
    message: &Message,
    timeout: Duration,
) -> (Result<(), Undelivered>, Vec<String>) {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let printed = RefCell::new(Vec::new());
    let sender = Sender {
        root,
        variable: &|name| variables.get(name).map(|value| (*value).to_owned()),
        print: &|line| printed.borrow_mut().push(format!("{line:?}")),
        cancel: &Cancel::default(),
        timeout,
    };
    let sent = sender.send(channel, MessageFormat::Json, message);
    (sent, printed.into_inner())
}

#[test]
fn message_that_a_file_already_ends_with_is_not_appended_again() {
    let scratch = Scratch::new();
    let channel = Channel::example("file", "alerts.jsonl");
    let send = |title: &str| {
        let (sent, _) = send(scratch.path(), &channel, &[], &message(title), LONG);
        sent.unwrap();
    };
    for (title, lines) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
        send(title);
        let text = fs::read_to_string(scratch.path().join("alerts.jsonl")).unwrap();
        assert_eq!(text.lines().count(), lines, "{title}: {text}");
    }
}

/// What a receiver does with a connection.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    /// Answers with these bytes and closes.
    Answer(&'static str),
    /// Answers with these bytes and never closes.
    Stall(&'static str),
    /// Answers with the first bytes, then repeats the second for ever.
    Endless(&'static str, &'static str),
    /// Closes without an answer.
    Close,
}

/// A receiver and what it received.
struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    /// Command lines of processes, while a request was open, that contain the secret, and the number
    /// of those that are curl's.
    seen: Arc<Mutex<(Vec<String>, usize)>>,
}

impl Receiver {
    /// Starts a receiver that treats each connection as the next behaviour says, and the rest as the
    /// last one.
    fn start(behaviours: &'static [Behaviour]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
            seen: Arc::default(),
        };
        let (requests, seen) = (receiver.requests.clone(), receiver.seen.clone());
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let behaviour = behaviours[number.min(behaviours.len() - 1)];
                let (requests, seen) = (requests.clone(), seen.clone());
                thread::spawn(move || serve(stream, behaviour, &requests, &seen));
            }
        });
        receiver
    }

    fn address(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/services/{SECRET}", self.port)
    }
}

fn serve(
    mut stream: TcpStream,
    behaviour: Behaviour,
    requests: &Mutex<Vec<String>>,
    seen: &Mutex<(Vec<String>, usize)>,
) {
    let request = read_request(&mut stream);
    look_at_processes(&mut seen.lock().unwrap());
    requests.lock().unwrap().push(request);
    match behaviour {
        Behaviour::Answer(bytes) => drop(stream.write_all(bytes.as_bytes())),
        Behaviour::Stall(bytes) => {
            let _ = stream.write_all(bytes.as_bytes());
            // The other side closes.
            let _ = stream.read_to_end(&mut Vec::new());
        }
        Behaviour::Endless(first, rest) => {
            let mut sent = stream.write_all(first.as_bytes());
            while sent.is_ok() {
                sent = stream.write_all(rest.as_bytes());
            }
        }
        Behaviour::Close => {}
    }
}

/// Reads a request with its body. Anything else, as the beginning of TLS, is read once.
fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        let read = stream.read(&mut block).unwrap_or(0);
        bytes.extend(&block[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if read == 0 || !text.starts_with("POST") {
                return text;
            }
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if read == 0 || body.len() >= length {
            return text;
        }
    }
}

fn look_at_processes(seen: &mut (Vec<String>, usize)) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        seen.1 += usize::from(command.starts_with("curl "));
        if command.contains(SECRET) {
            seen.0.push(command);
        }
    }
}

#[test]
fn webhook_survives_receivers_that_misbehave() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const UNAVAILABLE: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    let delivered: Result<(), (&str, Option<i64>)> = Ok(());
    for (behaviours, scheme, timeout, expected) in [
        (&[Behaviour::Answer(OK)][..], "http", LONG, delivered),
        (
            &[Behaviour::Stall("")],
            "http",
            SHORT,
            Err(("no answer in time", None)),
        ),
        (
            &[Behaviour::Answer(
                "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
            )],
            "http",
            LONG,
            Err(("the receiver answered with status 500", None)),
        ),
        (
            // Curl would report a failed connection if it followed.
            &[Behaviour::Answer(
                "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            )],
            "http",
            LONG,
            Err(("the receiver answered with status 307", None)),
        ),
        (
            &[Behaviour::Endless(
                "HTTP/1.1 200 OK\r\n\r\n",
                "more and more and more",
            )],
            "http",
            SHORT,
            delivered,
        ),
        (
            &[Behaviour::Close],
            "http",
            LONG,
            Err(("the receiver gave no answer", None)),
        ),
        (
            &[Behaviour::Answer("no TLS at all\r\n")],
            "https",
            LONG,
            Err(("the TLS connection failed", None)),
        ),
        (
            &[Behaviour::Stall("HTTP/1.1 2")],
            "http",
            SHORT,
            Err(("no answer in time", None)),
        ),
        (
            &[Behaviour::Answer(
                "HTTP/1.1 429 Slow Down\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
            )],
            "http",
            LONG,
            Err(("the receiver answered with status 429", Some(120))),
        ),
        (
            &[Behaviour::Endless(
                "HTTP/1.1 503 Busy\r\nX: ",
                "aaaaaaaaaaaa",
            )],
            "http",
            LONG,
            Err(("the receiver answered with status 503", None)),
        ),
        (
            &[Behaviour::Answer("SSH-2.0-OpenSSH_9.2\r\n")],
            "http",
            LONG,
            Err(("the receiver does not speak HTTP", None)),
        ),
        (
            &[Behaviour::Answer(UNAVAILABLE), Behaviour::Answer(OK)],
            "http",
            LONG,
            Err(("the receiver answered with status 503", None)),
        ),
    ] {
        let receiver = Receiver::start(behaviours);
        let channel = Channel::example("webhook", "HOOK");
        let address = receiver.address(scheme);
        let root = Scratch::new();
        let variables = [("HOOK", address.as_str())];
        let message = message("build.errors: \"3\" \\ {a} [1-3]");
        let (sent, printed) = send(root.path(), &channel, &variables, &message, timeout);

        let found = sent
            .as_ref()
            .map_err(|error| (error.reason.as_str(), error.retry_after));
        assert_eq!(found.copied(), expected, "{behaviours:?}");
        assert!(printed.is_empty() && !format!("{sent:?}").contains(SECRET));
        if behaviours.len() > 1 {
            let (again, _) = send(root.path(), &channel, &variables, &message, timeout);
            assert_eq!(again, Ok(()));
        }
        let (with_secret, curls) = receiver.seen.lock().unwrap().clone();
        assert!(with_secret.is_empty(), "{with_secret:?}");
        assert!(curls > 0 || cfg!(not(target_os = "linux")));
        let requests = receiver.requests.lock().unwrap().clone();
        assert_eq!(requests.len(), behaviours.len(), "{behaviours:?}");
        for request in requests.iter().filter(|_| scheme == "http") {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("\r\nIdempotency-Key: m1\r\n"), "{head}");
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["title"], message.title());
        }
    }
}

#[test]
fn long_message_is_posted_completely() {
    let receiver = Receiver::start(&[Behaviour::Answer(
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    )]);
    let root = Scratch::new();
    let title = "\"long\" \\n ".repeat(30_000);
    let channel = Channel::example("webhook", "HOOK");
    let address = receiver.address("http");
    let variables = [("HOOK", address.as_str())];
    let (sent, _) = send(root.path(), &channel, &variables, &message(&title), LONG);
    assert_eq!(sent, Ok(()));
    let requests = receiver.requests.lock().unwrap();
    let (_, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["title"], title.as_str());
    assert!(receiver.seen.lock().unwrap().0.is_empty());
}

#[test]
fn webhook_without_receiver_or_address_is_not_delivered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = format!("http://127.0.0.1:{port}/{SECRET}");
    let root = Scratch::new();
    for (address, reason) in [
        (refused.as_str(), "no connection"),
        (
            "ftp://127.0.0.1/s3cr3t-t0ken",
            "$HOOK is not an address with https:// or http://",
        ),
        (
            "http://127.0.0.1/\noutput = \"/tmp/x\"",
            "$HOOK is not an address with https:// or http://",
        ),
        ("", "$HOOK is not an address with https:// or http://"),
    ] {
        let channel = Channel::example("webhook", "HOOK");
        let (sent, _) = send(
            root.path(),
            &channel,
            &[("HOOK", address)],
            &message("a"),
            LONG,
        );
        assert_eq!(sent.unwrap_err().reason, reason);
    }
}

/// Writes a shell script and returns its path for `command`.
fn script(root: &Scratch, text: &str) -> Channel {
    root.write("notify.sh", format!("#!/bin/sh\n{text}\n"));
    let path = root.path().join("notify.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Channel::example("command", "./notify.sh")
}

#[test]
fn command_reads_the_message_and_its_facts() {
    let root = Scratch::new();
    let channel = script(
        &root,
        "cat > got; echo \"$CAMPAIGN_EVENT $CAMPAIGN_SEVERITY $CAMPAIGN_PACKAGE $CAMPAIGN_FACT_METRIC $CAMPAIGN_TITLE\" > facts",
    );
    let message = message("a\u{1b}[2J\0\n::error::b");
    let (sent, _) = send(root.path(), &channel, &[], &message, LONG);
    assert_eq!(sent, Ok(()));
    let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    assert_eq!(
        read("facts"),
        "alert.firing critical core build.errors a\u{fffd}[2J\u{fffd} ::error::b\n"
    );
    let got: serde_json::Value = serde_json::from_str(&read("got")).unwrap();
    assert_eq!(got["events"][0]["id"], "e1");
}

#[test]
fn command_that_does_not_read_the_message_is_delivered_if_it_succeeds() {
    let root = Scratch::new();
    // More than a pipe takes.
    let mut long = message("a");
    long.events[0].places.push("a".repeat(1 << 20));
    for text in ["exit 0", "exec 0<&-; exit 0", "head -c 1 > got"] {
        let channel = script(&root, text);
        let (sent, _) = send(root.path(), &channel, &[], &long, LONG);
        assert_eq!(sent, Ok(()), "{text}");
    }
}

#[test]
fn command_that_fails_or_hangs_is_not_delivered() {
    let root = Scratch::new();
    for (text, timeout, reason) in [
        ("exit 3", LONG, "the command ended with 3"),
        // It neither reads nor ends, and neither does its child.
        (
            "sleep 1000 & sleep 1000",
            SHORT,
            "the command took longer than 0.4 s",
        ),
    ] {
        let channel = script(&root, text);
        let (sent, _) = send(root.path(), &channel, &[], &message("a"), timeout);
        assert_eq!(sent.unwrap_err().reason, reason);
    }
    let missing = Channel::example("command", "./missing");
    let (sent, _) = send(root.path(), &missing, &[], &message("a"), LONG);
    assert!(sent.unwrap_err().reason.starts_with("could not start"));
}

#[test]
fn file_gets_a_line_for_each_message() {
    let root = Scratch::new();
    let channel = Channel::example("file", "out.jsonl");
    root.write("out.jsonl", "{\"half of a");
    for title in ["a", "b\nc"] {
        let (sent, _) = send(root.path(), &channel, &[], &message(title), LONG);
        assert_eq!(sent, Ok(()));
    }
    let text = fs::read_to_string(root.path().join("out.jsonl")).unwrap();
    let text = text.strip_prefix("{\"half of a\n").unwrap();
    let titles: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["title"].clone())
        .collect();
    assert_eq!(titles, ["a", "b\nc"]);
    // A link could lead to any file.
    std::os::unix::fs::symlink("out.jsonl", root.path().join("link.jsonl")).unwrap();
    let link = Channel::example("file", "link.jsonl");
    assert!(
        send(root.path(), &link, &[], &message("c"), LONG)
            .0
            .is_err()
    );
}

#[test]
fn channels_without_their_receiver_are_not_available() {
    let root = Scratch::new();
    let webhook = Channel::example("webhook", "HOOK");
    for (channel, variables, available) in [
        (&Channel::example("terminal", ""), &[][..], true),
        (&Channel::example("github", ""), &[], false),
        (
            &Channel::example("github", ""),
            &[("GITHUB_ACTIONS", "true")],
            true,
        ),
        (&webhook, &[], false),
        (&webhook, &[("HOOK", "")], false),
        (&webhook, &[("HOOK", "https://a")], true),
    ] {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let sender = Sender {
            root: root.path(),
            variable: &|name| variables.get(name).map(|value| (*value).to_owned()),
            print: &|_| {},
            cancel: &Cancel::default(),
            timeout: LONG,
        };
        assert_eq!(sender.is_available(channel), available, "{channel:?}");
    }
    let (_, printed) = send(
        root.path(),
        &Channel::example("github", ""),
        &[],
        &message("a%"),
        LONG,
    );
    let annotation = "Annotation(\"::error title=Phase 7%3A alert.firing::a%25\")";
    assert_eq!(printed, [annotation]);
    let (_, printed) = send(
        root.path(),
        &Channel::example("terminal", ""),
        &[],
        &message("a"),
        LONG,
    );
    assert_eq!(printed, ["Alert(Critical, \"a\")"]);
}
