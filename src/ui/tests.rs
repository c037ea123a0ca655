//! What is written where, and that nothing written can fail the program.

use std::sync::{Arc, Mutex};

use super::*;
use crate::tests::workflow_commands;

const SETTINGS: Settings = Settings {
    verbosity: Verbosity::Normal,
    color_out: false,
    color_err: false,
    unicode: true,
    width: 80,
    bars: false,
};

/// A writer whose text can be read afterwards, or that fails.
#[derive(Clone, Default)]
struct Sink {
    text: Arc<Mutex<Vec<u8>>>,
    fails: Option<ErrorKind>,
}

impl Sink {
    fn failing(kind: ErrorKind) -> Self {
        Self {
            fails: Some(kind),
            ..Self::default()
        }
    }

    fn read(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.fails {
            return Err(kind.into());
        }
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `act` writes to stderr.
fn said(settings: Settings, act: impl FnOnce(&mut Ui)) -> String {
    let (out, err) = (Sink::default(), Sink::default());
    act(&mut Ui::with(
        settings,
        Box::new(out.clone()),
        Box::new(err.clone()),
    ));
    assert_eq!(out.read(), "", "stdout is for results");
    err.read()
}

fn everything(ui: &mut Ui) {
    ui.status("Recorded", "run 20261120-101502-4f2c");
    ui.status_right("Linted", "391 units, 12 warnings", "1m 12s");
    ui.step(&StepLine {
        verb: "Failed".into(),
        text: "doc: out of memory".into(),
        right: "9s".into(),
        whole: false,
    });
    ui.note("a note");
    ui.warn("a\x1b[2Jwarning");
    ui.error("an error\nerror: forged");
    ui.help("cargo campaign doctor");
}

#[test]
fn lines_have_the_look_of_cargo_and_nothing_from_outside_steers_the_terminal() {
    let want = "    Recorded run 20261120-101502-4f2c
      Linted 391 units, 12 warnings                                       1m 12s
      Failed doc: out of memory                                               9s
note: a note
warning: a\\u{1b}[2Jwarning
error: an error
       error: forged
   help: cargo campaign doctor
";
    assert_eq!(said(SETTINGS, everything), want);
}

#[test]
fn quiet_leaves_what_is_wrong_and_how_to_mend_it() {
    let quiet = Settings {
        verbosity: Verbosity::Quiet,
        ..SETTINGS
    };
    let text = said(quiet, everything);
    let words: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(words, ["warning", "error", "       error", "   help"]);
}

#[test]
fn verbs_are_green_when_whole_and_yellow_when_not() {
    let color = Settings {
        color_err: true,
        ..SETTINGS
    };
    let text = said(color, everything);
    assert!(
        text.contains("    \x1b[1;32mRecorded\x1b[0m run"),
        "{text:?}"
    );
    assert!(
        text.contains("      \x1b[1;33mFailed\x1b[0m doc"),
        "{text:?}"
    );
}

#[test]
fn an_aside_follows_text_that_leaves_it_no_room() {
    let narrow = Settings {
        width: 20,
        ..SETTINGS
    };
    let text = said(narrow, |ui| {
        ui.status_right("Linted", "many many units", "1m 12s")
    });
    assert_eq!(text, "      Linted many many units  1m 12s\n");
}

#[test]
fn results_go_to_stdout_alone() {
    let (out, err) = (Sink::default(), Sink::default());
    let mut ui = Ui::with(SETTINGS, Box::new(out.clone()), Box::new(err.clone()));
    ui.out("{}\n").unwrap();
    assert_eq!(
        (out.read().as_str(), err.read().as_str(), ui.closed),
        ("{}\n", "", false)
    );
}

#[test]
fn a_closed_stdout_ends_quietly_and_a_full_disk_does_not() {
    for (kind, fails, closed) in [
        (ErrorKind::BrokenPipe, false, true),
        (ErrorKind::StorageFull, true, false),
    ] {
        let mut ui = Ui::with(
            SETTINGS,
            Box::new(Sink::failing(kind)),
            Box::new(Sink::default()),
        );
        assert_eq!(ui.out("text").is_err(), fails);
        assert_eq!(ui.closed, closed);
        assert_eq!(ui.out("more").is_err(), fails);
    }
}

#[test]
fn a_closed_stderr_is_no_error() {
    let mut ui = Ui::with(
        SETTINGS,
        Box::new(Sink::default()),
        Box::new(Sink::failing(ErrorKind::BrokenPipe)),
    );
    everything(&mut ui);
    assert!(!ui.closed);
}

#[test]
fn a_long_step_speaks_up_off_a_terminal() {
    let text = said(SETTINGS, |ui| {
        let now = Instant::now();
        let doing = "Testing".to_owned();
        ui.expect(vec![Expected {
            step: "test".into(),
            doing,
            ..Expected::default()
        }]);
        ui.event(
            &Event::Started {
                step: "test".into(),
            },
            now,
        );
        ui.tick(now + std::time::Duration::from_secs(61));
    });
    assert_eq!(
        text,
        "     Testing still running                                                1m 01s\n"
    );
}

#[test]
fn no_text_steers_the_terminal_off_a_line_of_its_own() {
    let spice = [
        "\x1b",
        "[2J",
        "\r",
        "\n",
        "\t",
        "\0",
        "\u{9b}",
        "\u{202e}",
        "\u{2028}",
        "日本",
        "\u{301}",
        "a b",
        "\u{feff}",
        "::error::",
        "##[",
        " word",
    ];
    crate::tests::damage::survive("lines", 500, |random, round| {
        let text = random.chain(&spice, 9);
        let width = 40 + random.below(100);
        let shown = said(
            Settings {
                width,
                bars: round % 2 == 0,
                ..SETTINGS
            },
            |ui| match round % 6 {
                0 => ui.status("Did", &text),
                1 => ui.status_right("Did", &text, &text),
                2 => ui.step(&StepLine {
                    verb: "Did".into(),
                    text: text.clone(),
                    right: text.clone(),
                    whole: false,
                }),
                3 => ui.note(&text),
                4 => ui.error(&text),
                _ => ui.help(&text),
            },
        );
        assert_eq!(workflow_commands(&shown), [""; 0], "{text:?}");
        let odd = |c: char| c.is_control() || "\u{202e}\u{2028}".contains(c);
        assert!(
            !shown.lines().any(|line| line.contains(odd)),
            "{text:?}: {shown:?}"
        );
        let below = shown
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty() && !line.starts_with("      "));
        assert_eq!(
            below.count(),
            0,
            "further lines of {text:?} stand by themselves: {shown:?}"
        );
        shown.len()
    });
}
