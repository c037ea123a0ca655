//! The changes of commits before a part of the history that its commits take back or make again.
//!
//! A commit names the revert of a merge, for example, and only the commits that the merge brought in name the kind
//! of change. All of them can be in the history of the last release.

use std::collections::BTreeSet;

use super::{Git, History, Trouble, log};
use crate::release::changelog::{
    Commit, description_of, has_title, names_kind, reverted_ids, reverted_title_of,
    reverting_nothing, says_revert,
};

/// The most reverts of reverts that are followed.
const DEPTH: usize = 16;

/// The most commits with a text in their message that are looked at.
const MOST: &str = "--max-count=1000";

/// A commit that names the one that it takes back.
pub struct OlderRevert {
    /// The commit.
    pub revert: Commit,
    /// Full id of the other one.
    pub target: String,
}

impl Git {
    /// Returns the history of `tip` (`HEAD` or a full id) since `base` (a full id), with the messages of the changes before
    /// `base` that its commits take back or make again. Finding them may need a look at the whole history.
    pub fn history_with_older(&self, tip: &str, base: Option<&str>) -> Result<History, Trouble> {
        let mut history = self.history(tip, base)?;
        if let Some(base) = base {
            self.add_older(&mut history.commits, base)?;
        }
        Ok(history)
    }

    fn add_older(&self, commits: &mut [Commit], base: &str) -> Result<(), Trouble> {
        let listed: Vec<&Commit> = commits.iter().collect();
        let known: BTreeSet<&str> = listed.iter().map(|commit| commit.id.as_str()).collect();
        let mut found = Vec::new();
        for at in reverting_nothing(&listed) {
            for older in self.reverted_by(listed[at], base)? {
                if !known.contains(older.id.as_str()) {
                    let (change, is_again) = self.origin(older, base)?;
                    found.push((at, is_again, self.messages(&change, base)?));
                }
            }
        }
        for (at, is_again, messages) in found {
            match is_again {
                true => commits[at].makes_again.extend(messages),
                false => commits[at].reverted.extend(messages),
            }
        }
        Ok(())
    }

    /// Returns the commits in the history of one that name a commit that they take back.
    pub fn reverts_before(&self, tip: &str) -> Result<Vec<OlderRevert>, Trouble> {
        let reverts = self.with_text("This reverts commit", tip)?;
        let ids = reverts
            .iter()
            .flat_map(|revert| reverted_ids(&revert.message));
        let named = self.commits(&ids.collect())?;
        let named: BTreeSet<String> = named.into_iter().map(|commit| commit.id).collect();
        let mut found = Vec::new();
        for revert in reverts {
            if let [id] = reverted_ids(&revert.message)[..] {
                let mut full = named.range(id.to_owned()..);
                let target = full.next().filter(|full| full.starts_with(id)).cloned();
                found.extend(target.map(|target| OlderRevert { revert, target }));
            }
        }
        Ok(found)
    }

    /// Returns the messages of the change that the revert of an older commit makes again. `None` if it would take it back.
    pub fn made_again(&self, revert: &Commit, tip: &str) -> Result<Option<Vec<String>>, Trouble> {
        let (change, is_again) = self.origin(revert.clone(), tip)?;
        match is_again {
            true => self.messages(&change, tip).map(Some),
            false => Ok(None),
        }
    }

    /// Returns the commits that one names, or the one with the title that it names. None if it does not exist here.
    fn reverted_by(&self, commit: &Commit, base: &str) -> Result<Vec<Commit>, Trouble> {
        let ids = reverted_ids(&commit.message);
        if !ids.is_empty() {
            return self.commits(&ids.into_iter().collect());
        }
        let Some(title) = reverted_title_of(commit) else {
            return Ok(Vec::new());
        };
        let mut named = self.with_text(&title, base)?;
        named.retain(|one| has_title(one, &title));
        named.truncate(1);
        Ok(named)
    }

    /// Returns the change that a reverted commit is about, and whether reverting it makes the change again.
    fn origin(&self, mut commit: Commit, base: &str) -> Result<(Commit, bool), Trouble> {
        let mut is_again = false;
        for _ in 0..DEPTH {
            if !says_revert(&commit) {
                break;
            }
            let reverted = self.reverted_by(&commit, base)?;
            let Ok([older]) = <[Commit; 1]>::try_from(reverted) else {
                break;
            };
            commit = older;
            is_again = !is_again;
        }
        Ok((commit, is_again))
    }

    /// Returns the message of a change, and those of the commits that it brought in if it is a merge. A message that
    /// does not name the kind of change is followed by that of the merge that brought the change in.
    fn messages(&self, change: &Commit, base: &str) -> Result<Vec<String>, Trouble> {
        let mut messages = vec![description_of(change)];
        if !names_kind(change) {
            messages.extend(self.merge_of(change, base)?.as_ref().map(description_of));
        }
        if let [line, brought @ ..] = &change.parents[..]
            && !brought.is_empty()
        {
            let not = format!("^{line}");
            let mut args = vec!["--no-merges", MOST, "-z", log::FORMAT, &not];
            args.extend(brought.iter().map(String::as_str));
            let inner = self.log_of(&args)?;
            messages.extend(inner.into_iter().map(|commit| commit.message));
        }
        Ok(messages)
    }

    /// Returns the first merge that brought a commit to the history of `tip`.
    fn merge_of(&self, change: &Commit, tip: &str) -> Result<Option<Commit>, Trouble> {
        let range = format!("{}..{tip}", change.id);
        let options = ["--merges", "--ancestry-path", "--topo-order", "--reverse"];
        let merges = self.log_of(&[&options[..], &["-z", log::FORMAT, &range]].concat())?;
        for merge in merges {
            let line = merge.parents.first().map_or("", String::as_str);
            if !self.is_ancestor(&change.id, line)? {
                return Ok(Some(merge));
            }
        }
        Ok(None)
    }

    /// Returns the commits in the history of one whose message has this text, newest first.
    fn with_text(&self, text: &str, tip: &str) -> Result<Vec<Commit>, Trouble> {
        let wanted = format!("--grep={text}");
        self.log_of(&["--fixed-strings", &wanted, MOST, "-z", log::FORMAT, tip])
    }

    /// Returns the commits with these ids, or beginnings of ids, that exist here.
    fn commits(&self, ids: &BTreeSet<&str>) -> Result<Vec<Commit>, Trouble> {
        let objects = self.objects("commit", ids)?;
        let there: Vec<&str> = objects
            .iter()
            .filter(|(_, object)| object.is_ok())
            .map(|(id, _)| *id)
            .collect();
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let args = [&["--no-walk", "-z", log::FORMAT], &there[..]].concat();
        self.log_of(&args)
    }

    fn log_of(&self, args: &[&str]) -> Result<Vec<Commit>, Trouble> {
        let args = [&["--encoding=UTF-8", "--no-show-signature"], args, &["--"]].concat();
        let out = self.run("log", &args)?;
        let text = String::from_utf8_lossy(&out);
        let read = log::parse_commits(&text, |_| None::<()>);
        Ok(read.into_iter().map(|(commit, _)| commit).collect())
    }
}
