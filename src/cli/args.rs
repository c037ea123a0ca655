//! The command line as typed. Resolved into `Options` once; nothing below `cli` sees clap.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::global::unused;
use crate::options::{Flags, When};
use crate::plan::BuildSelection;
use crate::report::picture::PICTURE;
use crate::report::{FORMATS, Format};

/// `cargo campaign ..`, and `cargo-campaign ..` alike.
#[derive(Parser, Debug)]
#[command(
    name = "cargo campaign",
    bin_name = "cargo campaign",
    version,
    about = "Measure a Cargo workspace, pin a baseline, judge gates: a build-quality campaign with evidence",
    styles = styles(),
    after_help = AFTER
)]
pub(super) struct Top {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

const AFTER: &str = "\
Start with `init` and `baseline`; from then on `gate` judges and `status` shows where you stand.
`cargo campaign help COMMAND` explains a command, `-h` shows the common options. Flags go after `campaign`: cargo swallows those before it.

Exit codes:
    0  done: every gate passed, warned or was waived
    1  a gate failed
    2  usage or configuration error
    3  no verdict: a value that a gate needs is missing or cannot be compared
    4  could not run: cargo, a tool, the toolchain, git or the disk failed
  130  interrupted: the measurements so far are kept";

/// The commands, with one file for each.
#[derive(Subcommand, Debug)]
pub(super) enum Command {
    Init(super::init::InitArgs),
    Run(super::run::RunArgs),
    Baseline(super::baseline::BaselineArgs),
    Final(super::baseline::FinalArgs),
    Status(super::status::StatusArgs),
    Diff(super::diff::DiffArgs),
    Gate(super::gate::GateArgs),
    Explain(super::explain::ExplainArgs),
    Get(super::get::GetArgs),
    Changelog(super::changelog::ChangelogArgs),
    Report(super::report::ReportArgs),
    Document(super::document::DocumentArgs),
    History(super::history::HistoryArgs),
    Schedule(super::schedule::ScheduleArgs),
    Watch(super::watch::WatchArgs),
    Ci(super::ci::CiArgs),
    Alert(super::alert::AlertArgs),
    Plan(super::plan::PlanArgs),
    Attest(super::attest::AttestArgs),
    Decision(super::decision::DecisionArgs),
    #[command(visible_alias = "ws")]
    Workstream(super::workstream::WorkstreamArgs),
    Experiment(super::experiment::ExperimentArgs),
    Bump(super::bump::BumpArgs),
    Release(super::release::ReleaseArgs),
    Sweep(super::sweep::SweepArgs),
    Doctor(super::doctor::DoctorArgs),
    Schema(super::schema::SchemaArgs),
}

impl Command {
    /// Returns the name of the command.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Run(_) => "run",
            Self::Baseline(_) => "baseline",
            Self::Final(_) => "final",
            Self::Status(_) => "status",
            Self::Diff(_) => "diff",
            Self::Gate(_) => "gate",
            Self::Explain(_) => "explain",
            Self::Get(_) => "get",
            Self::Changelog(_) => "changelog",
            Self::Report(_) => "report",
            Self::Document(_) => "document",
            Self::History(_) => "history",
            Self::Bump(_) => "bump",
            Self::Release(_) => "release",
            Self::Doctor(_) => "doctor",
            Self::Schedule(_) => "schedule",
            Self::Watch(_) => "watch",
            Self::Ci(_) => "ci",
            Self::Alert(_) => "alert",
            Self::Workstream(_) => "workstream",
            Self::Plan(_) => "plan",
            Self::Attest(_) => "attest",
            Self::Decision(_) => "decision",
            Self::Experiment(_) => "experiment",
            Self::Schema(_) => "schema",
            Self::Sweep(_) => "sweep",
        }
    }
}

/// Headings of the global options in the help.
const PACKAGES: &str = "Package selection";
const BUILD: &str = "Build options";

