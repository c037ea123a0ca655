//! The calls that change the repository: committing named files, tagging, and undoing both.
//!
//! Unlike all other calls, they follow the user's configuration: hooks run, and commits and tags are
//! signed if configured. Nothing is pushed.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Git, NO_ORDER_FILE, SCRUBBED, TRACES, Trouble, failed};
use crate::plan::STEP_FILES;

/// The number of last lines that are kept of a failed call's output. A hook may print many before its
/// error.
const SAID: usize = 12;

impl Git {
    /// Commits the content on disk of these files (relative to the directory) and nothing else, even if
    /// other files are staged. Ignored files are left out. Returns the full id of the commit.
    ///
    /// # Errors
    /// With the last lines of git or a hook. Nothing is committed then.
    pub fn commit(&self, files: &[String], message: &str) -> Result<String, Trouble> {
        let new = self.listed("--others", files)?;
        if !new.is_empty() {
            self.change(
                "add",
                &["--pathspec-from-file=-", "--pathspec-file-nul"],
                &nul(&new),
            )?;
        }
        let all = self.listed("--cached", files)?;
        let args = ["--quiet", "--only", "--cleanup=verbatim", "-m", message];
        let args: Vec<&str> = args
            .into_iter()
            .chain(["--pathspec-from-file=-", "--pathspec-file-nul"])
            .collect();
        if let Err(error) = self.change("commit", &args, &nul(&all)) {
            // Git restores the index itself, except for the files that were added above.
            if !new.is_empty() {
                let _ = self.unstage(&new);
            }
            return Err(error);
        }
        self.text("rev-parse", &["HEAD"])
    }

    /// Creates an annotated tag, signed if configured.
    ///
    /// # Errors
    /// With git's message. No tag is created then.
    pub fn tag(&self, name: &str, commit: &str, message: &str) -> Result<(), Trouble> {
        let args = [
            // By default, git would remove lines that begin with `#`, such as headings in Markdown.
            "--cleanup=verbatim",
            // This implies `--annotate`, which would override `tag.forceSignAnnotated`.
            "--file=-",
            "--end-of-options",
            name,
            commit,
        ];
        self.change("tag", &args, message.as_bytes())
    }

    /// Removes a tag.
    ///
    /// # Errors
    /// With git's message.
    pub fn untag(&self, name: &str) -> Result<(), Trouble> {
        self.change("tag", &["--delete", "--end-of-options", name], b"")
    }

    /// Moves HEAD and its branch back from `commit` to `base`. Files are not changed.
    ///
    /// # Errors
    /// With git's message, for example if HEAD is no longer at `commit`. HEAD is unchanged then.
    pub fn step_back(&self, commit: &str, base: &str) -> Result<(), Trouble> {
        self.change(
            "update-ref",
            &[
                "-m",
                "cargo campaign: release taken back",
                "HEAD",
                base,
                commit,
            ],
            b"",
        )
    }

