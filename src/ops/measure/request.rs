//! The planner's request: the options in its words, the installed tools, and the test runner.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::earlier;
use crate::collector;
use crate::collector::ToolProgram;
use crate::collector::planner::{self, CustomCollector, Request};
use crate::drive::{TestRunner, wiring};
use crate::metric::Better;
use crate::ops::changelog::files;
use crate::ops::{Context, Exit, Stop};
use crate::options::config::own::Own;
use crate::options::environment;
use crate::plan::{BuildSelection, Collector, Lint, MissingCollector};
use crate::probe;

/// Returns the request for these collectors. No process is started, except for git if changelogs are requested.
pub(crate) fn request(cx: &Context, collectors: &[Collector]) -> Request {
    let options = &cx.options;
    let collect = &options.config.collect;
    let (packages, exclude) = match &cx.widening {
        Some(widening) => (widening.packages.clone(), widening.exclude.clone()),
        None if cx.selects_all.get() => (Vec::new(), Vec::new()),
        None => (options.packages.clone(), options.exclude.clone()),
    };
    let reads_changelogs = collectors
        .iter()
        .any(|one| collector::of(one).reads_changelogs);
    let releases = match reads_changelogs {
        true => files::surroundings(cx),
        false => String::new(),
    };
    Request {
        cargo: options.environment.cargo.clone(),
        // Nothing runs for attested values, and no setting matters to them.
        collectors: collectors
            .iter()
            .filter(|one| one.name() != collector::ATTESTED)
            .cloned()
            .collect(),
        packages,
        exclude,
        names: cx.spec_names.borrow().clone(),
        without_benches: !collect.benches,
        distinguishes_clippy: false,
        build: options.build.clone(),
        target_dir: options.target_dir.clone(),
        cargo_flags: options.cargo_flags.clone(),
        versions: BTreeMap::new(),
        missing: Vec::new(),
        custom: collect
            .own
            .iter()
            .map(|own| (own.name.clone(), custom(own, collect.timeout)))
            .collect(),
        advisories: None,
        indexes: BTreeMap::new(),
        api_baselines: BTreeMap::new(),
        compared_with: earlier::described(cx, collectors),
        changed_since: None,
        llvm: None,
        counter: None,
        compiler_cache: None,
        lint: Lint::default(),
        releases,
        settings: collector::ALL
            .iter()
            .map(|one| (one.collector(), collect.settings(&one.collector())))
            .collect(),
    }
}

/// Returns a custom collector in the planner's words.
fn custom(own: &Own, timeout: Option<Duration>) -> CustomCollector {
    CustomCollector {
        command: own.command.clone(),
        checks: own.checks.clone(),
        timeout: own.timeout.or(timeout),
        units: own
            .metrics
            .iter()
            .map(|row| (row.name.clone(), row.unit.name().to_owned()))
            .collect(),
        directions: own
            .metrics
            .iter()
            .filter(|row| row.better != Better::Lower)
            .map(|row| (row.name.clone(), row.better))
            .collect(),
    }
}

/// Returns the digest of everything that a collector's results depend on, see [`planner::settings`].
pub(crate) fn settings(cx: &Context, collectors: &[Collector]) -> BTreeMap<Collector, String> {
    planner::settings(&request(cx, collectors))
}

/// Returns the settings that a collector would have with these build options.
pub(crate) fn build_settings(
    cx: &Context,
    build: BuildSelection,
    collector: &Collector,
) -> Option<String> {
    let request = Request {
        build,
        ..request(cx, std::slice::from_ref(collector))
    };
    planner::settings(&request).remove(collector)
}

/// Returns the settings that the collectors would have without a selection of packages.
pub(crate) fn workspace_settings(
    cx: &Context,
    collectors: &[Collector],
) -> BTreeMap<Collector, String> {
    planner::settings(&Request {
        packages: Vec::new(),
        exclude: Vec::new(),
        ..request(cx, collectors)
    })
}

/// Adds the missing tools to a request, and the abilities of the installed ones.
pub(crate) fn find_tools(cx: &Context, request: &mut Request) {
    for collector in request.collectors.clone() {
        let settings = cx.config().collect.settings(&collector);
        let Some(tool) = collector::of(&collector).tool(&settings) else {
            continue;
        };
        let rustc = cx.options.environment.rustc.as_deref();
        let found = match tool.program {
            ToolProgram::Subcommand { .. } => probe::tool_version(&cx.probe(), rustc, tool)
                .map(|version| _ = request.versions.insert(collector.clone(), version)),
            ToolProgram::Llvm => {
                let tools = probe::llvm_tools(&cx.probe(), rustc);
                let tools = tools.map_err(|message| probe::MissingTool::of(tool, message));
                tools.map(|tools| request.llvm = Some(tools))
            }
            ToolProgram::Program { .. } => {
                probe::program(&cx.probe(), tool).map(|counter| request.counter = Some(counter))
            }
            ToolProgram::CompilerCache { .. } => probe::compiler_cache(&cx.probe(), tool)
                .map(|cache| request.compiler_cache = Some(cache)),
        };
        match found {
            Ok(()) => {}
            Err(missing) => request.missing.push(MissingCollector {
                collector,
                what: missing.message,
                fix: missing.fix,
            }),
        }
    }
}

/// Finds out how test executables are run: by this program, around the runner that the user configured.
pub(crate) fn runner(cx: &Context, host: &str) -> Result<TestRunner> {
    let exe = std::env::current_exe().context("cannot find this program")?;
    let options = &cx.options;
    let durations =
        collector::records_durations(|collector| cx.config().collect.settings(collector));
    let cfg = |triple: &str| probe::cfg(&cx.probe(), options.environment.rustc.as_deref(), triple);
    let environment = wiring::CargoEnvironment {
        cwd: cx.root(),
        host,
        target: options.build.target.as_deref(),
        env: &environment::variable,
        cfg: &cfg,
    };
    TestRunner::find(exe, durations, &environment).map_err(|why| Stop::new(Exit::Usage, why).into())
}
