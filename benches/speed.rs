//! The speed table: each row measures both sides in one run and prints the ratio. Nothing here asserts.
//!
//! `cargo bench --bench speed` prints every row; `cargo bench --bench speed -- cold tests` only those. The workspace of the
//! first rows is generated (members with a few dependencies among each other); `WORKSPACE=path` takes a copy of a real one.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program of its own, for people who measure"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let rows: [(&str, fn(&Path)); 6] =
        [("cold", cold), ("warm", warm), ("gate", gate), ("decode", decode), ("tests", tests), ("status", status)];
    println!("{:<34} {:>9} {:>9} {:>7}   {:>9} {:>9} {:>7}", "", "ours", "theirs", "wall", "ours", "theirs", "CPU");
    for (name, row) in rows {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            let dir = env::temp_dir().join(format!("campaign-speed-{}-{name}", std::process::id()));
            fs::create_dir_all(&dir).unwrap();
            row(&dir);
            fs::remove_dir_all(&dir).unwrap();
        }
    }
}

/// Wall and CPU seconds of a command and its children.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: f64,
    cpu: f64,
}

fn cost(command: &mut Command) -> Cost {
    let (before, clock) = (children_cpu(), Instant::now());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).status().unwrap();
    assert!(status.code().is_some(), "{command:?} died: {status}");
    Cost { wall: clock.elapsed().as_secs_f64(), cpu: children_cpu() - before }
}

#[cfg(unix)]
fn children_cpu() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

#[cfg(not(unix))]
fn children_cpu() -> f64 {
    0.0
}

fn row(name: &str, ours: Cost, theirs: Cost) {
    println!(
        "{name:<34} {:>8.3}s {:>8.3}s {:>7.3}   {:>8.3}s {:>8.3}s {:>7.3}",
        ours.wall,
        theirs.wall,
        ours.wall / theirs.wall,
        ours.cpu,
        theirs.cpu,
        ours.cpu / theirs.cpu
    );
}

/// The median by CPU of several runs.
fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    costs[costs.len() / 2]
}

fn campaign(dir: &Path, target: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-campaign"));
    command.args(args).current_dir(dir).env("CARGO_TARGET_DIR", target);
    clean(&mut command);
    command
}

/// The six commands, one after the other, over the same targets.
const SCRIPT: &str = "\
cargo check --workspace --all-targets
cargo build --workspace
cargo test --workspace --no-fail-fast
cargo clippy --workspace --all-targets
cargo fmt --all --check
cargo doc --workspace --no-deps
true";

fn script(dir: &Path, target: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT]).current_dir(dir).env("CARGO_TARGET_DIR", target);
    clean(&mut command);
    command
}

/// What `cargo bench` put into our environment must not reach either side.
fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST")
            || text == "CARGO_BIN_NAME"
            || text == "CARGO_CRATE_NAME"
        {
            command.env_remove(name);
        }
    }
}

const SIX: [&str; 8] = ["run", "check", "build", "test", "clippy", "fmt", "doc", "--quiet"];

/// Two equal copies of the workspace, one per side, so that neither profits from the other's files.
fn sides(dir: &Path) -> (PathBuf, PathBuf) {
    let (ours, theirs) = (dir.join("ours"), dir.join("theirs"));
    for side in [&ours, &theirs] {
        match env::var_os("WORKSPACE") {
            Some(path) => copy(Path::new(&path), side),
            None => generate(side, 24),
        }
    }
    (ours, theirs)
}

fn cold(dir: &Path) {
    let (ours, theirs) = sides(dir);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..3 {
        let target = |side: &str| dir.join(format!("target-{side}-{round}"));
        a.push(cost(&mut campaign(&ours, &target("ours"), &SIX)));
        b.push(cost(&mut script(&theirs, &target("theirs"))));
        fs::remove_dir_all(target("ours")).unwrap();
        fs::remove_dir_all(target("theirs")).unwrap();
    }
    row("six collectors, cold", median(a), median(b));
}

fn warm(dir: &Path) {
    let (ours, theirs) = sides(dir);
    let (at, bt) = (dir.join("target-ours"), dir.join("target-theirs"));
    cost(&mut campaign(&ours, &at, &SIX));
    cost(&mut script(&theirs, &bt));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        touch(&ours);
        a.push(cost(&mut campaign(&ours, &at, &SIX)));
        touch(&theirs);
        b.push(cost(&mut script(&theirs, &bt)));
    }
    row("the same, a deep member touched", median(a), median(b));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        a.push(cost(&mut campaign(&ours, &at, &SIX)));
        b.push(cost(&mut script(&theirs, &bt)));
    }
    row("the same, nothing to build", median(a), median(b));
}

