//! Build times, from builds of a copy of the workspace.

use std::fs;

use serde_json::Value;

use crate::harness::{Sandbox, Tree, tree};

/// A workspace of a library, a program that depends on it, and a package beside the root that the library depends on. Two
/// files are not committed.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}"
        )
    };
    for (name, text) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\", \"engine\"]\nresolver = \"3\"\n",
        ),
        (
            "app/Cargo.toml",
            &manifest("app", "engine = { path = \"../engine\" }\n"),
        ),
        ("app/src/main.rs", "fn main() {\n    engine::run();\n}\n"),
        (
            "engine/Cargo.toml",
            &manifest("engine", "beside = { path = \"../../beside\" }\n"),
        ),
        (
            "engine/src/lib.rs",
            "#![deny(warnings)]\n//! Engine.\n\n#[path = \"linked/of_link.rs\"]\nmod of_link;\n\n/// Runs.\npub fn run() {\n    beside::run();\n}\n",
        ),
        ("engine/shared/of_link.rs", ""),
        ("../beside/Cargo.toml", &manifest("beside", "")),
        ("../beside/src/lib.rs", "pub fn run() {}\n"),
        (
            ".cargo/config.toml",
            "[build]\nrustc-wrapper = \"no-such-wrapper\"\n",
        ),
        (".gitignore", "/target\n"),
        (
            "campaign.toml",
            "[collect]\ndefault = [\"timing\"]\n[gates]\n\"build.clean.time\" = \"< 10min\"\n\
             \"build.incremental.*.time\" = \"< 10min\"\n\"target.size\" = \"< 1GB\"\n",
        ),
    ] {
        sandbox.write(name, text);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("../shared", sandbox.path("engine/src/linked")).expect("a link");
    #[cfg(not(unix))]
    sandbox.write("engine/src/linked/of_link.rs", "");
    sandbox.git_init();
    sandbox.write("engine/src/added.rs", "pub(crate) fn added() {}\n");
    sandbox.replace(
        "engine/src/lib.rs",
        "\n/// Runs.",
        "\nmod added;\n\n/// Runs.",
    );
    sandbox.replace(
        "engine/src/lib.rs",
        "    beside",
        "    added::added();\n    beside",
    );
    sandbox
}

