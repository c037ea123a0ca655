//! The proof: cargo resolves the result in a shadow of the workspace, and refreshes its lockfiles there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::super::exit::{Exit, Stop};
use super::super::session::Session;
use super::gather::Gathered;
use super::{note, show};
use crate::change::Change;
use crate::drive::probe::{self, relative};
use crate::drive::shadow::Shadow;
use crate::release::bump::{self, Manifest, Plan, Request, Role, lock};
use crate::workspace::Workspace;

/// Lets cargo resolve what the changes make of the workspace, and gives the lockfiles that change with it. A lockfile that
/// is not there is not made. Notes tell of lockfiles that would become stale.
pub(super) fn prove(
    session: &Session,
    gathered: &Gathered,
    request: &Request,
    plan: &mut Plan,
    changes: &[Change],
) -> Result<Vec<Change>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let stale = stale(gathered, plan);
    let (stale, told) = if request.include_outside { (stale, Vec::new()) } else { (Vec::new(), stale) };
    for path in told {
        let held = lock::holds(&gathered.locks[path], &plan.packages);
        let mut remark = note(path, &format!("holds {} in the version before", show::few(&held)));
        remark.help = Some("add --include-excluded".to_owned());
        plan.notes.push(remark);
    }
    let mut stage = Stage { session, changes, shadow: Shadow::new()?, known: BTreeSet::new() };
    let of_workspace: Vec<Manifest> = gathered.manifests.iter().filter(|m| m.role != Role::Outside).cloned().collect();
    let beyond = stale.iter().map(|path| bump::parent(path).to_owned());
    stage.mirror(&gathered.workspace, of_workspace, beyond.collect())?;
    let mut refreshed = Vec::new();
    for path in ["Cargo.lock"].into_iter().chain(stale) {
        let before = gathered.locks.get(path).map(String::as_str);
        refreshed.extend(stage.refresh(path, before, plan)?);
    }
    Ok(refreshed)
}

/// Lockfiles beside the root's that hold a package which moves.
fn stale<'a>(gathered: &'a Gathered, plan: &Plan) -> Vec<&'a str> {
    let others = gathered.locks.iter().filter(|(path, _)| *path != "Cargo.lock");
    others.filter(|(_, text)| !lock::holds(text, &plan.packages).is_empty()).map(|(path, _)| path.as_str()).collect()
}

/// The shadow while it is filled.
struct Stage<'a> {
    session: &'a Session,
    changes: &'a [Change],
    shadow: Shadow,
    /// Folders whose manifests are in it.
    known: BTreeSet<String>,
}

impl Stage<'_> {
    /// Puts a workspace there, and every other that it leads to by `path`, as they shall be. `beyond` are folders of
    /// further workspaces.
    fn mirror(&mut self, workspace: &Workspace, manifests: Vec<Manifest>, beyond: BTreeSet<String>) -> Result<()> {
        let root = self.session.root();
        self.shadow.targets(workspace, root)?;
        self.put(&manifests)?;
        let mut named = bump::folders(&manifests);
        named.extend(beyond);
        while let Some(folder) = named.pop_first() {
            let manifest = root.join(&folder).join("Cargo.toml");
            // What is named absolutely cargo finds where it is.
            let stays = Path::new(&folder).is_absolute() || self.known.contains(&folder) || !manifest.is_file();
            if stays {
                continue;
            }
            let other = probe::workspace(&self.session.probe(), Some(&manifest), &[])?;
            self.shadow.targets(&other, root)?;
            let manifests = read(root, &other)?;
            self.put(&manifests)?;
            self.known.insert(folder);
            named.extend(bump::folders(&manifests));
        }
        Ok(())
    }

    /// Manifests, changed where they change.
    fn put(&mut self, manifests: &[Manifest]) -> Result<()> {
        for manifest in manifests {
            let change = self.changes.binary_search_by(|change| change.path.as_str().cmp(&manifest.path));
            let changed = change.ok().and_then(|at| self.changes[at].after.as_deref());
            self.shadow.put(&manifest.path, changed.unwrap_or(manifest.text.as_bytes()))?;
            self.known.insert(bump::parent(&manifest.path).to_owned());
        }
        Ok(())
    }

    /// Lets cargo resolve the workspace of a lockfile and gives the change that makes it fit.
    fn refresh(&self, path: &str, before: Option<&str>, plan: &Plan) -> Result<Option<Change>> {
        let manifest = path.replace("Cargo.lock", "Cargo.toml");
        if let Some(text) = before {
            self.shadow.put(path, text.as_bytes())?;
        }
        let probe = self.session.probe();
        let resolve =
            |locked| self.shadow.resolve(&probe, &manifest, locked).map_err(|error| unresolved(&manifest, &error));
        resolve(false)?;
        let after = self.shadow.get(path).and_then(|bytes| String::from_utf8(bytes).ok());
        resolve(true)?;
        let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
        let after = if before.contains("\r\n") { after.replace("\r\n", "\n").replace('\n', "\r\n") } else { after };
        let drift = lock::drift(before, &after, &plan.packages);
        if !drift.is_empty() {
            let what = format!(
                "{path} is not up to date: more than versions of the workspace would change ({})",
                show::few(&drift)
            );
            return Err(Stop::new(Exit::Usage, what).help("cargo update --workspace, then commit it").into());
        }
        let locked = self.session.options.cargo_flags.iter().any(|flag| flag == "--locked" || flag == "--frozen");
        if locked && before != after {
            let what = format!("{path} must change, and --locked forbids it");
            return Err(Stop::new(Exit::Usage, what).help("leave --locked out").into());
        }
        Ok((before != after).then(|| Change::edit(path, before, after)))
    }
}

/// The manifests of another workspace.
fn read(root: &Path, workspace: &Workspace) -> Result<Vec<Manifest>> {
    let at = relative(root, &workspace.root);
    let dirs = workspace.members.iter().map(|member| bump::folder(&at, &member.dir));
    let dirs: BTreeSet<String> = dirs.chain([bump::folder("", &at)]).collect();
    let manifest = |dir: String| {
        let path = if dir.is_empty() { "Cargo.toml".to_owned() } else { format!("{dir}/Cargo.toml") };
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        Ok(Manifest { path, text, role: Role::Outside, ours: false, library: false })
    };
    dirs.into_iter().map(manifest).collect()
}

fn unresolved(manifest: &str, error: &anyhow::Error) -> Stop {
    let stop = Stop::new(
        Exit::CouldNotRun,
        format!("the result does not resolve ({manifest}); nothing was written: {error:#}"),
    );
    if format!("{error:#}").contains("--offline") { stop.help("cargo fetch, then once more") } else { stop }
}
