//! Reads the keys of cargo's configuration files that name programs: `build.target`,
//! `build.rustdoc`, `build.rustc-wrapper` and `target.*.runner`.
//!
//! As in cargo, `.cargo/config.toml` is read in the working directory, in every directory above it
//! and in `CARGO_HOME`, and the nearest file takes precedence. Files that cannot be read are
//! skipped, because cargo reports them. `include` is not supported.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use cargo_metadata::cargo_platform::{Cfg, Platform};
use toml_edit::{DocumentMut, Item};

use super::Probe;
use crate::process::capture;
use crate::process::temp_dir::TempDir;
use crate::store;

/// Returns a key among these values of the configuration that cargo does not use. No compiler is run,
/// so that keys which cargo reads only when it builds are not found.
pub fn unused_config_key(probe: &Probe<'_>, flags: &[String], values: &[String]) -> Option<String> {
    // An empty directory for the command that would be run: nothing is removed.
    let empty = TempDir::new().ok()?;
    let target_dir = empty.path().join("target").to_string_lossy().into_owned();
    let mut args = vec!["clean", "--dry-run", "--target-dir", &target_dir];
    args.extend(flags.iter().map(String::as_str));
    for value in values {
        args.extend(["--config", value]);
    }
    let invocation = probe.invocation(probe.cargo, &args);
    unused_key(&capture(&invocation, super::TIMEOUT, probe.cancel).stderr)
}

/// Returns the first key of the command line's configuration that cargo says it does not use.
pub fn unused_key(stderr: &str) -> Option<String> {
    const STARTS: [&str; 2] = ["warning: unused config key `", "warning: unused key `"];
    // The files of the user may have such keys, too.
    const OF_COMMAND_LINE: [&str; 2] = ["` in `--config cli option`", "` in [target] config table"];
    stderr.lines().find_map(|line| {
        let mut rest = STARTS.iter().filter_map(|start| line.strip_prefix(start));
        let rest = rest.next()?;
        let mut ends = OF_COMMAND_LINE.iter().filter_map(|end| rest.find(end));
        Some(rest[..ends.next()?].to_owned())
    })
}

/// The configuration files, nearest first, each with the directory that its relative programs start
/// from.
#[derive(Debug, Default)]
pub(crate) struct CargoConfig {
    files: Vec<(PathBuf, DocumentMut)>,
}

impl CargoConfig {
    /// Reads the files that apply to `cwd`.
    pub(crate) fn read(cwd: &Path, cargo_home: Option<&Path>) -> Self {
        let above = cwd.ancestors().map(|dir| dir.join(".cargo"));
        let mut dirs: Vec<PathBuf> = above.collect();
        dirs.extend(
            cargo_home
                // For a workspace below the home directory, cargo's home is already in the list.
                .filter(|home| !dirs.iter().any(|dir| dir == home))
                .map(Path::to_owned),
        );
        Self {
            files: dirs.iter().filter_map(|dir| read_file(dir)).collect(),
        }
    }

    /// Returns `build.target` if it is a single target.
    pub(crate) fn target(&self) -> Option<String> {
        let targets = self
            .files
            .iter()
            .filter_map(|(_, doc)| doc.get("build")?.get("target")?.as_str());
        targets.map(str::to_owned).next()
    }

    /// Returns `build.rustdoc`.
    pub(crate) fn rustdoc(&self) -> Option<String> {
        self.program("rustdoc")
    }

    /// Returns `build.rustc-wrapper`. It is empty if a file turns it off.
    pub(crate) fn rustc_wrapper(&self) -> Option<String> {
        self.program("rustc-wrapper")
    }

    /// Returns the program that a key of `[build]` names.
    fn program(&self, key: &str) -> Option<String> {
        self.files.iter().find_map(|(root, doc)| {
            let word = doc.get("build")?.get(key)?.as_str()?.to_owned();
            anchored(root, vec![word]).pop()
        })
    }

