//! Do findings keep their identity while code moves? Measures consecutive commits of a repository and compares them.
//!
//! ```text
//! cargo run --release --example replay-findings -- REPOSITORY COMMITS [FOLDER]
//! ```
//!
//! The last COMMITS commits (first parents) are checked out one after the other in a worktree in FOLDER (default: a
//! temporary one, removed in the end), in each `cargo campaign run clippy` measures with clippy's pedantic and nursery
//! lints on, and the recorded runs are compared with the run before and with one [`OLD`] commits older: by content alone,
//! and with git's line map. Runs in FOLDER are not measured again. Commits that do not compile are skipped and counted.
//!
//! The truth is git's: where a lint stood in the base on a line that `git diff -M` maps unchanged, and stands there in the
//! head, it must be neither `new` nor `fixed`. The map itself is held against the text of both sides. Ends with 1 when
//! anything was told wrongly.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program of its own, for people who measure"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use cargo_campaign::cli;
use cargo_campaign::git::Git;
use cargo_campaign::judge::{self, LineMap};
use cargo_campaign::plan::Collector;
use cargo_campaign::run::{Run, View};
use cargo_campaign::snapshot::{Changes, Finding};
use cargo_campaign::store::Store;

/// Commits between a baseline and the head that is held against it.
const OLD: usize = 24;

const CONFIG: &str =
    "[collect.clippy]\nargs = [\"--\", \"-Wclippy::pedantic\", \"-Wclippy::nursery\"]\n";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let (Some(repository), Some(Ok(count))) =
        (args.first(), args.get(1).map(|n| n.parse::<usize>()))
    else {
        println!("replay-findings REPOSITORY COMMITS [FOLDER]");
        return ExitCode::from(2);
    };
    let kept = args.get(2).map(PathBuf::from);
    let folder = kept
        .clone()
        .unwrap_or_else(|| env::temp_dir().join(format!("campaign-replay-{}", std::process::id())));
    let place = Place::new(Path::new(repository), &folder);
    let wrong = replay(&place, count);
    if kept.is_none() {
        git(
            &place.repository,
            &[
                "worktree",
                "remove",
                "--force",
                place.tree.to_str().unwrap(),
            ],
        );
        fs::remove_dir_all(&folder).unwrap();
    }
    ExitCode::from(u8::from(wrong))
}

/// Where commits are checked out and measured.
struct Place {
    repository: PathBuf,
    tree: PathBuf,
    config: PathBuf,
}

impl Place {
    fn new(repository: &Path, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let place = Self {
            repository: repository.to_owned(),
            tree: folder.join("tree"),
            config: folder.join("replay.toml"),
        };
        fs::write(&place.config, CONFIG).unwrap();
        if !place.tree.exists() {
            git(
                repository,
                &[
                    "worktree",
                    "add",
                    "--quiet",
                    "--detach",
                    place.tree.to_str().unwrap(),
                ],
            );
        }
        place
    }

    /// The run of a commit, which is checked out; `None` when it does not compile.
    fn measure(&self, commit: &str) -> Option<Run> {
        git(
            &self.tree,
            &["checkout", "--quiet", "--force", "--detach", commit],
        );
        let store = Store::open(&self.tree);
        let known = || {
            store
                .heads()
                .find(|head| head.commit.as_deref() == Some(commit) && !head.interrupted)
        };
        let head = known().or_else(|| {
            let args =
                ["cargo-campaign", "run", "clippy", "--quiet", "--config"].map(OsString::from);
            let manifest = self.tree.join("Cargo.toml");
            let paths = [
                self.config.clone().into(),
                "--manifest-path".into(),
                manifest.into(),
            ];
            cli::main(&args.into_iter().chain(paths).collect::<Vec<_>>());
            known()
        })?;
        store.load(&head.id).ok().filter(Run::is_whole)
    }
}

/// Measures and compares; was anything told wrongly?
fn replay(place: &Place, count: usize) -> bool {
    let list = git(
        &place.repository,
        &[
            "rev-list",
            "--first-parent",
            "-n",
            &count.to_string(),
            "HEAD",
        ],
    );
    let mut views: Vec<View> = Vec::new();
    let mut totals = [1, OLD].map(|back| (back, Totals::default()));
    let mut skipped = 0;
    println!(
        "{:<8} {:<8}  {:>8}  {}  with git's lines:",
        "base",
        "head",
        "findings",
        Tally::HEADING
    );
    for commit in list.lines().rev() {
        let Some(run) = place.measure(commit) else {
            skipped += 1;
            println!("{:<8} {commit:.8}  does not compile", "");
            continue;
        };
        let head = view(run);
        for (back, totals) in &mut totals {
            if let Some(base) = views.len().checked_sub(*back).map(|at| &views[at]) {
                totals.add(place, base, &head);
            }
        }
        views.push(head);
    }
    println!(
        "\n{} commits, {} measured, {skipped} skipped",
        list.lines().count(),
        views.len()
    );
    for (back, totals) in &totals {
        totals.tell(*back);
    }
    totals.iter().any(|(_, totals)| totals.wrong())
}

