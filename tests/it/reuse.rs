//! Reused results of test suites, held against running everything: edits at random, with the real cargo.
//!
//! After each edit, one run may reuse results and another runs every test of the same build. Both must find the same.
//! `CAMPAIGN_REUSE_SEEDS=40` tries more sequences of edits than the fixed ones.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use cargo_campaign::run::Run;
use cargo_campaign::store::Store;
use serde_json::Value;

use crate::harness::Sandbox;

/// Edits of one sequence.
const EDITS: usize = 3;

/// A workspace in which tests depend on everything that a test can depend on: `base` stands below `mid` and `tool`, `mid`
/// reads data, `side` reads a variable and stands alone, `tool` starts its program, `guest` starts that of `tool`, and
/// `tidy` reads the source of `side`.
const FILES: [(&str, &str); 21] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"base\", \"guest\", \"mid\", \"side\", \"tidy\", \"tool\"]\n",
    ),
    (".gitignore", "/target\n"),
    ("README.md", "Text.\n"),
    (
        "campaign.toml",
        "[collect]\ndefault = [\"test\"]\n[collect.test]\nreuse = true\n[gates]\n\"test.failed\" = \"= 0\"\n",
    ),
    (
        "base/Cargo.toml",
        "[package]\nname = \"base\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    (
        "base/src/lib.rs",
        "/// ```\n/// assert_eq!(base::value(), 1);\n/// ```\npub fn value() -> u32 {\n    1\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn unit() {\n        assert_eq!(super::value(), 1);\n    }\n}\n",
    ),
    (
        "base/tests/it.rs",
        "#[test]\nfn it() {\n    assert_eq!(base::value(), 1);\n}\n",
    ),
    (
        "mid/Cargo.toml",
        "[package]\nname = \"mid\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n[dependencies]\nbase = { path = \"../base\" }\n",
    ),
    (
        "mid/build.rs",
        "fn main() {\n    println!(\"cargo:rerun-if-changed=built.txt\");\n    let text = std::fs::read_to_string(\"built.txt\").unwrap();\n    println!(\"cargo:rustc-env=BUILT={}\", text.trim());\n}\n",
    ),
    ("mid/built.txt", "1\n"),
    ("mid/data.txt", "1\n"),
    (
        "mid/src/lib.rs",
        "/// ```\n/// assert_eq!(mid::value(), 1);\n/// ```\npub fn value() -> u32 {\n    base::value()\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn reads_data() {\n        assert_eq!(std::fs::read_to_string(\"data.txt\").unwrap().trim(), \"1\");\n    }\n    #[test]\n    fn is_built() {\n        assert_eq!(env!(\"BUILT\"), \"1\");\n    }\n}\n",
    ),
    (
        "side/Cargo.toml",
        "[package]\nname = \"side\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    (
        "side/src/lib.rs",
        "/// ```\n/// assert!(side::is_set() || true);\n/// ```\npub fn is_set() -> bool {\n    std::env::var_os(\"PROBE\").is_some()\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn variable_is_not_set() {\n        assert!(!super::is_set());\n    }\n    #[test]\n    fn version() {\n        assert_eq!(std::env::var(\"CARGO_PKG_VERSION\").unwrap(), \"0.1.0\");\n    }\n}\n",
    ),
    (
        "tidy/Cargo.toml",
        "[package]\nname = \"tidy\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("tidy/src/lib.rs", "//! Nothing.\n"),
    (
        "tidy/tests/tidy.rs",
        "#[test]\nfn tidy() {\n    let text = std::fs::read_to_string(\"../side/src/lib.rs\").unwrap();\n    assert!(!text.contains(\"untidy\"));\n}\n",
    ),
    (
        "tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nbase = { path = \"../base\" }\n",
    ),
    (
        "tool/src/main.rs",
        "fn main() {\n    println!(\"value {}\", base::value());\n}\n",
    ),
    (
        "tool/tests/it.rs",
        "#[test]\nfn says_its_value() {\n    let out = std::process::Command::new(env!(\"CARGO_BIN_EXE_tool\")).output().unwrap();\n    assert_eq!(out.stdout, b\"value 1\\n\");\n}\n",
    ),
    (
        "guest/Cargo.toml",
        "[package]\nname = \"guest\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
];

/// The test of `guest`, which starts the program of another package.
const GUEST: &str = "//! Nothing.\n#[test]\nfn starts_the_tool() {\n    let deps = std::env::current_exe().unwrap();\n    let tool = deps.ancestors().nth(2).unwrap().join(format!(\"tool{}\", std::env::consts::EXE_SUFFIX));\n    let out = std::process::Command::new(tool).output().unwrap();\n    assert_eq!(out.stdout, b\"value 1\\n\");\n}\n";

/// Two texts of a file, between which an edit changes it: the file, the text in the workspace and the other text.
const EDITS_OF_FILES: [(&str, &str, &str); 16] = [
    ("base/src/lib.rs", "    1\n", "    2\n"),
    (
        "base/src/lib.rs",
        "mod tests {\n",
        "mod tests {\n    // A comment.\n",
    ),
    (
        "base/src/lib.rs",
        "base::value(), 1",
        "base::value(), 1 + 1 - 1",
    ),
    (
        "base/tests/it.rs",
        "base::value(), 1",
        "base::value(), 3 - 2",
    ),
    ("base/tests/it.rs", "fn it()", "fn renamed()"),
    ("mid/src/lib.rs", "base::value()\n", "base::value() + 1\n"),
    ("mid/build.rs", "text.trim()", "text.trim().len()"),
    ("mid/built.txt", "1\n", "2\n"),
    ("mid/data.txt", "1\n", "2\n"),
    ("side/src/lib.rs", "|| true", "|| 1 == 1"),
    (
        "side/src/lib.rs",
        "mod tests {\n",
        "mod tests {\n    // This is untidy.\n",
    ),
    ("side/Cargo.toml", "0.1.0", "0.1.1"),
    ("tool/src/main.rs", "value {}", "the value {}"),
    ("tool/tests/it.rs", "b\"value", "b\"the value"),
    ("tidy/src/lib.rs", "Nothing", "Nothing at all"),
    ("README.md", "Text", "Another text"),
];

/// Numbers that look random and are the same each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let limit = u64::try_from(limit).expect("a small number");
        usize::try_from(self.0 % limit).expect("below the limit")
    }
}

fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in FILES {
        sandbox.write(name, text);
    }
    sandbox.write("guest/tests/it.rs", GUEST);
    sandbox.write("guest/src/lib.rs", "//! Nothing.\n");
    let locked = sandbox.cargo(&["generate-lockfile", "--offline"]);
    assert_eq!(locked.code, 0, "{}", locked.stderr);
    sandbox.git_init();
    sandbox
}

/// Measures the tests, and returns the run.
fn measured(sandbox: &Sandbox, args: &[&str]) -> Run {
    let out = sandbox.campaign(&[&["run", "test"], args].concat());
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let store = Store::open(&sandbox.root());
    let newest = store.newest().expect("a run was recorded");
    store.load(&newest.id).expect("it was just written")
}

/// Measures the tests with results of earlier runs, and then runs every test, with the evidence as it was between. Returns
/// the number of suites that were reused.
fn compare(sandbox: &Sandbox, what: &str) -> usize {
    let reusing = measured(sandbox, &[]);
    let kept = sandbox.path(".campaign/index/reuse");
    let evidence = fs::read(&kept).expect("evidence of the run");
    let fresh = measured(sandbox, &["--fresh"]);
    fs::write(&kept, evidence).expect("the evidence that was there");
    assert_eq!(fresh.snapshot.reused, BTreeMap::new(), "{what}");
    assert_eq!(results(&reusing), results(&fresh), "{what}");
    reusing.snapshot.reused.len()
}

/// Everything that a run says about tests, except for times.
fn results(run: &Run) -> BTreeMap<String, String> {
    let tests = run.snapshot.tests.iter();
    let tests = tests.map(|(id, test)| (id.clone(), format!("{:?}", test.outcome)));
    let incomplete = run.snapshot.incomplete.iter();
    let incomplete = incomplete.map(|(suite, why)| (suite.clone(), why.clone()));
    let metrics = run.snapshot.metrics.iter();
    let metrics = metrics.filter(|(name, _)| !name.contains("time") && !name.contains("slowest"));
    let metrics = metrics.map(|(name, reading)| (name.clone(), format!("{reading:?}")));
    tests.chain(incomplete).chain(metrics).collect()
}

/// Makes an edit. Returns a description.
fn edit(sandbox: &mut Sandbox, numbers: &mut Numbers) -> String {
    match numbers.below(20) {
        0 => {
            sandbox.set("PROBE", "1");
            "set a variable".to_owned()
        }
        1 => {
            sandbox.unset("PROBE");
            "unset a variable".to_owned()
        }
        2 => {
            sandbox.write("base/src/unused.rs", "// Nothing.\n");
            "added a file".to_owned()
        }
        3 => {
            let _ = fs::remove_file(sandbox.path("base/src/unused.rs"));
            "removed a file".to_owned()
        }
        number => {
            let (file, from, to) = EDITS_OF_FILES[numbers.below(EDITS_OF_FILES.len())];
            let text = sandbox.read(file);
            let text = match text.contains(to) && !from.contains(to) {
                true => text.replacen(to, from, 1),
                false => text.replacen(from, to, 1),
            };
            sandbox.write(file, &text);
            // Cargo does not notice a change with an old time.
            if number == 4 {
                let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
                let opened = fs::File::options().write(true).open(sandbox.path(file));
                let opened = opened.expect("it was just written");
                opened.set_modified(old).expect("a file of ours");
            }
            format!("{file}: `{from}` or `{to}`")
        }
    }
}

