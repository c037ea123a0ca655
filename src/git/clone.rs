//! Clones the commit that is checked out to another directory, with what any other clone of it
//! would have: no ignored or untracked files, and none of the settings of this repository.
//!
//! Nothing is fetched. The objects are those of this repository, and submodules are cloned from
//! where this repository has them, if a clone could fill them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::contents::records;
use super::index::git_dir;
use super::write::nul;
use super::{Git, Trouble, failed, real_path};

/// Settings of the clone in place of those that the user or the system may have: files are checked
/// out as they are committed, as on machines that have no settings.
const SETTINGS: &[&str] = &[
    "core.autocrlf=false",
    "core.eol=native",
    "core.safecrlf=false",
    "core.attributesFile=/dev/null",
    #[cfg(unix)]
    "core.symlinks=true",
    "commit.gpgSign=false",
    "gc.auto=0",
];

/// The settings of a filter that changes nothing. Cargo's git knows no empty command.
const UNCHANGED: [(&str, &str); 2] = [("clean", "cat"), ("smudge", "cat")];

/// The command that reads the repository for its clone. Git checks the owner of the directory again
/// there, without the user's exception for the working tree, although it has already accepted the
/// repository.
const UPLOAD_PACK: &str = "--upload-pack=git -c 'safe.directory=*' upload-pack";

/// A filter of git's configuration.
#[derive(Default)]
struct FilterDriver {
    /// Whether it is another one than Git LFS.
    is_other: bool,
    has_process: bool,
}

/// The author of commits in a clone. They are never pushed.
const AUTHOR: [&str; 2] = [
    "user.name=cargo-campaign",
    "user.email=cargo-campaign@example.invalid",
];

impl Git {
    /// Clones the commit that is checked out to `top`, an empty directory, and returns git in the
    /// clone's top directory.
    ///
    /// The clone is on the branch of this repository, or on none if this repository is on none. It
    /// has all tags, and its `origin` has the address of this repository's, because build scripts
    /// may ask git for them.
    ///
    /// A submodule stays empty if no clone could fill it: `.gitmodules` does not name it, or says
    /// `update = none`. A link with an absolute path into this repository leads nowhere, as it
    /// would on another machine.
    ///
    /// # Errors
    /// If there is no commit, or an object is missing. Also if a submodule was cloned from another
    /// address than `.gitmodules` has, because it is then unknown whether others can clone it.
    pub fn clone_head(&self, top: &Path) -> Result<Self, Trouble> {
        let from = Self::at(&self.top()?);
        let Some(commit) = from.head()? else {
            return Err(failed("clone", "HEAD has no commit"));
        };
        let clone = from.clone_commit(&commit, top)?;
        from.put_on_branch(&clone, &commit)?;
        from.copy_address(&clone)?;
        // A file beside the clone, whose directory is private. Any other name may exist on this
        // machine.
        let missing = top.with_extension("missing");
        clone.break_links(&[from.root.clone(), real_path(&from.root)], &missing)?;
        Ok(clone)
    }

    fn clone_commit(&self, commit: &str, to: &Path) -> Result<Self, Trouble> {
        // A configured template may have hooks.
        let mut args = vec![
            "--quiet",
            "--shared",
            "--no-checkout",
            "--template=",
            UPLOAD_PACK,
        ];
        args.extend(SETTINGS.iter().flat_map(|setting| ["--config", setting]));
        let (from, at) = (text(&self.root)?, text(to)?);
        // Otherwise a setting for all addresses that begin with `/` could lead to another
        // repository. A setting cannot have the sign in its name.
        let as_it_is = (!from.contains('=')).then(|| format!("url.{from}.insteadOf={from}"));
        args.extend(["--", from, at]);
        // Cargo cannot read the other format.
        let variables: [(&str, &OsStr); 2] = [
            ("GIT_DEFAULT_REF_FORMAT", "files".as_ref()),
            ("GIT_ALLOW_PROTOCOL", "file".as_ref()),
        ];
        let settings = Vec::from_iter(as_it_is.as_deref());
        self.run_configured(&settings, "clone", &args, &[], &variables)?;

        let clone = Self::at(to);
        clone.turn_off_filters()?;
        clone.run("checkout", &["--quiet", "--force", "--detach", commit])?;
        self.clone_submodules(&clone)?;
        Ok(clone)
    }

