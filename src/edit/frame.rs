//! The format of a journal. Pure: changes in, bytes out, and back.
//!
//! ```text
//! {"sha256":"<64 hex>","format":1,"tool":"0.1.0","body":"<64 hex>","files":[{"path":"Cargo.toml","before":120,"after":121}],"about":{..}}
//! <120 bytes><121 bytes>
//! ```
//!
//! The first line contains the paths of the files and the number of bytes of each. `sha256` covers the
//! rest of the line (from `"format"` to its newline) and `body` covers the bytes after it, so that the
//! list can be trusted by itself. Every later format keeps this envelope.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::store::digest;

/// The format that this version writes.
pub(super) const FORMAT: u32 = 1;

/// The beginning of the first line, before the digest.
const OPENING: &str = "{\"sha256\":\"";

#[derive(Serialize, Deserialize)]
struct FrameHead<T> {
    format: u32,
    tool: String,
    body: String,
    files: Vec<FileLengths>,
    about: T,
}

/// The fields that every format has.
#[derive(Deserialize)]
struct Envelope {
    format: u32,
    tool: String,
}

/// The lengths of a file's contents. `None` if the file does not exist.
#[derive(Serialize, Deserialize)]
struct FileLengths {
    path: String,
    before: Option<usize>,
    after: Option<usize>,
}

/// Why bytes are not a usable journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The journal is damaged.
    Damaged {
        /// The damage as a fragment.
        why: &'static str,
        /// The files in the journal, as far as they are readable.
        files: Vec<String>,
    },
    /// The journal has a later format.
    Newer { format: u32, tool: String },
}

impl Flaw {
    fn damaged(why: &'static str, files: Vec<String>) -> Self {
        Self::Damaged { why, files }
    }
}

/// Encodes a journal.
pub(super) fn encode<T: Serialize>(about: &T, changes: &[Change]) -> serde_json::Result<Vec<u8>> {
    let sides = changes
        .iter()
        .flat_map(|change| [&change.before, &change.after]);
    let body: Vec<u8> = sides.flatten().flatten().copied().collect();
    let files = changes.iter().map(|change| FileLengths {
        path: change.path.clone(),
        before: change.before.as_ref().map(Vec::len),
        after: change.after.as_ref().map(Vec::len),
    });
    let head = serde_json::to_string(&FrameHead {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        body: digest(&body),
        files: files.collect(),
        about,
    })?;
    let rest = format!("{}\n", &head[1..]);
    Ok([
        format!("{OPENING}{}\",{rest}", digest(rest.as_bytes())).into_bytes(),
        body,
    ]
    .concat())
}

/// Decodes a journal.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<Change>), Flaw> {
    let (head, mut body) = head::<T>(bytes)?;
    if digest(body) != head.body {
        let why = "the checksum of its contents does not match";
        return Err(Flaw::damaged(why, head.paths()));
    }
    let changes = head.files.iter().map(|file| {
        Some(Change {
            path: file.path.clone(),
            before: side(&mut body, file.before)?,
            after: side(&mut body, file.after)?,
        })
    });
    match changes.collect::<Option<Vec<Change>>>() {
        Some(changes) => Ok((head.about, changes)),
        None => {
            let why = "its contents are shorter than its list";
            Err(Flaw::damaged(why, head.paths()))
        }
    }
}

impl<T> FrameHead<T> {
    fn paths(&self) -> Vec<String> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }
}

/// Removes a content of this length from the start of the body. `None` if the body is too short.
fn side(rest: &mut &[u8], length: Option<usize>) -> Option<Option<Vec<u8>>> {
    let Some(length) = length else {
        return Some(None);
    };
    let (side, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(Some(side.to_vec()))
}

/// Decodes only the first line: the metadata and the paths of the files.
pub(super) fn decode_list<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<String>), Flaw> {
    let (head, _) = head::<T>(bytes)?;
    let paths = head.paths();
    Ok((head.about, paths))
}

fn head<T: DeserializeOwned>(bytes: &[u8]) -> Result<(FrameHead<T>, &[u8]), Flaw> {
    let end = bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    let (line, body) = bytes.split_at(end);
    let rest = line
        .strip_prefix(OPENING.as_bytes())
        .and_then(|rest| rest.split_at_checked(64));
    let Some((sum, rest)) = rest else {
        return Err(Flaw::damaged("it is not a journal", names(line)));
    };
    let is_intact = rest
        .strip_prefix(b"\",")
        .is_some_and(|rest| digest(rest).as_bytes() == sum);
    if !is_intact {
        return Err(Flaw::damaged("its checksum does not match", names(line)));
    }
    let invalid = |_| Flaw::damaged("it has unknown content", names(line));
    let envelope: Envelope = serde_json::from_slice(line).map_err(invalid)?;
    if envelope.format != FORMAT {
        return Err(Flaw::Newer {
            format: envelope.format,
            tool: envelope.tool,
        });
    }
    let head = serde_json::from_slice(line).map_err(invalid)?;
    Ok((head, body))
}

/// Returns the paths in a damaged first line, for messages.
fn names(line: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(line);
    let paths = text
        .split("{\"path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'));
    paths.map(|(path, _)| path.to_owned()).collect()
}
