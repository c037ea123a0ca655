//! The progress of the running step: a bar on a terminal, and a line now and then elsewhere.
//!
//! A bar appears only when a step has run for [`PATIENCE`], so that short steps do not flicker.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::event::{Event, Expected, Progress as Done};
use crate::report::figure::{clock, took};
use crate::report::style::{Look, Style};
use crate::text::escape;

/// How long a step runs before its bar appears, as in cargo.
const PATIENCE: Duration = Duration::from_millis(500);
/// CI systems end jobs that stay silent.
const SILENCE: Duration = Duration::from_secs(60);
/// How often the remaining time is redrawn.
const REDRAW: Duration = Duration::from_millis(500);

/// The running step as people see it.
pub(super) struct Progress {
    bars: bool,
    look: Look,
    target: fn() -> ProgressDrawTarget,
    expected: Vec<Expected>,
    current: Option<Current>,
}

struct Current {
    expected: Expected,
    started: Instant,
    spoke: Instant,
    done: Done,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(bars: bool, look: Look) -> Self {
        Self {
            bars,
            look,
            target: ProgressDrawTarget::stderr,
            expected: Vec::new(),
            current: None,
        }
    }

    pub(super) fn expect(&mut self, steps: Vec<Expected>) {
        self.expected = steps;
    }

    pub(super) fn event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { step } => self.begin(step, now),
            Event::Progress(done) => {
                if let Some(current) = &mut self.current {
                    current.done = done.clone();
                }
                self.draw(now);
            }
            Event::Ended(_) => self.end(),
            _ => {}
        }
    }

    fn begin(&mut self, step: &str, now: Instant) {
        self.end();
        let known = self.expected.iter().find(|expected| expected.step == step);
        let expected = known.cloned().unwrap_or_else(|| Expected {
            step: step.to_owned(),
            doing: "Running".to_owned(),
            ..Expected::default()
        });
        let done = Done {
            done: 0,
            total: 0,
            what: String::new(),
        };
        self.current = Some(Current {
            expected,
            started: now,
            spoke: now,
            done,
            bar: None,
        });
    }

    fn end(&mut self) {
        if let Some(bar) = self.current.take().and_then(|current| current.bar) {
            bar.finish_and_clear();
        }
    }

    /// Draws the bar if it is due. Without bars, returns verb, text and elapsed time for a line after a long silence.
    pub(super) fn tick(&mut self, now: Instant) -> Option<(String, String, String)> {
        self.draw(now);
        let current = self.current.as_mut()?;
        if self.bars || now.saturating_duration_since(current.spoke) < SILENCE {
            return None;
        }
        current.spoke = now;
        let running = now.saturating_duration_since(current.started).as_secs_f64();
        Some((
            current.expected.doing.clone(),
            current.still(),
            took(running),
        ))
    }

    fn draw(&mut self, now: Instant) {
        let Some(current) = &mut self.current else {
            return;
        };
        let running = now.saturating_duration_since(current.started);
        if !self.bars || running < PATIENCE {
            return;
        }
        let bar = current
            .bar
            .get_or_insert_with(|| bar(&current.expected, running, (self.target)(), &self.look));
        let total = match current.done {
            // The units of an earlier run are those that cargo builds.
            Done {
                total: 0, done: 0, ..
            } => current.expected.units,
            Done { total: 0, .. } => None,
            Done { total, .. } => Some(total),
        };
        let total = total.map(|total| total.max(1));
        if bar.length() != total {
            let template = match total {
                Some(total) => {
                    bar.set_length(total);
                    COUNTED
                }
                None => {
                    bar.unset_length();
                    UNCOUNTED
                }
            };
            bar.set_style(style(template, current.expected.seconds));
        }
        bar.set_position(current.done.done);
        bar.set_message(escape(&current.done.what));
    }

    /// Hides the bar while `act` writes to the terminal.
    pub(super) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        match self
            .current
            .as_ref()
            .and_then(|current| current.bar.as_ref())
        {
            Some(bar) => bar.suspend(act),
            None => act(),
        }
    }
}

impl Current {
    /// `still running, 212/391 riptide-api`.
    fn still(&self) -> String {
        let Done { done, total, what } = &self.done;
        match (*total, *done) {
            (0, 0) => "still running".to_owned(),
            (0, done) => format!("still running, {done} {what}"),
            (total, done) => format!("still running, {done}/{total} {what}"),
        }
    }
}

const COUNTED: &str = "{prefix} [{bar:25}] {pos}/{len} {wide_msg} {left}";
const UNCOUNTED: &str = "{prefix} {pos} {wide_msg} {left}";

