//! Reads the files that contain options, with limits on their size.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::RevisionFiles;
use super::config::{self, Config};
use super::mistake::{Invalid, Mistake};
use super::refused::Refused;
use crate::store;
use crate::text::excerpt;

/// The name of the configuration file.
pub const NAME: &str = "campaign.toml";
/// The maximum size of a configuration file in bytes.
const LIMIT: u64 = 1 << 20;
/// The maximum size of a manifest in bytes. Generated ones can be large.
const MANIFEST_LIMIT: u64 = 16 << 20;

/// A campaign with the file that defines it.
#[derive(Clone, Debug)]
pub struct CampaignSource {
    /// Absolute path.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The campaign.
    pub config: Config,
}

/// Finds and reads the campaign.
///
/// It is in the given file, else in `campaign.toml` in the root, else in
/// `[workspace.metadata.campaign]` of the root manifest. Returns `None` if there is none.
///
/// # Errors
/// If a file cannot be read or is not valid, or if both places define a campaign.
pub fn find(
    root: &Path,
    manifest: &Path,
    given: Option<&Path>,
) -> Result<Option<CampaignSource>, Refused> {
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
    let parsed = config::parse(&file, &text).map(Some);
    accepted(path, file, text, parsed)
}

/// Reads the campaign of a git revision. Files are named as in git: `main:campaign.toml`.
///
/// # Errors
/// If the campaign is not valid.
pub fn of_revision(
    root: &Path,
    manifest: &Path,
    policy: &RevisionFiles,
) -> Result<Option<CampaignSource>, Refused> {
    if let Some(text) = policy.campaign.clone() {
        let (path, file) = (root.join(&policy.path), policy.file(&policy.path));
        let parsed = config::parse(&file, &text).map(Some);
        return accepted(path, file, text, parsed);
    }
    let Some(text) = policy.manifest.clone() else {
        return Ok(None);
    };
    let (path, file) = (manifest.to_path_buf(), policy.file(&shown(manifest, root)));
    let parsed = config::parse_metadata(&file, &text);
    accepted(path, file, text, parsed)
}

fn metadata(root: &Path, manifest: &Path) -> Result<Option<CampaignSource>, Refused> {
    let file = shown(manifest, root);
    let Some(text) = manifest_text(manifest, &file)? else {
        return Ok(None);
    };
    let parsed = config::parse_metadata(&file, &text);
    accepted(manifest.to_path_buf(), file, text, parsed)
}

/// Returns the campaign that was read from a file, or its mistakes with the text that they are in.
fn accepted(
    path: PathBuf,
    file: String,
    text: String,
    parsed: Result<Option<Config>, Vec<Mistake>>,
) -> Result<Option<CampaignSource>, Refused> {
    match parsed {
        Ok(config) => Ok(config.map(|config| CampaignSource { path, text, config })),
        Err(mistakes) => Err(Invalid {
            file,
            text,
            mistakes,
        }
        .into()),
    }
}

/// Returns whether the manifest has a table for the campaign, valid or not.
fn has_metadata(root: &Path, manifest: &Path) -> Result<bool, Refused> {
    let text = manifest_text(manifest, &shown(manifest, root))?;
    Ok(text.is_some_and(|text| config::has_metadata(&text)))
}

/// Reads a manifest.
pub(super) fn manifest_text(path: &Path, file: &str) -> Result<Option<String>, Refused> {
    read(path, file, MANIFEST_LIMIT)
}

/// Rejects a file in the repository that is a symbolic link to a file outside it.
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

/// Returns whether a path in the repository that contains `dir` leads out of it by a symbolic link.
///
/// Errors quote lines of the file, so such a link could publish any file that the user can read.
pub(super) fn leads_out(path: &Path, dir: &Path) -> bool {
    let repository = dir
        .ancestors()
        .find(|dir| dir.join(".git").exists())
        .unwrap_or(dir);
    let (Ok(target), Ok(real)) = (
        std::fs::canonicalize(path),
        std::fs::canonicalize(repository),
    ) else {
        return false; // Reading the file reports the error.
    };
    path.starts_with(repository) && !target.starts_with(real)
}

/// Reads a text file. Returns `None` if it does not exist.
///
/// # Errors
/// If the path is not a file, or if the file is too large, unreadable or not UTF-8.
fn read(path: &Path, file: &str, limit: u64) -> Result<Option<String>, Refused> {
    match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(file, &error.to_string())),
        Ok(meta) if !meta.is_file() => return Err(unreadable(file, "it is not a file")),
        Ok(_) => {}
    }
    let bytes = match store::read_file(path, limit) {
        Ok(bytes) => bytes,
        Err(error) => return Err(unreadable(file, &error.to_string())),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() + 1;
            Err(unreadable(file, &format!("line {line} is not UTF-8")))
        }
    }
}

/// Returns the error for a file that cannot be read.
fn unreadable(file: &str, why: &str) -> Refused {
    Refused::usage(format!("could not read `{}`: {why}", excerpt(file)))
}

/// Returns a path for messages: relative to the root and separated by `/` if it is below the root.
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
