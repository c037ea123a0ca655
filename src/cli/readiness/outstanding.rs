//! What the campaign itself waits for before a release: its workstreams, and what people must attest.

use anyhow::Result;

use super::super::session::Session;
use crate::judge::readiness::Known;

/// Everything that is not there yet.
pub(super) fn outstanding(session: &Session) -> Result<Known<Vec<String>>> {
    let _ = session;
    Ok(Ok(Vec::new()))
}