/// A run by itself.
fn view(run: Run) -> View {
    let sources = run
        .plan
        .settings
        .keys()
        .filter_map(|collector| Some((collector.clone(), run.id.clone()?)))
        .collect();
    View {
        run: run.id,
        started: run.started,
        provenance: run.provenance,
        snapshot: run.snapshot,
        sources,
        ..View::default()
    }
}

/// All comparisons of one kind.
#[derive(Default)]
struct Totals {
    pairs: usize,
    refused: usize,
    findings: usize,
    /// By content alone, and with the line map.
    tallies: [Tally; 2],
    lines: usize,
    /// Lines that the map calls unchanged and that are not equal.
    unlike: usize,
}

impl Totals {
    fn add(&mut self, place: &Place, base: &View, head: &View) {
        let [from, to] = [base, head].map(|view| view.provenance.commit.as_deref().unwrap());
        let lines = Git::at(&place.tree)
            .diff_lines(from, Some(to), &place.tree)
            .unwrap();
        let truth = Truth::new(place, from, &lines, base, head);
        let compared = [None, Some(&lines)].map(|lines| judge::compare(base, head, lines));
        self.pairs += 1;
        self.refused += usize::from(
            compared[0]
                .refused
                .contains_key(&Collector::named("clippy")),
        );
        self.lines += truth.unchanged.len();
        self.unlike += truth.unlike;
        self.findings += head.snapshot.findings.len();
        let tallies = compared.map(|comparison| truth.tally(&comparison.findings));
        for (sum, tally) in self.tallies.iter_mut().zip(&tallies) {
            sum.add(tally);
        }
        let findings = head.snapshot.findings.len();
        println!(
            "{from:.8} {to:.8}  {findings:>8}  {}  {}",
            tallies[0].row(),
            tallies[1].row()
        );
        tallies
            .iter()
            .flat_map(|tally| &tally.wrong)
            .for_each(|place| println!("    {place}"));
    }

    fn tell(&self, back: usize) {
        let share = |count: usize| 100.0 * count as f64 / self.findings.max(1) as f64;
        println!(
            "\nagainst {back} older: {} pairs, {} refused, {} findings",
            self.pairs, self.refused, self.findings
        );
        println!(
            "  {} lines mapped unchanged in changed files, {} of them unlike",
            self.lines, self.unlike
        );
        println!("  {:<18}{}", "", Tally::HEADING);
        for (name, tally) in ["by content", "with git's lines"].iter().zip(&self.tallies) {
            println!(
                "  {name:<18}{}   false new {:.3} %",
                tally.row(),
                share(tally.false_new)
            );
        }
    }

    fn wrong(&self) -> bool {
        self.unlike > 0 || self.tallies.iter().any(|t| t.false_new + t.false_fixed > 0)
    }
}

/// What a comparison said, in numbers.
#[derive(Default)]
struct Tally {
    new: usize,
    fixed: usize,
    changed: usize,
    moved: usize,
    /// New though the base has this lint on this unchanged line.
    false_new: usize,
    /// Fixed though the head has it.
    false_fixed: usize,
    /// New on an unchanged line where the base has no such lint: something elsewhere caused it.
    caused: usize,
    /// `changed` though it stands on an unchanged line on both sides.
    false_changed: usize,
    /// Places of what was told wrongly.
    wrong: Vec<String>,
}

impl Tally {
    const HEADING: &str = "     new   fixed changed   moved f.new f.fixed f.chngd  caused";

    fn row(&self) -> String {
        let Self {
            new,
            fixed,
            changed,
            moved,
            false_new,
            false_fixed,
            caused,
            false_changed,
            ..
        } = self;
        format!(
            "{new:>8}{fixed:>8}{changed:>8}{moved:>8}{false_new:>6}{false_fixed:>8}{false_changed:>8}{caused:>8}"
        )
    }

    fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.fixed += other.fixed;
        self.changed += other.changed;
        self.moved += other.moved;
        self.false_new += other.false_new;
        self.false_fixed += other.false_fixed;
        self.caused += other.caused;
        self.false_changed += other.false_changed;
    }
}

/// A lint on a line of the head.
type Spot = (String, String, u32);

