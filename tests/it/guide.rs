//! The README and the guide in `docs/` show what the program prints.
//!
//! All pages are walked in one copy of the `riptide` fixture, so that build output stays warm. The README comes first
//! and begins with the workspace as found; every other page begins with the workspace as the README's tour leaves it,
//! except for [`STARTS`].
//!
//! A `console` block is run (`harness/walk.rs`) and a `diff` block is applied. A block with a file name behind its
//! language, as in ` ```toml campaign.toml `, is appended to that file. A `toml` block without one must be a valid
//! `campaign.toml` or attestation file. Other blocks are not run.
//!
//! After a change of the screens, run `cargo test --test it -- --ignored guide::accept` and read the difference.
//! `PAGE=release` restricts it to the pages whose path contains `release`.
use std::fs;

use cargo_campaign::options::config;

use crate::harness::{
    Block, Sandbox, Tree, Walk, blocks, difference, put_back, quoted, repository, tree,
};

/// Where a page starts if not with the workspace that the README's tour leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The workspace as found: one commit, no campaign.
    Found,
    /// As the tour leaves it.
    Tour,
    /// The same with a baseline that an older toolchain measured.
    OlderToolchain,
}

const STARTS: [(&str, Start); 3] = [
    ("README.md", Start::Found),
    ("docs/adopt.md", Start::Found),
    ("docs/toolchain.md", Start::OlderToolchain),
];

/// A page of Markdown.
struct Page {
    /// Relative to the repository.
    path: String,
    text: String,
}

impl Page {
    fn read(path: &str) -> Self {
        let text = fs::read_to_string(repository().join(path))
            .unwrap_or_else(|e| panic!("{path}: {e}"))
            .replace("\r\n", "\n");
        Self {
            path: path.to_owned(),
            text,
        }
    }

    fn start(&self) -> Start {
        STARTS
            .iter()
            .find(|(path, _)| *path == self.path)
            .map_or(Start::Tour, |(_, start)| *start)
    }

    fn is_walked(&self) -> bool {
        blocks(&self.text)
            .iter()
            .any(|block| block.language == "console")
    }
}

/// Returns the README, `CONTRIBUTING.md` and every page below `docs/`, in order.
fn pages() -> Vec<Page> {
    let docs = tree(&repository().join("docs"), &[]);
    let paths = docs.keys().filter(|path| path.ends_with(".md"));
    ["README.md", "CONTRIBUTING.md"]
        .into_iter()
        .map(Page::read)
        .chain(paths.map(|path| Page::read(&format!("docs/{path}"))))
        .collect()
}

/// The workspace that all pages share.
struct Book {
    walk: Walk,
    /// The commit as found.
    found: String,
    /// The commit at the end of the README's tour, and `.campaign/` at that time.
    tour: Option<(String, Tree)>,
}

impl Book {
    fn new() -> Self {
        let sandbox = Sandbox::named("riptide");
        fs::remove_file(sandbox.path("campaign.toml")).expect("the fixture has one");
        sandbox.program(
            "cargo-campaign",
            &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_cargo-campaign")),
        );
        sandbox.git_init();
        sandbox.git(&["tag", "v1.9.0"]);
        let found = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        Self {
            walk: Walk::of(sandbox),
            found,
            tour: None,
        }
    }

    /// Returns the page with every pasted screen as it should be.
    fn walked(&mut self, page: &Page) -> String {
        self.begin(page.start());
        let text = &page.text;
        let mut out = String::new();
        let mut at = 0;
        for block in blocks(text) {
            out.push_str(&text[at..block.at.start]);
            out.push_str(&self.block(&block, &text[block.at.clone()]));
            at = block.at.end;
        }
        if page.path == "README.md" {
            let commit = self.walk.sandbox().git(&["rev-parse", "HEAD"]);
            let store = tree(&self.walk.sandbox().path(".campaign"), &[]);
            self.tour = Some((commit.trim().to_owned(), store));
        }
        out + &text[at..]
    }

    fn block(&mut self, block: &Block, text: &str) -> String {
        if let Some(file) = &block.file {
            self.walk.sandbox().append(file, text);
        }
        match block.language.as_str() {
            "console" => return self.walk.run(text),
            "diff" => self.walk.apply(text),
            _ => {}
        }
        text.to_owned()
    }

