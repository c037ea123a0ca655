//! Cargo's message stream, decoded by us and by `cargo_metadata`.
//!
//! Each pass is a process of its own (this program again), so that CPU and peak memory are the side's alone. Both read
//! the same file through the same buffer, build every message and drop it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it starts itself and reports to itself"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cargo_campaign::decode::cargo::CargoReader;
use cargo_campaign::workspace::{Member, Workspace};
use cargo_metadata::Message;

use super::cost::{Cost, Sides, note, rounds, stopped};

/// First argument of a pass.
pub(crate) const PASS: &str = "decode-pass";

/// Bytes of the stream, and of the one that memory is compared with.
const LARGE: usize = 200 << 20;
const SMALL: usize = 2 << 20;

/// The recorded streams of this repository over and over, or `STREAM`.
pub(crate) fn decode(dir: &Path) {
    let body = recording();
    let members = members(&body);
    let [large, small] = [LARGE, SMALL].map(|size| {
        let path = dir.join(format!("{size}.jsonl"));
        fs::write(&path, body.repeat(size / body.len() + 1)).expect("the folder can be written");
        path
    });
    let sides = Sides::in_turns(
        rounds(5),
        |_| timed("ours", &large, &members).0,
        |_| timed("theirs", &large, &[]).0,
    );
    sides.print("decoding a stream of 200 MB", "<= 0.40 CPU (2.5 x)");
    for side in ["ours", "theirs"] {
        let [of_large, of_small] = [&large, &small].map(|path| timed(side, path, &members).1);
        note(&format!("{side}: {of_large}; of 2 MB: {of_small}"));
    }
}

/// Cargo's own messages of the recording, without the end of the build: after it nothing is read as cargo's.
fn recording() -> String {
    let streams = match std::env::var_os("STREAM") {
        Some(file) => vec![Path::new(&file).to_owned()],
        None => ["clippy", "macros", "broken"]
            .map(|s| format!("fixtures/streams/{s}/stdout.jsonl").into())
            .to_vec(),
    };
    let read = |path| {
        String::from_utf8_lossy(&fs::read(path).expect("the recording is there")).into_owned()
    };
    let text: String = streams.into_iter().map(read).collect();
    let cargos = |line: &&str| {
        line.starts_with("{\"reason\":\"compiler-") || line.starts_with("{\"reason\":\"build-s")
    };
    text.lines()
        .filter(cargos)
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// A pass in a process of its own; what it cost, and what it says of itself.
fn timed(side: &str, path: &Path, members: &[String]) -> (Cost, String) {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command
        .args([PASS, side])
        .arg(path)
        .args(members)
        .stderr(Stdio::inherit());
    stopped(|| {
        String::from_utf8_lossy(&command.output().expect("this program starts").stdout)
            .trim()
            .to_owned()
    })
}

/// What such a process does.
pub(crate) fn pass(args: &[String]) {
    let [side, path, members @ ..] = args else {
        return;
    };
    let count = if side == "ours" {
        ours(Path::new(path), members)
    } else {
        theirs(Path::new(path))
    };
    println!("{count}, peak {:.1} MB", peak(Path::new("/proc/self")));
}

fn open(path: &Path) -> BufReader<File> {
    BufReader::with_capacity(1 << 16, File::open(path).expect("the stream is there"))
}

/// Every package with a diagnostic is a member: nothing is passed over.
fn ours(path: &Path, members: &[String]) -> String {
    let members = members.iter().map(|id| Member {
        id: id.clone(),
        name: id.clone(),
        ..Member::default()
    });
    let mut reader = CargoReader::new(&Workspace {
        root: "/ws".into(),
        members: members.collect(),
        ..Workspace::default()
    });
    let (mut input, mut line, mut events) = (open(path), Vec::new(), 0_u64);
    while input
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        reader.line(line.strip_suffix(b"\n").unwrap_or(&line), &mut |_| {
            events += 1
        });
        line.clear();
    }
    format!("{events} events, odd {:?}", reader.odd())
}

fn theirs(path: &Path) -> String {
    let (mut messages, mut other) = (0_u64, 0_u64);
    for message in Message::parse_stream(open(path)) {
        let text = !matches!(message, Ok(message) if !matches!(message, Message::TextLine(_)));
        *if text { &mut other } else { &mut messages } += 1;
    }
    format!("{messages} messages, {other} other lines")
}

/// Ids of the packages that diagnostics are of.
fn members(body: &str) -> Vec<String> {
    let id = |line: &str| {
        Some(
            line.split_once("\"package_id\":\"")?
                .1
                .split_once('"')?
                .0
                .to_owned(),
        )
    };
    let messages = body
        .lines()
        .filter(|line| line.starts_with("{\"reason\":\"compiler-message"));
    messages
        .filter_map(id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Megabytes that a process has used at most; zero where the system does not tell.
pub(crate) fn peak(process: &Path) -> f64 {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}