    /// Puts a clone, which is at this commit, on the branch of this repository.
    fn put_on_branch(&self, clone: &Self, commit: &str) -> Result<(), Trouble> {
        let head = self.text("rev-parse", &["--symbolic-full-name", "HEAD"])?;
        if let Some(branch) = head.strip_prefix("refs/heads/") {
            clone.run("checkout", &["--quiet", "--no-track", "-B", branch, commit])?;
        }
        Ok(())
    }

    /// Gives the remote `origin` of a clone the address that this repository has for it. A relative
    /// path would lead to another place from the clone.
    fn copy_address(&self, clone: &Self) -> Result<(), Trouble> {
        let Ok(url) = self.text("config", &["--get", "remote.origin.url"]) else {
            return Ok(());
        };
        if url.contains(':') || Path::new(&url).is_absolute() {
            clone.run("config", &["remote.origin.url", &url])?;
        }
        Ok(())
    }

    /// Turns off the filters of the user and the system in this clone, which other machines do not
    /// have. Git LFS stays, if its commands are those of `git lfs install`.
    fn turn_off_filters(&self) -> Result<(), Trouble> {
        let listed = match self.run("config", &["-z", "--get-regexp", r"^filter\."]) {
            Ok(listed) => listed,
            // There is none.
            Err(Trouble::Failed { .. }) => Vec::new(),
            Err(other) => return Err(other),
        };
        let mut filters: BTreeMap<String, FilterDriver> = BTreeMap::new();
        for record in records(&listed) {
            let record = String::from_utf8_lossy(record);
            let (key, value) = record.split_once('\n').unwrap_or((&record, ""));
            let name = key
                .strip_prefix("filter.")
                .and_then(|key| key.rsplit_once('.'));
            let Some((name, key)) = name else {
                continue;
            };
            let filter = filters.entry(name.to_owned()).or_default();
            filter.is_other |= name != "lfs" || key != "required" && !value.starts_with("git-lfs ");
            filter.has_process |= key == "process";
        }
        for (name, filter) in filters.iter().filter(|(_, filter)| filter.is_other) {
            // It would come before the other commands.
            let process = filter.has_process.then_some(("process", ""));
            for (key, value) in UNCHANGED.into_iter().chain(process) {
                self.run("config", &[&format!("filter.{name}.{key}"), value])?;
            }
        }
        Ok(())
    }

    /// Fills the submodules of a clone of this repository.
    fn clone_submodules(&self, clone: &Self) -> Result<(), Trouble> {
        for (commit, path) in clone.entries_of("160000 ")? {
            let own = Self::at(&self.root.join(&path));
            let (Some(settings), true) = (clone.submodule(&path)?, git_dir(&own.root).is_some())
            else {
                continue;
            };
            if settings.update.as_deref() == Some("none") {
                continue;
            }
            // Git may refuse the submodule because of its owner.
            own.top()?;
            own.check_address(&path, &settings.url)?;
            own.clone_commit(&commit, &clone.root.join(&path))?;
        }
        Ok(())
    }

