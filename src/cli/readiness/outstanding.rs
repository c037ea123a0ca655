//! What the campaign itself waits for before a release: its workstreams, and what people must attest.

use anyhow::Result;

use super::super::session::Session;
use super::super::standing::Standing;
use crate::judge::readiness::Known;
use crate::judge::{self, outstanding};
use crate::options::mistake::Invalid;
use crate::options::{Refused, config};
use crate::store;
use crate::workstream::Workstream;

/// Where attestations are kept, from the root.
const FILE: &str = ".campaign/attestations.toml";

/// Everything that is not there yet.
///
/// # Errors
/// When attestations cannot be understood.
pub(super) fn outstanding(session: &Session, standing: &Standing) -> Result<Known<Vec<String>>> {
    let (config, today) = (session.config(), session.today());
    let root = session.root();
    let exists = |file: &str| root.join(file).exists();
    let evidence = standing.evidence(&today);
    let judged = |stream: &Workstream| judge::judge(&stream.gates, &[], &config.catalogue, &evidence);
    let mut open = outstanding::workstreams(&config.workstreams, judged, exists);
    let asked = &config.releases.attestations;
    if asked.is_empty() {
        return Ok(Ok(open));
    }
    let text = match store::read_text(&root.join(FILE)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Ok(Err(format!("cannot read {FILE}: {error}"))),
        Ok(text) => text,
    };
    let given = config::attestations(FILE, &text)
        .map_err(|mistakes| Refused::from(Invalid { file: FILE.to_owned(), text: text.clone(), mistakes }))?;
    open.extend(outstanding::attestations(asked, &given, &today, exists));
    Ok(Ok(open))
}
