//! The index of the source tree as a cache file. Its records end with NUL, and the last one is the
//! digest of the others. A cache with any error is ignored.

use super::stamp::{Hash, Name, Stamp};
use super::{CountedFile, FileOrigin, Settings};

/// The first record, which identifies the layout.
const TITLE: &[u8] = b"cargo-campaign tree 3";

/// A listing with its stamps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// Time at which reading the tree began, in nanoseconds since 1970.
    pub(super) since: i128,
    /// Directories in which a new file would count.
    pub(super) dirs: Vec<(Name, Stamp)>,
    /// Counted files, sorted by name.
    pub(super) entries: Vec<CountedFile>,
    pub(super) digest: String,
    pub(super) settings: Settings,
}

impl Index {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = [TITLE, b"\0"].concat();
        let Settings {
            lints,
            clippy_toml,
            rustfmt_toml,
        } = &self.settings;
        let head = format!(
            "{} {} {lints} {clippy_toml} {rustfmt_toml} ",
            self.since, self.digest
        );
        record(&mut out, head.as_bytes(), b"");
        for (name, stamp) in &self.dirs {
            record(&mut out, stamp_text(*stamp).as_bytes(), name.bytes());
        }
        for CountedFile {
            name,
            stamp,
            hash,
            origin,
        } in &self.entries
        {
            let fields = format!(
                "{}{} {} ",
                stamp_text(*stamp),
                hash.hex(),
                origin_letter(*origin)
            );
            record(&mut out, fields.as_bytes(), name.bytes());
        }
        let sum = Hash::of(&out).hex();
        record(&mut out, sum.as_bytes(), b"");
        out
    }

    /// `None` unless every byte is as written.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(65)?)?;
        if Hash::read(sum.strip_suffix(b"\0")?)? != Hash::of(body) {
            return None;
        }
        let mut records = body.strip_suffix(b"\0")?.split(|&b| b == 0);
        if records.next() != Some(TITLE) {
            return None;
        }
        let mut head = Fields(records.next()?);
        let (since, digest) = (head.number()?, head.text()?);
        let settings = Settings {
            lints: head.text()?,
            clippy_toml: head.text()?,
            rustfmt_toml: head.text()?,
        };
        let mut index = Self {
            since,
            digest,
            settings,
            ..Self::default()
        };
        for record in records {
            let mut fields = Fields(record);
            let stamp = stamp(&mut fields)?;
            if stamp.kind == b'd' {
                index.dirs.push((Name::new(fields.0), stamp));
            } else {
                let hash = Hash::read(fields.next()?)?;
                let origin = origin(fields.next()?)?;
                index.entries.push(CountedFile {
                    name: Name::new(fields.0),
                    stamp,
                    hash,
                    origin,
                });
            }
        }
        Some(index)
    }
}

fn record(out: &mut Vec<u8>, fields: &[u8], name: &[u8]) {
    out.extend_from_slice(fields);
    out.extend_from_slice(name);
    out.push(0);
}

fn origin_letter(origin: FileOrigin) -> char {
    match origin {
        FileOrigin::Tracked => 't',
        FileOrigin::Untracked => 'u',
        FileOrigin::Report => 'r',
        FileOrigin::Log => 'l',
        FileOrigin::Found => 'i',
        FileOrigin::Setting => 's',
    }
}

fn origin(letter: &[u8]) -> Option<FileOrigin> {
    match letter {
        b"t" => Some(FileOrigin::Tracked),
        b"u" => Some(FileOrigin::Untracked),
        b"r" => Some(FileOrigin::Report),
        b"l" => Some(FileOrigin::Log),
        b"i" => Some(FileOrigin::Found),
        b"s" => Some(FileOrigin::Setting),
        _ => None,
    }
}

fn stamp_text(stamp: Stamp) -> String {
    let Stamp {
        kind,
        size,
        modified,
        changed,
        inode,
    } = stamp;
    format!("{} {size} {modified} {changed} {inode} ", char::from(kind))
}

fn stamp(fields: &mut Fields<'_>) -> Option<Stamp> {
    let [kind @ (b'f' | b'x' | b'l' | b'd' | b'o')] = *fields.next()? else {
        return None;
    };
    let (size, modified, changed, inode) = (
        fields.number()?,
        fields.number()?,
        fields.number()?,
        fields.number()?,
    );
    Some(Stamp {
        kind,
        size: size.try_into().ok()?,
        modified,
        changed,
        inode: inode.try_into().ok()?,
    })
}

/// The fields of a record, each of which ends with a blank. The rest is the name.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|&b| b == b' ')?;
        let field = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Some(field)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.next()?.to_vec()).ok()
    }

    fn number(&mut self) -> Option<i128> {
        std::str::from_utf8(self.next()?).ok()?.parse().ok()
    }
}