/// What git says of two commits.
struct Truth<'a> {
    lines: &'a LineMap,
    /// How often each lint stands on a line: of the base where it is unchanged, and of the head.
    base: BTreeMap<Spot, usize>,
    head: BTreeMap<Spot, usize>,
    /// Lines of the head, in changed files, that the base has too.
    unchanged: BTreeSet<(String, u32)>,
    /// Files that the base has and the map does not name.
    untouched: BTreeSet<String>,
    unlike: usize,
}

impl<'a> Truth<'a> {
    fn new(place: &Place, commit: &str, lines: &'a LineMap, base: &View, head: &View) -> Self {
        let names = git(&place.tree, &["ls-tree", "-r", "--name-only", commit]);
        let untouched = names
            .lines()
            .filter(|name| !lines.files.contains_key(*name))
            .map(str::to_owned)
            .collect();
        let mut truth = Self {
            lines,
            base: BTreeMap::new(),
            head: BTreeMap::new(),
            unchanged: BTreeSet::new(),
            untouched,
            unlike: 0,
        };
        for file in lines.files.keys().filter(|file| file.ends_with(".rs")) {
            truth.follow(place, commit, file);
        }
        truth.base = count(
            base.snapshot
                .findings
                .iter()
                .filter_map(|finding| truth.in_head(finding)),
        );
        truth.head = count(head.snapshot.findings.iter().map(spot));
        truth
    }

    /// Follows each line of a changed file and compares the text.
    fn follow(&mut self, place: &Place, commit: &str, file: &str) {
        let before = git(&place.tree, &["show", &format!("{commit}:{file}")]);
        let to = self.lines.files[file].to.clone().unwrap_or_default();
        let after = fs::read(place.tree.join(&to)).unwrap_or_default();
        let after = String::from_utf8_lossy(&after).into_owned();
        let after: Vec<&str> = after.lines().collect();
        for (number, line) in (1..).zip(before.lines()) {
            if let Some((file, at)) = self.lines.head(file, number) {
                self.unlike += usize::from(after.get(at as usize - 1) != Some(&line));
                self.unchanged.insert((file, at));
            }
        }
    }

    /// Where a finding of the base stands in the head, when its line is unchanged.
    fn in_head(&self, finding: &Finding) -> Option<Spot> {
        let (file, line) = self.lines.head(&finding.file, finding.line)?;
        Some((finding.code.clone(), file, line))
    }

    fn tally(&self, changes: &Changes) -> Tally {
        let new = count(changes.new.iter().map(spot));
        let fixed = count(
            changes
                .fixed
                .iter()
                .filter_map(|finding| self.in_head(finding)),
        );
        let of = |all: &BTreeMap<Spot, usize>, spot: &Spot| all.get(spot).copied().unwrap_or(0);
        let (mut false_new, mut caused, mut false_fixed) = (0, 0, 0);
        let mut wrong = Vec::new();
        for (spot, told) in &new {
            let truly = of(&self.head, spot).saturating_sub(of(&self.base, spot));
            false_new += told.saturating_sub(truly);
            wrong.extend(
                (*told > truly).then(|| format!("not new: {} {}:{}", spot.0, spot.1, spot.2)),
            );
            caused += if self.is_unchanged(spot) {
                truly.min(*told)
            } else {
                0
            };
        }
        for (spot, told) in &fixed {
            let truly = of(&self.base, spot).saturating_sub(of(&self.head, spot));
            false_fixed += told.saturating_sub(truly);
            wrong.extend(
                (*told > truly).then(|| format!("not fixed: {} {}:{}", spot.0, spot.1, spot.2)),
            );
        }
        let still = |(base, head): &&(Finding, Finding)| {
            self.in_head(base).is_some_and(|at| at == spot(head))
        };
        Tally {
            new: changes.new.len(),
            fixed: changes.fixed.len(),
            changed: changes.changed.len(),
            moved: changes.moved.len(),
            false_new,
            false_fixed,
            caused,
            false_changed: changes.changed.iter().filter(still).count(),
            wrong,
        }
    }

    fn is_unchanged(&self, (_, file, line): &Spot) -> bool {
        self.untouched.contains(file) || self.unchanged.contains(&(file.clone(), *line))
    }
}

fn spot(finding: &Finding) -> Spot {
    (finding.code.clone(), finding.file.clone(), finding.line)
}

fn count(spots: impl Iterator<Item = Spot>) -> BTreeMap<Spot, usize> {
    let mut counts = BTreeMap::new();
    spots.for_each(|spot| *counts.entry(spot).or_default() += 1);
    counts
}

/// What git printed; it must succeed.
fn git(folder: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).into_owned()
}
