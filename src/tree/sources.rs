//! The source files of the last measurement, so that a changed one can be named. This is only a cache;
//! without it, only the names are missing.

use std::collections::BTreeMap;

use super::Fingerprint;
use crate::store::Store;

/// The cache's name.
const INDEX: &str = "sources";

/// Remembers the source files of a measurement.
pub fn note(store: &Store, sources: &Fingerprint) {
    let mut text = format!("{}\n", sources.digest);
    for (name, content) in sources.entries() {
        let mode = if content.executable { 'x' } else { 'f' };
        text.push_str(&format!(
            "{mode} {} {name}\n",
            String::from_utf8_lossy(&content.hash)
        ));
    }
    let _ = store.cache(INDEX, text.as_bytes());
}

/// Returns the files in which the tree with this digest differs from `now`, sorted. `None` if another
/// tree is remembered.
pub fn changed(store: &Store, tree: &str, now: &Fingerprint) -> Option<Vec<String>> {
    let bytes = store.cached(INDEX)?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let mut lines = text.lines();
    if lines.next() != Some(tree) {
        return None;
    }
    let then: BTreeMap<String, (bool, Vec<u8>)> = lines.filter_map(read).collect();
    let present: BTreeMap<String, (bool, Vec<u8>)> = now
        .entries()
        .map(|(name, c)| (name.to_owned(), (c.executable, c.hash.to_vec())))
        .collect();
    let mut changed: Vec<String> = then.keys().chain(present.keys()).cloned().collect();
    changed.retain(|name| then.get(name) != present.get(name));
    changed.sort_unstable();
    changed.dedup();
    Some(changed)
}

/// Reads a line: mode, hash and name.
fn read(line: &str) -> Option<(String, (bool, Vec<u8>))> {
    let (mode, rest) = line.split_once(' ')?;
    let (hash, name) = rest.split_once(' ')?;
    Some((name.to_owned(), (mode == "x", hash.as_bytes().to_vec())))
}
