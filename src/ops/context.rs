//! The surroundings of an operation, and the questions that most operations ask of them.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::exit::{Exit, Stop};
use super::notice::Notice;
use super::policy::AtRevision;
use super::widening::Widening;
use crate::collector::planner;
use crate::git::{Git, Standing, Trouble};
use crate::judge::readiness::NoGit;
use crate::metric::Catalogue;
use crate::options::conditions::{self, Conditions};
use crate::options::programs::Programs;
use crate::options::{Config, MergeTarget, Options, toolchain};
use crate::probe::{self, Probe};
use crate::process::Cancel;
use crate::run::RunId;
use crate::store::{self, Damage, Head, Store};
use crate::tree::{self, Fingerprint};
use crate::workspace::{Member, Publication, Workspace, is_name, names_of_specs};

/// What operations need from the program that calls them. Clones share the cancellation.
#[derive(Clone)]
pub struct Services {
    /// Reads the clock. Operations read it whenever they need the time.
    pub clock: Rc<dyn Fn() -> SystemTime>,
    /// Set when the user wants to stop.
    pub cancel: Cancel,
    /// Receives messages while an operation works.
    pub notices: Rc<dyn Fn(&Notice<'_>)>,
}

/// The surroundings of an operation.
///
/// A context belongs to one evaluation of the campaign: it remembers which runs it recorded and which messages it reported.
/// A program that keeps running makes a new one, with options that it resolved again.
pub struct Context {
    /// The options, with the configuration of the campaign.
    pub options: Options,
    /// The recorded runs and pins.
    pub store: Store,
    /// Set when the user wants to stop.
    pub cancel: Cancel,
    /// The revision whose gates and baseline are used; `None` for those of the working tree.
    pub(crate) at: Option<AtRevision>,
    /// Name of the command, which others see while it holds the lock.
    pub(super) command: &'static str,
    /// Runs that were recorded with this context.
    pub(crate) recorded: RefCell<BTreeSet<RunId>>,
    /// The packages to measure for a release; `None` for those that the options select.
    pub(crate) widening: Option<Widening>,
    /// Whether `-p` names every member, which is the whole workspace.
    pub(crate) selects_all: Cell<bool>,
    /// The names of the packages that specs of `-p` and `--exclude` select, once the members are known.
    pub(crate) spec_names: RefCell<BTreeMap<String, Vec<String>>>,
    /// Digest of the contents whose packages compiled last, see `readiness`.
    pub(super) packaged: RefCell<Option<String>>,
    /// Whether no results of tests are reused, and none that were reused count.
    runs_all_tests: Cell<bool>,
    clock: Rc<dyn Fn() -> SystemTime>,
    notices: Rc<dyn Fn(&Notice<'_>)>,
    /// Damaged files and future runs that were reported.
    reported: RefCell<BTreeSet<PathBuf>>,
    /// Programs that cargo's configuration and environment name, once they were read.
    programs: OnceCell<Programs>,
    /// The workspace as cargo described it last, see [`Context::described`].
    described: RefCell<Option<Rc<Described>>>,
}

/// The workspace, and what registries learn about its members.
pub(crate) struct Described {
    pub(crate) workspace: Workspace,
    pub(crate) publications: Vec<Publication>,
}

impl Context {
    /// Returns a context for these options. The disk is not touched.
    pub fn new(options: Options, command: &'static str, services: &Services) -> Self {
        let Services {
            clock,
            cancel,
            notices,
        } = services.clone();
        Self {
            store: Store::open(&options.root.dir),
            options,
            cancel,
            at: None,
            command,
            recorded: RefCell::default(),
            widening: None,
            selects_all: Cell::new(false),
            spec_names: RefCell::default(),
            packaged: RefCell::default(),
            runs_all_tests: Cell::new(false),
            clock,
            notices,
            reported: RefCell::default(),
            programs: OnceCell::new(),
            described: RefCell::default(),
        }
    }

