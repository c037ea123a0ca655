//! The commands. Each has a file with its arguments: it calls an operation and prints the result.
//!
//! | file | owns |
//! |---|---|
//! | `args` | the command line as typed |
//! | `global` | which command uses which global options |
//! | `session` | what every command needs: options, terminal, store, clock |
//! | `output` | reports on stdout and in files |
//! | `due` | measuring the jobs of the schedule that are due |
//! | `step_files` | the summary and the outputs of a step of GitHub Actions |
//!
//! Everything else is a command of its name. The only reader of the clock.

mod alert;
mod args;
mod attest;
mod base;
mod baseline;
mod bump;
mod changelog;
mod ci;
mod decision;
mod diff;
mod doctor;
mod document;
mod dry_run;
mod due;
mod experiment;
mod explain;
mod facts;
mod gate;
mod get;
mod global;
mod history;
mod init;
mod output;
mod plan;
mod release;
mod repeat;
mod report;
mod run;
mod schedule;
mod schema;
mod session;
mod status;
mod step_files;
mod sweep;
mod terminal;
mod watch;
mod workstream;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::error::ErrorKind;
use console::Term;

pub use self::args::parser;
use self::args::{Command, Top};
use self::base::Base;
use self::repeat::Repeat;
use self::session::{Given, Session};
use self::step_files::StepFiles;
use self::terminal::Terminal;
use crate::edit;
use crate::ops::policy::{self, AtRevision, Judged};
use crate::ops::{Exit, Stop};
use crate::options::{self, Environment, Flags, Look, MergeTarget, Options, Refused, Tty};
use crate::process::signals;
use crate::report::{Format, github};
use crate::store;
use crate::test_runner::{self, compiler, doctests, rustdoc, sampled};
use crate::text::{escape, is_safe};
use crate::ui::{Settings, Ui, Verbosity};

/// Runs the program and returns its exit code.
///
/// As `cargo-campaign __run-test` it is the runner of test executables, and as `__peak-memory` it
/// measures a program for it. Started as rustdoc or
/// around the compiler, it wraps the real one.
pub fn main(args: &[OsString]) -> ExitCode {
    main_at(args, session::system_now)
}

/// Does the same by another clock than that of the system.
pub fn main_at(args: &[OsString], clock: fn() -> SystemTime) -> ExitCode {
    if args.get(1).is_some_and(|word| word == test_runner::COMMAND) {
        return ExitCode::from(u8::try_from(test_runner::run(&args[2..])).unwrap_or(1));
    }
    if args.get(1).is_some_and(|word| word == sampled::COMMAND) {
        return ExitCode::from(u8::try_from(sampled::print_peak(&args[2..])).unwrap_or(1));
    }
    if let Some((real, records)) = doctests::called() {
        let code = doctests::run(&real, &records, &args[1..]);
        return ExitCode::from(u8::try_from(code).unwrap_or(1));
    }
    if compiler::called(args) {
        return ExitCode::from(u8::try_from(compiler::run(&args[1..])).unwrap_or(1));
    }
    if let Some(real) = rustdoc::called(args) {
        return ExitCode::from(u8::try_from(rustdoc::run(&real, &args[1..])).unwrap_or(1));
    }
    signals::block();
    let plain = options::look(&Flags::default(), &Environment::default(), tty());
    let Ok(cwd) = std::env::current_dir() else {
        terminal(&plain).error("the working directory is gone");
        return Exit::CouldNotRun.into();
    };
    match Environment::read(&cwd) {
        Ok(environment) => parse(args, environment, &cwd, clock).into(),
        Err(refused) => report_error(&terminal(&plain), &refused.into()).into(),
    }
}

/// Parses the command line. The parser's messages are coloured as the user wants them.
fn parse(
    args: &[OsString],
    environment: Environment,
    cwd: &Path,
    clock: fn() -> SystemTime,
) -> Exit {
    let args = args::strip_subcommand(args);
    let guess = Flags {
        color: args::color(&args),
        ..Flags::default()
    };
    let look = options::look(&guess, &environment, tty());
    match args::read(&args) {
        Ok(top) => command(top, environment, cwd, clock),
        Err(error) => {
            let (to_stderr, text) = (error.use_stderr(), usage(&error, &args));
            let is_coloured = match to_stderr {
                true => look.color_stderr,
                false => look.color_stdout,
            };
            match is_coloured {
                true => anstream::ColorChoice::Always.write_global(),
                false => anstream::ColorChoice::Never.write_global(),
            }
            let ui = terminal(&look);
            if to_stderr {
                ui.screen(&text);
                Exit::Usage
            } else {
                ui.out(&text)
                    .map_or_else(|error| report_error(&ui, &error.into()), |()| Exit::Done)
            }
        }
    }
}

