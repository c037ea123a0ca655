//! README does what it says: its tour is walked on a copy of `riptide`, and what is pasted there is what comes.
//!
//! `console` blocks are walks (`harness/walk.rs`), a `diff` block is applied, and `toml` blocks are campaigns (or
//! attestations) without mistakes. Other blocks are not run.
//! After a change of the screens: `cargo test --test it -- --ignored accept`, and read the difference.
use std::fs;

use cargo_campaign::options::config;

use crate::harness::{Block, Sandbox, Walk, blocks, difference, repository};

fn text() -> String {
    fs::read_to_string(repository().join("README.md"))
        .expect("there is a README")
        .replace("\r\n", "\n")
}

/// As the page has it before the first command: the workspace as found, in a repository, without a campaign.
fn begin() -> Walk {
    let sandbox = Sandbox::named("riptide");
    fs::remove_file(sandbox.path("campaign.toml")).expect("the fixture has one");
    sandbox.git_init();
    sandbox.git(&["tag", "v1.9.0"]);
    Walk::of(sandbox)
}

/// README with every pasted screen as it should be.
fn walked(text: &str) -> String {
    let mut walk = begin();
    let mut out = String::new();
    let mut at = 0;
    for Block {
        language,
        at: inside,
    } in blocks(text)
    {
        out.push_str(&text[at..inside.start]);
        let block = &text[inside.clone()];
        match language.as_str() {
            "console" => out.push_str(&walk.run(block)),
            _ => out.push_str(block),
        }
        if language == "diff" {
            walk.apply(block);
        }
        at = inside.end;
    }
    out + &text[at..]
}

#[test]
#[cfg_attr(windows, ignore = "paths are shown with the system's own separator")]
fn every_screen_of_the_tour_is_what_the_program_shows() {
    let text = text();
    if let Some(difference) = difference(&walked(&text), &text) {
        let is_news = |line: &&str| !line.starts_with("  ") && !line.ends_with(" ...\n");
        let changed: String = difference.split_inclusive('\n').filter(is_news).collect();
        panic!(
            "README.md differs (- README, + the program); see the top of {}:\n{changed}",
            file!()
        );
    }
}

#[test]
#[ignore = "rewrites README.md; read the difference"]
fn accept() {
    let text = text();
    fs::write(repository().join("README.md"), walked(&text)).expect("README can be written");
}

#[test]
fn every_campaign_shown_is_one() {
    let text = text();
    for block in blocks(&text)
        .iter()
        .filter(|block| block.language == "toml")
    {
        let shown = &text[block.at.clone()];
        let read = if shown.contains("[[attestation]]") {
            config::attestations("README.md", shown).map(drop)
        } else {
            config::parse("README.md", shown).map(drop)
        };
        if let Err(mistakes) = read {
            panic!("{shown}\n{mistakes:#?}");
        }
    }
}