fn gate(dir: &Path) {
    let (ours, theirs) = sides(dir);
    let (at, bt) = (dir.join("target-ours"), dir.join("target-theirs"));
    cost(&mut campaign(&ours, &at, &["init"]));
    cost(&mut campaign(&ours, &at, &["baseline", "--quiet"]));
    cost(&mut campaign(&ours, &at, &["gate"]));
    cost(&mut script(&theirs, &bt));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        a.push(cost(&mut campaign(&ours, &at, &["gate"])));
        b.push(cost(&mut script(&theirs, &bt)));
    }
    row("gate, nothing changed", median(a), median(b));
    let notes = ours.join("notes");
    fs::create_dir_all(&notes).unwrap();
    for n in 0..10_000 {
        fs::write(notes.join(format!("note-{n}.txt")), format!("note {n}\n")).unwrap();
    }
    cost(&mut campaign(&ours, &at, &["baseline", "--accept", "more files", "--quiet"]));
    cost(&mut campaign(&ours, &at, &["gate"]));
    let a: Vec<_> = (0..9).map(|_| cost(&mut campaign(&ours, &at, &["gate"]))).collect();
    row("gate, nothing changed, 10 000 files", median(a), median(b));
}

fn decode(dir: &Path) {
    let stream = fs::read("fixtures/streams/clippy/stdout").unwrap();
    let text = String::from_utf8(stream).unwrap();
    let body: String = text.lines().filter(|l| !l.contains("build-finished")).fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    });
    let path = dir.join("stream.jsonl");
    let times = 200 * 1024 * 1024 / body.len() + 1;
    fs::write(&path, body.repeat(times)).unwrap();
    let (ours, found) = timed(|| read_ours(&path));
    let (theirs, reference) = timed(|| read_reference(&path));
    row("decoding 200 MB", ours, theirs);
    println!("    {found} events, {reference} messages; peak memory {} MB", peak_megabytes());
}

fn timed<T>(work: impl FnOnce() -> T) -> (Cost, T) {
    let (before, clock) = (own_cpu(), Instant::now());
    let value = work();
    (Cost { wall: clock.elapsed().as_secs_f64(), cpu: own_cpu() - before }, value)
}

#[cfg(unix)]
fn own_cpu() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

#[cfg(not(unix))]
fn own_cpu() -> f64 {
    0.0
}

fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or("VmHWM: 0 kB");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn read_ours(path: &Path) -> u64 {
    use std::io::BufRead as _;
    let names = cargo_campaign::decode::cargo::package_names(path);
    let mut reader = cargo_campaign::decode::cargo::Reader::new(names, Path::new("/ws"));
    let mut input = std::io::BufReader::with_capacity(1 << 16, fs::File::open(path).unwrap());
    let (mut line, mut events) = (Vec::new(), 0);
    while input.read_until(b'\n', &mut line).unwrap() > 0 {
        reader.line(line.trim_ascii_end(), &mut |_| events += 1);
        line.clear();
    }
    events
}

fn read_reference(path: &Path) -> u64 {
    let input = std::io::BufReader::with_capacity(1 << 16, fs::File::open(path).unwrap());
    cargo_metadata::Message::parse_stream(input).filter(Result::is_ok).count() as u64
}

fn tests(dir: &Path) {
    let ws = dir.join("ws");
    fs::create_dir_all(ws.join("src")).unwrap();
    fs::write(
        ws.join("Cargo.toml"),
        "[package]\nname = \"thousand\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\ndoctest = false\n",
    )
    .unwrap();
    let body = (0..1000).fold(String::new(), |mut all, n| {
        let _ = writeln!(all, "#[test]\nfn t{n}() {{}}");
        all
    });
    fs::write(ws.join("src/lib.rs"), body).unwrap();
    let target = dir.join("target");
    let plain = || {
        let mut command = Command::new("cargo");
        command.args(["test", "--workspace", "--no-fail-fast"]).current_dir(&ws).env("CARGO_TARGET_DIR", &target);
        clean(&mut command);
        command
    };
    cost(&mut plain());
    cost(&mut campaign(&ws, &target, &["run", "test", "--quiet"]));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        a.push(cost(&mut campaign(&ws, &target, &["run", "test", "--quiet"])));
        b.push(cost(&mut plain()));
    }
    row("1000 trivial tests", median(a), median(b));
}

fn status(dir: &Path) {
    let (few, many) = (dir.join("few"), dir.join("many"));
    for (ws, runs) in [(&few, 10), (&many, 10_000)] {
        generate(ws, 3);
        let target = dir.join("target");
        cost(&mut campaign(ws, &target, &["init"]));
        cost(&mut campaign(ws, &target, &["baseline", "--quiet"]));
        multiply(&ws.join(".campaign/runs"), runs);
        cost(&mut campaign(ws, &target, &["status"]));
    }
    let target = dir.join("target");
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        a.push(cost(&mut campaign(&many, &target, &["status"])));
        b.push(cost(&mut campaign(&few, &target, &["status"])));
    }
    row("status, 10 000 runs against 10", median(a), median(b));
}

