//! What a piece of work costs, and the line that is printed for it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it starts what it measures and prints the table"
)]

use std::iter::Sum;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Wall and CPU seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |a, b| Self {
            wall: a.wall + b.wall,
            cpu: a.cpu + b.cpu,
        })
    }
}

/// Both sides of a row, round by round.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    ours: Vec<Cost>,
    theirs: Vec<Cost>,
}

impl Sides {
    /// Measures both in turns; every second round the other one begins, so that neither always finds the caches warm.
    pub(crate) fn in_turns(
        rounds: usize,
        mut ours: impl FnMut(usize) -> Cost,
        mut theirs: impl FnMut(usize) -> Cost,
    ) -> Self {
        let mut sides = Self::default();
        for round in 0..rounds {
            if round % 2 == 0 {
                sides.ours.push(ours(round));
                sides.theirs.push(theirs(round));
            } else {
                sides.theirs.push(theirs(round));
                sides.ours.push(ours(round));
            }
        }
        sides
    }

    /// Prints the row: medians of each side, and the median of the rounds' ratios with its range.
    pub(crate) fn print(&self, name: &str, goal: &str) {
        let wall = self.column(|cost| cost.wall);
        let cpu = self.column(|cost| cost.cpu);
        println!("{name:<36} {wall}   {cpu}   {goal}");
    }

    fn column(&self, of: fn(&Cost) -> f64) -> String {
        let side = |costs: &[Cost]| median(costs.iter().map(of).collect());
        let ratios: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.theirs)
            .map(|(a, b)| of(a) / of(b))
            .collect();
        let (low, high) = ratios.iter().fold((f64::MAX, f64::MIN), |(low, high), r| {
            (low.min(*r), high.max(*r))
        });
        let (ours, theirs) = (side(&self.ours), side(&self.theirs));
        format!(
            "{ours:>8.3} {theirs:>8.3} {:>6.3} ({low:.3}-{high:.3})",
            median(ratios)
        )
    }

    /// Median CPU milliseconds of ours.
    pub(crate) fn our_cpu(&self) -> f64 {
        1000.0 * median(self.ours.iter().map(|cost| cost.cpu).collect())
    }

    /// How many CPU milliseconds ours takes longer, in the middle.
    pub(crate) fn more_cpu(&self) -> f64 {
        1000.0
            * median(
                self.ours
                    .iter()
                    .zip(&self.theirs)
                    .map(|(a, b)| a.cpu - b.cpu)
                    .collect(),
            )
    }
}

/// The title of the columns. All times are seconds.
pub(crate) fn heading() {
    let side = |what: &str| format!("{:>8} {:>8} {what:>6} {:<13}", "ours", "theirs", "(range)");
    println!("{:<36} {}   {}   goal", "", side("wall"), side("CPU"));
}

/// A line below a row.
pub(crate) fn note(text: &str) {
    println!("    {text}");
}

/// Prints our side alone, and what installs the other.
pub(crate) fn missing(name: &str, ours: impl FnMut(usize) -> Cost, fix: &str) {
    let costs: Vec<Cost> = (0..rounds(3)).map(ours).collect();
    let (wall, cpu) = (
        median(costs.iter().map(|c| c.wall).collect()),
        median(costs.iter().map(|c| c.cpu).collect()),
    );
    println!(
        "{name:<36} {wall:>8.3} {:>8} {:>6} {:<13}   {cpu:>8.3} {:>8}",
        "-", "", "", "-"
    );
    note(&format!("the other side is missing: {fix}"));
}

/// Runs a command to its end, with nothing to read and nobody to write to.
pub(crate) fn cost(command: &mut Command) -> Cost {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let (cost, status) = stopped(|| {
        command
            .status()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    });
    assert!(
        status.code().is_some_and(|code| code < 2),
        "{command:?}: {status}"
    );
    cost
}

/// What it costs to do something in other processes.
pub(crate) fn stopped<T>(work: impl FnOnce() -> T) -> (Cost, T) {
    let (before, clock) = (children_cpu(), Instant::now());
    let value = work();
    (
        Cost {
            wall: clock.elapsed().as_secs_f64(),
            cpu: children_cpu() - before,
        },
        value,
    )
}

/// How often a row is measured, unless `ROUNDS` says otherwise.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// CPU seconds of all children that have ended and were waited for, and of theirs.
#[cfg(unix)]
fn children_cpu() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

#[cfg(not(unix))]
fn children_cpu() -> f64 {
    f64::NAN
}