    /// Returns a context for another evaluation by the same program.
    #[must_use]
    pub(crate) fn renewed(&self, options: Options) -> Self {
        let services = Services {
            clock: Rc::clone(&self.clock),
            cancel: self.cancel.clone(),
            notices: Rc::clone(&self.notices),
        };
        Self::new(options, self.command, &services)
    }

    /// Returns the same context with gates and baseline of a revision.
    #[must_use]
    pub(crate) fn at(mut self, at: Option<AtRevision>) -> Self {
        self.at = at;
        self
    }

    /// Runs every test from now on, whatever `reuse` in `[collect.test]` says.
    pub(crate) fn run_all_tests(&self) {
        self.runs_all_tests.set(true);
    }

    /// Returns whether every test runs.
    pub(crate) fn runs_all_tests(&self) -> bool {
        self.runs_all_tests.get()
    }

    /// Returns the campaign's configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.options.config
    }

    /// Returns whether the command line selects packages: then nothing is said about the whole workspace, such as its alerts.
    pub(crate) fn is_narrowed(&self) -> bool {
        let options = &self.options;
        !options.packages.is_empty()
            || !options.excluded.is_empty()
            || options.exclude != options.config.collect.exclude
    }

    /// Returns whether the sources are a change that is not merged. Its rules and channels are its own.
    pub(crate) fn is_proposal(&self) -> bool {
        self.at.is_some() || self.options.environment.merge_target != MergeTarget::None
    }

    /// Returns the root directory of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.options.root.dir
    }

