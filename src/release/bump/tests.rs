//! `fixtures/release/bump/CASE`: the manifests in `in/` and the request in `args`, against the files that change in `out/`
//! and what is told in `said.txt`.
//!
//! The first line of `args` is the command line after `bump`. Then, one a line: `outside PATH` and `foreign PATH` (a
//! manifest that is no member; one beyond the repository), `alias SPELT FOLDER`. `[[release.replace]]` is read from
//! `in/campaign.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::options::config;

fn cases() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/release/bump");
    let mut cases: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

/// Path (without `.in`) and text of every file below a directory; nothing for a directory that is not there.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(directory) = open.pop() {
        for path in fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path
                .strip_prefix(dir)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            found.insert(
                name.trim_end_matches(".in").to_owned(),
                fs::read_to_string(&path).unwrap(),
            );
        }
    }
    found
}

/// A command line after `bump`.
fn request(line: &str) -> BumpRequest {
    let mut words = line.split_whitespace();
    let mut request = BumpRequest::new(words.next().unwrap().parse().unwrap());
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap().to_owned();
        match word {
            "-p" => request.packages.push(value()),
            "--exclude" => request.exclude.push(value()),
            "--pre" => match &mut request.target {
                BumpTarget::Step(step) => step.pre = Some(value()),
                BumpTarget::Exact(_) => panic!("--pre of a version"),
            },
            "--keep-metadata" => request.metadata = Metadata::Keep,
            "--metadata" => request.metadata = Metadata::Set(value().parse().unwrap()),
            "--lockstep" => request.lockstep = true,
            "--allow-downgrade" => request.downgrades = Downgrades::Allowed,
            "--only-needed" => request.only_needed = true,
            "--rewrite-ranges" => request.rewrite_ranges = true,
            "--include-excluded" => request.include_outside = true,
            word => panic!("{word}"),
        }
    }
    request
}

/// A case, read.
struct Case {
    manifests: Vec<Manifest>,
    request: BumpRequest,
    replaces: Vec<Replace>,
    others: BTreeMap<String, String>,
}

impl Case {
    fn read(dir: &Path) -> Self {
        let args = fs::read_to_string(dir.join("args")).unwrap();
        let mut lines = args.lines();
        let mut request = request(lines.next().unwrap());
        let mut roles = BTreeMap::new();
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["outside", path] => {
                    roles.insert(path.to_owned(), (ManifestRole::Outside, true));
                }
                ["foreign", path] => {
                    roles.insert(path.to_owned(), (ManifestRole::Outside, false));
                }
                ["submodule", path] => {
                    roles.insert(path.to_owned(), (ManifestRole::Member, false));
                }
                ["alias", spelt, directory] => drop(
                    request
                        .aliases
                        .insert(spelt.to_owned(), directory.to_owned()),
                ),
                _ => panic!("{line}"),
            }
        }
        let (manifests, others): (BTreeMap<_, _>, BTreeMap<_, _>) = files(&dir.join("in"))
            .into_iter()
            .partition(|(path, _)| path.ends_with("Cargo.toml"));
        let role = |path: &str| {
            if path == "Cargo.toml" {
                ManifestRole::Root
            } else {
                ManifestRole::Member
            }
        };
        let manifest = |(path, text): (String, String)| {
            let (role, ours) = roles.get(&path).copied().unwrap_or((role(&path), true));
            Manifest {
                library: !text.contains("autolib = false"),
                path,
                text,
                role,
                ours,
            }
        };
        let replaces = others.get("campaign.toml").map(|text| {
            config::parse("campaign.toml", text)
                .unwrap()
                .releases
                .replace
        });
        Self {
            manifests: manifests.into_iter().map(manifest).collect(),
            request,
            replaces: replaces.unwrap_or_default(),
            others,
        }
    }

    fn plan(&self) -> Result<BumpPlan, Vec<Remark>> {
        plan(&self.manifests, &self.request, &self.replaces, &self.others)
    }

    /// The files that the plan changes, as they shall be.
    fn changed(&self, plan: &BumpPlan) -> BTreeMap<String, String> {
        let manifests = self.manifests.iter().map(|m| (&m.path, &m.text));
        let mut changed = BTreeMap::new();
        for (path, text) in manifests.chain(&self.others) {
            let edits: Vec<Edit> = plan
                .edits
                .iter()
                .filter(|edit| edit.path == *path)
                .cloned()
                .collect();
            if !edits.is_empty() {
                changed.insert(path.clone(), apply(text, &edits));
            }
        }
        changed
    }
}

/// What is told: moves, edits, notes; or problems.
fn said(result: &Result<BumpPlan, Vec<Remark>>) -> String {
    let remark = |kind: &str, remark: &Remark| {
        let place = if remark.file.is_empty() {
            String::new()
        } else {
            format!("{}:{}: ", remark.file, remark.line)
        };
        let help = remark
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!("\n    help: {help}"));
        format!("{kind}: {place}{}{help}\n", remark.message)
    };
    let plan = match result {
        Ok(plan) => plan,
        Err(problems) => {
            return problems
                .iter()
                .map(|problem| remark("problem", problem))
                .collect();
        }
    };
    let moves = plan
        .packages
        .iter()
        .map(|one| format!("{} {} -> {}\n", one.name, one.from, one.to));
    let edits = plan.edits.iter().map(|e| {
        format!(
            "{}:{}: {} -> {} ({})\n",
            e.path, e.line, e.before, e.after, e.why
        )
    });
    moves
        .chain(edits)
        .chain(plan.notes.iter().map(|note| remark("note", note)))
        .collect()
}

#[test]
fn every_case_comes_out_as_written_down() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for dir in cases {
        let case = Case::read(&dir);
        let result = case.plan();
        let changed = result
            .as_ref()
            .map(|plan| case.changed(plan))
            .unwrap_or_default();
        let expected = fs::read_to_string(dir.join("said.txt")).unwrap_or_default();
        if changed != files(&dir.join("out")) || said(&result) != expected {
            let name = dir.file_name().unwrap().display();
            wrong.push(format!("== {name}\n{}\n{changed:#?}", said(&result)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "rewrites the expectations; read the difference"]
#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn accept() {
    for dir in cases() {
        let case = Case::read(&dir);
        let result = case.plan();
        fs::write(dir.join("said.txt"), said(&result)).unwrap();
        drop(fs::remove_dir_all(dir.join("out")));
        for (path, text) in result
            .as_ref()
            .map(|plan| case.changed(plan))
            .unwrap_or_default()
        {
            let path = dir
                .join("out")
                .join(path.replace("Cargo.toml", "Cargo.toml.in"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
}

/// Every plan that can be made: done once, nothing is left to do.
#[test]
fn a_second_time_there_is_nothing_to_do() {
    for dir in cases() {
        let mut case = Case::read(&dir);
        let Ok(plan) = case.plan() else { continue };
        let changed = case.changed(&plan);
        for manifest in &mut case.manifests {
            manifest.text = changed
                .get(&manifest.path)
                .unwrap_or(&manifest.text)
                .clone();
        }
        let BumpTarget::Exact(_) = case.request.target else {
            continue;
        };
        let again = case.plan().unwrap();
        assert_eq!(
            (again.packages, again.edits),
            (Vec::new(), Vec::new()),
            "{}",
            dir.display()
        );
    }
}