/// Options of several commands. An option that a command cannot use is hidden in its help and refused, see [`unused`].
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(super) struct Common {
    /// Path to the Cargo.toml of the workspace
    #[arg(long, global = true, value_name = "PATH", hide_short_help = true)]
    pub(super) manifest_path: Option<PathBuf>,
    /// Select this package (repeatable)
    #[arg(short, long, global = true, value_name = "SPEC", help_heading = PACKAGES)]
    pub(super) package: Vec<String>,
    /// The whole workspace (the default)
    #[arg(long, global = true, help_heading = PACKAGES)]
    pub(super) workspace: bool,
    /// Exclude this package (repeatable)
    #[arg(long, global = true, value_name = "SPEC", hide_short_help = true, help_heading = PACKAGES)]
    pub(super) exclude: Vec<String>,
    /// Features to activate, as in cargo
    #[arg(short = 'F', long, global = true, value_name = "FEATURES", hide_short_help = true, help_heading = BUILD)]
    pub(super) features: Vec<String>,
    /// Activate all features
    #[arg(long, global = true, hide_short_help = true, help_heading = BUILD)]
    pub(super) all_features: bool,
    /// Do not activate the default feature
    #[arg(long, global = true, hide_short_help = true, help_heading = BUILD)]
    pub(super) no_default_features: bool,
    /// Build for this triple
    #[arg(long, global = true, value_name = "TRIPLE", hide_short_help = true, help_heading = BUILD)]
    pub(super) target: Option<String>,
    /// Directory for build output (default: the workspace's own)
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true, help_heading = BUILD)]
    pub(super) target_dir: Option<PathBuf>,
    /// Cargo profile
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true, help_heading = BUILD)]
    pub(super) profile: Option<String>,
    /// Assert that Cargo.lock will not change
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) locked: bool,
    /// Run without touching the network
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) offline: bool,
    /// Both --locked and --offline
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) frozen: bool,
    /// When to colour output: auto, always, never
    #[arg(long, global = true, value_name = "WHEN", value_parser = color_parser(), hide_possible_values = true)]
    pub(super) color: Option<When>,
    /// Print results only
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Print the evidence of passing gates, every finding and every commit
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Configuration file (default: campaign.toml at the workspace root)
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        help = format!("What to print on stdout: {}; `plan` also {PICTURE}", Format::names(", ")),
        value_parser = format_parser(),
        hide_possible_values = true
    )]
    pub(super) format: Option<String>,
}

/// Parses the command line.
///
/// # Errors
/// Also for a global option that the command cannot use. Ignoring it would suggest that it has an effect.
pub(super) fn read(args: &[OsString]) -> Result<Top, clap::Error> {
    let mut parser = parser();
    let matches = parser.try_get_matches_from_mut(args)?;
    if let Some(command) = matches.subcommand_name() {
        let mut unused = unused(command).into_iter();
        let given = unused.find(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
        if let Some(id) = given {
            let message = format!("`--{}` has no effect on `{command}`", id.replace('_', "-"));
            return Err(refused(&mut parser, command, message));
        }
        let format = matches.try_get_one::<String>("format").ok().flatten();
        if command != "plan" && format.is_some_and(|format| format == PICTURE) {
            let message = format!("`{command}` has no format `{PICTURE}`");
            return Err(refused(&mut parser, command, message));
        }
    }
    Top::from_arg_matches(&matches).map_err(|error| error.format(&mut parser))
}

/// Returns an error about the options of a command.
fn refused(parser: &mut clap::Command, command: &str, message: String) -> clap::Error {
    match parser.find_subcommand_mut(command) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, message),
        None => parser.error(ErrorKind::ArgumentConflict, message),
    }
}