    /// Returns a file of these that a filter changes when it is committed, and the name of the filter. Git LFS keeps the
    /// text.
    ///
    /// # Errors
    /// With git's message.
    pub fn filtered(&self, files: &[String]) -> Result<Option<(String, String)>, Trouble> {
        if files.is_empty() {
            return Ok(None);
        }
        let mut args = vec!["-z", "filter", "--"];
        args.extend(files.iter().map(String::as_str));
        let out = self.run("check-attr", &args)?;
        let fields: Vec<String> = out
            .split(|&byte| byte == 0)
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect();
        for row in fields.chunks_exact(3) {
            let (file, filter) = (&row[0], &row[2]);
            if ["unspecified", "unset", "set", "lfs"].contains(&filter.as_str()) {
                continue;
            }
            let keys = format!("^filter\\.{}\\.(clean|process)$", regex_literal(filter));
            match self.run("config", &["--get-regexp", &keys]) {
                Ok(_) => return Ok(Some((file.clone(), filter.clone()))),
                // The filter is not configured here, so that git does not use it.
                Err(Trouble::Failed { .. }) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(None)
    }

    /// Unstages these files.
    ///
    /// # Errors
    /// With git's message.
    pub fn unstage(&self, files: &[String]) -> Result<(), Trouble> {
        self.change(
            "reset",
            &["--quiet", "--pathspec-from-file=-", "--pathspec-file-nul"],
            &nul(files),
        )
    }

    /// Returns the files whose staged text differs from `base`, from HEAD and from the text on disk.
    /// The files are relative to the workspace's directory.
    ///
    /// # Errors
    /// With git's message.
    pub fn staged_otherwise(&self, base: &str, files: &[String]) -> Result<Vec<String>, Trouble> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let from_disk = self.staged_unlike(&[], files)?;
        if from_disk.is_empty() {
            return Ok(Vec::new());
        }
        let from_head = self.staged_unlike(&["--cached", "HEAD"], files)?;
        let mut staged = self.staged_unlike(&["--cached", base], files)?;
        staged.retain(|file| from_disk.contains(file) && from_head.contains(file));
        Ok(staged)
    }

    /// Returns the files whose staged text differs from `side`: a commit, or the text on disk if
    /// `side` is empty.
    fn staged_unlike(&self, side: &[&str], files: &[String]) -> Result<Vec<String>, Trouble> {
        let literal: Vec<String> = files
            .iter()
            .map(|file| format!(":(literal){file}"))
            .collect();
        let mut args = side.to_vec();
        args.extend(["--name-only", "--no-renames", "--relative", "-z", "--"]);
        args.extend(literal.iter().map(String::as_str));
        let out = self.run("diff", &args)?;
        let names = out.split(|&b| b == 0).filter(|name| !name.is_empty());
        Ok(names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// A branch of some other repository that has this commit, as far as is known here.
    ///
    /// # Errors
    /// With what git said.
    pub fn pushed_to(&self, commit: &str) -> Result<Option<String>, Trouble> {
        let contains = format!("--contains={commit}");
        let out = self.run(
            "for-each-ref",
            &["--format=%(refname:short)", &contains, "refs/remotes"],
        )?;
        Ok(String::from_utf8_lossy(&out)
            .lines()
            .next()
            .map(str::to_owned))
    }

    /// Those of these files that are in the index (`--cached`), or are not and may be (`--others`).
    fn listed(&self, which: &str, files: &[String]) -> Result<Vec<String>, Trouble> {
        let literal: Vec<String> = files
            .iter()
            .map(|file| format!(":(literal){file}"))
            .collect();
        let args = ["-z", which, "--exclude-standard", "--"];
        let args: Vec<&str> = args
            .into_iter()
            .chain(literal.iter().map(String::as_str))
            .collect();
        let out = self.run("ls-files", &args)?;
        let names = out.split(|&b| b == 0).filter(|name| !name.is_empty());
        Ok(names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// Runs a command that changes something, with this on its standard input.
    fn change(&self, command: &str, args: &[&str], input: &[u8]) -> Result<(), Trouble> {
        let mut git = self.writer(command, args);
        let spawned = git
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if self.root.is_dir() => Trouble::Missing,
            _ => failed(command, &error.to_string()),
        })?;
        // Git reads its input before it prints much. If it ends without reading, its message has the
        // reason.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(input);
        }
        let output = child
            .wait_with_output()
            .map_err(|error| failed(command, &error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8_lossy(&said);
        if let Some(file) = lock_file(&said) {
            return Err(Trouble::Locked { file });
        }
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        let last = lines[lines.len().saturating_sub(SAID)..].join("\n");
        // Hooks may fail without a message.
        let message = if last.is_empty() {
            output.status.to_string()
        } else {
            last
        };
        Err(failed(command, &message))
    }

    fn writer(&self, command: &str, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.root)
            .args(["--no-pager", "-c", "core.quotePath=off"])
            // Git would refuse a new file because of the line endings that a checkout gives it.
            .args(["-c", "core.safecrlf=false", "-c", NO_ORDER_FILE])
            .arg(command)
            .args(args);
        for name in SCRUBBED.iter().chain(&STEP_FILES) {
            git.env_remove(name);
        }
        git.envs(TRACES.map(|name| (name, "0")));
        // A file may have a name that looks like a pattern.
        git.env("GIT_LITERAL_PATHSPECS", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        git
    }
}

/// Returns the lock of another git command, if git could not create it.
fn lock_file(said: &str) -> Option<PathBuf> {
    let (_, rest) = said.split_once("Unable to create '")?;
    let (file, _) = rest.split_once("': File exists")?;
    Some(PathBuf::from(file))
}

/// Returns a regular expression that matches this text.
fn regex_literal(text: &str) -> String {
    text.chars()
        .map(|c| match c.is_alphanumeric() {
            true => c.to_string(),
            false => format!("[{c}]"),
        })
        .collect()
}

/// Returns names, each with a NUL after it.
pub(super) fn nul(names: &[String]) -> Vec<u8> {
    names
        .iter()
        .flat_map(|name| name.bytes().chain([0]))
        .collect()
}

#[cfg(test)]
mod tests;
