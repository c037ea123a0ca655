//! Reads the measurement of the program that a step's command ran.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::event::{Artifact, Event, FileCounts, Problem};
use crate::plan::Sampling;
use crate::probe::{normalize, relative};
use crate::test_runner::record::{self, SampleRecord};

/// The rule of the problem that a program was not measured.
const UNMEASURED: &str = "unmeasured";

/// Returns the samples of the program, or the problem that there are none. Nothing, if cargo did not run it.
pub(super) fn event(records: &Path, units: &[Artifact], root: &Path) -> Option<Event> {
    let found: SampleRecord = record::read(&records.join(record::SAMPLES))?;
    let path = normalize(root, &found.exe);
    let file = relative(root, &path);
    let is_built = |unit: &&Artifact| {
        let executable = unit.executable.as_deref();
        executable.is_some_and(|executable| normalize(root, executable) == path)
    };
    let unit = units.iter().find(is_built);
    let message = match (&found.failure, unit) {
        (Some(why), _) => why.clone(),
        (None, None) => format!("cargo announced no program {file}"),
        (None, Some(unit)) => {
            return Some(Event::Counted(FileCounts {
                package: unit.package.clone(),
                others: Vec::new(),
                file,
                counts: counts(&found),
            }));
        }
    };
    Some(Event::Problem(Problem {
        file,
        rule: UNMEASURED.to_owned(),
        message,
        ..Problem::default()
    }))
}

fn counts(found: &SampleRecord) -> BTreeMap<Cow<'static, str>, u64> {
    let mut counts = BTreeMap::new();
    for (at, sample) in found.samples.iter().enumerate() {
        counts.insert(format!("{}{}", Sampling::SAMPLE, at + 1).into(), *sample);
    }
    if let Some(floor) = found.floor {
        counts.insert(Sampling::FLOOR.into(), floor);
    }
    counts
}
