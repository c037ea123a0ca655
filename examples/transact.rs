//! One edit of many files, to be killed: driven by `tests/it/sweep.rs` (under `strace`) and `tests/it/edits.rs`.
//!
//! `transact bump ROOT` replaces every `1.0.0` by `2.0.0` in the files of ROOT that `bump.list` names, creates `NEW.md` and
//! removes `OLD.md`; `transact die ROOT` does the same and dies when all is staged; `transact recover ROOT` is what every
//! command does first. Exit codes: 0 done, 1 refused or failed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use cargo_campaign::change::Change;
use cargo_campaign::edit;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nothing can be written, nobody reads it.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, root] = &args[..] else {
        bail!("transact bump|die|recover ROOT")
    };
    let root = Path::new(root);
    let journal = root.join(".campaign/journal");
    match what.as_str() {
        "bump" => edit::apply(root, &journal, &changes(root)?).map(drop)?,
        "recover" => edit::recover(root, &journal).map(drop)?,
        "die" => edit::apply_after(root, &journal, &changes(root)?, &mut || {
            std::process::abort()
        })
        .map(drop)?,
        _ => bail!("transact bump|die|recover ROOT"),
    }
    Ok(())
}

fn changes(root: &Path) -> Result<Vec<Change>> {
    let read = |file: &str| {
        fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
    };
    let mut changes = vec![
        Change::create("NEW.md", "2.0.0\n"),
        Change::remove("OLD.md", read("OLD.md")?),
    ];
    for file in read("bump.list")?.lines() {
        let before = read(file)?;
        let after = before.replace("1.0.0", "2.0.0");
        changes.push(Change::edit(file, before, after));
    }
    Ok(changes)
}
