//! Owners of workstreams that the configuration does not name, from `CODEOWNERS`.

use std::collections::BTreeSet;

use crate::ops::Context;
use crate::ops::evaluate::directory_in_repository;
use crate::progress::code_owners::CodeOwners;
use crate::store;
use crate::workstream::Workstream;

/// The places of the file, relative to the root of the repository. The first one counts.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Returns the workstreams of the configuration. One without an owner gets that of its paths, if all of them have the same.
pub(super) fn workstreams(cx: &Context) -> Vec<Workstream> {
    let mut streams = cx.config().workstreams.clone();
    let is_needed = |stream: &Workstream| stream.owner.is_none() && !stream.paths.is_empty();
    if !streams.iter().any(is_needed) {
        return streams;
    }
    let Some((owners, below)) = code_owners(cx) else {
        return streams;
    };
    for stream in &mut streams {
        if is_needed(stream) {
            stream.owner = owner(cx, stream, &owners, &below);
        }
    }
    streams
}

/// Returns the owners, and the directory of the workspace in the repository. `None` without such a file.
fn code_owners(cx: &Context) -> Option<(CodeOwners, String)> {
    let below = directory_in_repository(cx.root())?;
    let depth = below.split('/').filter(|part| !part.is_empty()).count();
    let top = cx.root().ancestors().nth(depth)?;
    let mut texts = PLACES
        .iter()
        .map(|place| store::read_text(&top.join(place)));
    let text = texts.find_map(Result::ok)?;
    Some((CodeOwners::parse(&text), below))
}

/// Returns the owner of all paths of a workstream.
fn owner(cx: &Context, stream: &Workstream, owners: &CodeOwners, below: &str) -> Option<String> {
    let mut found = BTreeSet::new();
    for path in &stream.paths {
        // A file of the directory or of the pattern.
        let mut file = path.trim_end_matches('/').replace('*', "_");
        if path.ends_with('/') || cx.root().join(&file).is_dir() {
            file.push_str("/_");
        }
        let file = match below {
            "" => file,
            below => format!("{below}/{file}"),
        };
        found.insert(owners.of(&file).join(" "));
    }
    match found.into_iter().collect::<Vec<_>>().as_slice() {
        [owner] if !owner.is_empty() => Some(owner.clone()),
        _ => None,
    }
}