    /// Returns what `.gitmodules` has for the submodule at `path`.
    fn submodule(&self, path: &str) -> Result<Option<Submodule>, Trouble> {
        let file = self.root.join(".gitmodules");
        if !file.is_file() {
            return Ok(None);
        }
        let args = ["--file", ".gitmodules", "-z", "--list"];
        let listed = self.run("config", &args)?;
        let settings: Vec<(String, String)> = records(&listed)
            .filter_map(|record| {
                let record = String::from_utf8_lossy(record).into_owned();
                let (key, value) = record.split_once('\n')?;
                Some((key.to_owned(), value.to_owned()))
            })
            .collect();
        let name = settings.iter().find_map(|(key, value)| {
            let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
            (value.trim_end_matches('/') == path).then_some(name)
        });
        let Some(name) = name else {
            return Ok(None);
        };
        let last = |key: &str| {
            let key = format!("submodule.{name}.{key}");
            let found = settings.iter().rfind(|(other, _)| *other == key);
            found.map(|(_, value)| value.clone())
        };
        Ok(last("url").map(|url| Submodule {
            url,
            update: last("update"),
        }))
    }

    /// Checks that this submodule was cloned from the address that `.gitmodules` has. A relative
    /// one depends on the address of the repository.
    fn check_address(&self, path: &str, url: &str) -> Result<(), Trouble> {
        if url.starts_with("./") || url.starts_with("../") {
            return Ok(());
        }
        let args = ["--get-regexp", r"^remote\..*\.url$"];
        let remotes = match self.run("config", &args) {
            Ok(remotes) => remotes,
            // The submodule has no remote.
            Err(Trouble::Failed { .. }) => return Ok(()),
            Err(other) => return Err(other),
        };
        let remotes = String::from_utf8_lossy(&remotes);
        let mut urls = remotes
            .lines()
            .filter_map(|line| Some(line.split_once(' ')?.1));
        if urls.any(|one| one == url) {
            return Ok(());
        }
        let message = format!(
            "no remote of the submodule `{path}` has the address in .gitmodules, `{url}`, so that it is unknown whether others can clone it"
        );
        Err(failed("clone", &message))
    }

    /// Commits these files, which are below the directory, without hooks, and checks them out
    /// again, so that attributes have their effect.
    ///
    /// # Errors
    /// With git's message.
    pub fn commit_in_clone(&self, files: &[String], message: &str) -> Result<(), Trouble> {
        let from_list = ["--pathspec-from-file=-", "--pathspec-file-nul"];
        let literal = [("GIT_LITERAL_PATHSPECS", "1".as_ref())];
        let add = [&["--force"], from_list.as_slice()].concat();
        self.run_configured(&[], "add", &add, &nul(files), &literal)?;
        let commit = [
            "--quiet",
            "--no-verify",
            "--allow-empty",
            "--message",
            message,
        ];
        self.run_configured(&AUTHOR, "commit", &commit, &[], &[])?;

        let mut present = files.to_vec();
        present.retain(|file| self.root.join(file).is_file());
        for file in &present {
            fs::remove_file(self.root.join(file))
                .map_err(|error| failed("checkout", &error.to_string()))?;
        }
        let checkout = [&["--quiet", "HEAD"], from_list.as_slice()].concat();
        if !present.is_empty() {
            self.run_configured(&[], "checkout", &checkout, &nul(&present), &literal)?;
        }
        Ok(())
    }

    /// Removes the files below a directory of a clone that no commit has.
    ///
    /// # Errors
    /// With git's message.
    pub fn clean_in_clone(&self, directory: &str) -> Result<(), Trouble> {
        let args = ["-ffdx", "--quiet", "--", directory];
        self.run("clean", &args).map(drop)
    }

    /// Creates an annotated tag at HEAD of a clone. Does nothing if a tag has this name or makes it
    /// impossible.
    ///
    /// # Errors
    /// With git's message.
    pub fn tag_in_clone(&self, name: &str) -> Result<(), Trouble> {
        if self.tag_at(name)?.is_some() || self.tag_in_the_way(name)?.is_some() {
            return Ok(());
        }
        let args = [
            "--annotate",
            "--no-sign",
            "--message",
            name,
            "--end-of-options",
            name,
        ];
        self.run_configured(&AUTHOR, "tag", &args, &[], &[])
            .map(drop)
    }