/// Returns the parser's text. It contains the arguments, which are escaped at the cost of colours if they are not safe.
fn usage(error: &clap::Error, args: &[OsString]) -> String {
    let is_json =
        error.kind() == ErrorKind::UnknownArgument && args.iter().any(|arg| arg == "--json");
    let hint = if is_json {
        "\nhelp: --format json\n"
    } else {
        ""
    };
    if args.iter().all(|arg| is_safe(&arg.to_string_lossy())) {
        return format!("{}{hint}", error.render().ansi());
    }
    let lines = error.render().to_string();
    lines
        .lines()
        .map(|line| escape(line) + "\n")
        .collect::<String>()
        + hint
}

/// Resolves the options, runs the command and reports its error.
fn command(top: Top, environment: Environment, cwd: &Path, clock: fn() -> SystemTime) -> Exit {
    let typed = top.command.name();
    let flags = top.common.flags();
    let repeat = repeat::options(&flags);
    let look = options::look(&flags, &environment, tty());
    let ui = terminal_with(&look, repeat.clone());
    if let Command::Schema(args) = &top.command {
        // It is the same everywhere and therefore needs no workspace.
        return args
            .run(&ui)
            .unwrap_or_else(|error| report_error(&ui, &error));
    }
    let mut given = Given {
        flags,
        environment,
        tty: tty(),
        cwd: cwd.to_owned(),
        clock,
    };
    let manifest = given.flags.manifest_path.as_deref();
    policy::settle_target(&mut given.environment, manifest, cwd);
    let step = step(&top.command, &given);
    let begin = begin(&top.command, &mut given).and_then(|(options, at)| {
        let mut repeat = repeat;
        if let Some(at) = at
            .as_ref()
            .filter(|_| !matches!(top.command, Command::Diff(_)))
        {
            repeat.base = repeat::each("--base", [&at.name]);
        }
        let terminal = terminal_with(&options.look, repeat);
        Session::new(terminal, options, given, typed, at)
    });
    let mut session = match begin {
        Ok(session) => session,
        Err(error) => return report_error_in(step.as_ref(), &ui, &error, false),
    };
    let done = dispatch(top.command, &mut session);
    match done {
        Ok(exit) => {
            session.warn_about_damage();
            exit
        }
        Err(error) => {
            session.warn_about_damage_except(&error);
            let is_interrupted = session.cancel.is_set();
            report_error_in(step.as_ref(), &session.ui, &error, is_interrupted)
        }
    }
}

/// Resolves the options, with the policy of another revision if one is named.
fn begin(command: &Command, given: &mut Given) -> anyhow::Result<(Options, Option<AtRevision>)> {
    let at = match base_of(command, &given.environment)? {
        Some(base) => {
            let judged = judged(command, &given.environment);
            base.read(&mut given.flags, &given.cwd, &given.environment, judged)?
        }
        None => None,
    };
    Ok((given.resolve()?, at))
}

/// Returns the revision by which a command judges. `None` if it has no `--base`.
///
/// # Errors
/// If the target of a pull request is unknown.
fn base_of(command: &Command, environment: &Environment) -> anyhow::Result<Option<Base>> {
    Ok(match command {
        Command::Gate(args) => Some(args.base.resolved(environment)?),
        Command::Status(args) => Some(args.base.resolved(environment)?),
        Command::Explain(args) => Some(args.base.resolved(environment)?),
        Command::Diff(args) => Some(args.revision.clone()),
        Command::Ci(args) => Some(args.base(environment)?),
        _ => None,
    })
}

/// Returns whose changes a command with `--base` judges.
fn judged(command: &Command, environment: &Environment) -> Judged {
    match (command, &environment.merge_target) {
        (Command::Ci(_), _) => Judged::Proposal,
        (Command::Diff(_), _) | (_, MergeTarget::None) => Judged::OwnTree,
        _ => Judged::Proposal,
    }
}

fn dispatch(command: Command, session: &mut Session) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => args.run(session),
        Command::Run(args) => args.run(session),
        Command::Baseline(args) => args.run(session),
        Command::Final(args) => args.run(session),
        Command::Status(args) => args.run(session),
        Command::Diff(args) => args.run(session),
        Command::Gate(args) => args.run(session),
        Command::Explain(args) => args.run(session),
        Command::Get(args) => args.run(session),
        Command::Changelog(args) => args.run(session),
        Command::Report(args) => args.run(session),
        Command::History(args) => args.run(session),
        Command::Bump(args) => args.run(session),
        Command::Release(args) => args.run(session),
        Command::Doctor(args) => args.run(session),
        Command::Schedule(args) => args.run(session),
        Command::Document(args) => args.run(session),
        Command::Watch(args) => args.run(session),
        Command::Ci(args) => args.run(session),
        Command::Alert(args) => args.run(session),
        Command::Workstream(args) => args.run(session),
        Command::Plan(args) => args.run(session),
        Command::Attest(args) => args.run(session),
        Command::Decision(args) => args.run(session),
        Command::Experiment(args) => args.run(session),
        Command::Sweep(args) => args.run(session),
        Command::Schema(args) => args.run(&session.ui),
    }
}