    /// Returns the metrics that exist, those of custom collectors included.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.options.config.catalogue
    }

    /// Returns the campaign's name, or the name of the root directory if it has none.
    pub(crate) fn campaign(&self) -> String {
        match (&self.config().name, self.root().file_name()) {
            (Some(name), _) => name.clone(),
            (None, Some(directory)) => directory.to_string_lossy().into_owned(),
            (None, None) => String::new(),
        }
    }

    /// Reads the clock.
    pub(crate) fn system_now(&self) -> SystemTime {
        (self.clock)()
    }

    /// Reads the clock, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.system_now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs().cast_signed())
    }

    /// Returns the date in UTC, `YYYY-MM-DD`, by which waivers and attestations end.
    ///
    /// It does not depend on `TZ`: the same tree has the same verdict everywhere, and the name of a
    /// zone can be that of a file in the working directory, which a pull request could add.
    pub(crate) fn today(&self) -> String {
        day(self.now())
    }

    /// Returns the latest date that has begun anywhere on earth, `YYYY-MM-DD`.
    pub(crate) fn latest_date(&self) -> String {
        day(self.now() + EASTERNMOST)
    }

    /// Returns the date of a release that is made now, `YYYY-MM-DD` in UTC.
    ///
    /// It does not depend on the machine, and `$SOURCE_DATE_EPOCH` overrides it to reproduce an earlier release.
    pub(crate) fn utc_today(&self) -> String {
        let epoch = self.options.environment.source_date_epoch;
        day(epoch.unwrap_or_else(|| self.now()))
    }

    /// Returns a path for messages: relative to the root directory, if it is below it.
    pub(crate) fn below_root(&self, path: &Path) -> String {
        path.strip_prefix(self.root())
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Reports a message to the caller.
    pub(crate) fn notify(&self, notice: &Notice<'_>) {
        (self.notices)(notice);
    }

    /// Reports something that was done, as in cargo's status lines.
    pub(crate) fn status(&self, verb: &str, text: &str) {
        self.notify(&Notice::Status { verb, text });
    }

    /// Reports a remark.
    pub(crate) fn note(&self, text: &str) {
        self.notify(&Notice::Note(text));
    }

    /// Reports a warning.
    pub(crate) fn warn(&self, text: &str) {
        self.notify(&Notice::Warning(text));
    }

    /// Reports what to do about the previous message.
    pub(crate) fn help(&self, text: &str) {
        self.notify(&Notice::Help(text));
    }

    /// Treats a selection of every member as the whole workspace from here on, and other selections
    /// as the names of their packages.
    pub(crate) fn recognize_selection(&self, members: &[Member]) {
        let Options {
            packages, exclude, ..
        } = &self.options;
        if planner::selects_all(packages, members) {
            self.selects_all.set(true);
        }
        let names = names_of_specs(packages.iter().chain(exclude), members);
        self.spec_names.borrow_mut().extend(names);
    }

    /// Does the same without asking cargo, if a recorded run knows the members of these sources.
    pub(crate) fn recall_selection(&self, tree: &str) {
        let has_specs = self.options.exclude.iter().any(|spec| !is_name(spec));
        if self.options.packages.is_empty() && !has_specs {
            return;
        }
        let run = self
            .heads()
            .find(|head| head.tree == tree)
            .and_then(|head| self.store.load(&head.id).ok());
        let Some(run) = run else { return };
        let members = run.provenance.members.into_iter().map(|name| Member {
            // An earlier version did not record it. Then specs with a version are not recognized.
            version: run.versions.get(&name).cloned().unwrap_or_default(),
            name,
            ..Member::default()
        });
        self.recognize_selection(&members.collect::<Vec<_>>());
    }

    /// Returns the identity of the toolchain without starting it.
    pub(crate) fn toolchain_key(&self) -> String {
        toolchain::toolchain_key(&self.options.environment, self.root())
    }

    /// Reads everything outside the source tree that results depend on.
    pub(crate) fn conditions(&self) -> Conditions {
        let conditions = conditions::read(&self.options.environment, self.root());
        let _ = self.programs.set(conditions.programs.clone());
        conditions
    }

    /// Returns the programs that cargo's configuration and environment put around the compiler, the linker and tests.
    pub(crate) fn programs(&self) -> &Programs {
        self.programs
            .get_or_init(|| conditions::read(&self.options.environment, self.root()).programs)
    }

    /// Lists the recorded runs lazily, the last recorded first, whatever their clocks were. Runs from the future are left out.
    ///
    /// Where two stores were merged and two runs share a position, a run with flaws comes before one without.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Head> {
        let limit = self.latest();
        self.store.heads().filter(move |head| head.started <= limit)
    }

    /// Warns about runs that start in the future. Their clock was wrong, and they must not hide the runs that followed.
    pub(crate) fn warn_about_future_runs(&self) {
        for id in self.store.ids_after(self.latest()) {
            if self.reported.borrow_mut().insert(PathBuf::from(&id.0)) {
                self.warn(&format!(
                    "{}: check the clock that recorded it",
                    self.future_run(&id)
                ));
            }
        }
    }

    /// `run ID starts in the future (2027-01-02 10:15Z) and is not used`.
    pub(crate) fn future_run(&self, id: &RunId) -> String {
        let part = |from: usize, to: usize| id.0.get(from..to).unwrap_or_default();
        let (year, month, day) = (part(0, 4), part(4, 6), part(6, 8));
        let time = format!("{year}-{month}-{day} {}:{}Z", part(9, 11), part(11, 13));
        format!("run {id} starts in the future ({time}) and is not used")
    }

    /// Returns the latest start of a run that does not count as being in the future. The clocks of two machines differ a little.
    pub(crate) fn latest(&self) -> i64 {
        self.now().saturating_add(60)
    }

    /// Computes the fingerprint of the sources as they are.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint> {
        let root = self.root();
        let configuration = self.options.path.as_deref();
        tree::fingerprint(root, &self.store, self.system_now(), configuration)
            .with_context(|| format!("cannot read {}", root.display()))
    }

    /// Returns the branch that is checked out. CI services check out a commit and name the branch in the environment,
    /// which says nothing about another commit that a step has checked out.
    pub(crate) fn branch(&self, standing: &Standing) -> Option<String> {
        let environment = &self.options.environment;
        let job_commit = environment.job_commit.as_ref();
        let is_of_job = job_commit.is_some() && job_commit == standing.commit.as_ref();
        let ci_branch = environment.ci_branch.as_ref().filter(|_| is_of_job);
        standing.branch.as_ref().or(ci_branch).cloned()
    }

    /// Opens the git repository of the workspace.
    pub(crate) fn git(&self) -> Result<Git, Trouble> {
        Git::discover(self.root())
    }

    /// Returns the name that git has for the author of commits.
    ///
    /// # Errors
    /// If git does not know it.
    pub(crate) fn author(&self) -> Result<String> {
        let author = self.git().and_then(|git| git.author());
        author.map_err(|trouble| {
            let message = format!("cannot tell who you are: {trouble}");
            let stop = Stop::new(Exit::CouldNotRun, message);
            trouble.hint().into_iter().fold(stop, Stop::help).into()
        })
    }

    /// Returns the means to ask cargo and its tools about the workspace.
    pub(crate) fn probe(&self) -> Probe<'_> {
        Probe {
            cargo: &self.options.environment.cargo,
            cwd: self.root(),
            cancel: &self.cancel,
        }
    }

    /// Returns the workspace as its manifests describe it. Cargo is asked once, until [`Context::forget_workspace`].
    ///
    /// # Errors
    /// If cargo cannot read the workspace.
    pub(crate) fn described(&self) -> Result<Rc<Described>> {
        if let Some(described) = &*self.described.borrow() {
            return Ok(Rc::clone(described));
        }
        let (manifest, flags) = (&self.options.root.manifest, &self.options.cargo_flags);
        let (workspace, mut publications) =
            probe::publications(&self.probe(), Some(manifest), flags)
                .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
        if conditions::has_other_default_registry(&self.options.environment, self.root()) {
            for package in publications.iter_mut().filter(|one| one.unrestricted) {
                package.crates_io = false;
            }
        }
        let described = Rc::new(Described {
            workspace,
            publications,
        });
        *self.described.borrow_mut() = Some(Rc::clone(&described));
        Ok(described)
    }

    /// Makes [`Context::described`] ask cargo again, because manifests may have changed.
    pub(crate) fn forget_workspace(&self) {
        self.described.replace(None);
    }

    /// Handles signals from here on. Processes may run in groups of their own, which a terminal's Ctrl-C does not reach.
    ///
    /// Before this is called a signal ends the program, as it does any other.
    pub(crate) fn install_signal_handler(&self) {
        // A second handler in one process is refused: the first one serves.
        let _ = self.cancel.install();
    }

    /// Ends an operation that was interrupted before it had a result: the answers of interrupted probes mean nothing.
    ///
    /// # Errors
    /// If the user wants to stop.
    pub(crate) fn stop_if_interrupted(&self) -> Result<()> {
        if self.cancel.is_set() {
            Err(Stop::new(Exit::Interrupted, "interrupted").into())
        } else {
            Ok(())
        }
    }

    /// Warns once about each damaged file of the store that was skipped.
    pub(crate) fn warn_about_damage(&self) {
        for damage in self.store.take_damage() {
            if self.reported.borrow_mut().insert(damage.file.clone()) {
                self.warn(&damage.to_string());
            }
        }
    }

    /// Does the same after an operation failed, except for the file that the error is about.
    pub(crate) fn warn_about_damage_except(&self, error: &anyhow::Error) {
        use store::Error::{Damaged, Io, Newer};
        if let Some(Damaged(Damage { file, .. }) | Newer { file, .. } | Io { path: file, .. }) =
            error.downcast_ref()
        {
            self.reported.borrow_mut().insert(file.clone());
        }
        self.warn_about_damage();
    }
}

/// `2026-11-20 10:15:02Z`.
pub(super) fn utc(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%d %H:%M:%SZ")
        .to_string()
}

/// Returns which of git and the repository is missing, if that is the error.
pub(crate) const fn no_git(trouble: &Trouble) -> Option<NoGit> {
    match trouble {
        Trouble::Missing => Some(NoGit::Missing),
        Trouble::NotARepository => Some(NoGit::NoRepository),
        _ => None,
    }
}

/// Seconds by which the easternmost time zone, UTC+14, is ahead.
const EASTERNMOST: i64 = 14 * 3600;

/// Returns the date of a moment in UTC, `YYYY-MM-DD`.
fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%d")
        .to_string()
}