    /// Replaces the links that lead into one of these directories by their absolute path, in
    /// submodules as well. They then lead to `missing`, which does not exist.
    fn break_links(&self, directories: &[PathBuf], missing: &Path) -> Result<(), Trouble> {
        for (_, path) in self.entries_of("120000 ")? {
            let link = self.root.join(&path);
            let Ok(target) = fs::read_link(&link) else {
                continue;
            };
            if directories.iter().any(|one| target.starts_with(one)) {
                lead_to(missing, &link).map_err(|error| failed("checkout", &error.to_string()))?;
            }
        }
        for (_, path) in self.entries_of("160000 ")? {
            let submodule = self.root.join(path);
            if git_dir(&submodule).is_some() {
                Self::at(&submodule).break_links(directories, missing)?;
            }
        }
        Ok(())
    }

    /// Returns object and path of the entries in the index with this mode.
    fn entries_of(&self, mode: &str) -> Result<Vec<(String, String)>, Trouble> {
        let listed = self.run("ls-files", &["-z", "--stage"])?;
        let entries = records(&listed).filter_map(|record| {
            let record = String::from_utf8_lossy(record).into_owned();
            let (entry, path) = record.strip_prefix(mode)?.split_once('\t')?;
            let (object, _) = entry.split_once(' ')?;
            Some((object.to_owned(), path.to_owned()))
        });
        Ok(entries.collect())
    }
}

/// The settings of a submodule in `.gitmodules`.
struct Submodule {
    url: String,
    update: Option<String>,
}

/// Returns a path as an argument for git.
fn text(path: &Path) -> Result<&str, Trouble> {
    path.to_str().ok_or_else(|| {
        let message = format!("the path {} is not Unicode", path.display());
        failed("clone", &message)
    })
}