#[test]
fn reused_results_are_those_of_running_everything() {
    let more = std::env::var("CAMPAIGN_REUSE_SEEDS").unwrap_or_default();
    let seeds = more.parse().unwrap_or(2_u64);
    let mut reused = 0;
    for seed in 1..=seeds {
        let mut sandbox = workspace();
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut done = vec![format!("seed {seed}")];
        measured(&sandbox, &[]);
        for _ in 0..EDITS {
            done.push(edit(&mut sandbox, &mut numbers));
            reused += compare(&sandbox, &done.join(", then "));
        }
    }
    assert!(reused > 0, "{reused} suites were reused");
}

#[test]
fn reused_suites_are_named_and_never_pinned() {
    let sandbox = workspace();
    measured(&sandbox, &[]);
    sandbox.replace("side/src/lib.rs", "|| true", "|| 1 == 1");
    let first = Store::open(&sandbox.root()).newest().expect("a run").id;

    let gate = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&gate.stdout).expect("a report");
    let reused = report["tests"]["reused"].as_array().expect("a list");
    let of_first = reused.iter().filter(|suite| suite["run"] == first.0);
    assert_eq!(of_first.count(), reused.len());
    let names: Vec<&str> = reused
        .iter()
        .filter_map(|suite| suite["suite"].as_str())
        .collect();
    assert!(
        names.contains(&"base lib") && names.contains(&"base doc"),
        "{names:?}"
    );
    assert!(
        !names.contains(&"side lib") && !names.contains(&"tidy test:tidy"),
        "{names:?}"
    );
    let status = sandbox.campaign(&["status"]).stdout;
    let note = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(note.contains(&format!("reused from run {first}")), "{note}");

    let newest = Store::open(&sandbox.root()).newest().expect("a run").id;
    let pin = sandbox.campaign(&["baseline", "--from", &newest.0]);
    assert!(
        pin.stderr
            .contains("refusing to pin results that were reused"),
        "{}",
        pin.stderr
    );
    assert_eq!(pin.code, 3, "{}", pin.stderr);

    let pin = sandbox.campaign(&["baseline"]);
    assert_eq!(pin.code, 0, "{}", pin.stderr);
    let store = Store::open(&sandbox.root());
    let pinned = store
        .load(&store.newest().expect("a run").id)
        .expect("a run");
    assert_eq!(pinned.snapshot.reused, BTreeMap::new());
}

#[test]
fn suite_that_failed_runs_again() {
    let sandbox = workspace();
    sandbox.replace("base/src/lib.rs", "    1\n", "    2\n");
    measured(&sandbox, &[]);
    let run = measured(&sandbox, &[]);
    let reused: Vec<&String> = run.snapshot.reused.keys().collect();
    assert!(
        !reused.iter().any(|suite| suite.starts_with("base")),
        "{reused:?}"
    );
    assert!(
        reused.iter().any(|suite| suite.starts_with("side")),
        "{reused:?}"
    );
}

#[test]
fn nothing_is_reused_without_git() {
    let sandbox = workspace();
    fs::remove_dir_all(sandbox.path(".git")).expect("a repository of ours");
    measured(&sandbox, &[]);
    let run = measured(&sandbox, &[]);
    assert_eq!(run.snapshot.reused, BTreeMap::new());
}

/// A function that starts the program of another package.
const STARTER: &str = "pub fn output() -> Vec<u8> {\n    let deps = std::env::current_exe().unwrap();\n    let tool = deps.ancestors().nth(2).unwrap().join(format!(\"tool{}\", std::env::consts::EXE_SUFFIX));\n    std::process::Command::new(tool).output().unwrap().stdout\n}\n";

#[test]
fn code_of_a_module_that_a_build_script_shares_is_searched() {
    let sandbox = workspace();
    sandbox.write("guest/src/starter.rs", STARTER);
    sandbox.write("guest/src/lib.rs", "//! Nothing.\npub mod starter;\n");
    let script = "#![allow(dead_code)]\n#[path = \"src/starter.rs\"]\nmod starter;\nfn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n}\n";
    sandbox.write("guest/build.rs", script);
    guest_runs_again(&sandbox, "guest::starter::output()");
}

#[cfg(unix)]
#[test]
fn code_behind_a_link_to_a_directory_is_searched() {
    let sandbox = workspace();
    sandbox.write("common/mod.rs", STARTER);
    let link = sandbox.path("guest/tests/common");
    std::os::unix::fs::symlink("../../common", link).expect("a link in the sandbox");
    guest_runs_again(&sandbox, "common::output()");
}

/// Checks that the tests of `guest`, which call this, run again after the program of `tool` has changed.
fn guest_runs_again(sandbox: &Sandbox, call: &str) {
    let module = if call.starts_with("common") {
        "mod common;\n"
    } else {
        ""
    };
    let test = format!(
        "//! Nothing.\n{module}#[test]\nfn starts_the_tool() {{\n    assert_eq!({call}, b\"value 1\\n\");\n}}\n"
    );
    sandbox.write("guest/tests/it.rs", &test);
    measured(sandbox, &[]);
    sandbox.replace("tool/src/main.rs", "value {}", "another {}");
    compare(sandbox, call);
}