    /// Returns `target.TRIPLE.runner`, or the `target.'cfg(..)'.runner` that matches. The result is
    /// empty if there is none.
    ///
    /// `cfg` returns the settings of the target (`unix`, `target_os="linux"`). It is called only if
    /// they are needed.
    ///
    /// # Errors
    /// If several `cfg(..)` match, which cargo rejects as well.
    pub(crate) fn runner(
        &self,
        triple: &str,
        cfg: &dyn Fn() -> Vec<String>,
    ) -> Result<Vec<String>, String> {
        // As in cargo, the triple takes precedence over every `cfg(..)`.
        if let Some(words) = self
            .files
            .iter()
            .find_map(|(root, doc)| words(root, doc.get("target")?.get(triple)?))
        {
            return Ok(words);
        }
        let mut found = self.conditional();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let settings: Vec<Cfg> = cfg()
            .iter()
            .filter_map(|line| Cfg::from_str(line).ok())
            .collect();
        found.retain(|(key, _)| {
            Platform::from_str(key).is_ok_and(|platform| platform.matches(triple, &settings))
        });
        match found.as_slice() {
            [] => Ok(Vec::new()),
            [(_, words)] => Ok(words.clone()),
            [(one, _), (two, _), ..] => Err(format!(
                "both target.'{one}'.runner and target.'{two}'.runner match"
            )),
        }
    }

    /// Returns every `cfg(..)` that has a runner. Of equal keys, the nearest is returned.
    fn conditional(&self) -> Vec<(String, Vec<String>)> {
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for (root, doc) in &self.files {
            let Some(tables) = doc.get("target").and_then(Item::as_table_like) else {
                continue;
            };
            for (key, table) in tables.iter().filter(|(key, _)| key.starts_with("cfg(")) {
                if let Some(words) =
                    words(root, table).filter(|_| !found.iter().any(|(known, _)| known == key))
                {
                    found.push((key.to_owned(), words));
                }
            }
        }
        found
    }
}

/// Reads the configuration file in a directory. As in cargo, `config` takes precedence over
/// `config.toml`.
fn read_file(dir: &Path) -> Option<(PathBuf, DocumentMut)> {
    let text = ["config", "config.toml"]
        .iter()
        .find_map(|name| store::read_text(&dir.join(name)).ok())?;
    Some((dir.parent()?.to_owned(), text.parse().ok()?))
}

