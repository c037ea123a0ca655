//! Measures and evaluates a workspace several times in one process, without a terminal: driven by `tests/it/ops.rs`.
//!
//! `evaluate SECONDS...` does so in the working directory once for each Unix time, which is what the clock shows. Each prints
//! a line of JSON.

use std::cell::RefCell;
use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use cargo_campaign::ops::{Context, Notice, Services, evaluate, measure};
use cargo_campaign::options::{Environment, Flags, Options, Tty};
use cargo_campaign::process::Cancel;
use serde_json::{Value, json};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    for seconds in std::env::args().skip(1) {
        let seconds = seconds.parse().context("not a number of seconds")?;
        writeln!(std::io::stdout(), "{}", measure_and_evaluate(seconds)?)?;
    }
    Ok(())
}

fn measure_and_evaluate(seconds: u64) -> Result<Value> {
    let statuses: Rc<RefCell<Vec<String>>> = Rc::default();
    let seen = Rc::clone(&statuses);
    let services = Services {
        clock: Rc::new(move || UNIX_EPOCH + Duration::from_secs(seconds)),
        cancel: Cancel::default(),
        notices: Rc::new(move |notice| match notice {
            Notice::Status { verb, .. } => seen.borrow_mut().push((*verb).to_owned()),
            Notice::StepEnded(ended) => seen.borrow_mut().push(ended.step.id.clone()),
            _ => {}
        }),
    };
    let cwd = std::env::current_dir()?;
    let environment = Environment::read(&cwd).map_err(|refused| anyhow::anyhow!("{refused}"))?;
    let options = Options::resolve(Flags::default(), environment, Tty::default(), &cwd)
        .map_err(|refused| anyhow::anyhow!("{refused}"))?;
    let cx = Context::new(options, "evaluate", &services);

    let collectors = cx.options.config.collect.default.clone();
    let prepared = measure::prepare(&cx, &collectors)?;
    let run = measure::measure(&cx, &prepared)?;
    let evaluation = evaluate::now(&cx)?;
    let statuses = statuses.borrow().clone();
    Ok(json!({
        "started": run.started,
        "statuses": statuses,
        "verdict": evaluation.judgement.verdict(),
    }))
}
