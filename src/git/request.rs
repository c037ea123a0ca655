//! Finds the commits of pull and merge requests that were fetched. Their authors need no permission to write to the
//! repository.
//!
//! Such a commit is known by the name under which it was fetched: by actions/checkout as `refs/remotes/pull/7/merge`, by
//! `git fetch` and `gh pr checkout` in `FETCH_HEAD` and as the upstream of a branch.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Git, NO_MESSAGE, Trouble, index};

/// The references that servers give to requests.
const REQUESTS: [&str; 2] = ["refs/pull/", "refs/merge-requests/"];

/// The places where a clone keeps fetched requests, as patterns of references.
const KEPT: [&str; 5] = [
    "refs/pull",
    "refs/merge-requests",
    "refs/remotes/pull",
    "refs/remotes/*/pull/**",
    "refs/remotes/*/merge-requests/**",
];

impl Git {
    /// Returns whether HEAD, or a commit in its history, is that of a request which is not in the history of the commit
    /// `merged`. If this is not known, the branches of remotes take its place.
    pub fn has_request(&self, merged: Option<&str>) -> Result<bool, Trouble> {
        let mut requests = self.kept_requests()?;
        requests.extend(self.fetched_requests()?);
        if requests.is_empty() {
            return Ok(false);
        }
        let merged = merged.filter(|commit| self.known(commit).is_ok());
        let merged = match merged {
            Some(commit) => vec![commit],
            None => vec![
                "--exclude=pull/*",
                "--exclude=*/pull/*",
                "--exclude=*/merge-requests/*",
                "--remotes",
            ],
        };
        let args: Vec<&str> = ["HEAD", "--not"].into_iter().chain(merged).collect();
        let out = self.run("rev-list", &args)?;
        let commits = String::from_utf8_lossy(&out);
        Ok(commits.lines().any(|commit| requests.contains(commit)))
    }

    /// Returns whether the last `git fetch` fetched a request that is not in the history of the commit `merged`.
    pub fn has_fetched_request(&self, merged: &str) -> Result<bool, Trouble> {
        let fetched = self.fetched_requests()?;
        let mut fetched = fetched.iter();
        Ok(fetched.any(|commit| !self.is_ancestor(commit, merged).unwrap_or_default()))
    }

    /// Returns the commits of requests that references name, or branches with a request as upstream.
    fn kept_requests(&self) -> Result<BTreeSet<String>, Trouble> {
        let upstreams = ["-z", "--get-regexp", r"^branch\..*\.merge$"];
        let upstreams = match self.run("config", &upstreams) {
            // Git prints nothing if no setting matches.
            Err(Trouble::Failed { message, .. }) if message == NO_MESSAGE => Vec::new(),
            found => found?,
        };
        let upstreams = String::from_utf8_lossy(&upstreams);
        let branches = upstreams.split('\0').filter_map(|setting| {
            let (key, upstream) = setting.split_once('\n')?;
            let branch = key.strip_prefix("branch.")?.strip_suffix(".merge")?;
            is_request(upstream).then(|| format!("refs/heads/{branch}"))
        });
        let branches = Vec::from_iter(branches);
        let names = KEPT.into_iter().chain(branches.iter().map(String::as_str));
        let args: Vec<&str> = ["--format=%(objectname)", "--"]
            .into_iter()
            .chain(names)
            .collect();
        let out = self.run("for-each-ref", &args)?;
        let commits = String::from_utf8_lossy(&out);
        Ok(commits.lines().map(str::to_owned).collect())
    }

    /// Returns the commits of requests that the last `git fetch` fetched, here or in the main working tree.
    fn fetched_requests(&self) -> Result<BTreeSet<String>, Trouble> {
        let mut commits = BTreeSet::new();
        for directory in ["--absolute-git-dir", "--git-common-dir"] {
            let file = self.root.join(self.path(directory)?).join("FETCH_HEAD");
            commits.extend(requests_in(&file));
        }
        Ok(commits)
    }
}

/// Returns the commits of requests in a `FETCH_HEAD`. Its lines have the commit, a mark, and the name: `'refs/pull/7/head' of URL`.
fn requests_in(file: &Path) -> Vec<String> {
    let bytes = index::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let commits = text.lines().filter_map(|line| {
        let mut fields = line.splitn(3, '\t');
        let (commit, name) = (fields.next()?, fields.nth(1)?);
        is_request(name.strip_prefix('\'')?).then(|| commit.to_owned())
    });
    commits.collect()
}

fn is_request(reference: &str) -> bool {
    REQUESTS.iter().any(|place| reference.starts_with(place))
}