/// Returns the `runner` of a target: a string that is split at white space, or an array.
fn words(root: &Path, table: &Item) -> Option<Vec<String>> {
    let runner = table.get("runner")?;
    let words: Vec<String> = match (runner.as_str(), runner.as_array()) {
        (Some(text), _) => text.split_whitespace().map(str::to_owned).collect(),
        (_, Some(list)) => list
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    Some(anchored(root, words)).filter(|words| !words.is_empty())
}

/// Makes a program whose name contains a slash relative to `root`. A name without a slash is
/// searched for on `PATH`.
pub(crate) fn anchored(root: &Path, mut words: Vec<String>) -> Vec<String> {
    if let Some(program) = words
        .first_mut()
        .filter(|p| p.contains('/') || cfg!(windows) && p.contains('\\'))
    {
        *program = root.join(&*program).to_string_lossy().into_owned();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(files: &[(&str, &str)]) -> CargoConfig {
        CargoConfig {
            files: files
                .iter()
                .map(|(root, text)| (PathBuf::from(root), text.parse().unwrap()))
                .collect(),
        }
    }

    fn runner(files: &[(&str, &str)]) -> Result<String, String> {
        let cfg = || {
            ["unix", "target_os=\"linux\"", "debug_assertions"]
                .map(str::to_owned)
                .to_vec()
        };
        config(files)
            .runner("x86_64-unknown-linux-gnu", &cfg)
            .map(|words| words.join("|"))
    }

    #[test]
    fn unused_key_of_the_command_line_is_found() {
        for (stderr, expected) in [
            (
                "   Compiling x\nwarning: unused config key `build.jbos` in `--config cli option`\n",
                Some("build.jbos"),
            ),
            (
                "warning: unused config key `profile.dev.package.\"*\".x` in `--config cli option`",
                Some("profile.dev.package.\"*\".x"),
            ),
            (
                "warning: unused key `rustflag` in [target] config table `cfg(all())`",
                Some("rustflag"),
            ),
            (
                "warning: unused config key `build.jbos` in `/home/ana/.cargo/config.toml`",
                None,
            ),
            ("error: no such command", None),
        ] {
            assert_eq!(unused_key(stderr).as_deref(), expected, "{stderr}");
        }
    }

    #[test]
    fn runner_is_found_as_in_cargo() {
        let triple = "[target.x86_64-unknown-linux-gnu]\n";
        let table: [(&[(&str, String)], &str); 9] = [
            (&[], ""),
            (
                &[("/w", format!("{triple}runner = 'valgrind -q  --x'"))],
                "valgrind|-q|--x",
            ),
            (&[("/w", format!("{triple}runner = ['a b', 'c']"))], "a b|c"),
            (
                &[("/w", format!("{triple}runner = 'tools/run -v'"))],
                "/w/tools/run|-v",
            ),
            (&[("/w", format!("{triple}runner = ''"))], ""),
            (&[("/w", "[target.'cfg(unix)']\nrunner = 'u'".into())], "u"),
            (
                &[("/w", "[target.'cfg(windows)']\nrunner = 'u'".into())],
                "",
            ),
            (
                &[
                    ("/w/a", "[build]".into()),
                    (
                        "/w",
                        "target.'cfg(target_os = \"linux\")'.runner = ['./r']".into(),
                    ),
                ],
                "/w/./r",
            ),
            (
                &[
                    ("/w/a", "[target.'cfg(unix)']\nrunner = 'near'".into()),
                    ("/w", "[target.'cfg(unix)']\nrunner = 'far'".into()),
                ],
                "near",
            ),
        ];
        for (files, expected) in table {
            let files: Vec<(&str, &str)> = files
                .iter()
                .map(|(root, text)| (*root, text.as_str()))
                .collect();
            assert_eq!(runner(&files), Ok(expected.to_owned()), "{files:?}");
        }
    }

    #[test]
    fn triple_takes_precedence_and_two_matching_conditions_are_an_error() {
        let both =
            "[target.'cfg(unix)']\nrunner = 'u'\n[target.'cfg(target_os=\"linux\")']\nrunner = 'l'";
        assert!(runner(&[("/w", both)]).is_err_and(|text| text.contains("cfg(unix)")));
        let triple = "[target.x86_64-unknown-linux-gnu]\nrunner = 't'";
        assert_eq!(runner(&[("/w", both), ("/", triple)]), Ok("t".to_owned()));
    }

    #[test]
    fn nearest_file_takes_precedence_and_invalid_files_are_skipped() {
        let scratch = TempDir::new().unwrap();
        let write = |path: &str, text: &str| {
            let path = scratch.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::io::Write::write_all(
                &mut crate::test_runner::record::create_file(&path).unwrap(),
                text.as_bytes(),
            )
            .unwrap();
        };
        write("a/b/.cargo/config.toml", "not = toml = at all");
        write(
            "a/.cargo/config.toml",
            "[build]\ntarget = 'near'\nrustdoc = 'tools/rustdoc'",
        );
        write(
            "home/config.toml",
            "[build]\ntarget = 'home'\nrustdoc = 'rustdoc-nightly'",
        );
        let home = scratch.path().join("home");
        let target = |cwd: &str| CargoConfig::read(&scratch.path().join(cwd), Some(&home)).target();
        assert_eq!(target("a/b"), Some("near".to_owned()));
        assert_eq!(target("c"), Some("home".to_owned()));
        let rustdoc =
            |cwd: &str| CargoConfig::read(&scratch.path().join(cwd), Some(&home)).rustdoc();
        let beside = scratch
            .path()
            .join("a/tools/rustdoc")
            .to_string_lossy()
            .into_owned();
        assert_eq!(
            [rustdoc("a"), rustdoc("c")],
            [Some(beside), Some("rustdoc-nightly".to_owned())]
        );
    }
}
