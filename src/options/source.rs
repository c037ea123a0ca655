//! Reading the files that options come from, with limits: a configuration is small, plain text.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Policy;
use super::config::{self, Config};
use super::mistake::Invalid;
use super::refused::Refused;
use crate::store;
use crate::text::excerpt;

/// The name of the file.
pub const NAME: &str = "campaign.toml";
/// More is no configuration.
const LIMIT: u64 = 1 << 20;
/// Manifests of generated workspaces are longer.
const MANIFEST_LIMIT: u64 = 16 << 20;

/// A campaign with the file that it came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Absolute.
    pub path: PathBuf,
    /// As shown: relative to the root.
    pub file: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub config: Config,
}

/// Finds and reads the campaign: the file given, else `campaign.toml` in the root, else `[workspace.metadata.campaign]` in
/// the root manifest. `None` when there is none; both at once contradict.
pub fn find(root: &Path, manifest: &Path, given: Option<&Path>) -> Result<Option<Source>, Refused> {
    let path = given.map_or_else(|| root.join(NAME), Path::to_path_buf);
    let file = shown(&path, root);
    stays_in_repository(&path, &file, root)?;
    let text = read(&path, &file, LIMIT)?;
    let Some(text) = text else {
        return match given {
            Some(_) => Err(Refused::usage(format!(
                "could not find `{}`",
                excerpt(&file)
            ))),
            None => metadata(root, manifest),
        };
    };
    if given.is_none() && has_metadata(root, manifest)? {
        let message = format!(
            "both {NAME} and [workspace.metadata.campaign] of {} describe the campaign",
            shown(manifest, root)
        );
        return Err(Refused::with_help(message, "keep one of them"));
    }
    match config::parse(&file, &text) {
        Ok(config) => Ok(Some(Source {
            path,
            file,
            text,
            config,
        })),
        Err(mistakes) => Err(Invalid {
            file,
            text,
            mistakes,
        }
        .into()),
    }
}

/// Reads the campaign as a git revision has it. Files are named as git does: `main:campaign.toml`.
pub fn of_revision(
    root: &Path,
    manifest: &Path,
    policy: &Policy,
) -> Result<Option<Source>, Refused> {
    let named = |file: &str| format!("{}:{file}", policy.revision);
    if let Some(text) = policy.campaign.clone() {
        let (path, file) = (root.join(NAME), named(NAME));
        return match config::parse(&file, &text) {
            Ok(config) => Ok(Some(Source {
                path,
                file,
                text,
                config,
            })),
            Err(mistakes) => Err(Invalid {
                file,
                text,
                mistakes,
            }
            .into()),
        };
    }
    let Some(text) = policy.manifest.clone() else {
        return Ok(None);
    };
    let (path, file) = (manifest.to_path_buf(), named(&shown(manifest, root)));
    match config::parse_metadata(&file, &text) {
        Ok(config) => Ok(config.map(|config| Source {
            path,
            file,
            text,
            config,
        })),
        Err(mistakes) => Err(Invalid {
            file,
            text,
            mistakes,
        }
        .into()),
    }
}

fn metadata(root: &Path, manifest: &Path) -> Result<Option<Source>, Refused> {
    let file = shown(manifest, root);
    let Some(text) = manifest_text(manifest, &file)? else {
        return Ok(None);
    };
    match config::parse_metadata(&file, &text) {
        Ok(config) => Ok(config.map(|config| Source {
            path: manifest.to_path_buf(),
            file,
            text,
            config,
        })),
        Err(mistakes) => Err(Invalid {
            file,
            text,
            mistakes,
        }
        .into()),
    }
}

/// Is there a table, right or wrong? A manifest that is no TOML is cargo's to refuse.
fn has_metadata(root: &Path, manifest: &Path) -> Result<bool, Refused> {
    let text = manifest_text(manifest, &shown(manifest, root))?;
    Ok(text.is_some_and(|text| config::has_metadata(&text)))
}

/// The text of a manifest.
pub(super) fn manifest_text(path: &Path, file: &str) -> Result<Option<String>, Refused> {
    read(path, file, MANIFEST_LIMIT)
}

/// Refuses a campaign below the repository that a symbolic link takes from outside of it.
fn stays_in_repository(path: &Path, file: &str, root: &Path) -> Result<(), Refused> {
    if !leads_out(path, root) {
        return Ok(());
    }
    let message = format!(
        "could not read `{}`: a symbolic link leads out of the repository",
        excerpt(file)
    );
    Err(Refused::with_help(
        message,
        "replace the link by a copy of the file",
    ))
}

/// Returns whether a path below the repository that contains `dir` leads out of it by a symbolic link. Mistakes are shown with
/// the lines that they are in, so such a link could publish any file that this user can read.
pub(super) fn leads_out(path: &Path, dir: &Path) -> bool {
    let repository = dir
        .ancestors()
        .find(|dir| dir.join(".git").exists())
        .unwrap_or(dir);
    let (Ok(target), Ok(real)) = (
        std::fs::canonicalize(path),
        std::fs::canonicalize(repository),
    ) else {
        return false; // reading it tells what is wrong
    };
    path.starts_with(repository) && !target.starts_with(real)
}

/// The text of a file, or `None` when there is no such file. Fails on what is no file, too long, unreadable or not UTF-8.
fn read(path: &Path, file: &str, limit: u64) -> Result<Option<String>, Refused> {
    let refuse = |why: String| {
        Err(Refused::usage(format!(
            "could not read `{}`: {why}",
            excerpt(file)
        )))
    };
    match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return refuse(error.to_string()),
        Ok(meta) if !meta.is_file() => return refuse("it is not a file".to_owned()),
        Ok(_) => {}
    }
    let bytes = match store::read_file(path, limit) {
        Ok(bytes) => bytes,
        Err(error) => return refuse(error.to_string()),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() + 1;
            refuse(format!("line {line} is not UTF-8"))
        }
    }
}

/// A path for people: below the root relative to it, with `/`.
pub(super) fn shown(path: &Path, root: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(below) if below != Path::new("") => below
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/"),
        _ => path.display().to_string(),
    }
}
