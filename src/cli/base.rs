//! Sides that people name by git revision, date or age; and judging with the policy of another revision.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::exit::{Exit, Stop};
use super::session::Session;
use crate::git::{Git, Trouble};
use crate::judge;
use crate::options::{self, Flags, Policy};
use crate::report::pin_on;
use crate::run::{Judgement, RunId};
use crate::store::{self, Head, Pin, PinName, Store};

/// `--base REV`
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct Base {
    /// Use the gates, settings and baseline of this git revision, not those of the working tree
    #[arg(long = "base", value_name = "REV", conflicts_with = "config")]
    revision: Option<String>,
}

/// What was read from a revision.
#[derive(Debug)]
pub(super) struct AtRevision {
    /// As asked for, and the commit it is.
    pub(super) name: String,
    commit: String,
    /// The baseline, if the revision has one.
    pub(super) baseline: Option<Pin>,
    /// Files that say something else in the working tree.
    differ: Vec<&'static str>,
}

impl AtRevision {
    /// `main (28444a7)`, and what of it the working tree has changed.
    pub(super) fn describe(&self) -> String {
        let commit = self.commit.get(..7).unwrap_or(&self.commit);
        let what = format!("gates and baseline are those of {} ({commit})", self.name);
        match self.differ.as_slice() {
            [] => what,
            differ => format!(
                "{what}; the working tree's {} differs and is not used",
                differ.join(" and ")
            ),
        }
    }

    /// Pinning here would change nothing: the baseline of the revision is used.
    pub(super) fn correct_help(&self, judgement: &mut Judgement) {
        let pins = |help: &String| help.starts_with(judge::PIN);
        for help in judgement
            .gates
            .iter_mut()
            .filter_map(|gate| gate.help.as_mut())
            .filter(|help| pins(help))
        {
            *help = self.pin();
        }
    }

    /// How the revision gets a baseline.
    pub(super) fn pin(&self) -> String {
        pin_on(&self.name)
    }
}

/// The campaign's own file, below the root.
const CAMPAIGN: &str = "campaign.toml";
const MANIFEST: &str = "Cargo.toml";
const BASELINE: &str = ".campaign/baseline.json";