/// The metrics of the last run.
fn metrics(sandbox: &Sandbox) -> Value {
    let out = sandbox.campaign(&["status", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout).expect("the report is JSON");
    report["metrics"].clone()
}

/// The files of the user. Describing the workspace writes `Cargo.lock`.
fn files(sandbox: &Sandbox) -> [Tree; 2] {
    [sandbox.root(), sandbox.path("../beside")]
        .map(|folder| tree(&folder, &["target", ".campaign", ".git", "Cargo.lock"]))
}

/// Directories that a copy leaves.
const LEFT: [&str; 3] = [
    ".campaign/index/copy",
    "target/campaign/.copy",
    "target/campaign/.with",
];

#[test]
fn copy_of_the_working_tree_is_timed_and_nothing_else_changes() {
    let sandbox = workspace();
    let before = files(&sandbox);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let found = metrics(&sandbox);
    let value = |name: &str| found[name]["value"].as_f64().expect(name);
    let deep = value("build.incremental.deep.time");
    let leaf = value("build.incremental.leaf.time");
    assert!(value("build.incremental.time") >= deep.max(leaf));
    for name in [
        "build.clean.time",
        "build.clean.cpu",
        "build.unit_time.app",
        "build.unit_time.engine",
        "target.size",
    ] {
        assert!(value(name) > 0.0, "{name}");
    }

    assert!(files(&sandbox) == before, "files of the user changed");
    for left in LEFT {
        assert!(!sandbox.path(left).exists(), "{left}");
    }
    assert!(
        !sandbox.path("target/debug").exists(),
        "nothing was built for the user"
    );

    let again = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    sandbox.write("../beside/src/lib.rs", "pub fn run() {\n}\n");
    let stale = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(stale.code, 3, "{}{}", stale.stdout, stale.stderr);
}

#[cfg(unix)]
#[test]
fn members_next_to_the_root_and_behind_links_are_copied() {
    let sandbox = Sandbox::empty();
    let manifest = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}")
    };
    let root = "[workspace]\nmembers = [\"inside\", \"../beside\"]\nresolver = \"3\"\n";
    let beside = sandbox
        .root()
        .file_name()
        .map(|name| format!("workspace = \"../{}\"\n", name.to_string_lossy()));
    sandbox.write("Cargo.toml", root);
    sandbox.write("store/inside/Cargo.toml", &manifest("inside", ""));
    sandbox.write("store/inside/src/lib.rs", "");
    sandbox.write(
        "../beside/Cargo.toml",
        &manifest("beside", &beside.unwrap_or_default()),
    );
    sandbox.write("../beside/src/lib.rs", "");
    std::os::unix::fs::symlink("store/inside", sandbox.path("inside")).expect("a link");
    let before = files(&sandbox);
    let out = sandbox.campaign(&["run", "timing"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(files(&sandbox) == before, "files of the user changed");
}

#[test]
fn copy_that_a_killed_run_left_is_removed() {
    let sandbox = workspace();
    for left in LEFT {
        fs::create_dir_all(sandbox.path(left).join("debug")).expect("the sandbox can be written");
    }
    for target_dir in &LEFT[1..] {
        sandbox.write(&format!("{target_dir}/CACHEDIR.TAG"), "");
    }
    let out = sandbox.campaign(&["run", "loc"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    for left in LEFT {
        assert!(!sandbox.path(left).exists(), "{left}");
    }
}

/// A cargo that prints the messages of a build of the copy, and what a test adds to its script.
#[cfg(unix)]
mod fake {
    use serde_json::Value;

    use super::{LEFT, Sandbox, metrics, workspace};

    /// Returns a workspace with a cargo that plays builds, of which `script` sets the fresh packages, the units
    /// that are left out and the exit code.
    fn fake(script: &str) -> Sandbox {
        let mut sandbox = workspace();
        sandbox.write(".cargo/config.toml", "");
        let real = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let log = sandbox.stage().join("builds");
        let program = format!(
            r#"
[ "$1" = build ] || exec "{real}" "$@"
edited=
grep -qs EDITED engine/src/lib.rs && edited="$edited engine"
grep -qs EDITED app/src/main.rs && edited="$edited app"
built=; [ -e "$4/built" ] && built=built
echo "$*;$edited;$built" >> "{log}"
mkdir -p "$4"; touch "$4/built" "$4/CACHEDIR.TAG"
fresh=; code=0; none=
case "$built$edited" in built*engine*app) fresh="engine beside" ;; built*) fresh=beside ;; esac
{script}
unit() {{
    [ "$2" != "$none" ] || return 0
    case " $fresh " in *" $2 "*) fresh_unit=true ;; *) fresh_unit=false ;; esac
    printf '{{"reason":"compiler-artifact","package_id":"path+file://%s/%s#0.1.0","target":{{"kind":["%s"],"name":"%s","src_path":"/x.rs"}},"profile":{{"test":false}},"filenames":["%s/Cargo.toml"],"executable":null,"fresh":%s}}\n' \
        "$1" "$2" "$3" "$2" "$PWD" "$fresh_unit"
}}
unit "${{PWD%/*}}" beside lib
unit "$PWD" engine lib
unit "$PWD" app bin
if [ "$code" = 0 ]; then echo '{{"reason":"build-finished","success":true}}'; else echo '{{"reason":"build-finished","success":false}}'; fi
exit "$code"
"#,
            log = log.display()
        );
        sandbox.program("timed-cargo", &program);
        let program = sandbox.bin().join("timed-cargo");
        sandbox.set("CARGO", program);
        sandbox
    }

    /// Measures with a cargo that plays builds.
    fn played(script: &str) -> Sandbox {
        let sandbox = fake(script);
        let out = sandbox.campaign(&["run", "timing"]);
        assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
        for left in LEFT {
            assert!(!sandbox.path(left).exists(), "{left}");
        }
        sandbox
    }

    /// Returns the reason for a missing value.
    fn reason(sandbox: &Sandbox, metric: &str) -> String {
        let found = &metrics(sandbox)[metric];
        assert!(found["value"].is_null(), "{metric}: {found}");
        found["unavailable"]["reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn kinds_of_builds_take_turns() {
        let sandbox = played("");
        let log = std::fs::read_to_string(sandbox.stage().join("builds")).expect("it was written");
        let builds: Vec<(bool, &str, bool)> = log
            .lines()
            .map(|line| {
                let parts: Vec<&str> = line.split(';').collect();
                (
                    parts[0].contains("--frozen"),
                    parts[1].trim(),
                    parts[2] == "built",
                )
            })
            .collect();
        let round = [
            (true, "", false),
            (true, "engine", true),
            (true, "engine app", true),
        ];
        let expected: Vec<_> = [(false, "", false)]
            .into_iter()
            .chain(round.into_iter().cycle().take(9))
            .collect();
        assert_eq!(builds, expected);
        assert!(metrics(&sandbox)["build.clean.time"]["value"].is_f64());
    }

    #[test]
    fn build_that_is_no_sample_gives_no_value() {
        for (script, metric, expected) in [
            (
                r#"[ -n "$built" ] || fresh=beside"#,
                "build.clean.time",
                "1 of 3 units were not compiled",
            ),
            (
                r#"[ -z "$built" ] || fresh="engine app beside""#,
                "build.incremental.time",
                "was not compiled again after an edit",
            ),
            (
                r#"[ -z "$built" ] || fresh="#,
                "build.incremental.time",
                "package `beside` was compiled again",
            ),
            ("code=101", "build.clean.time", "101"),
            (
                r#"[ -z "$edited" ] || kill -9 $$"#,
                "build.incremental.time",
                "signal 9",
            ),
            (
                r#"[ -z "$built" ] || touch "$4/x"; [ -n "$edited" ] && { echo "error: no space left on device (os error 28)" >&2; code=101; }"#,
                "build.clean.time",
                "no space left on device",
            ),
        ] {
            let sandbox = played(script);
            let found = reason(&sandbox, metric);
            assert!(found.contains(expected), "{script}: {found}");
        }
    }

    /// Work of which a build with the setting does nothing.
    const BUSY: &str = r#"case "$*" in *profile.dev*) ;; *) i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done ;; esac"#;

    /// Runs an experiment on a setting, which the CPU time decides.
    fn experiment(sandbox: &Sandbox, more: &[&str]) -> (i32, String) {
        let setting = ["experiment", "--set", "profile.dev.debug=false"];
        let metric = ["--metric", "build.clean.cpu", "--rounds", "7"];
        let out = sandbox.campaign(&[&setting[..], &metric, more].concat());
        for left in LEFT {
            assert!(!sandbox.path(left).exists(), "{left}");
        }
        (out.code, out.stdout + &out.stderr)
    }

    #[test]
    fn setting_that_saves_time_is_better_and_can_be_applied() {
        let sandbox = fake(BUSY);
        let (code, text) = experiment(&sandbox, &["--apply", "--format", "json"]);
        assert_eq!(code, 0, "{text}");
        let log = std::fs::read_to_string(sandbox.stage().join("builds")).expect("it was written");
        let clean = log.lines().filter(|line| line.ends_with(";;"));
        let order: Vec<bool> = clean.map(|line| line.contains("profile.dev")).collect();
        let pairs = [[false, true], [false, true], [true, false], [false, true]];
        assert_eq!(order[..8], pairs.concat(), "{log}");
        assert_eq!(order.len(), 16);

        let manifest = std::fs::read_to_string(sandbox.path("Cargo.toml")).expect("it is there");
        assert!(
            manifest.contains("[profile.dev]\ndebug = false\n"),
            "{manifest}"
        );
        let records = std::fs::read_dir(sandbox.path(".campaign/experiments"));
        let record = records.expect("it was recorded").next().expect("a file");
        let record = std::fs::read(record.expect("a file").path()).expect("it can be read");
        let record: Value = serde_json::from_slice(&record).expect("it is JSON");
        assert_eq!(record["rounds"], 7);
        assert_eq!(record["compared"][1]["effect"], "better");
    }

    #[test]
    fn builds_that_do_not_compare_give_no_verdict() {
        for (script, expected) in [
            ("code=101", "a build with the setting failed"),
            (
                "none=beside",
                "a build compiled 3 of 3 units without the setting, and 2 of 2 with it",
            ),
        ] {
            let script = format!("case \"$*\" in *profile.dev*) {script} ;; esac");
            let sandbox = fake(&script);
            let before = std::fs::read_to_string(sandbox.path("Cargo.toml")).expect("it is there");
            let (code, text) = experiment(&sandbox, &["--apply"]);
            assert_eq!(code, 3, "{script}: {text}");
            assert!(
                text.contains("NO VERDICT") && text.contains(expected),
                "{text}"
            );
            let after = std::fs::read_to_string(sandbox.path("Cargo.toml")).expect("it is there");
            assert_eq!(after, before);
        }
    }

    #[test]
    fn key_that_only_a_build_reports_as_unused_ends_the_experiment() {
        let warning = "warning: unused key `rustflag` in [target] config table `cfg(all())`";
        let script = format!("case \"$*\" in *profile.dev*) echo '{warning}' >&2 ;; esac");
        let sandbox = fake(&script);
        let (code, text) = experiment(&sandbox, &["--apply"]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("does not use the key `rustflag`"), "{text}");
        let builds = std::fs::read_to_string(sandbox.stage().join("builds"));
        let builds = builds.expect("it was written");
        let clean = builds.lines().filter(|line| line.ends_with(";;")).count();
        assert_eq!(clean, 2, "{builds}");
    }

    #[test]
    fn settings_that_make_sides_incomparable_are_refused() {
        let sandbox = fake("exit 9");
        for (args, expected) in [
            (
                &["no-debug-inf"][..],
                "cargo campaign experiment no-debug-info",
            ),
            (
                &["--set", "build.target-dir=\"x\""],
                "cannot change `build.target-dir`",
            ),
            (
                &["--set", "build.'rustc' = 'x'"],
                "cannot change `build.rustc`",
            ),
            (&["--set", "include=['x.toml']"], "cannot change `include`"),
            (&["--set", "[profile.dev]"], "invalid value `[profile.dev]`"),
            (&["--set", "no-value"], "invalid value `no-value`"),
            (
                &["--set", "build.jbos=4"],
                "does not use the key `build.jbos`",
            ),
            (&["--set", "bulid.jobs=4"], "did you mean `build`?"),
            (
                &["--set", "profile.relase.lto=true"],
                "changes the profile `relase`, and `dev` is built",
            ),
            (&["--env", "RUSTC=x"], "cannot change `RUSTC`"),
            (&["--env", "x"], "invalid variable `x`"),
            (
                &["line-tables", "--metric", "test.passed"],
                "`test.passed` does not decide",
            ),
            (
                &["--env", "A=b", "--apply"],
                "cannot apply the variable `A`",
            ),
        ] {
            let out = sandbox.campaign(&[&["experiment"], args].concat());
            assert_eq!(out.code, 2, "{args:?}: {}", out.stderr);
            assert!(out.stderr.contains(expected), "{args:?}: {}", out.stderr);
        }
        let listed = sandbox.campaign(&["experiment"]);
        assert_eq!(listed.code, 0);
        assert!(
            listed.stdout.contains("own-line-tables"),
            "{}",
            listed.stdout
        );
    }
}
