//! State that is not derived from runs, and the log of people's actions. The store knows nothing about
//! the content of either.
//!
//! State lies in `index/`, which git ignores, but it is not a cache: without it, alerts are announced
//! again and messages that wait are lost. A log entry is a file of its own, meant to be committed, so
//! that entries of several branches merge without conflict.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::Doing;
use super::file::{self, Durable};
use super::{Error, Store, digest, record};

/// The largest state file or log entry that is read, in bytes.
const LIMIT: u64 = 1 << 24;

/// The number of log entries that are read, the newest ones.
const ENTRIES: usize = 10_000;

impl Store {
    /// Reads a state file. `None` if it does not exist.
    ///
    /// # Errors
    /// If it cannot be read, or git tracks it: then it is not of this machine.
    pub fn state(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.state_file(name)?;
        match self.read(&path, LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing("read", &path),
        }
    }

    /// Writes a state file atomically. The caller must hold the lock.
    ///
    /// # Errors
    /// If it cannot be written, or git tracks it. The file is unchanged then.
    pub fn put_state(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.state_file(name)?;
        self.own_folder(&["index"])?;
        file::put(&path, bytes, Durable::Yes).doing("write", &path)
    }

    /// Returns the path of a state file, which git must not track.
    fn state_file(&self, name: &str) -> Result<PathBuf, Error> {
        let file = self.dir().join("index").join(name);
        if !self.is_tracked(&format!("index/{name}")) {
            return Ok(file);
        }
        let tracked = self.tracked();
        let reason = tracked.reason().map(str::to_owned);
        let help = match reason {
            Some(_) => tracked.help().map(str::to_owned),
            None => {
                Some("git rm -r --cached .campaign/index (keeps the files; then commit)".to_owned())
            }
        };
        Err(Error::Tracked { file, reason, help })
    }

