//! `[attested]`: values that people state in attestations, as metrics.

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlNode};
use super::own::{is_name, read_metric};
use super::reader::Reader;
use crate::collector::ATTESTED;
use crate::metric::{Catalogue, MetricRow};
use crate::text::excerpt;

/// Reads the section. Adds the metrics to the catalogue.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &TomlNode,
    catalogue: &mut Catalogue,
) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for entry in reader.table(node).unwrap_or_default() {
        if !is_name(&entry.key) {
            let message = format!(
                "not a name for an attested value: `{}`",
                excerpt(&entry.key)
            );
            let label = "expected lower-case letters, digits, `-`, `_`";
            reader.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
            continue;
        }
        let metric = format!("{ATTESTED}.{}", entry.key);
        match value(reader, entry, &metric, catalogue) {
            Some(row) => rows.push(row),
            None => reader.doubtful.push(metric),
        }
    }
    rows
}

/// Reads the declaration of a value. Its title says on every screen that people state it.
fn value(
    reader: &mut Reader<'_>,
    entry: &TomlEntry,
    metric: &str,
    catalogue: &mut Catalogue,
) -> Option<MetricRow> {
    let row = read_metric(reader, ATTESTED, metric, entry)?;
    let title = match row.title == metric {
        true => &entry.key,
        false => &row.title,
    };
    let row = MetricRow {
        title: format!("{title} (attested)"),
        per_package: false,
        ..row
    };
    match catalogue.add(row.clone()) {
        Ok(()) => Some(row),
        Err(taken) => {
            let message = format!("metric `{metric}` exists already");
            let label = format!("measured by `{}`", taken.collector);
            reader.wrong(Mistake::new(entry.key_at.clone(), message, label))
        }
    }
}
