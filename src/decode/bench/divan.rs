//! divan's table on stdout: a tree of names, and the fastest, slowest, median and mean time of each benchmark.
//!
//! ```text
//! d                fastest       │ slowest       │ median        │ mean          │ samples │ iters
//! ├─ fib                         │               │               │               │         │
//! │  ├─ 1          0.542 ns      │ 0.544 ns      │ 0.544 ns      │ 0.543 ns      │ 5       │ 20480
//! │  ╰─ 10         2.173 ns      │ 2.183 ns      │ 2.183 ns      │ 2.179 ns      │ 5       │ 5120
//! ```

use crate::decode::text::plain;
use crate::event::Bench;

/// The columns of the header after the name.
const COLUMNS: [&str; 6] = ["fastest", "slowest", "median", "mean", "samples", "iters"];
/// divan's units, in seconds.
const UNITS: [(&str, f64); 7] = [
    (" ps", 1e-12),
    (" ns", 1e-9),
    (" µs", 1e-6),
    (" ms", 1e-3),
    (" s", 1.0),
    (" m", 60.0),
    (" h", 3600.0),
];

/// Bytes of a benchmark's name including its groups. A table with longer names is not divan's, and
/// each name would repeat its groups.
const LONGEST: usize = 1000;

/// Returns the benchmarks of a table. A name is the path in the tree, joined with `/`. The value is
/// the median, and the interval reaches from the fastest to the slowest sample. A time of 0 is
/// dropped, as the compiler removed all of the work.
pub fn divan(package: &str, target: &str, stdout: &str) -> Vec<Bench> {
    let mut width = None;
    let mut path: Vec<String> = Vec::new();
    let mut benches = Vec::new();
    for line in stdout.lines() {
        let line = plain(line);
        if let Some(header) = names_width(&line) {
            (width, path) = (Some(header), Vec::new());
            continue;
        }
        let Some((depth, name, columns)) = width.and_then(|width| row(&line, width)) else {
            continue;
        };
        path.truncate(depth);
        path.push(name);
        if path.iter().map(String::len).sum::<usize>() <= LONGEST {
            benches.extend(bench(package, target, path.join("/"), &columns));
        }
    }
    benches
}

/// Returns the width of the column of names in characters if this line is the header.
fn names_width(line: &str) -> Option<usize> {
    let at = line.find(COLUMNS[0])?;
    let columns = line[at..].split('│').map(str::trim);
    columns.eq(COLUMNS).then(|| line[..at].chars().count())
}

/// Returns depth in the tree, name and columns of a line. `None` for lines without a name, such as
/// those of counters.
fn row(line: &str, width: usize) -> Option<(usize, String, Vec<String>)> {
    let split = line
        .char_indices()
        .nth(width)
        .map_or(line.len(), |(at, _)| at);
    let (mut rest, columns) = line.split_at(split);
    let mut depth = 0;
    while let Some(deeper) = rest
        .strip_prefix("│  ")
        .or_else(|| rest.strip_prefix("   "))
    {
        (rest, depth) = (deeper, depth + 1);
    }
    let name = rest
        .strip_prefix("├─ ")
        .or_else(|| rest.strip_prefix("╰─ "))?;
    Some((
        depth,
        name.trim_end().to_owned(),
        columns
            .split('│')
            .map(|column| column.trim().to_owned())
            .collect(),
    ))
}

fn bench(package: &str, target: &str, id: String, columns: &[String]) -> Option<Bench> {
    let [fastest, slowest, median, _, samples, _] = columns else {
        return None;
    };
    let seconds = seconds(median).filter(|seconds| *seconds > 0.0)?;
    Some(Bench {
        package: package.to_owned(),
        target: target.to_owned(),
        id,
        seconds,
        interval: self::seconds(fastest).zip(self::seconds(slowest)),
        samples: samples.parse().ok(),
        format: "divan".to_owned(),
    })
}

/// Converts `2.173 ns` to seconds.
fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    let seconds = number.parse::<f64>().ok()? * unit;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// divan 0.1.21.
    const TABLE: &str = "Timer precision: 20 ns
d                fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ counted       0.27 ns       │ 0.273 ns      │ 0.273 ns      │ 0.272 ns      │ 100     │ 409600
│                370.3 GB/s    │ 366.3 GB/s    │ 366.3 GB/s    │ 367.6 GB/s    │         │
├─ fib                         │               │               │               │         │
│  ├─ 1          0.542 ns      │ 0.544 ns      │ 0.544 ns      │ 0.543 ns      │ 5       │ 20480
│  ╰─ a │ \"b\"    2.173 ns      │ 2.183 ns      │ 2.183 ns      │ 2.179 ns      │ 5       │ 5120
├─ skipped       (ignored)     │               │               │               │         │
╰─ group                       │               │               │               │         │
   ├─ slow       2.067 ms      │ 2.072 ms      │ 2.069 ms      │ 2.07 ms       │ 3       │ 3
   ╰─ make                     │               │               │               │         │
      ├─ String  1.5 µs        │ 14.52 µs      │ 2 µs          │ 0.474 ns      │ 100     │ 102400
      ╰─ u8      0 ns          │ 0.001 ns      │ 0 ns          │ 0.001 ns      │ 100     │ 819200

";

    #[test]
    fn a_table_gives_the_median_of_each_benchmark() {
        let found: Vec<String> = divan("p", "d", TABLE)
            .into_iter()
            .map(|b| {
                let (low, high) = b.interval.unwrap();
                format!(
                    "{} {:.4e} {low:.3e} {high:.3e} {}",
                    b.id,
                    b.seconds,
                    b.samples.unwrap()
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "counted 2.7300e-10 2.700e-10 2.730e-10 100",
                "fib/1 5.4400e-10 5.420e-10 5.440e-10 5",
                "fib/a │ \"b\" 2.1830e-9 2.173e-9 2.183e-9 5",
                "group/slow 2.0690e-3 2.067e-3 2.072e-3 3",
                "group/make/String 2.0000e-6 1.500e-6 1.452e-5 100",
            ]
        );
    }

    #[test]
    fn what_is_no_table_gives_nothing() {
        for text in [
            "",
            "├─ a  1 ns │ 1 ns │ 1 ns │ 1 ns │ 1 │ 1\n",
            "d  fastest │ slowest\n├─ a  1 ns │ 1 ns\n",
        ] {
            assert_eq!(divan("p", "d", text), [], "{text}");
        }
    }
}