/// Returns the parser, in which each command hides the global options that it cannot use.
pub fn parser() -> clap::Command {
    let parser = Top::command();
    let names: Vec<String> = parser
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let global: Vec<Arg> = parser
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    names.into_iter().fold(parser, |parser, name| {
        let unused = unused(&name);
        let hidden: Vec<Arg> = global
            .iter()
            .filter(|arg| unused.contains(&arg.get_id().as_str()))
            .cloned()
            .collect();
        parser.mut_subcommand(name, |command| {
            command.args(hidden.into_iter().map(|arg| arg.hide(true)))
        })
    })
}

impl Common {
    /// Returns the options for `crate::options`, which resolves them.
    pub(super) fn flags(self) -> Flags {
        Flags {
            manifest_path: self.manifest_path,
            packages: self.package,
            workspace: self.workspace,
            exclude: self.exclude,
            build: BuildSelection {
                features: self.features,
                all_features: self.all_features,
                no_default_features: self.no_default_features,
                target: self.target,
                profile: self.profile,
            },
            target_dir: self.target_dir,
            locked: self.locked,
            offline: self.offline,
            frozen: self.frozen,
            color: self.color,
            quiet: self.quiet,
            verbose: self.verbose,
            config: self.config,
            format: self.format,
            policy: None,
        }
    }
}

/// Returns the parser of `--color`, whose values are those of [`When`].
fn color_parser() -> impl TypedValueParser<Value = When> {
    PossibleValuesParser::new(When::NAMES.map(|(name, _)| name))
        .map(|name| When::from_name(&name).unwrap_or_default())
}

/// Returns the parser of `--format`, whose values are the formats that exist.
fn format_parser() -> PossibleValuesParser {
    let names = FORMATS.iter().map(|format| format.name);
    PossibleValuesParser::new(names.chain([PICTURE]))
}

/// Returns the value of `--color` before the command line is parsed: the parser's messages obey it as well.
pub(super) fn color(args: &[OsString]) -> Option<When> {
    let words: Vec<_> = args.iter().map(|word| word.to_string_lossy()).collect();
    let separate = words
        .windows(2)
        .rev()
        .find(|pair| pair[0] == "--color")
        .and_then(|pair| When::from_name(&pair[1]));
    separate.or_else(|| {
        words
            .iter()
            .rev()
            .find_map(|word| word.strip_prefix("--color="))
            .and_then(When::from_name)
    })
}

/// Returns the arguments without the `campaign` that cargo adds when it starts `cargo-campaign`.
pub(super) fn strip_subcommand(args: &[OsString]) -> Vec<OsString> {
    let named = args.get(1).is_some_and(|word| word == "campaign");
    args.iter()
        .enumerate()
        .filter(|(at, _)| !(named && *at == 1))
        .map(|(_, word)| word.clone())
        .collect()
}

/// Returns the colours of cargo's own help.
fn styles() -> clap::builder::Styles {
    use clap::builder::styling::{AnsiColor, Effects, Styles};
    let heading = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);
    let literal = AnsiColor::BrightCyan.on_default().effects(Effects::BOLD);
    Styles::styled()
        .header(heading)
        .usage(heading)
        .literal(literal)
        .placeholder(AnsiColor::Cyan.on_default())
        .error(AnsiColor::BrightRed.on_default().effects(Effects::BOLD))
        .valid(literal)
        .invalid(AnsiColor::BrightYellow.on_default().effects(Effects::BOLD))
}

#[cfg(test)]
mod tests {
    use super::super::global::OPTIONS;
    use super::*;

    #[test]
    fn parser_is_consistent_and_options_of_every_command_are_known() {
        let parser = parser();
        let global: Vec<&str> = parser
            .get_arguments()
            .filter(|arg| arg.is_global_set())
            .map(|arg| arg.get_id().as_str())
            .collect();
        let names: Vec<&str> = parser
            .get_subcommands()
            .map(clap::Command::get_name)
            .filter(|name| *name != "help")
            .collect();
        let known: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, known);
        for command in parser.get_subcommands() {
            for id in unused(command.get_name()) {
                assert!(global.contains(&id), "{} {id}", command.get_name());
            }
        }
        parser.debug_assert();
    }
}
