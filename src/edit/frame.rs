//! The format of a journal. Pure: changes in, bytes out, and back.
//!
//! ```text
//! {"sha256":"<64 hex>","format":1,"tool":"0.1.0","body":"<64 hex>","files":[{"path":"Cargo.toml","before":120,"after":121}],"about":{..}}
//! <120 bytes><121 bytes>
//! ```
//!
//! The first line says which files and how many bytes of each follow. `sha256` is over the rest of the line (from
//! `"format"` to its newline), `body` over all that follows it, so that the list can be believed by itself. This envelope
//! stays in every later format.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::store::digest;

/// The format that this version writes.
pub(super) const FORMAT: u32 = 1;

/// How the first line begins; the digest follows.
const OPENING: &str = "{\"sha256\":\"";

#[derive(Serialize, Deserialize)]
struct Head<T> {
    format: u32,
    tool: String,
    body: String,
    files: Vec<Listed>,
    about: T,
}

/// What every format has.
#[derive(Deserialize)]
struct Envelope {
    format: u32,
    tool: String,
}

/// The lengths of a file's contents; none where there is no file.
#[derive(Serialize, Deserialize)]
struct Listed {
    path: String,
    before: Option<usize>,
    after: Option<usize>,
}

/// Why bytes could not be taken for a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Not what was written, as a fragment, and the files it names as far as they can be read.
    Damaged {
        why: &'static str,
        files: Vec<String>,
    },
    /// Whole, but in a later format.
    Newer { format: u32, tool: String },
}

/// A journal as bytes.
pub(super) fn encode<T: Serialize>(about: &T, changes: &[Change]) -> serde_json::Result<Vec<u8>> {
    let sides = changes
        .iter()
        .flat_map(|change| [&change.before, &change.after]);
    let body: Vec<u8> = sides.flatten().flatten().copied().collect();
    let listed = |change: &Change| Listed {
        path: change.path.clone(),
        before: change.before.as_ref().map(Vec::len),
        after: change.after.as_ref().map(Vec::len),
    };
    let files = changes.iter().map(listed).collect();
    let tool = env!("CARGO_PKG_VERSION").to_owned();
    let head = serde_json::to_string(&Head {
        format: FORMAT,
        tool,
        body: digest(&body),
        files,
        about,
    })?;
    let rest = format!("{}\n", &head[1..]);
    Ok([
        format!("{OPENING}{}\",{rest}", digest(rest.as_bytes())).into_bytes(),
        body,
    ]
    .concat())
}

/// The journal in these bytes.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<Change>), Flaw> {
    let (head, mut body) = head::<T>(bytes)?;
    let damaged = |why| Flaw::Damaged {
        why,
        files: head.files.iter().map(|file| file.path.clone()).collect(),
    };
    if digest(body) != head.body {
        return Err(damaged("the checksum of its contents does not fit"));
    }
    let mut change = |file: &Listed| {
        let (before, after) = (side(&mut body, file.before)?, side(&mut body, file.after)?);
        Some(Change {
            path: file.path.clone(),
            before,
            after,
        })
    };
    let changes: Option<Vec<Change>> = head.files.iter().map(&mut change).collect();
    let changes = changes.ok_or_else(|| damaged("its contents are shorter than it says"))?;
    Ok((head.about, changes))
}

/// Takes a content of this length off the rest of the body; `None` when the body is too short.
fn side(rest: &mut &[u8], length: Option<usize>) -> Option<Option<Vec<u8>>> {
    let Some(length) = length else {
        return Some(None);
    };
    let (side, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(Some(side.to_vec()))
}

/// The first line alone: what the journal is about, and its files.
pub(super) fn decode_list<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<String>), Flaw> {
    let (head, _) = head::<T>(bytes)?;
    Ok((
        head.about,
        head.files.into_iter().map(|file| file.path).collect(),
    ))
}

fn head<T: DeserializeOwned>(bytes: &[u8]) -> Result<(Head<T>, &[u8]), Flaw> {
    let end = bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    let (line, body) = bytes.split_at(end);
    let damaged = |why| Flaw::Damaged {
        why,
        files: names(line),
    };
    let rest = line
        .strip_prefix(OPENING.as_bytes())
        .and_then(|rest| rest.split_at_checked(64));
    let (sum, rest) = rest.ok_or_else(|| damaged("it does not begin like one"))?;
    let rest = rest
        .strip_prefix(b"\",")
        .filter(|rest| digest(rest).as_bytes() == sum);
    rest.ok_or_else(|| damaged("its checksum does not fit"))?;
    let envelope: Envelope =
        serde_json::from_slice(line).map_err(|_| damaged("it is not understood"))?;
    if envelope.format != FORMAT {
        return Err(Flaw::Newer {
            format: envelope.format,
            tool: envelope.tool,
        });
    }
    let head = serde_json::from_slice(line).map_err(|_| damaged("it is not understood"))?;
    Ok((head, body))
}

/// The paths in a first line that cannot be believed, for people.
fn names(line: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(line);
    let paths = text
        .split("{\"path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'));
    paths.map(|(path, _)| path.to_owned()).collect()
}
