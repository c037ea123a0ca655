//! Finds the result files that criterion wrote while an executable ran.
//!
//! Criterion writes `<home>/<group>/<function>/<value>/new/{benchmark,estimates,sample}.json`. The
//! files are decoded by `decode::bench`.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::store;

/// Number of directory levels that are searched. Criterion uses fewer.
const DEPTH: usize = 8;

/// The contents of the files of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ResultFiles {
    /// `benchmark.json`.
    pub(super) benchmark: String,
    /// `estimates.json`.
    pub(super) estimates: String,
    /// `sample.json`, if it exists.
    pub(super) sample: Option<String>,
}

/// Returns the benchmarks below `home` whose estimates were written between `from` and `to`,
/// ordered by path.
pub(super) fn written(home: &Path, from: SystemTime, to: SystemTime) -> Vec<ResultFiles> {
    let mut found = Vec::new();
    walk(home, DEPTH, &mut |new| {
        let time = fs::metadata(new.join("estimates.json")).and_then(|m| m.modified());
        // The directory also has the results of earlier runs and of benchmarks that were removed.
        if time.is_ok_and(|time| from <= time && time <= to) {
            found.extend(read(new));
        }
    });
    found
}

fn read(new: &Path) -> Option<ResultFiles> {
    Some(ResultFiles {
        benchmark: store::read_text(&new.join("benchmark.json")).ok()?,
        estimates: store::read_text(&new.join("estimates.json")).ok()?,
        sample: store::read_text(&new.join("sample.json")).ok(),
    })
}

/// Calls `found` with every directory `new`, ordered by path. Links are not followed.
fn walk(dir: &Path, depth: usize, found: &mut dyn FnMut(&Path)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    let mut dirs: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    dirs.sort();
    for dir in dirs {
        if dir.ends_with("new") {
            found(&dir);
        } else {
            walk(&dir, depth, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;
    use crate::process::temp_dir::TempDir;
    use crate::test_runner::record::create_file;

    /// Writes a benchmark whose estimates are `age` seconds older than `now`.
    fn bench(home: &Path, id: &str, now: SystemTime, age: u64, files: &[&str]) {
        let new = home.join(id).join("new");
        fs::create_dir_all(&new).unwrap();
        for name in files {
            let mut file = create_file(&new.join(name)).unwrap();
            file.write_all(format!("{id} {name}").as_bytes()).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
    }

    #[test]
    fn only_files_written_during_the_run_belong_to_an_executable() {
        let scratch = TempDir::new().unwrap();
        let (home, now) = (
            scratch.path(),
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        );
        let whole = ["benchmark.json", "estimates.json", "sample.json"];
        bench(home, "b/fn/10", now, 5, &whole);
        bench(home, "a", now, 0, &whole[..2]);
        bench(home, "old", now, 11, &whole);
        bench(home, "later", now - Duration::from_secs(20), 0, &whole);
        bench(home, "torn", now, 5, &["estimates.json"]);
        bench(home, "1/2/3/4/5/6/7/8/9", now, 5, &whole);
        let found = written(home, now - Duration::from_secs(10), now);
        let names: Vec<&str> = found.iter().map(|f| f.benchmark.as_str()).collect();
        assert_eq!(names, ["a benchmark.json", "b/fn/10 benchmark.json"]);
        assert_eq!(
            (found[0].sample.is_some(), found[1].sample.is_some()),
            (false, true)
        );
    }

    #[test]
    fn missing_directory_has_no_benchmarks() {
        assert_eq!(
            written(
                Path::new("/no/such"),
                SystemTime::UNIX_EPOCH,
                SystemTime::UNIX_EPOCH
            ),
            []
        );
    }
}
