//! Proves that cargo resolves the result of a bump in a copy of the workspace, with lockfiles in
//! which only versions moved, or with the further changes that cargo needs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::super::context::Context;
use super::super::exit::{Exit, Stop};
use super::gather::Gathered;
use super::stage::Stage;
use super::{SHOWN, file_note};
use crate::change::Change;
use crate::relative_path;
use crate::release::bump::lock::Drift;
use crate::release::bump::{BumpPlan, BumpRequest, Manifest, ManifestRole, Remark, lock};
use crate::text::first_few;

/// Lets cargo resolve the changed workspace, and returns the changes of lockfiles.
///
/// A missing lockfile is not created. Lockfiles that would become stale are noted.
pub(super) fn prove(
    context: &Context,
    gathered: &Gathered,
    request: &BumpRequest,
    plan: &mut BumpPlan,
    changes: &[Change],
) -> Result<Vec<Change>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let stale = stale(gathered, plan);
    let (stale, told) = if request.include_outside {
        (stale, Vec::new())
    } else {
        (Vec::new(), stale)
    };
    for path in told {
        let held = lock::holds(&gathered.locks[path], &plan.packages);
        let mut remark = file_note(
            path,
            &format!("holds {} in the version before", first_few(&held, SHOWN)),
        );
        remark.help = Some("add --include-excluded".to_owned());
        plan.notes.push(remark);
    }
    plan.notes.extend(unproved(gathered, changes, &stale));
    let proof = Proof {
        context,
        gathered,
        stage: Stage::new(context, gathered, changes, directories(&stale))?,
    };
    let mut refreshed = Vec::new();
    for path in ["Cargo.lock"].into_iter().chain(stale) {
        refreshed.extend(proof.refresh(path, plan)?);
    }
    Ok(refreshed)
}

fn directories(paths: &[&str]) -> BTreeSet<String> {
    paths
        .iter()
        .map(|path| relative_path::parent(path).to_owned())
        .collect()
}

/// Returns the lockfiles other than the root's that contain an old version of a moved package, and
/// that belong to a manifest which depends on the workspace.
fn stale<'a>(gathered: &'a Gathered, plan: &BumpPlan) -> Vec<&'a str> {
    let others = gathered
        .locks
        .iter()
        .filter(|(path, _)| *path != "Cargo.lock");
    let held = others.filter(|(_, text)| !lock::holds(text, &plan.packages).is_empty());
    let leading = gathered.leading();
    let leads = |path: &str| {
        leading
            .iter()
            .any(|dir| is_below(dir, relative_path::parent(path)))
    };
    held.map(|(path, _)| path.as_str())
        .filter(|path| leads(path))
        .collect()
}

/// Returns notes on edited manifests outside the workspace without a lockfile. Without one, cargo
/// would choose new versions.
fn unproved(gathered: &Gathered, changes: &[Change], locks: &[&str]) -> Vec<Remark> {
    let outside = gathered
        .manifests
        .iter()
        .filter(|m| m.role == ManifestRole::Outside);
    let edited = outside.filter(|m| changes.iter().any(|change| change.path == m.path));
    let locked = |m: &&Manifest| {
        locks
            .iter()
            .any(|lock| is_below(relative_path::parent(&m.path), relative_path::parent(lock)))
    };
    edited
        .filter(|m| !locked(m))
        .map(|m| file_note(&m.path, "has no lockfile here: not proved to resolve"))
        .collect()
}

/// Returns whether a directory is the other one or inside it.
fn is_below(dir: &str, above: &str) -> bool {
    dir.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The workspace to prove, and the copy in which that is done.
struct Proof<'a> {
    context: &'a Context,
    gathered: &'a Gathered,
    stage: Stage<'a>,
}

impl Proof<'_> {
    /// Returns the change that updates a lockfile: only versions if cargo accepts that, or else
    /// cargo's result and a note.
    fn refresh(&self, path: &str, plan: &mut BumpPlan) -> Result<Option<Change>> {
        let Some(before) = self.gathered.locks.get(path) else {
            return self.stage.refreshed(path, None).map(|_| None);
        };
        let mut after = lock::moved(before, &plan.packages);
        if !self.stage.holds(path, &after)? {
            after = like(before, &self.stage.refreshed(path, Some(&after))?);
            let drift = lock::drift(before, &after, &plan.packages);
            if !drift.is_empty() {
                self.refuse_outdated(path, before, &drift)?;
                plan.notes.push(file_note(
                    path,
                    &format!(
                        "{drift}: packages of others require versions that the workspace leaves"
                    ),
                ));
            }
        }
        let locked = self
            .context
            .options
            .cargo_flags
            .iter()
            .any(|flag| flag == "--locked" || flag == "--frozen");
        if locked && *before != after {
            let what = format!("{path} must change, and --locked forbids it");
            return Err(Stop::new(Exit::Usage, what)
                .help("leave --locked out")
                .into());
        }
        Ok((*before != after).then(|| Change::edit(path, before.as_str(), after)))
    }

    /// Rejects a lockfile that is already outdated, because a bump should not update it as well.
    fn refuse_outdated(&self, path: &str, before: &str, drift: &Drift) -> Result<()> {
        let as_it_is = Stage::new(self.context, self.gathered, &[], directories(&[path]))?;
        if as_it_is.holds(path, before)? {
            return Ok(());
        }
        let what = format!("{path} is not up to date: refreshed, it {drift}");
        Err(Stop::new(Exit::Usage, what)
            .help("cargo update --workspace (then commit Cargo.lock)")
            .into())
    }
}

/// Converts the line endings to those of the old text.
fn like(before: &str, after: &str) -> String {
    let unix = after.replace("\r\n", "\n");
    if before.contains("\r\n") {
        unix.replace('\n', "\r\n")
    } else {
        unix
    }
}
