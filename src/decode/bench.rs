//! Benchmark values: libtest's `bench:` lines, criterion's `estimates.json`, divan's table.

mod divan;

#[cfg(test)]
mod tests;

pub use self::divan::divan;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::decode::libtest::text::{announced, totals};
use crate::decode::text::plain;
use crate::event::Bench;

/// A nanosecond in seconds.
const NANO: f64 = 1e-9;

/// Reads the values in the stdout of a bench executable:
/// `test NAME ... bench:   1,234.56 ns/iter (+/- 78)`.
///
/// The interval is the value minus and plus the deviation. A value of 0 is dropped, as the compiler
/// removed all of the work.
pub fn libtest(package: &str, target: &str, stdout: &str) -> Vec<Bench> {
    stdout
        .lines()
        .filter_map(|text| line(package, target, &plain(text)))
        .collect()
}

/// Returns why the values in the stdout of a libtest bench executable may be incomplete, as a
/// fragment. The exit status is not enough, because a benchmark can end the process with 0.
pub fn unfinished(stdout: &str) -> Option<String> {
    let Some(announced) = stdout.lines().find_map(announced) else {
        return Some("did not print how many benchmarks it runs".to_owned());
    };
    let Some(totals) = stdout.lines().rev().find_map(totals) else {
        return Some("ended before its `test result:` line".to_owned());
    };
    let counted: u32 = totals.counts().iter().sum();
    let printed = stdout
        .lines()
        .filter(|text| plain(text).contains(" ... bench:"))
        .count();
    if counted != announced {
        return Some(format!(
            "announced {announced} benchmarks and tests, and finished {counted}"
        ));
    }
    let is_printed = u32::try_from(printed) == Ok(totals.measured);
    (!is_printed).then(|| {
        format!(
            "measured {} benchmarks, and printed values of {printed}",
            totals.measured
        )
    })
}

/// Reads a `bench:` line.
fn line(package: &str, target: &str, line: &str) -> Option<Bench> {
    let (name, values) = line.strip_prefix("test ")?.split_once(" ... bench:")?;
    let (value, rest) = values.split_once(" ns/iter")?;
    let seconds = nanoseconds(value).filter(|seconds| *seconds > 0.0)?;
    Some(Bench {
        package: package.to_owned(),
        target: target.to_owned(),
        id: name.trim().to_owned(),
        seconds,
        // The deviation may exceed the value, and a time cannot be negative.
        interval: deviation(rest)
            .map(|deviation| ((seconds - deviation).max(0.0), seconds + deviation)),
        samples: None,
        format: "libtest".to_owned(),
    })
}

/// Reads `(+/- 78)`.
fn deviation(text: &str) -> Option<f64> {
    let (nanos, _) = text.trim().strip_prefix("(+/- ")?.split_once(')')?;
    nanoseconds(nanos)
}

/// Converts `1,234.56` nanoseconds to seconds.
fn nanoseconds(value: &str) -> Option<f64> {
    let nanoseconds: f64 = value.trim().replace(',', "").parse().ok()?;
    (nanoseconds.is_finite() && nanoseconds >= 0.0).then_some(nanoseconds * NANO)
}

/// criterion's `benchmark.json`.
#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

/// criterion's `estimates.json`, in nanoseconds. A number that is not finite is written as `null`.
#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
    slope: Option<Estimate>,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: Interval,
    point_estimate: Option<f64>,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: Option<f64>,
    upper_bound: Option<f64>,
}

/// criterion's `sample.json`.
#[derive(Deserialize)]
struct Sample {
    times: Vec<IgnoredAny>,
}

/// Reads one benchmark of criterion: its `benchmark.json` and `estimates.json` (both in `new/`), and
/// `sample.json` if it exists.
///
/// The value is criterion's slope (format `criterion`), or its mean if it has none
/// (`criterion-mean`): the one that criterion itself prints as `time`.
///
/// # Errors
/// With a fragment that names the unexpected part. The format is undocumented, so nothing is
/// guessed.
pub fn criterion(
    package: &str,
    target: &str,
    benchmark: &str,
    estimates: &str,
    sample: Option<&str>,
) -> Result<Bench, String> {
    let id = json::<Benchmark>("benchmark.json", benchmark)?.full_id;
    let estimates: Estimates = json("estimates.json", estimates)?;
    let (what, estimate, format) = match estimates.slope {
        Some(slope) => ("slope", slope, "criterion"),
        None => ("mean", estimates.mean, "criterion-mean"),
    };
    let Interval {
        lower_bound,
        upper_bound,
    } = estimate.confidence_interval;
    let seconds = positive(
        &id,
        &format!("{what}.point_estimate"),
        estimate.point_estimate,
    )?;
    let lower = positive(&id, &format!("{what}.lower_bound"), lower_bound)?;
    let upper = positive(&id, &format!("{what}.upper_bound"), upper_bound)?;
    if lower > upper {
        return Err(format!("the interval of `{what}` of `{id}` is upside down"));
    }
    let samples = match sample {
        Some(sample) => u32::try_from(json::<Sample>("sample.json", sample)?.times.len()).ok(),
        None => None,
    };
    let (package, target, format) = (package.to_owned(), target.to_owned(), format.to_owned());
    Ok(Bench {
        package,
        target,
        id,
        seconds,
        interval: Some((lower, upper)),
        samples,
        format,
    })
}

/// Converts a positive number of nanoseconds to seconds.
fn positive(id: &str, field: &str, value: Option<f64>) -> Result<f64, String> {
    match value {
        Some(value) if value.is_finite() && value > 0.0 => Ok(value * NANO),
        Some(value) => Err(format!("`{field}` of `{id}` is {value}")),
        None => Err(format!("`{field}` of `{id}` is not a number")),
    }
}

fn json<'a, T: Deserialize<'a>>(file: &str, text: &'a str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("{file} is not as criterion writes it: {error}"))
}
