//! Writes shell completions and manual pages for packages of the program.
//!
//! `cargo run --example completions -- DIR` writes `DIR/completions/` (bash, elvish, fish, PowerShell,
//! zsh) and `DIR/man/` (one page per command), both made from the definitions of the command line.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_campaign::cli;
use clap::ValueEnum;
use clap_complete::Shell;

/// The executable. Cargo runs it as `cargo campaign`.
const NAME: &str = "cargo-campaign";

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [dir] = &args[..] else {
        bail!("usage: cargo run --example completions -- DIR");
    };
    let (completions, man) = (
        Path::new(dir).join("completions"),
        Path::new(dir).join("man"),
    );
    for dir in [&completions, &man] {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    }
    for shell in Shell::value_variants() {
        clap_complete::generate_to(
            *shell,
            &mut cli::parser().name(NAME).bin_name(NAME),
            NAME,
            &completions,
        )?;
    }
    clap_mangen::generate_to(cli::parser().name(NAME), &man)?;
    Ok(())
}