    /// Writes the file of attestations atomically. The caller must hold the lock.
    ///
    /// # Errors
    /// If it cannot be written, or is not a regular file. It is unchanged then.
    pub fn put_attestations(&self, bytes: &[u8]) -> Result<(), Error> {
        let path = self.own_folder(&[])?.join("attestations.toml");
        match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() => {
                let error = io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
                Err(error).doing("write", &path)
            }
            _ => file::put(&path, bytes, Durable::Yes).doing("write", &path),
        }
    }

    /// Writes a log entry, `log/<UTC time>-<kind>-<hash>.json`, and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_log_entry(&self, at: i64, kind: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let directory = self.own_folder(&["log"])?;
        let stamp = record::stamp(at);
        let mut hash = digest(bytes);
        let mut path = directory.join(format!("{stamp}-{kind}-{}.json", &hash[..8]));
        // The same action in the same second is another entry: the first may have been closed since.
        while path.exists() {
            hash = digest(hash.as_bytes());
            path = directory.join(format!("{stamp}-{kind}-{}.json", &hash[..8]));
        }
        file::put(&path, bytes, Durable::Yes).doing("write", &path)?;
        Ok(path)
    }

    /// Returns the log entries of a kind with their names, oldest first.
    ///
    /// # Errors
    /// If the directory or an entry cannot be read, is a link or is too large: its content is not known.
    pub fn log_entries(&self, kind: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let dir = self.dir().join("log");
        let part = format!("-{kind}-");
        let mut names = self.log_names(&dir).doing("read", &dir)?;
        names.retain(|name| name.contains(&part) && name.ends_with(".json"));
        // The names begin with the time in UTC.
        names.sort_unstable();
        let newest = names.split_off(names.len().saturating_sub(ENTRIES));
        let mut entries = Vec::new();
        for name in newest {
            let path = dir.join(&name);
            let bytes = self.read(&path, LIMIT).doing("read", &path)?;
            entries.push((name, bytes));
        }
        Ok(entries)
    }

    /// Returns the names in the log's directory. None if it does not exist.
    fn log_names(&self, dir: &Path) -> io::Result<Vec<String>> {
        match fs::symlink_metadata(dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Ok(found) if !found.is_dir() => {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "it is not a directory",
                ));
            }
            _ => file::is_below(self.dir(), dir)?,
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    /// Reads the attestations. `None` if there are none.
    ///
    /// # Errors
    /// If they cannot be read, or the file is a link.
    pub fn attestations(&self) -> io::Result<Option<String>> {
        match self.read(&self.dir().join("attestations.toml"), LIMIT) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    #[test]
    fn state_is_replaced_and_log_entries_accumulate() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        assert_eq!(store.state("alerts").unwrap(), None);
        store.put_state("alerts", b"1").unwrap();
        store.put_state("alerts", b"2").unwrap();
        assert_eq!(store.state("alerts").unwrap().as_deref(), Some(&b"2"[..]));
        for (at, kind, text) in [(60, "ack", "b"), (0, "ack", "a"), (60, "note", "c")] {
            store.add_log_entry(at, kind, text.as_bytes()).unwrap();
        }
        let entries = store.log_entries("ack").unwrap().into_iter();
        let texts: Vec<Vec<u8>> = entries.map(|(_, bytes)| bytes).collect();
        assert_eq!(texts, [b"a", b"b"]);

        let again = store.add_log_entry(0, "ack", b"a").unwrap();
        assert_eq!(store.log_entries("ack").unwrap().len(), 3);
        fs::remove_file(&again).unwrap();
        fs::create_dir(&again).unwrap();
        assert!(store.log_entries("ack").is_err());
        fs::remove_dir_all(store.dir().join("log")).unwrap();
        assert!(store.log_entries("ack").unwrap().is_empty());
        scratch.write(".campaign/log", "");
        assert!(store.log_entries("ack").is_err());
        let ignored = fs::read_to_string(store.dir().join(".gitignore")).unwrap();
        assert!(ignored.contains("/index/") && !ignored.contains("/log/"));
    }

    /// Files of the log, and the entries of the kind `ack` among them.
    #[test]
    fn log_entries_are_those_of_a_kind_in_the_order_of_time() {
        let early = "20261120-141209-ack-0a1b2c3d.json";
        let late = "20261130-090000-ack-00000000.json";
        for (names, expected) in [
            (&[][..], &[][..]),
            (&[late, early], &[early, late]),
            (&["20261120-141209-note-0a1b2c3d.json"], &[]),
            (&["20261120-141209-acknowledge-0a1b2c3d.json"], &[]),
            (&["20261120-141209-ack-0a1b2c3d.json.tmp", late], &[late]),
            (&["README.md", ".gitkeep", early], &[early]),
            (&["ack.json"], &[]),
        ] {
            let scratch = Scratch::new();
            let store = Store::open(scratch.path());
            for name in names {
                scratch.write(&format!(".campaign/log/{name}"), name);
            }
            let entries = store.log_entries("ack").unwrap();
            let found: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(found, expected, "{names:?}");
            for (name, bytes) in &entries {
                assert_eq!(name.as_bytes(), bytes, "each has its own content");
            }
        }
    }

    /// What stands in the place of the attestations, and what reading them gives.
    #[test]
    fn attestations_are_a_regular_file_of_text() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        let name = ".campaign/attestations.toml";
        assert_eq!(store.attestations().unwrap(), None);
        for text in [
            "",
            "# nothing yet\n",
            "[[attestation]]\r\nid = \"\u{fc}\"\r\n",
        ] {
            scratch.write(name, text);
            assert_eq!(store.attestations().unwrap().as_deref(), Some(text));
        }
        scratch.write(name, b"id = \"\xff\"");
        let error = store.attestations().unwrap_err();
        assert_eq!(error.to_string(), "it is not UTF-8");

        store.put_attestations(b"a = 1\n").unwrap();
        store.put_attestations(b"b = 2\n").unwrap();
        assert_eq!(store.attestations().unwrap().as_deref(), Some("b = 2\n"));

        let path = store.dir().join("attestations.toml");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(store.attestations().is_err());
        let error = store.put_attestations(b"c = 3\n").unwrap_err();
        assert!(
            error.to_string().contains("it is not a regular file"),
            "{error}"
        );
        assert!(path.is_dir(), "nothing was replaced");
    }

    #[cfg(unix)]
    #[test]
    fn link_in_the_place_of_notes_is_not_followed() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        let elsewhere = scratch.write("elsewhere.toml", "mine = true\n");
        fs::create_dir_all(store.dir().join("log")).unwrap();
        for name in ["attestations.toml", "log/20261120-141209-ack-0a1b2c3d.json"] {
            std::os::unix::fs::symlink(&elsewhere, store.dir().join(name)).unwrap();
        }
        assert!(store.attestations().is_err());
        assert!(store.put_attestations(b"x").is_err());
        assert!(store.log_entries("ack").is_err());
        let text = fs::read_to_string(&elsewhere).unwrap();
        assert_eq!(text, "mine = true\n", "it is unchanged");
    }
}