    /// Resets the workspace. Build output stays.
    fn begin(&mut self, start: Start) {
        let none = (self.found.clone(), Tree::new());
        let (commit, store) = match start {
            Start::Found => &none,
            _ => self.tour.as_ref().expect("the README is walked first"),
        };
        let sandbox = self.walk.sandbox();
        let campaign = sandbox.path(".campaign");
        if campaign.is_dir() {
            fs::remove_dir_all(&campaign).expect("the sandbox can be written");
        }
        for tag in sandbox.git(&["tag"]).lines().filter(|tag| *tag != "v1.9.0") {
            sandbox.git(&["tag", "-d", tag]);
        }
        // Fails where no page has set it.
        sandbox.output("git", &["config", "--unset-all", "core.hooksPath"]);
        sandbox.git(&["checkout", "-qfB", "main", commit]);
        for branch in sandbox
            .git(&["branch", "--format=%(refname:short)"])
            .lines()
        {
            if branch != "main" {
                sandbox.git(&["branch", "-qD", branch]);
            }
        }
        sandbox.git(&["clean", "-fdq"]);
        put_back(store, &campaign);
        if start == Start::OlderToolchain {
            let pin = sandbox.read(".campaign/baseline.json");
            let rustc = pin
                .split("\"rustc\"")
                .nth(1)
                .and_then(|rest| rest.split('"').nth(1));
            sandbox.edit_pin(
                rustc.expect("the compiler's version"),
                "1.94.1 (e408947bf 2026-03-25)",
            );
            sandbox.commit("campaign: baseline");
        }
    }
}

#[test]
#[cfg_attr(windows, ignore = "paths are shown with the system's own separator")]
fn every_screen_is_what_the_program_prints() {
    let mut book = Book::new();
    let mut differences = String::new();
    for page in pages().iter().filter(|page| page.is_walked()) {
        if let Some(difference) = difference(&book.walked(page), &page.text) {
            let is_news = |line: &&str| !line.starts_with("  ") && !line.ends_with(" ...\n");
            let changed: String = difference.split_inclusive('\n').filter(is_news).collect();
            differences += &format!("{}:\n{changed}\n", page.path);
        }
    }
    assert!(
        differences.is_empty(),
        "pages differ (- page, + the program); see the top of {}\n{differences}",
        file!()
    );
}

#[test]
#[ignore = "rewrites README.md and docs/; read the difference"]
fn accept() {
    let only = std::env::var("PAGE").unwrap_or_default();
    let mut book = Book::new();
    for page in pages().iter().filter(|page| page.is_walked()) {
        if page.path == "README.md" || page.path.contains(&only) {
            let walked = book.walked(page);
            fs::write(repository().join(&page.path), walked).expect("a page can be written");
        }
    }
}

#[test]
fn every_campaign_shown_is_valid() {
    for Page { path, text } in pages() {
        for block in blocks(&text) {
            let shown = &text[block.at.clone()];
            let read = match block.language.as_str() {
                _ if block.file.is_some() => Ok(()),
                "toml" if shown.contains("[[attestation]]") => {
                    config::attestations(&path, shown).map(drop)
                }
                "toml" => config::parse(&path, shown).map(drop),
                _ => Ok(()),
            };
            if let Err(mistakes) = read {
                panic!("{path}: {shown}\n{mistakes:#?}");
            }
        }
    }
}

#[test]
fn readme_is_a_front_page() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(
        lines <= 250,
        "README.md has {lines} lines; the rest belongs into docs/"
    );
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for Page { path, text } in pages() {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = repository().join(folder).join(file);
            let target = if file.is_empty() {
                repository().join(&path)
            } else {
                target
            };
            assert!(target.exists(), "{path}: no {link}");
            if !anchor.is_empty() {
                let page = fs::read_to_string(&target).expect("a page");
                let known = page.lines().filter(|line| line.starts_with('#')).map(slug);
                assert!(
                    known.into_iter().any(|known| known == anchor),
                    "{path}: no {link}"
                );
            }
        }
    }
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let readme = Page::read("README.md").text;
    let campaigns = Page::read("docs/campaigns.md").text;
    for Page { path, .. } in pages().iter().skip(1) {
        let (name, text, link) = match path.strip_prefix("docs/campaigns/") {
            Some(page) => (
                "docs/campaigns.md",
                &campaigns,
                format!("](campaigns/{page})"),
            ),
            None => ("README.md", &readme, format!("]({path})")),
        };
        assert!(text.contains(&link), "{name} does not link {path}");
    }
}

#[test]
fn every_source_file_named_in_a_page_exists() {
    for Page { path, text } in pages() {
        for line in text.lines() {
            for named in quoted(line) {
                let is_ours = ["src/", "tests/it/", "benches/", "fixtures/", ".ci/"]
                    .iter()
                    .any(|start| named.starts_with(start));
                let is_pattern =
                    named.contains(|c: char| c == '*' || c == '<' || c.is_whitespace());
                // A capital word stands for a name: `src/collector/NAME.rs`.
                let is_placeholder = named.contains("NAME");
                if is_ours && !is_pattern && !is_placeholder {
                    let file = named.split("::").next().unwrap_or_default();
                    assert!(repository().join(file).exists(), "{path}: no {file}");
                }
            }
        }
    }
}

/// Returns the anchor that GitHub gives a heading.
fn slug(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