fn bar(
    expected: &Expected,
    running: Duration,
    target: ProgressDrawTarget,
    look: &Look,
) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target).with_elapsed(running);
    bar.set_style(style(UNCOUNTED, expected.seconds));
    bar.set_prefix(look.paint(Style::Good, &format!("{:>12}", escape(&expected.doing))));
    bar.enable_steady_tick(REDRAW);
    bar
}

/// Returns the style of a bar. A template that does not parse only costs the look.
fn style(template: &str, expected: Option<f64>) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "left",
            move |state: &ProgressState, text: &mut dyn std::fmt::Write| {
                let _ = text.write_str(&left(expected, state.elapsed().as_secs_f64()));
            },
        )
        .progress_chars("=> ")
}

/// Returns `0:41 left`, or nothing if the time is unknown or the step takes longer than it did.
fn left(expected: Option<f64>, elapsed: f64) -> String {
    let mut text = String::new();
    if let Some(rest) = expected
        .map(|seconds| seconds - elapsed)
        .filter(|rest| *rest >= 0.5)
    {
        let _ = write!(text, "{} left", clock(rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::{Ended, Ending};

    fn progress(bars: bool) -> Progress {
        let mut progress = Progress::new(bars, Look::PLAIN);
        progress.target = ProgressDrawTarget::hidden;
        progress.expect(vec![Expected {
            step: "clippy".to_owned(),
            doing: "Linting".to_owned(),
            seconds: Some(72.0),
            units: Some(391),
        }]);
        progress
    }

    fn started() -> Event {
        Event::Started {
            step: "clippy".to_owned(),
        }
    }

    fn done(done: u64, total: u64) -> Event {
        Event::Progress(Done {
            done,
            total,
            what: "riptide\x1b[2J".to_owned(),
        })
    }

    fn ended() -> Event {
        Event::Ended(Ended {
            step: "clippy".to_owned(),
            ending: Ending::Exited(0),
            seconds: 1.0,
            blocked: 0.0,
            cpu: None,
            stderr_tail: String::new(),
            odd: BTreeMap::new(),
        })
    }

    fn shown(progress: &Progress) -> Option<&ProgressBar> {
        progress
            .current
            .as_ref()
            .and_then(|current| current.bar.as_ref())
    }

    #[test]
    fn a_bar_appears_after_half_a_second_and_goes_with_its_step() {
        let now = Instant::now();
        let mut progress = progress(true);
        progress.event(&started(), now);
        progress.event(&done(0, 0), now + Duration::from_millis(499));
        assert!(shown(&progress).is_none());
        assert_eq!(progress.tick(now + PATIENCE), None);
        let bar = shown(&progress).unwrap().clone();
        assert_eq!(
            (bar.position(), bar.length(), bar.prefix().as_str()),
            (0, Some(391), "     Linting")
        );
        progress.event(&done(1, 0), now + PATIENCE);
        assert_eq!((bar.position(), bar.length()), (1, None));
        progress.event(&done(7, 400), now + PATIENCE);
        assert_eq!((bar.position(), bar.length()), (7, Some(400)));
        assert_eq!(bar.message(), "riptide\\u{1b}[2J");
        progress.event(&ended(), now + PATIENCE);
        assert!(shown(&progress).is_none() && bar.is_finished());
    }

    #[test]
    fn off_a_terminal_a_minute_of_silence_is_broken() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut progress = progress(false);
        assert_eq!(progress.tick(at(99)), None, "nothing runs");
        progress.event(&started(), now);
        progress.event(&done(212, 391), at(30));
        let said =
            |text: &str, took: &str| Some(("Linting".to_owned(), text.to_owned(), took.to_owned()));
        for (second, line) in [
            (59, None),
            (60, said("still running, 212/391 riptide\x1b[2J", "1m 00s")),
            (119, None),
            (125, said("still running, 212/391 riptide\x1b[2J", "2m 05s")),
        ] {
            assert_eq!(progress.tick(at(second)), line, "after {second} s");
        }
        assert!(shown(&progress).is_none());
        progress.event(&ended(), at(126));
        assert_eq!(progress.tick(at(500)), None);
    }

    #[test]
    fn time_left_is_only_claimed_when_it_is_known() {
        for (expected, elapsed, text) in [
            (Some(72.0), 31.0, "0:41 left"),
            (Some(72.0), 72.0, ""),
            (Some(10.0), 99.0, ""),
            (None, 3.0, ""),
        ] {
            assert_eq!(left(expected, elapsed), text);
        }
    }

    #[test]
    fn both_templates_parse() {
        assert!(
            [COUNTED, UNCOUNTED]
                .into_iter()
                .all(|template| ProgressStyle::with_template(template).is_ok())
        );
    }
}
