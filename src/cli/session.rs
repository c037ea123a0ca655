//! What every command needs: the options, the terminal, the store, the clock; and the questions asked of them.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::base::{self, AtRevision};
use super::changelog::books;
use super::exit::{Exit, Stop};
use super::output;
use super::readiness::Unreleased;
use crate::collector::planner::{self, CollectorOptions, OwnCollector, Request};
use crate::drive::probe::{Probe, Tool};
use crate::drive::{Cancel, TestRunner, probe, wiring};
use crate::edit::{self, Recovered};
use crate::git::Git;
use crate::judge;
use crate::metric::Catalogue;
use crate::options::conditions::{self, Conditions};
use crate::options::config::{Runner, Settings};
use crate::options::programs::Programs;
use crate::options::{Config, Options, environment, toolchain};
use crate::plan::{Collector, Lacking, Lint};
use crate::report::Look;
use crate::run::RunId;
use crate::store::{self, Damage, Head, Holder, Lock, PinName, Store};
use crate::tree::{self, Fingerprint};
use crate::ui::Ui;
use crate::workspace::{Member, Publication, Workspace};

/// One command's surroundings.
pub(super) struct Session {
    pub(super) ui: Ui,
    pub(super) options: Options,
    pub(super) store: Store,
    pub(super) cancel: Cancel,
    pub(super) cwd: PathBuf,
    /// Unix seconds at the start.
    pub(super) now: i64,
    /// The command, as the holder of the lock is named.
    typed: &'static str,
    /// The revision whose policy and baseline are used.
    pub(super) at: Option<AtRevision>,
    /// Damaged files that were named.
    told: BTreeSet<PathBuf>,
    /// Runs that this command made.
    pub(super) made: BTreeSet<RunId>,
    /// Programs that cargo's configuration and environment name, once they were read.
    programs: OnceCell<Programs>,
    /// What a release measures in place of the packages asked for; `None` if it is just those.
    pub(super) widening: Option<Widening>,
    /// `-p` selects every member, which is the whole workspace.
    selects_all: Cell<bool>,
    /// The workspace as cargo described it last, see [`Session::described`].
    described: RefCell<Option<Rc<Described>>>,
}

/// The workspace and what registries would be told of its members.
pub(super) struct Described {
    pub(super) workspace: Workspace,
    pub(super) publications: Vec<Publication>,
}

/// The packages that are measured for a release: those asked for and their unreleased dependencies.
pub(super) struct Widening {
    /// As `-p` takes them; empty for the whole workspace.
    pub(super) packages: Vec<String>,
    /// As `--exclude` takes them.
    pub(super) exclude: Vec<String>,
    /// The dependencies among them.
    pub(super) unreleased: Vec<Unreleased>,
}

