//! The speed table of the design, measured: `cargo bench --bench speed` prints every row, `.. -- cold tests` only those.
//!
//! Nothing here asserts a figure: machines differ, and timed tests lie. What makes a row worth reading:
//! - both sides do the same work, in this one process, in turns (ours, theirs, ours, ..), each in a copy of its own;
//! - CPU is user and system time of the process and all that it started, from the kernel (`getrusage`), not from us;
//! - shown are the medians of each side, and the median of the ratios of neighbours: a machine that slows down slows both.
//!
//! | row | ours | theirs |
//! |---|---|---|
//! | `cold`, `touched`, `nothing` | `baseline` with six collectors | the six cargo commands, one after the other, in a shell |
//! | `gate` | `gate` when nothing changed | the same script with nothing to build |
//! | `decode` | the reader that the driver uses, every event built | `cargo_metadata::Message::parse_stream` |
//! | `tests` | `run test` | `cargo test` |
//! | `status` | `status` with 10 000 runs in the store | with 10 |
//! | `bump` | `bump` of 500 crates, proved to resolve | `cargo set-version --workspace`, where it is installed |
//! | `changelog` | `changelog draft` of 5 000 commits for every crate | `git-cliff` over them once; once for each crate |
//! | `memory` | peak memory while children print 100 MB | |
//!
//! The workspace of the first two is generated; `WORKSPACE=path` takes a copy of a real one and `TOUCH=file` says which of
//! its files is the deep one. `STREAM=file` decodes a recording of one's own, `HISTORY=path` drafts from a
//! copy of a real repository. `ROUNDS=n` changes how often.
#![expect(clippy::print_stdout, reason = "it prints")]

mod bump;
mod changelog;
mod cost;
mod decode;
mod gate;
mod memory;
mod six;
mod status;
mod tests;
mod workspace;

use std::path::{Path, PathBuf};

/// A row (or a few that share their preparation) by the name that selects it.
type Row = (&'static str, fn(&Path));

const ROWS: [Row; 9] = [
    ("cold", six::cold),
    ("warm", six::warm),
    ("gate", gate::gate),
    ("decode", decode::decode),
    ("tests", tests::tests),
    ("status", status::status),
    ("bump", bump::bump),
    ("changelog", changelog::changelog),
    ("memory", memory::memory),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, rest @ ..] = args.as_slice()
        && word == decode::PASS
    {
        return decode::pass(rest);
    }
    if !args.iter().any(|arg| arg == "--bench") {
        return println!("not measured: cargo bench --bench speed"); // `cargo test --all-targets` comes here
    }
    let wanted: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    cost::heading();
    for (name, row) in ROWS
        .iter()
        .filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        let scratch = Scratch::new(name);
        row(&scratch.0);
    }
}

/// A folder of the row's own, removed with all that was built in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir =
            std::env::temp_dir().join(format!("campaign-speed-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("the folder for temporary files can be written");
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