#[cfg(unix)]
fn lead_to(target: &Path, link: &Path) -> std::io::Result<()> {
    fs::remove_file(link)?;
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn lead_to(_: &Path, link: &Path) -> std::io::Result<()> {
    fs::remove_file(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::tests::git;
    use crate::tests::Scratch;

    /// A repository `outer` with the submodule `sub`.
    fn with_submodule() -> Scratch {
        let scratch = Scratch::new();
        for name in ["sub", "outer"] {
            scratch.write(&format!("{name}/f"), "text\n");
            let top = scratch.path().join(name);
            git(&top, &["init", "--quiet"]);
            if name == "outer" {
                let from = scratch.path().join("sub");
                git(
                    &top,
                    &["submodule", "--quiet", "add", from.to_str().unwrap(), "sub"],
                );
            }
            commit(&top);
        }
        scratch
    }

    fn commit(top: &Path) {
        git(top, &["add", "--all"]);
        git(top, &["commit", "--quiet", "--message", "m"]);
    }

    /// Clones `outer` to `clone` and returns the text of a file in the clone.
    fn cloned(scratch: &Scratch, file: &str) -> Result<Option<String>, Trouble> {
        let top = scratch.path().join("clone");
        Git::at(&scratch.path().join("outer")).clone_head(&top)?;
        let text = fs::read_to_string(top.join(file)).ok();
        fs::remove_dir_all(&top).unwrap();
        Ok(text)
    }

    #[test]
    fn clone_is_on_the_branch_and_has_tags_and_address() {
        type Change = fn(&Path);
        // Branch, description of the commit and address of the remote.
        let table: [(&str, [&str; 3], Change); 5] = [
            ("branch", ["work/a", "v2", ""], |_| {}),
            ("no branch", ["HEAD", "v2", ""], |top| {
                git(top, &["checkout", "--quiet", "--detach"]);
            }),
            ("tag", ["work/a", "v2", ""], |top| {
                git(top, &["tag", "v2", "HEAD"]);
            }),
            (
                "address",
                ["work/a", "v2", "https://example.invalid/a.git"],
                |top| {
                    let url = "https://example.invalid/a.git";
                    git(top, &["remote", "add", "origin", url]);
                },
            ),
            ("relative address", ["work/a", "v2", ""], |top| {
                git(top, &["remote", "add", "origin", "../b"]);
            }),
        ];
        for (case, [branch, tag, url], change) in table {
            let scratch = Scratch::with(&[("outer/f", "text\n")]);
            let outer = scratch.path().join("outer");
            git(&outer, &["init", "--quiet"]);
            git(&outer, &["checkout", "--quiet", "-b", "work/a"]);
            commit(&outer);
            change(&outer);
            let top = scratch.path().join("clone");
            let clone = Git::at(&outer).clone_head(&top).unwrap();
            clone.commit_in_clone(&["f".to_owned()], "m").unwrap();
            clone.tag_in_clone("v2").unwrap();
            let url = match url {
                "" => outer.canonicalize().unwrap().display().to_string(),
                url => url.to_owned(),
            };
            let of_clone = |args: &[&str]| git(&top, args);
            assert_eq!(
                of_clone(&["rev-parse", "--abbrev-ref", "HEAD"]),
                branch,
                "{case}"
            );
            assert!(of_clone(&["describe", "--tags"]).starts_with(tag), "{case}");
            assert_eq!(of_clone(&["remote", "get-url", "origin"]), url, "{case}");
        }
    }

    #[test]
    fn clone_has_what_is_committed() {
        type Change = fn(&Path);
        let table: [(&str, &str, Option<&str>, Change); 6] = [
            ("committed", "f", Some("text\n"), |_| {}),
            ("changed later", "f", Some("text\n"), |top| {
                fs::write(top.join("f"), "other\n").unwrap();
            }),
            ("ignored", "g", None, |top| {
                fs::write(top.join(".gitignore"), "g\n").unwrap();
                fs::write(top.join("g"), "").unwrap();
                commit(top);
            }),
            ("converted", "f", Some("text\n"), |top| {
                git(top, &["config", "core.autocrlf", "true"]);
            }),
            (
                "with a filter of this repository",
                "f",
                Some("raw\n"),
                |top| {
                    git(top, &["config", "filter.x.clean", "sed s/text/raw/"]);
                    git(top, &["config", "filter.x.smudge", "sed s/raw/text/"]);
                    fs::write(top.join(".gitattributes"), "f filter=x\n").unwrap();
                    fs::write(top.join("f"), "text\n").unwrap();
                    git(top, &["add", "--renormalize", "f"]);
                    commit(top);
                },
            ),
            ("with an attribute", "f", Some("text\r\n"), |top| {
                fs::write(top.join(".gitattributes"), "f text eol=crlf\n").unwrap();
                commit(top);
            }),
        ];
        for (case, file, expected, change) in table {
            let scratch = with_submodule();
            change(&scratch.path().join("outer"));
            let text = cloned(&scratch, file).unwrap();
            assert_eq!(text.as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn clone_overrides_settings_of_the_user() {
        let scratch = with_submodule();
        let top = scratch.path().join("clone");
        let outer = scratch.path().join("outer");
        Git::at(&outer).clone_head(&top).unwrap();
        for (key, expected) in [("core.eol", "native"), ("core.autocrlf", "false")] {
            let value = git(&top, &["config", "--local", key]);
            assert_eq!(value.trim_end(), expected, "{key}");
        }
    }

    #[test]
    fn filters_are_turned_off_except_for_git_lfs() {
        for (key, value, expected) in [
            ("filter.a.b.smudge", "sed s/a/b/", "cat"),
            ("filter.a=b.smudge", "sed s/a/b/", "cat"),
            ("filter.a.process", "x", ""),
            (
                "filter.lfs.process",
                "git-lfs filter-process",
                "git-lfs filter-process",
            ),
            ("filter.lfs.smudge", "sed s/a/b/", "cat"),
        ] {
            let scratch = with_submodule();
            let outer = scratch.path().join("outer");
            git(&outer, &["config", key, value]);
            Git::at(&outer).turn_off_filters().unwrap();
            let settings = git(&outer, &["config", key]);
            assert_eq!(settings.trim_end(), expected, "{key} {value}");
        }
    }

    #[test]
    fn submodule_that_a_clone_cannot_fill_stays_empty() {
        type Change = fn(&Path);
        let table: [(&str, Option<&str>, Change); 3] = [
            ("usual", Some("text\n"), |_| {}),
            ("not updated", None, |top| {
                git(
                    top,
                    &[
                        "config",
                        "-f",
                        ".gitmodules",
                        "submodule.sub.update",
                        "none",
                    ],
                );
            }),
            ("not named", None, |top| {
                fs::remove_file(top.join(".gitmodules")).unwrap();
            }),
        ];
        for (case, expected, change) in table {
            let scratch = with_submodule();
            let outer = scratch.path().join("outer");
            change(&outer);
            git(&outer, &["add", "--all"]);
            git(
                &outer,
                &["commit", "--quiet", "--allow-empty", "--message", "m"],
            );
            let text = cloned(&scratch, "sub/f").unwrap();
            assert_eq!(text.as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn submodule_with_another_address_is_not_cloned() {
        let scratch = with_submodule();
        let outer = scratch.path().join("outer");
        git(
            &outer,
            &["config", "-f", ".gitmodules", "submodule.sub.url", "/none"],
        );
        commit(&outer);
        let error = cloned(&scratch, "sub/f").unwrap_err().to_string();
        assert!(error.contains("`/none`"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn absolute_link_into_the_repository_leads_nowhere() {
        let scratch = with_submodule();
        let outer = scratch.path().join("outer");
        for (link, to, expected) in [
            ("relative", PathBuf::from("f"), Some("text\n")),
            ("absolute", outer.join("f"), None),
        ] {
            std::os::unix::fs::symlink(to, outer.join(link)).unwrap();
            commit(&outer);
            let text = cloned(&scratch, link).unwrap();
            assert_eq!(text.as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn missing_object_is_an_error() {
        let scratch = with_submodule();
        let outer = scratch.path().join("outer");
        let id = git(&outer, &["rev-parse", "HEAD:f"]);
        let (dir, file) = id.trim().split_at(2);
        fs::remove_file(outer.join(".git/objects").join(dir).join(file)).unwrap();
        assert!(cloned(&scratch, "f").is_err());
    }

    #[test]
    fn cleaning_a_clone_keeps_committed_files() {
        let scratch = with_submodule();
        let outer = scratch.path().join("outer");
        scratch.write("outer/target/kept", "");
        scratch.write("outer/.gitignore", "build\n");
        commit(&outer);
        let top = scratch.path().join("clone");
        let clone = Git::at(&outer).clone_head(&top).unwrap();
        for file in ["target/new", "target/build/ignored", "other"] {
            scratch.write(&format!("clone/{file}"), "");
        }
        clone.clean_in_clone("target").unwrap();
        clone.clean_in_clone("missing").unwrap();
        assert!(top.join("target/kept").exists());
        assert!(top.join("other").exists());
        assert!(!top.join("target/new").exists());
        assert!(!top.join("target/build").exists());
    }

    #[test]
    fn edits_are_committed_in_the_clone() {
        let scratch = with_submodule();
        let outer = scratch.path().join("outer");
        fs::write(outer.join(".gitattributes"), "f text eol=crlf\n").unwrap();
        git(&outer, &["add", "--all"]);
        git(&outer, &["commit", "--quiet", "--amend", "--message", "m"]);
        let top = scratch.path().join("clone");
        let clone = Git::at(&outer).clone_head(&top).unwrap();
        fs::write(top.join("f"), "new\n").unwrap();
        clone.commit_in_clone(&["f".to_owned()], "m").unwrap();
        assert_eq!(git(&top, &["status", "--porcelain"]), "");
        assert_eq!(git(&top, &["show", "HEAD:f"]), "new");
        assert_eq!(fs::read(top.join("f")).unwrap(), b"new\r\n");
        assert_eq!(git(&outer, &["log", "--format=%s"]), "m");
    }
}