/// Copies the one run file under earlier times until there are `count`.
fn multiply(runs: &Path, count: usize) {
    let mut files = Vec::new();
    walk(runs, &mut |path| files.push(path.to_owned()));
    let original = files.iter().find(|f| f.extension().is_some_and(|e| e == "json")).unwrap();
    let name = original.file_name().unwrap().to_string_lossy().into_owned();
    let hash = name.rsplit('-').next().unwrap();
    for n in 1..count {
        let (month, day, rest) = (1 + n / 1200, 1 + n % 1200 / 43, n % 43);
        let folder = runs.join("2024").join(format!("{month:02}"));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(original, folder.join(format!("2024{month:02}{day:02}-00{rest:02}00-{hash}"))).unwrap();
    }
}

fn walk(dir: &Path, seen: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, seen) } else { seen(&path) }
    }
}

fn touch(ws: &Path) {
    let candidates = ["crates/m0/src/lib.rs", "crates/matcher/src/lib.rs", "src/lib.rs", "src/main.rs"];
    let file = candidates.iter().map(|c| ws.join(c)).find(|p| p.exists()).unwrap();
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("// touched\n");
    fs::write(file, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    let list = Command::new("git").args(["ls-files", "-z"]).current_dir(from).output().unwrap();
    for name in list.stdout.split(|b| *b == 0).filter(|n| !n.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        fs::create_dir_all(to.join(&name).parent().unwrap()).unwrap();
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
    for args in [
        &["init", "-q"][..],
        &["add", "-A"],
        &["-c", "user.name=s", "-c", "user.email=s@localhost", "commit", "-qm", "all"],
    ] {
        Command::new("git").args(args).current_dir(to).status().unwrap();
    }
}

/// A workspace of `n` members: each a library with a few functions, tests, a doctest, and up to three sibling dependencies.
fn generate(ws: &Path, n: usize) {
    for i in 0..n {
        let member = ws.join(format!("crates/m{i}"));
        fs::create_dir_all(member.join("src")).unwrap();
        let deps: Vec<usize> = [1, 3, 7].iter().filter(|d| **d <= i).map(|d| i - d).collect();
        let mut manifest =
            format!("[package]\nname = \"m{i}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n");
        deps.iter().for_each(|d| writeln!(manifest, "m{d} = {{ path = \"../m{d}\" }}").unwrap());
        fs::write(member.join("Cargo.toml"), manifest).unwrap();
        fs::write(member.join("src/lib.rs"), source(i, &deps)).unwrap();
    }
    fs::write(ws.join("Cargo.toml"), "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n").unwrap();
    fs::write(ws.join(".gitignore"), "/target\n").unwrap();
    Command::new("cargo").args(["generate-lockfile", "--offline", "-q"]).current_dir(ws).status().unwrap();
    for args in [
        &["init", "-q"][..],
        &["add", "-A"],
        &["-c", "user.name=s", "-c", "user.email=s@localhost", "commit", "-qm", "all"],
    ] {
        Command::new("git").args(args).current_dir(ws).status().unwrap();
    }
}

fn source(i: usize, deps: &[usize]) -> String {
    let mut text = format!("//! Member {i}.\n\nuse std::collections::BTreeMap;\n");
    for f in 0..30 {
        write!(
            text,
            "\n/// Counts words, variant {f}.\npub fn words{f}(text: &str) -> BTreeMap<String, usize> {{\n    let mut map = BTreeMap::new();\n    \
             for word in text.split_whitespace().filter(|w| w.len() > {f} % 3) {{\n        *map.entry(word.to_lowercase()).or_insert(0) += 1;\n    }}\n    map\n}}\n"
        )
        .unwrap();
    }
    let calls = deps.iter().map(|d| format!("m{d}::total(text)")).collect::<Vec<_>>();
    let sum = if calls.is_empty() { "0".to_owned() } else { calls.join(" + ") };
    write!(
        text,
        "\n/// All words.\n///\n/// ```\n/// assert_eq!(m{i}::words0(\"ab ab\").len(), 1);\n/// ```\npub fn total(text: &str) -> usize {{\n    \
         words0(text).len() + {sum}\n}}\n\n#[cfg(test)]\nmod tests {{\n    use super::*;\n"
    )
    .unwrap();
    for f in 0..10 {
        write!(text, "\n    #[test]\n    fn counts_{f}() {{\n        assert_eq!(words{f}(\"aaaa aaaa bbbb\").len(), 2);\n    }}\n").unwrap();
    }
    text.push_str("}\n");
    text
}