/// Reads policy and baseline of the revision, if one was asked for, and puts the policy among the flags.
pub(super) fn read(
    base: &Base,
    flags: &mut Flags,
    cwd: &Path,
    cargo_home: Option<&Path>,
) -> Result<Option<AtRevision>> {
    let Some(name) = base.revision.clone() else {
        return Ok(None);
    };
    let root = options::root::find(flags.manifest_path.as_deref(), cwd, cargo_home)?.dir;
    let git = Git::discover(&root)?;
    let commit = revision(&git, &name)?.ok_or_else(|| {
        Stop::new(
            Exit::Usage,
            format!("unknown git revision `{name}` for `--base`"),
        )
        .help("git fetch (if it is not here yet)")
    })?;
    let text = |path: &str| -> Result<Option<String>> {
        let bytes = git.file_at(&commit, path)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let (campaign, manifest, baseline) = (text(CAMPAIGN)?, text(MANIFEST)?, text(BASELINE)?);
    let policy = if campaign.is_some() {
        (CAMPAIGN, &campaign)
    } else {
        (MANIFEST, &manifest)
    };
    let differs = |(path, text): &(&'static str, &Option<String>)| {
        store::read_text(&root.join(path)).ok() != **text
    };
    let differ = [policy, (BASELINE, &baseline)]
        .into_iter()
        .filter(differs)
        .map(|(path, _)| path)
        .collect();
    let pin = baseline
        .map(|text| Store::pin_in(&format!("{name}:{BASELINE}"), text.as_bytes()))
        .transpose()?;
    flags.policy = Some(Policy {
        revision: name.clone(),
        campaign,
        manifest,
    });
    Ok(Some(AtRevision {
        name,
        commit,
        baseline: pin,
        differ,
    }))
}

/// Resolves a revision that a person names. A name that means several commits is an error of usage.
pub(super) fn revision(git: &Git, name: &str) -> Result<Option<String>> {
    match git.revision(name) {
        Err(trouble @ Trouble::Ambiguous { .. }) => {
            let stop = Stop::new(Exit::Usage, trouble.to_string());
            Err(trouble.hint().into_iter().fold(stop, Stop::help).into())
        }
        found => Ok(found?),
    }
}

/// The run that a person names: by id, or by a revision, a date or an age.
///
/// # Errors
/// If there is none, or if it starts in the future: what it was measured on is not known then.
pub(super) fn run(session: &Session, asked: &str) -> Result<RunId> {
    let id = find(session, asked)?;
    if session.store.ids_after(session.latest()).contains(&id) {
        let stop = Stop::new(Exit::Usage, session.future_run(&id));
        return Err(stop
            .help("check the clock that recorded it, and measure again")
            .into());
    }
    Ok(id)
}

fn find(session: &Session, asked: &str) -> Result<RunId> {
    if asked == "latest"
        && let Some(head) = session.heads().next()
    {
        return Ok(head.id);
    }
    let unknown = match session.store.resolve(asked) {
        Err(error @ store::Error::NoRun { .. }) if asked != "latest" => error,
        found => return Ok(found?),
    };
    if let Some(until) = moment(session, asked) {
        // A date asks for what the clock said.
        let found = session
            .heads()
            .filter(|head| head.started <= until)
            .max_by_key(|head| head.started);
        return found.map(|head| head.id).ok_or_else(|| {
            Stop::new(
                Exit::Usage,
                format!("no recorded run is as old as `{asked}`"),
            )
            .help("cargo campaign history")
            .into()
        });
    }
    let commit = session
        .git()
        .ok()
        .map_or(Ok(None), |git| revision(&git, asked))?;
    let Some(commit) = commit else {
        return Err(unknown.into());
    };
    let of = |head: &Head| head.commit.as_deref() == Some(&commit);
    let heads: Vec<Head> = session.heads().filter(of).collect();
    let best = heads
        .iter()
        .find(|head| !head.dirty && head.complete)
        .or_else(|| heads.iter().find(|head| !head.dirty));
    best.or(heads.first())
        .map(|head| head.id.clone())
        .ok_or_else(|| {
            let short = commit.get(..7).unwrap_or(&commit);
            let stop = Stop::new(
                Exit::Usage,
                format!("no recorded run is of `{asked}` ({short})"),
            );
            // Measured elsewhere, the run would be recorded elsewhere.
            let stop = stop.help(format!("git switch --detach {short} && cargo campaign run"));
            stop.help("git checkout - (returns to where you were)")
                .into()
        })
}

/// The end of a day, `2026-11-20`, or so long ago, `7d`, in unix seconds.
pub(super) fn moment(session: &Session, text: &str) -> Option<i64> {
    if let Some(age) = age(text) {
        return session.now.checked_sub_unsigned(age.as_secs());
    }
    let date: Date = if text.len() == 10 {
        text.parse().ok()?
    } else {
        return None;
    };
    let next = date.tomorrow().ok()?.to_zoned(TimeZone::system()).ok()?;
    Some(next.timestamp().as_second() - 1)
}

/// `90d`, `12w`, `36h`.
pub(super) fn age(text: &str) -> Option<Duration> {
    let hours = match text.chars().last()? {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        _ => return None,
    };
    let number: u64 = text.get(..text.len() - 1)?.trim().parse().ok()?;
    Some(Duration::from_secs(number.checked_mul(hours * 3600)?))
}

/// The pin of a name: the revision's where one was asked for.
pub(super) fn pinned(session: &Session, name: PinName) -> Result<Option<Pin>, store::Error> {
    match (&session.at, name) {
        (Some(at), PinName::Baseline) => Ok(at.baseline.clone()),
        _ => session.store.pinned(name),
    }
}