/// A step of GitHub Actions.
struct CiStep {
    files: StepFiles,
    /// Whether its output may contain annotations.
    is_annotated: bool,
}

/// Returns the step of GitHub Actions that a command is.
fn step(command: &Command, given: &Given) -> Option<CiStep> {
    let format = given.flags.format.as_deref().and_then(Format::parse);
    let is_annotated = format.is_none_or(|format| format.is_terminal() || format.is_of_github());
    let is_step = matches!(command, Command::Ci(_)) && given.environment.github;
    is_step.then(|| CiStep {
        files: StepFiles::of(given),
        is_annotated,
    })
}

/// Reports an error as [`report_error`] does. Those of a step are passed on to it too: as annotation, which people see
/// without opening its log, and in its files.
fn report_error_in(
    step: Option<&CiStep>,
    ui: &Terminal,
    error: &anyhow::Error,
    is_interrupted: bool,
) -> Exit {
    let exit = match report_error(ui, error) {
        _ if is_interrupted => Exit::Interrupted,
        exit => exit,
    };
    let message = format!("{error:#}");
    if let Some(step) = step.filter(|_| !message.is_empty()) {
        if step.is_annotated {
            // The error has been shown already.
            let _ = ui.commands(&github::error(&message));
        }
        step.files.write_error(ui, &message, exit);
    }
    exit
}

/// Reports an error with what to do next, and returns its exit code.
fn report_error(ui: &Terminal, error: &anyhow::Error) -> Exit {
    if let Some(refused) = error.downcast_ref::<Refused>() {
        match refused {
            Refused::Invalid(invalid) => {
                let look = ui.look_err();
                ui.screen(&format!(
                    "{}\n",
                    options::render::render(invalid, look.color, look.width)
                ));
            }
            Refused::Usage { message, help } => {
                ui.error(message);
                help.iter().for_each(|help| ui.help(help));
            }
        }
        return Exit::Usage;
    }
    if let Some(stop) = error.downcast_ref::<Stop>() {
        if !stop.message.is_empty() {
            ui.error(&stop.message);
        }
        stop.help.iter().for_each(|help| ui.help(help));
        return stop.exit;
    }
    if let Some(error) = error.downcast_ref::<store::Error>() {
        ui.error(&error.to_string());
        error.hint().iter().for_each(|hint| ui.help(hint));
        return error.into();
    }
    if let Some(error) = error.downcast_ref::<edit::Error>() {
        match error {
            edit::Error::Obstacles(files) => {
                files.iter().for_each(|file| ui.error(&file.to_string()))
            }
            error => ui.error(&error.to_string()),
        }
        error.hint().iter().for_each(|hint| ui.help(hint));
        return Exit::CouldNotRun;
    }
    ui.error(&format!("{error:#}"));
    Exit::CouldNotRun
}

fn tty() -> Tty {
    Tty {
        stdout: std::io::stdout().is_terminal(),
        stderr: std::io::stderr().is_terminal(),
    }
}

/// Returns the terminal with the settings that the user wants.
fn terminal(look: &Look) -> Terminal {
    terminal_with(look, Repeat::default())
}

/// Returns the terminal; commands that help lines name get the options to repeat.
fn terminal_with(look: &Look, repeat: Repeat) -> Terminal {
    let seen = [Term::stdout(), Term::stderr()]
        .iter()
        .find_map(Term::size_checked)
        .map(|(_, columns)| columns);
    let ui = Ui::new(Settings {
        verbosity: match (look.quiet, look.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        },
        color_out: look.color_stdout,
        color_err: look.color_stderr,
        unicode: look.unicode,
        width: look.columns.or(seen).map_or(100, usize::from).max(40),
        bars: look.progress,
    });
    Terminal::new(ui, repeat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_of_every_command_that_has_the_option_is_used() {
        let parser = parser();
        let has_base = |command: &&clap::Command| {
            command
                .get_arguments()
                .any(|arg| arg.get_long() == Some("base"))
        };
        let names: Vec<&str> = parser
            .get_subcommands()
            .filter(has_base)
            .map(clap::Command::get_name)
            .collect();
        assert!(names.contains(&"gate"), "{names:?}");
        for name in names {
            let mut args = vec!["cargo-campaign", name, "--base", "main"];
            if name == "explain" {
                args.push("clippy.warnings");
            }
            let args: Vec<OsString> = args.into_iter().map(OsString::from).collect();
            let top = args::read(&args).unwrap();
            let base = base_of(&top.command, &Environment::default()).unwrap();
            assert!(base.is_some_and(|base| base.is_given()), "{name}");
        }
    }
}