impl Session {
    pub(super) fn new(
        ui: Ui,
        options: Options,
        cwd: &Path,
        typed: &'static str,
        at: Option<AtRevision>,
    ) -> Result<Self> {
        let store = Store::open(&options.root.dir);
        let now = system_now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs().cast_signed());
        let (cancel, cwd, told) = (Cancel::default(), cwd.to_owned(), BTreeSet::new());
        let made = BTreeSet::new();
        let mut session = Self {
            ui,
            options,
            store,
            cancel,
            cwd,
            now,
            typed,
            at,
            told,
            made,
            programs: OnceCell::new(),
            widening: None,
            selects_all: Cell::new(false),
            described: RefCell::new(None),
        };
        output::format(&session)?;
        for note in session.options.config.notes.clone() {
            session.ui.note(&note);
        }
        if let Some(at) = &session.at {
            let text = at.describe();
            session.ui.note(&text);
        }
        session.settle()?;
        Ok(session)
    }

    /// Goes on with an edit that was interrupted. Where nothing was, this is one look at the disk; whoever edits at this
    /// moment holds the lock and is left alone.
    fn settle(&mut self) -> Result<()> {
        let journal = self.store.journal();
        if !journal.exists() {
            return Ok(());
        }
        if self.store.has_tracked_journal() {
            return self.refuse_journal(&journal);
        }
        self.go_on_with_edit(&journal)?;
        if self.typed != "release" && self.store.release_file().exists() {
            self.ui.warn("a release is not finished");
            self.ui.help("cargo campaign release --resume (or --abort)");
        }
        Ok(())
    }

    /// A committed journal says nothing about this machine: following it would write whatever the repository wants.
    fn refuse_journal(&mut self, journal: &Path) -> Result<()> {
        let (journal, help) = (journal.display(), "git rm -r .campaign/journal");
        if matches!(self.typed, "bump" | "release" | "changelog") {
            return Err(Stop::new(
                Exit::CouldNotRun,
                format!("git tracks {journal}, which is not to be committed"),
            )
            .help(help)
            .into());
        }
        self.ui.warn(&format!(
            "ignoring {journal}: git tracks it, so no edit was interrupted here"
        ));
        self.ui.help(help);
        Ok(())
    }

    fn go_on_with_edit(&mut self, journal: &Path) -> Result<()> {
        match self.store.lock(&self.holder()) {
            Ok(_lock) => self.recover(),
            Err(store::Error::Busy(_)) => Ok(()),
            Err(_) if !edit::is_open(journal) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Under the lock.
    fn recover(&mut self) -> Result<()> {
        if self.store.has_tracked_journal() {
            return Ok(());
        }
        let (told, files) = match edit::recover(self.root(), &self.store.journal())? {
            None => return Ok(()),
            Some(Recovered::Finished(files)) => ("finished", files),
            Some(Recovered::TakenBack(files)) => ("took back", files),
        };
        let more = if files.len() > 3 { ", .." } else { "" };
        let named = files
            .iter()
            .take(3)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let told = format!(
            "{told} an interrupted edit of {} files: {named}{more}",
            files.len()
        );
        self.ui.note(&told);
        Ok(())
    }

    pub(super) fn config(&self) -> &Config {
        &self.options.config
    }

    pub(super) fn root(&self) -> &Path {
        &self.options.root.dir
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.options.config.catalogue
    }

    /// The campaign's name; the folder's when it has none.
    pub(super) fn campaign(&self) -> String {
        let folder = || {
            self.root()
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        self.config().name.clone().unwrap_or_else(folder)
    }

    /// Today in the user's time zone, `YYYY-MM-DD`: waivers end with the day of those who wrote them.
    pub(super) fn today(&self) -> String {
        let time = Timestamp::from_second(self.now).unwrap_or_default();
        time.to_zoned(TimeZone::system())
            .strftime("%Y-%m-%d")
            .to_string()
    }

    /// The day of a release made now, `YYYY-MM-DD` in UTC: dated alike wherever it is made, and by `$SOURCE_DATE_EPOCH`
    /// where a release is made again.
    pub(super) fn utc_today(&self) -> String {
        let now = self
            .options
            .environment
            .source_date_epoch
            .unwrap_or(self.now);
        Timestamp::from_second(now)
            .unwrap_or_default()
            .strftime("%Y-%m-%d")
            .to_string()
    }

    /// How screens on stdout look.
    pub(super) fn look(&self) -> Look {
        self.ui.look_out()
    }

    /// What is asked of the planner. Needs no workspace and starts nothing, git aside where changelogs are asked for.
    pub(super) fn request(&self, collectors: &[Collector]) -> Request {
        let options = &self.options;
        let collect = &options.config.collect;
        let wanted = |collector: &Collector| collectors.contains(collector);
        let own = collect.own.iter().map(|own| {
            let units = own
                .metrics
                .iter()
                .map(|row| (row.name.clone(), row.unit.name().to_owned()))
                .collect();
            let timeout = own.timeout.or(collect.timeout);
            (
                own.name.clone(),
                OwnCollector {
                    command: own.command.clone(),
                    timeout,
                    units,
                },
            )
        });
        let (packages, exclude) = match &self.widening {
            Some(widening) => (widening.packages.clone(), widening.exclude.clone()),
            None if self.selects_all.get() => (Vec::new(), Vec::new()),
            None => (options.packages.clone(), options.exclude.clone()),
        };
        Request {
            cargo: options.environment.cargo.clone(),
            collectors: collectors.to_vec(),
            packages,
            exclude,
            without_benches: !collect.benches,
            features: options.features.clone(),
            all_features: options.all_features,
            no_default_features: options.no_default_features,
            target: options.target.clone(),
            target_dir: options.target_dir.clone(),
            profile: options.profile.clone(),
            cargo_flags: options.cargo_flags.clone(),
            nextest_has_messages: false,
            lacking: Vec::new(),
            own: own.collect(),
            lint: Lint::default(),
            releases: if wanted(&Collector::Changelog) {
                books::surroundings(self)
            } else {
                String::new()
            },
            options: Collector::BUILT_IN
                .into_iter()
                .map(|c| (c.clone(), planned(collect.settings(&c))))
                .collect(),
        }
    }

    /// The settings of these collectors, see [`planner::settings`].
    pub(super) fn settings(&self, collectors: &[Collector]) -> BTreeMap<Collector, String> {
        planner::settings(&self.request(collectors))
    }

    /// The same if no packages were selected on the command line.
    pub(super) fn settings_of_workspace(
        &self,
        collectors: &[Collector],
    ) -> BTreeMap<Collector, String> {
        let request = self.request(collectors);
        planner::settings(&Request {
            packages: Vec::new(),
            exclude: Vec::new(),
            ..request
        })
    }

    /// Treats a selection of every member as the whole workspace from here on.
    pub(super) fn recognize_selection(&self, members: &[Member]) {
        if planner::selects_all(&self.options.packages, members) {
            self.selects_all.set(true);
        }
    }

    /// Returns whether the selected packages are known to be all members.
    pub(super) fn selects_all(&self) -> bool {
        self.selects_all.get()
    }

    /// The same without asking cargo, if a recorded run knows the members of these sources.
    pub(super) fn recall_selection(&self, tree: &str) {
        if self.options.packages.is_empty() {
            return;
        }
        let run = self
            .heads()
            .find(|head| head.tree == tree)
            .and_then(|head| self.store.load(&head.id).ok());
        let names = run.map(|run| run.provenance.members).unwrap_or_default();
        let members: Vec<Member> = names
            .into_iter()
            .map(|name| Member {
                name,
                ..Member::default()
            })
            .collect();
        self.recognize_selection(&members);
    }

    /// The identity of the toolchain, found without starting it.
    pub(super) fn toolchain_key(&self) -> String {
        toolchain::toolchain_key(&self.options.environment, self.root())
    }

    /// What decides the meaning of results outside the source tree.
    pub(super) fn conditions(&self) -> Conditions {
        let conditions = conditions::read(&self.options.environment, self.root());
        let _ = self.programs.set(conditions.programs.clone()); // the first reading serves for the whole command
        conditions
    }

    /// The programs that cargo's configuration and environment put around the compiler, the linker and tests.
    pub(super) fn programs(&self) -> &Programs {
        self.programs
            .get_or_init(|| conditions::read(&self.options.environment, self.root()).programs)
    }

    /// What runs the tests.
    pub(super) fn test_runner(&self) -> planner::TestRunner {
        planned(self.config().collect.settings(&Collector::Test)).runner
    }

    /// Lists the recorded runs, the last recorded first, whatever the clock said; reads as it goes. Where two stores were
    /// merged and two runs have the same place, one with flaws comes before one without. Runs from the future are left out.
    pub(super) fn heads(&self) -> impl Iterator<Item = Head> {
        let limit = self.latest();
        self.store.heads().filter(move |head| head.started <= limit)
    }

    /// Names the runs that start in the future: a clock was wrong, and they must not hide the runs that followed.
    pub(super) fn say_future(&mut self) {
        for id in self.store.ids_after(self.latest()) {
            if self.told.insert(PathBuf::from(&id.0)) {
                let text = format!("{}: check the clock that recorded it", self.future_run(&id));
                self.ui.warn(&text);
            }
        }
    }

    /// `run ID starts in the future (2027-01-02 10:15Z) and is not used`.
    pub(super) fn future_run(&self, id: &RunId) -> String {
        let day = |from: usize, to: usize| id.0.get(from..to).unwrap_or_default();
        let (year, month, date) = (day(0, 4), day(4, 6), day(6, 8));
        let time = format!("{year}-{month}-{date} {}:{}Z", day(9, 11), day(11, 13));
        format!("run {id} starts in the future ({time}) and is not used")
    }

    /// The latest start of a run that is not in the future: clocks of two machines differ a little.
    pub(super) fn latest(&self) -> i64 {
        self.now.saturating_add(60)
    }

    /// The sources as they are.
    pub(super) fn fingerprint(&self) -> Result<Fingerprint> {
        let root = self.root();
        tree::fingerprint(root, &self.store, system_now())
            .with_context(|| format!("cannot read {}", root.display()))
    }

    pub(super) fn git(&self) -> Result<Git, crate::git::Trouble> {
        Git::discover(self.root())
    }

    pub(super) fn probe(&self) -> Probe<'_> {
        Probe {
            cargo: &self.options.environment.cargo,
            cwd: self.root(),
            cancel: &self.cancel,
        }
    }

    /// Returns the workspace as its manifests describe it, which cargo is asked once until [`Session::forget_workspace`].
    pub(super) fn described(&self) -> Result<Rc<Described>> {
        if let Some(described) = &*self.described.borrow() {
            return Ok(Rc::clone(described));
        }
        let (manifest, flags) = (&self.options.root.manifest, &self.options.cargo_flags);
        let (workspace, publications) =
            probe::publications(&self.probe(), Some(manifest), flags)
                .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
        let described = Rc::new(Described {
            workspace,
            publications,
        });
        *self.described.borrow_mut() = Some(Rc::clone(&described));
        Ok(described)
    }

    /// Has cargo describe the workspace again when it is needed next, because manifests may have changed.
    pub(super) fn forget_workspace(&self) {
        self.described.replace(None);
    }

    /// From here on processes may run in groups of their own, which a terminal's Ctrl-C does not reach: signals end them.
    /// Until then a signal ends us, as it does any program.
    pub(super) fn heed_signals(&self) {
        // A second handler in one process is refused: the first one serves.
        let _ = self.cancel.install();
    }

    /// Ends a command that was interrupted before it had anything to keep: what probes say after that means nothing.
    pub(super) fn stop_if_interrupted(&self) -> Result<()> {
        if self.cancel.is_set() {
            Err(Stop::new(Exit::Interrupted, "interrupted").into())
        } else {
            Ok(())
        }
    }

    /// Adds to a request which tools are missing and what those can do that are installed.
    pub(super) fn find_tools(&self, request: &mut Request) {
        let nextest = self.config().collect.settings(&Collector::Test).runner == Runner::Nextest;
        let tool = |collector: &Collector| match collector {
            Collector::Clippy => Some(Tool::Clippy),
            Collector::Fmt => Some(Tool::Fmt),
            Collector::Test if nextest => Some(Tool::Nextest),
            _ => None,
        };
        for collector in request.collectors.clone() {
            let Some(tool) = tool(&collector) else {
                continue;
            };
            match probe::tool(&self.probe(), tool) {
                Ok(version) if tool == Tool::Nextest => {
                    request.nextest_has_messages = probe::has_messages(&version)
                }
                Ok(_) => {}
                Err(missing) => {
                    request.lacking.push(Lacking {
                        collector,
                        what: missing.what,
                        mend: missing.mend,
                    });
                }
            }
        }
    }

    /// How test executables are run: by us, around the user's own runner.
    pub(super) fn runner(&self, host: &str) -> Result<TestRunner> {
        let exe = std::env::current_exe().context("cannot find this program")?;
        let options = &self.options;
        let durations = self.config().collect.settings(&Collector::Test).durations;
        let cfg =
            |triple: &str| probe::cfg(&self.probe(), options.environment.rustc.as_deref(), triple);
        let at = wiring::Surroundings {
            cwd: self.root(),
            host,
            target: options.target.as_deref(),
            env: &environment::variable,
            cfg: &cfg,
        };
        TestRunner::find(exe, durations, &at).map_err(|why| Stop::new(Exit::Usage, why).into())
    }

    /// One measuring run, or one edit, at a time.
    pub(super) fn lock(&mut self) -> Result<Lock> {
        Ok(self.wait_for_lock()?.0)
    }

    /// Takes the lock; says whose it is while it waits, as cargo does. Ctrl-C ends the wait.
    pub(super) fn wait_for_lock(&mut self) -> Result<(Lock, bool)> {
        const POLL: Duration = Duration::from_millis(100);
        let mut waited = false;
        let lock = loop {
            match self.store.lock(&self.holder()) {
                Err(store::Error::Busy(holder)) => {
                    if !waited {
                        self.heed_signals();
                        self.ui
                            .status("Waiting", &format!("for another cargo campaign: {holder}"));
                    }
                    waited = true;
                    self.stop_if_interrupted()?;
                    std::thread::sleep(POLL);
                }
                taken => break taken?,
            }
        };
        lock.note.iter().for_each(|note| self.ui.note(note));
        self.recover()?;
        Ok((lock, waited))
    }

    /// What others are told while we hold the lock.
    fn holder(&self) -> Holder {
        let command = format!("cargo campaign {}", self.typed);
        Holder {
            pid: std::process::id(),
            command,
            since: utc(self.now),
        }
    }

    /// Names the files of the store that were passed over, each once: what was made of the others is said all the same.
    pub(super) fn say_damage(&mut self) {
        for damage in self.store.take_damage() {
            if self.told.insert(damage.file.clone()) {
                self.ui.warn(&damage.to_string());
            }
        }
    }

    /// The same when a command failed: what the error is about is said by the error.
    pub(super) fn say_damage_but(&mut self, error: &anyhow::Error) {
        use store::Error::{Damaged, Io, Newer};
        if let Some(Damaged(Damage { file, .. }) | Newer { file, .. } | Io { path: file, .. }) =
            error.downcast_ref()
        {
            self.told.insert(file.clone());
        }
        self.say_damage();
    }

    /// Reads a pin. One that is broken, was edited by hand or contradicts itself is an error.
    pub(super) fn pinned(&self, name: PinName) -> Result<Option<store::Pin>> {
        let Some(pin) = base::pinned(self, name)? else {
            return Ok(None);
        };
        self.is_as_measured(&pin, &format!(".campaign/{}", name.file()))?;
        Ok(Some(pin))
    }

    /// Refuses a pin that does not hold what was measured: its values would be bounds that nobody ever met.
    pub(super) fn is_as_measured(&self, pin: &store::Pin, file: &str) -> Result<()> {
        self.is_from_past(pin, file)?;
        let why = match judge::contradiction(&pin.view, self.catalogue()) {
            Some(contradiction) => contradiction.to_string(),
            None if pin.edited => "its content does not match its digest".to_owned(),
            None => return Ok(()),
        };
        let stop = Stop::new(
            Exit::CouldNotRun,
            format!("{file} was edited by hand, or merged line by line: {why}"),
        );
        let path = self
            .root()
            .join(".campaign")
            .join(file.trim_start_matches(".campaign/"));
        Err(stop
            .help(format!("{} (or {})", store::restore(&path), pin_anew(file)))
            .into())
    }

    /// Refuses a pin from the future: a clock was wrong, so nobody knows when its values were measured.
    fn is_from_past(&self, pin: &store::Pin, file: &str) -> Result<()> {
        let latest = self.latest();
        let (what, when) = match pin {
            pin if pin.view.started > latest => ("measured", pin.view.started),
            pin if pin.pinned > latest => ("pinned", pin.pinned),
            _ => return Ok(()),
        };
        let stop = Stop::new(
            Exit::CouldNotRun,
            format!("{file} was {what} in the future: {}", utc(when)),
        );
        Err(stop
            .help("set the clock of this machine, if it is behind")
            .help(format!("{} (if it is not)", pin_anew(file)))
            .into())
    }
}

/// The command that replaces a pin which cannot be used.
fn pin_anew(file: &str) -> String {
    let command = file
        .trim_start_matches(".campaign/")
        .trim_end_matches(".json");
    format!("cargo campaign {command} --accept \"the reason\"")
}

/// `2026-11-20 10:15:02Z`.
fn utc(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%d %H:%M:%SZ")
        .to_string()
}

/// The system's clock; the only place that reads it.
#[expect(clippy::disallowed_methods, reason = "cli owns the clock")]
pub(super) fn system_now() -> SystemTime {
    SystemTime::now()
}

/// A table of the configuration in the planner's words.
fn planned(settings: Settings) -> CollectorOptions {
    CollectorOptions {
        args: settings.args,
        timeout: settings.timeout,
        runner: match settings.runner {
            Runner::Cargo => planner::TestRunner::Cargo,
            Runner::Nextest => planner::TestRunner::Nextest,
        },
        durations: settings.durations,
        repeats: settings.repeats,
        cap_lints: settings.cap_lints,
        missing: settings.missing,
        allow_empty: settings.allow_empty,
    }
}

/// How long a group of processes has from the first request to end until it is killed.
pub(super) const GRACE: Duration = crate::drive::GRACE;
