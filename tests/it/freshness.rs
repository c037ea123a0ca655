//! What makes a recorded result stale: one workspace is measured, and each input is changed by itself.
//!
//! `docs/freshness.md` has a line for each kind of input and names the test that holds it.

use std::fs;
use std::path::PathBuf;

use cargo_campaign::metric::Reading;
use cargo_campaign::run::RunId;
use cargo_campaign::store::{PinName, Store};
use serde_json::Value;

use crate::harness::{Output, Sandbox, repository};

/// A workspace that reads much from outside its root, measured once and passing.
fn measured() -> Sandbox {
    let sandbox = Sandbox::empty();
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndep = { path = \"../dep\" }\n[workspace]\n",
        ),
        (
            ".gitignore",
            "/target\n/ignored.txt\n/tests/local.rs\n/clippy.toml\n/rustfmt.toml\n",
        ),
        ("ignored.txt", "1"),
        (
            "build.rs",
            "fn main() {\n    println!(\"cargo:rerun-if-changed=../schema.sql\");\n    println!(\"cargo:rerun-if-env-changed=BUILD_VARIABLE\");\n}\n",
        ),
        (
            "src/lib.rs",
            "#![doc = include_str!(\"../../README.md\")]\nmod linked;\npub const OUTER: &str = include_str!(\"../../outer.txt\");\npub const INNER: &str = include_str!(\"../ignored.txt\");\npub const VARIABLE: Option<&str> = option_env!(\"ENV_VARIABLE\");\n#[cfg(doctest)]\n#[doc = include_str!(\"../../GUIDE.md\")]\nstruct Guide;\n",
        ),
        ("campaign.toml", CAMPAIGN),
        ("../outer.txt", "1"),
        ("../linked.rs", "//! Linked.\n"),
        ("../README.md", "```\nassert!(true);\n```\n"),
        ("../GUIDE.md", "```\nassert!(true);\n```\n"),
        ("../schema.sql", "1"),
        ("../todo", "3"),
        ("../count.sh", "echo 3\n"),
        ("../testdata/a.txt", "1"),
        (
            "../dep/Cargo.toml",
            "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        ("../dep/src/lib.rs", "//! Dep.\n"),
        ("../unrelated.txt", "1"),
    ];
    files
        .iter()
        .for_each(|(name, text)| sandbox.write(name, text));
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../linked.rs", sandbox.path("src/linked.rs"))
        .expect("a fresh directory");
    #[cfg(not(unix))]
    sandbox.write("src/linked.rs", "//! Linked.\n");
    sandbox.git_init();
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox
}

const CAMPAIGN: &str = r#"
[collect.test]
inputs = ["../testdata/**"]
env = ["TEST_VARIABLE"]
[collect.todo]
command = ["cat", "../todo"]
metrics = { "todo.open" = { unit = "count", better = "lower" } }
inputs = ["../todo"]
[collect.count]
command = ["sh", "../count.sh"]
metrics = { "count.open" = { unit = "count", better = "lower" } }
inputs = ["../testdata/**"]
[gates]
"count.open" = "< 10"
"clippy.warnings" = "= 0"
"fmt.files" = "= 0"
"test.failed" = "= 0"
"todo.open" = "< 10"
"#;

/// The collectors whose gate has no verdict now, and the reasons.
fn stale(sandbox: &Sandbox) -> (String, String) {
    let out = sandbox.campaign(&["gate", "--no-run", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("gates").iter();
    let (mut collectors, mut reasons) = (Vec::new(), Vec::new());
    for gate in gates.filter(|gate| gate["verdict"] == "no-verdict") {
        let id = gate["id"].as_str().unwrap_or_default();
        collectors.push(id.split('.').next().unwrap_or_default().to_owned());
        let reason = gate["reason"].as_str().unwrap_or_default();
        reasons.push(
            reason
                .split(" since it was measured")
                .next()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    collectors.sort_unstable();
    reasons.dedup();
    (collectors.join(" "), reasons.join(", "))
}

/// One change of one input.
enum Change {
    /// Another content of a file below the sandbox's base; of one that does not exist, a first one.
    File(&'static str),
    /// The executable bit.
    #[cfg(unix)]
    Mode(&'static str),
    /// A variable set.
    Variable(&'static str, &'static str),
}

use Change::{File, Variable};

/// What a change makes stale, and how that is explained.
type Row = (&'static str, Change, &'static str, &'static str);

const BUILD: &str = "clippy test";
const TREE: &str = "clippy fmt test";

fn rows() -> Vec<Row> {
    vec![
        ("source", File("ws/src/lib.rs"), TREE, "src/lib.rs changed"),
        (
            "new source",
            File("ws/src/new.rs"),
            TREE,
            "src/new.rs changed",
        ),
        #[cfg(unix)]
        (
            "mode",
            Change::Mode("ws/src/lib.rs"),
            TREE,
            "src/lib.rs changed",
        ),
        #[cfg(unix)]
        (
            "behind a link",
            File("linked.rs"),
            TREE,
            "src/linked.rs changed",
        ),
        (
            "hidden directory",
            File("ws/.config/nextest.toml"),
            TREE,
            ".config/nextest.toml changed",
        ),
        (
            "ignored and compiled",
            File("ws/ignored.txt"),
            BUILD,
            "ignored.txt changed",
        ),
        (
            "ignored test",
            File("ws/tests/local.rs"),
            TREE,
            "tests/local.rs changed",
        ),
        (
            "ignored clippy.toml",
            File("ws/clippy.toml"),
            "clippy count todo",
            "clippy.toml changed",
        ),
        (
            "ignored rustfmt.toml",
            File("ws/rustfmt.toml"),
            "count fmt todo",
            "rustfmt.toml changed",
        ),
        ("include", File("outer.txt"), BUILD, "../outer.txt changed"),
        (
            "README as docs",
            File("README.md"),
            BUILD,
            "../README.md changed",
        ),
        (
            "README as doctest only",
            File("GUIDE.md"),
            "test",
            "../GUIDE.md changed",
        ),
        (
            "path dependency",
            File("dep/src/lib.rs"),
            BUILD,
            "../dep/src/lib.rs changed",
        ),
        (
            "new file of a path dependency",
            File("dep/src/new.rs"),
            BUILD,
            "../dep/src changed",
        ),
        (
            "env!",
            Variable("ENV_VARIABLE", "1"),
            BUILD,
            "ENV_VARIABLE changed",
        ),
        (
            "build script's variable",
            Variable("BUILD_VARIABLE", "1"),
            BUILD,
            "BUILD_VARIABLE changed",
        ),
        (
            "build script's file",
            File("schema.sql"),
            BUILD,
            "../schema.sql changed",
        ),
        (
            "cargo's configuration",
            File("ws/.cargo/config.toml"),
            "clippy count fmt test todo",
            ".cargo/config.toml changed",
        ),
        (
            "cargo's above the root",
            File(".cargo/config.toml"),
            "clippy count test todo",
            "../.cargo/config.toml changed",
        ),
        (
            "CARGO_HOME",
            File("cargo-home/config.toml"),
            "clippy count test todo",
            "$CARGO_HOME/config.toml changed",
        ),
        (
            "compiler flags",
            Variable("RUSTFLAGS", "--cfg x"),
            "clippy count test todo",
            "RUSTFLAGS changed",
        ),
        (
            "rustdoc's flags",
            Variable("RUSTDOCFLAGS", "--cfg x"),
            "count test todo",
            "RUSTDOCFLAGS changed",
        ),
        (
            "toolchain file",
            File("rust-toolchain.toml"),
            "clippy count fmt test todo",
            "../rust-toolchain.toml changed",
        ),
        (
            "clippy.toml above",
            File("clippy.toml"),
            "clippy count todo",
            "../clippy.toml changed",
        ),
        (
            "rustfmt.toml above",
            File("rustfmt.toml"),
            "count fmt todo",
            "../rustfmt.toml changed",
        ),
        (
            "rustfmt.toml in home",
            File("home/.config/rustfmt/rustfmt.toml"),
            "count fmt todo",
            "~/.config/rustfmt/rustfmt.toml changed",
        ),
        (
            "nextest's in home",
            File("home/.config/nextest/config.toml"),
            "count todo",
            "~/.config/nextest/config.toml changed",
        ),
        (
            "nextest's profile",
            Variable("NEXTEST_PROFILE", "ci"),
            "count todo",
            "NEXTEST_PROFILE changed",
        ),
        (
            "declared file",
            File("testdata/a.txt"),
            "count test",
            "../testdata/** changed",
        ),
        (
            "new declared file",
            File("testdata/deep/b.txt"),
            "count test",
            "../testdata/** changed",
        ),
        (
            "declared variable",
            Variable("TEST_VARIABLE", "1"),
            "test",
            "TEST_VARIABLE changed",
        ),
        (
            "custom collector's input",
            File("todo"),
            "todo",
            "../todo changed",
        ),
        (
            "libraries",
            Variable("LD_LIBRARY_PATH", "/nowhere"),
            "test",
            "LD_LIBRARY_PATH changed",
        ),
        (
            "custom collector's program",
            File("count.sh"),
            "count",
            "../count.sh changed",
        ),
        ("elsewhere", File("unrelated.txt"), "", ""),
        ("build output", File("ws/target/debug/x"), "", ""),
        ("jobs", Variable("CARGO_BUILD_JOBS", "1"), "", ""),
        (
            "refused jobs",
            Variable("CARGO_BUILD_JOBS", "0"),
            "clippy count test todo",
            "CARGO_BUILD_JOBS changed",
        ),
        ("timeout", Variable("CARGO_HTTP_TIMEOUT", "30"), "", ""),
        (
            "refused timeout",
            Variable("CARGO_HTTP_TIMEOUT", "x"),
            "clippy count test todo",
            "CARGO_HTTP_TIMEOUT changed",
        ),
        (
            "test threads",
            Variable("RUST_TEST_THREADS", "1"),
            "count test todo",
            "RUST_TEST_THREADS changed",
        ),
        (
            "empty flags",
            Variable("RUSTFLAGS", ""),
            "clippy count test todo",
            "RUSTFLAGS changed",
        ),
        ("CI", Variable("CI", "1"), "", ""),
    ]
}

#[test]
fn changed_input_makes_the_results_stale_that_depend_on_it_and_no_others() {
    let mut sandbox = measured();
    assert_eq!(
        stale(&sandbox),
        (String::new(), String::new()),
        "nothing changed"
    );
    for (what, change, collectors, reason) in rows() {
        let undo = apply(&mut sandbox, &change);
        let found = stale(&sandbox);
        // With a toolchain file above, the toolchain itself may be another one.
        let is_toolchain = what == "toolchain file" && found.1.contains("the toolchain was");
        if !is_toolchain {
            assert_eq!(found, (collectors.to_owned(), reason.to_owned()), "{what}");
        }
        undo(&mut sandbox);
        assert_eq!(
            stale(&sandbox),
            (String::new(), String::new()),
            "{what}, undone"
        );
    }
}

/// Applies a change; the result undoes it.
fn apply(sandbox: &mut Sandbox, change: &Change) -> Box<dyn FnOnce(&mut Sandbox)> {
    match *change {
        File(name) => {
            let path = sandbox.base().join(name);
            let before = fs::read(&path).ok();
            let text = before.as_ref().map_or_else(String::new, |bytes| {
                String::from_utf8_lossy(bytes).into_owned()
            });
            let comment = match name {
                name if name.ends_with(".rs") => "// more\n",
                "ws/.cargo/config.toml" | ".cargo/config.toml" | "cargo-home/config.toml" => {
                    "[build]\nincremental = true\n"
                }
                _ => "\n",
            };
            fs::create_dir_all(path.parent().expect("it has the base above it"))
                .expect("a directory of ours");
            let directories = created(sandbox, &path);
            fs::write(&path, format!("{text}{comment}")).expect("a file of ours");
            Box::new(move |_| {
                match before {
                    Some(bytes) => fs::write(&path, bytes),
                    None => fs::remove_file(&path),
                }
                .expect("a file of ours");
                directories.iter().for_each(|dir| drop(fs::remove_dir(dir)));
            })
        }
        #[cfg(unix)]
        Change::Mode(name) => {
            use std::os::unix::fs::PermissionsExt as _;
            let path = sandbox.base().join(name);
            let set = |path: &PathBuf, mode| {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours")
            };
            set(&path, 0o755);
            Box::new(move |_| set(&path, 0o644))
        }
        Variable(name, value) => {
            sandbox.set(name, value);
            Box::new(move |sandbox| sandbox.unset(name))
        }
    }
}

/// The directories between a path and the base, innermost first; those that are not empty stay when they are removed.
fn created(sandbox: &Sandbox, path: &std::path::Path) -> Vec<PathBuf> {
    path.ancestors()
        .skip(1)
        .take_while(|dir| *dir != sandbox.base())
        .map(PathBuf::from)
        .collect()
}

/// The program's content counts, whether it is named by a variable or by a file.
#[cfg(unix)]
#[test]
fn changed_program_around_compiler_or_tests_makes_results_stale() {
    for (what, config, stale_ones) in [
        (
            "wrapper",
            "[build]\nrustc-wrapper = \"PROGRAM\"\n",
            "clippy test",
        ),
        (
            "runner",
            "[target.'cfg(unix)']\nrunner = \"PROGRAM\"\n",
            "test",
        ),
        ("unused table", "[alias]\nx = \"PROGRAM\"\n", ""),
    ] {
        let sandbox = small("true");
        sandbox.write(
            "campaign.toml",
            "[gates]\n\"clippy.warnings\" = \"< 9\"\n\"fmt.files\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n",
        );
        sandbox.program("around", "exec \"$@\"");
        let program = sandbox.bin().join("around");
        sandbox.write(
            "../cargo-home/config.toml",
            &config.replace("PROGRAM", &program.display().to_string()),
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        assert_eq!(stale(&sandbox).0, "", "{what}: unchanged");
        sandbox.program("around", "true; exec \"$@\"");
        assert_eq!(stale(&sandbox).0, stale_ones, "{what}");
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{what}");
        sandbox.write(
            "../cargo-home/config.toml",
            &format!(
                "{}[term]\nunicode = true\n",
                sandbox.read("../cargo-home/config.toml")
            ),
        );
        assert_eq!(stale(&sandbox).0, "", "{what}: a setting of the terminal");
    }
}

#[cfg(unix)]
#[test]
fn changed_formatter_makes_the_result_stale() {
    let mut sandbox = small("true");
    sandbox.write("campaign.toml", "[gates]\n\"fmt.files\" = \"= 0\"\n");
    sandbox.program("formatter", "exec rustfmt \"$@\"");
    sandbox.set("RUSTFMT", sandbox.bin().join("formatter"));
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(stale(&sandbox).0, "", "unchanged");
    sandbox.program("formatter", "exec rustfmt --config max_width=20 \"$@\"");
    assert_eq!(stale(&sandbox).0, "fmt");
}

/// Gives a file the present time, plus a second against coarse clocks.
fn touch(sandbox: &Sandbox, name: &str) {
    let file = fs::File::options()
        .write(true)
        .open(sandbox.path(name))
        .expect("the file exists");
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(1))
        .expect("the file is ours");
}

/// Checks that the program made cargo build a package again, and named what cargo does not notice.
fn assert_rebuilt(what: &str, out: &Output, change: &str) {
    let text = unwrapped(&out.stderr);
    assert!(text.contains("Rebuilding "), "{what}: {text}");
    assert!(text.contains(change), "{what}: {text}");
}

/// Joins the lines that the terminal breaks.
fn unwrapped(text: &str) -> String {
    text.replace("\n            ", " ")
}

/// Cargo itself builds nothing again in any of these cases and repeats its earlier messages.
#[cfg(unix)]
#[test]
fn changed_wrapper_rustdoc_or_linker_builds_again() {
    let wrapper = "[build]\nrustc-wrapper = \"PROGRAM\"\n";
    let rustdoc = "[build]\nrustdoc = \"PROGRAM\"\n";
    let linker = "[target.'cfg(unix)']\nlinker = \"PROGRAM\"\n";
    let allow = "exec \"$@\" -Aunused";
    let plain = "exec \"$@\"";
    for (what, metric, config, program, later_config, later_program, reason, fixed) in [
        (
            "wrapper is removed",
            "check.warnings",
            wrapper,
            allow,
            "",
            allow,
            "the configured compiler, wrapper or rustdoc changed",
            1,
        ),
        (
            "wrapper is edited",
            "check.warnings",
            wrapper,
            allow,
            wrapper,
            plain,
            "around` changed",
            1,
        ),
        (
            "rustdoc is removed",
            "doc.warnings",
            rustdoc,
            "exec rustdoc \"$@\" -Arustdoc::all",
            "",
            "",
            "the configured compiler, wrapper or rustdoc changed",
            1,
        ),
        (
            "linker is edited",
            "test.failed",
            linker,
            "exec cc \"$@\"",
            linker,
            "exit 1",
            "around` changed",
            3,
        ),
    ] {
        let sandbox = small("true");
        sandbox.write(
            "src/lib.rs",
            &format!("//! [`Nothing`]\nfn unused() {{}}\n{}", test_of("true")),
        );
        let gates = format!("[gates]\n\"{metric}\" = \"= 0\"\n");
        sandbox.write("campaign.toml", &gates);
        sandbox.program("around", program);
        let path = sandbox.bin().join("around").display().to_string();
        let configure = |text: &str| {
            sandbox.write("../cargo-home/config.toml", &text.replace("PROGRAM", &path))
        };
        configure(config);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        configure(later_config);
        sandbox.program("around", later_program);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, fixed, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, reason);
    }
}

/// Variables of nextest count where it runs the tests.
#[test]
fn profile_of_nextest_counts_where_nextest_runs_the_tests() {
    let mut sandbox = small("true");
    let config = sandbox.read("campaign.toml");
    sandbox.write(
        "campaign.toml",
        &format!("[collect.test]\nrunner = \"nextest\"\n{config}"),
    );
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    sandbox.set("NEXTEST_PROFILE", "ci");
    assert_eq!(
        stale(&sandbox),
        ("test".to_owned(), "NEXTEST_PROFILE changed".to_owned())
    );
}

#[test]
fn moving_the_checkout_keeps_results_current() {
    let sandbox = measured();
    let moved = sandbox.base().join("moved");
    fs::create_dir(&moved).expect("a fresh directory");
    for entry in fs::read_dir(sandbox.base())
        .expect("ours")
        .flatten()
        .filter(|entry| entry.file_name() != "moved")
    {
        let keeps = ["home", "cargo-home", "bin", "stage"]
            .iter()
            .any(|name| entry.file_name() == *name);
        if !keeps {
            fs::rename(entry.path(), moved.join(entry.file_name())).expect("ours");
        }
    }
    let mut gate = sandbox.campaign_command_in(&moved.join("ws"), &["gate", "--no-run"]);
    let out = gate.output().expect("it starts");
    assert!(
        out.status.success(),
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Build output contains absolute paths, and cargo uses it in another place as it is.
#[test]
fn build_output_of_another_place_is_built_again() {
    const DATA: &str = "std::fs::read_to_string(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data\")).unwrap() == \"1\"";
    const BY_SCRIPT: &str = "std::fs::read_to_string(env!(\"DATA\")).unwrap() == \"1\"";
    const SCRIPT: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n    \
        let dir = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    \
        println!(\"cargo:rustc-env=DATA={dir}/data\");\n}\n";
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let status = std::process::Command::new("cp")
            .arg("-a")
            .args([from, to])
            .status();
        assert!(status.expect("it starts").success());
    };
    for (what, assertion, script) in [("crate", DATA, ""), ("build script", BY_SCRIPT, SCRIPT)] {
        let sandbox = small(assertion);
        sandbox.write("data", "1");
        if !script.is_empty() {
            sandbox.write("build.rs", script);
        }
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{what}");
        let copied = sandbox.base().join("copied");
        copy(&sandbox.root(), &copied);
        sandbox.write("../copied/data", "2");
        let gate = || {
            let mut gate = sandbox.campaign_command_in(&copied, &["gate"]);
            crate::harness::output(&mut gate)
        };
        let out = gate();
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, "ws/target` was moved or copied");
        let out = gate();
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        // Here, nothing was built elsewhere.
        let out = sandbox.campaign(&["gate", "--fresh"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
    }
}

/// The directory that two checkouts share is the one in which both were built.
#[test]
fn shared_target_directory_and_links_to_it_are_the_same_place() {
    let mut sandbox = small("true");
    let shared = sandbox.base().join("shared");
    sandbox.set("CARGO_TARGET_DIR", shared.as_os_str());
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    let other = sandbox.base().join("other");
    fs::create_dir(&other).expect("a fresh directory");
    for name in ["Cargo.toml", "Cargo.lock", "campaign.toml", "src/lib.rs"] {
        sandbox.write(&format!("../other/{name}"), &sandbox.read(name));
    }
    let mut gate = sandbox.campaign_command_in(&other, &["gate"]);
    let out = crate::harness::output(&mut gate);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    #[cfg(unix)]
    {
        let link = sandbox.base().join("link");
        std::os::unix::fs::symlink(&shared, &link).expect("a fresh name");
        sandbox.set("CARGO_TARGET_DIR", link.as_os_str());
        let out = sandbox.campaign(&["gate", "--fresh"]);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    }
}

/// Cargo does not link again if only these files change.
#[cfg(unix)]
#[test]
fn changed_file_that_only_the_linker_reads_is_linked_again() {
    const TEST: &str = "extern \"C\" {\n    fn foo() -> i32;\n}\n#[test]\nfn t() {\n    assert_eq!(unsafe { foo() }, 1);\n}\n";
    let script = |declared: &str| {
        format!(
            "fn main() {{\n    println!(\"cargo:rerun-if-changed={declared}\");\n    \
            println!(\"cargo:rustc-link-arg=native/foo.o\");\n}}\n"
        )
    };
    let config = "[build]\nrustflags = [\"-Clink-arg=native/foo.o\"]\n";
    for (what, file, text, is_noticed) in [
        ("build script", "build.rs", &*script("build.rs"), false),
        ("declared", "build.rs", &*script("native/foo.o"), true),
        ("configuration", ".cargo/config.toml", config, false),
    ] {
        let sandbox = small("true");
        let compile = |value: u8| {
            sandbox.write(
                "../foo.c",
                &format!("int foo(void) {{ return {value}; }}\n"),
            );
            sandbox.write("native/foo.o", "");
            let out = sandbox.output("cc", &["-c", "../foo.c", "-o", "native/foo.o"]);
            assert_eq!(out.code, 0, "{}", out.stderr);
        };
        sandbox.write("src/lib.rs", TEST);
        sandbox.write(file, text);
        compile(1);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        compile(2);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        if !is_noticed {
            assert_rebuilt(what, &out, "`native/foo.o` changed");
        }
    }
}

/// Cargo does not read the files of arguments.
#[test]
fn changed_file_of_compiler_arguments_builds_again() {
    let sandbox = small("cfg!(first)");
    sandbox.write(".cargo/config.toml", "[build]\nrustflags = [\"@flags\"]\n");
    sandbox.write("flags", "--cfg\nfirst\n");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox.write("flags", "--cfg\nsecond\n");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert_rebuilt("arguments", &out, "`flags` changed");
}

/// A small crate without a dependency; what its one test asserts.
fn small(assertion: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("src/lib.rs", &test_of(assertion));
    sandbox.write("campaign.toml", "[gates]\n\"test.failed\" = \"= 0\"\n");
    sandbox.git_init();
    sandbox
}

fn test_of(assertion: &str) -> String {
    format!("#[test]\nfn t() {{\n    assert!({assertion});\n}}\n")
}

/// The operating system follows a link before `..`, so the file beside it in the text is another one.
#[cfg(unix)]
#[test]
fn file_behind_a_link_and_dots_counts() {
    const MANIFEST: &str = "[package]\nname = \"NAME\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    const BESIDE: &str = "pub const A: &str = include_str!(\"../x.txt\");\n";
    type Files = &'static [(&'static str, &'static str)];
    let shapes: [(&str, (&str, &str), Files, &str); 8] = [
        (
            "module",
            ("src/gen", "../../shared/gen"),
            &[
                ("src/lib.rs", "mod gen;\n"),
                ("../shared/gen/mod.rs", BESIDE),
            ],
            "../shared/x.txt",
        ),
        (
            "path",
            ("src/gen", "../../shared/gen"),
            &[
                ("src/lib.rs", "#[path = \"gen/../x.txt\"]\nmod x;\n"),
                ("../shared/gen/mod.rs", ""),
            ],
            "../shared/x.txt",
        ),
        (
            "member",
            ("m", "../shared/m"),
            &[
                (
                    "Cargo.toml",
                    "[workspace]\nmembers = [\"m\"]\nresolver = \"2\"\n",
                ),
                ("../shared/m/Cargo.toml", MANIFEST),
                (
                    "../shared/m/src/lib.rs",
                    "pub const A: &str = include_str!(\"../../x.txt\");\n",
                ),
                ("../shared/m/tests/t.rs", "#[test]\nfn t() {}\n"),
            ],
            "../shared/x.txt",
        ),
        (
            "inside",
            ("src/gen", "../deep/er/gen"),
            &[
                (".gitignore", "/target\nx.txt\n"),
                ("src/lib.rs", "mod gen;\n"),
                ("deep/er/gen/mod.rs", BESIDE),
            ],
            "deep/er/x.txt",
        ),
        (
            "directory",
            ("src/gen", "../../shared/gen"),
            &[
                (
                    "src/lib.rs",
                    "pub const A: &str = include_str!(\"gen/../x.txt\");\n",
                ),
                ("../shared/gen/mod.rs", ""),
            ],
            "../shared/x.txt",
        ),
        (
            "absolute",
            ("gen", "../shared/gen"),
            &[
                (
                    "src/lib.rs",
                    "pub const A: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/gen/../x.txt\"));\n",
                ),
                ("../shared/gen/mod.rs", ""),
            ],
            "../shared/x.txt",
        ),
        (
            "doctest",
            ("src/gen", "../../shared/gen"),
            &[
                (
                    "src/lib.rs",
                    "//! ```\n//! assert_eq!(include_str!(\"gen/../x.txt\").len(), 2);\n//! ```\n",
                ),
                ("../shared/gen/mod.rs", ""),
            ],
            "../shared/x.txt",
        ),
        (
            "build script",
            ("gen", "../shared/gen"),
            &[
                (
                    "build.rs",
                    "fn main() {\n    println!(\"cargo::rerun-if-changed=gen/../x.txt\");\n}\n",
                ),
                ("src/lib.rs", ""),
                ("../shared/gen/mod.rs", ""),
            ],
            "../shared/x.txt",
        ),
    ];
    for (shape, (link, target), files, read) in shapes {
        let sandbox = small("true");
        for (file, text) in files {
            sandbox.write(file, &text.replace("NAME", "m"));
        }
        sandbox.write("tests/t.rs", &test_of("true"));
        sandbox.write(read, "//");
        std::os::unix::fs::symlink(target, sandbox.path(link)).expect("a free name");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{shape}: {}{}", out.stdout, out.stderr);
        let out = sandbox.campaign(&["gate", "--no-run"]);
        assert_eq!(out.code, 0, "{shape}: {}{}", out.stdout, out.stderr);
        sandbox.write(read, "//!");
        let out = sandbox.campaign(&["gate", "--no-run"]);
        assert_eq!(out.code, 3, "{shape}: {}{}", out.stdout, out.stderr);
        let changed = format!("{read} changed since it was measured");
        assert!(out.stdout.contains(&changed), "{shape}: {}", out.stdout);
    }
}

/// Cargo compares the time of the other file, which is old.
#[cfg(unix)]
#[test]
fn link_before_dots_that_leads_elsewhere_is_built_again() {
    let sandbox = small("include_str!(\"gen/../x.txt\") == \"1\"");
    for (file, text) in [("one", "1"), ("same", "1"), ("two", "2")] {
        sandbox.write(&format!("../{file}/x.txt"), text);
        sandbox.write(&format!("../{file}/gen/a.txt"), "");
    }
    let lead_to = |target: &str| {
        let _ = fs::remove_file(sandbox.path("src/gen"));
        std::os::unix::fs::symlink(target, sandbox.path("src/gen")).expect("a free name");
    };
    for (target, code) in [("one", 0), ("same", 0), ("two", 1)] {
        lead_to(&format!("../../{target}/gen"));
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, code, "{target}: {}{}", out.stdout, out.stderr);
        match code {
            0 => assert!(!out.stderr.contains("Rebuilding"), "{}", out.stderr),
            _ => assert_rebuilt(target, &out, "`../two/x.txt` changed"),
        }
    }
}

#[test]
fn old_modification_time_of_new_content_is_built_again() {
    let sandbox = small("true");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    write_with_old_time(&sandbox, "src/lib.rs", &test_of("false"));
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert_rebuilt(
        "app",
        &out,
        "Rebuilding app: cargo does not notice that `src/lib.rs` changed",
    );
    let out = sandbox.campaign(&["gate", "--fresh"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(!out.stderr.contains("Rebuilding"), "{}", out.stderr);
}

/// The results of the first round come from outdated units. They are no results of a run that is stopped afterwards.
#[cfg(unix)]
#[test]
fn interrupt_during_the_second_round_leaves_no_outdated_result() {
    let sandbox = small("true");
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"check.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n",
    );
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    write_with_old_time(&sandbox, "src/lib.rs", &test_of("false"));
    let mut running = sandbox.start(&["gate"]);
    running.await_stderr("Rebuilding");
    running.signal(nix::sys::signal::Signal::SIGINT);
    let out = running.finish();
    assert_eq!(out.code, 130, "{}{}", out.stdout, out.stderr);
    assert!(!out.stdout.contains("PASS"), "{}", out.stdout);
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
}

/// No record shows which content the other process built.
#[cfg(unix)]
#[test]
fn file_with_an_old_time_is_noticed_after_a_build_of_another_process() {
    type Work = fn(&Sandbox);
    let edit_and_build: Work = |s| {
        write_with_old_time(s, "../backup/lib.rs", &test_of("false"));
        s.write("src/lib.rs", &format!("{}//\n", test_of("true")));
        s.cargo(&["test"]);
    };
    let rows: [(&str, Work, Work); 5] = [
        (
            "behind a link that leads elsewhere",
            |s| {
                fs::rename(s.path("src"), s.path("first")).expect("ours");
                std::os::unix::fs::symlink("first", s.path("src")).expect("it is gone");
            },
            |s| {
                write_with_old_time(s, "second/lib.rs", &test_of("false"));
                fs::remove_file(s.path("src")).expect("ours");
                std::os::unix::fs::symlink("second", s.path("src")).expect("it is gone");
            },
        ),
        (
            "moved to its place after another build",
            |s| assert_eq!(s.campaign(&["gate"]).code, 0),
            |s| fs::rename(s.path("../backup/lib.rs"), s.path("src/lib.rs")).expect("ours"),
        ),
        (
            "moved to its place with its directory",
            |s| assert_eq!(s.campaign(&["gate"]).code, 0),
            |s| {
                fs::remove_dir_all(s.path("src")).expect("ours");
                fs::rename(s.path("../backup"), s.path("src")).expect("ours");
            },
        ),
        (
            "without an earlier run",
            |_| {},
            |s| write_with_old_time(s, "src/lib.rs", &test_of("false")),
        ),
        (
            "without the earlier run",
            |s| assert_eq!(s.campaign(&["gate"]).code, 0),
            |s| {
                fs::remove_dir_all(s.path(".campaign")).expect("ours");
                write_with_old_time(s, "src/lib.rs", &test_of("false"));
            },
        ),
    ];
    for (what, begin, change) in rows {
        let sandbox = small("true");
        begin(&sandbox);
        edit_and_build(&sandbox);
        change(&sandbox);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, "`src/lib.rs` was written again or replaced");
        let out = sandbox.campaign(&["gate", "--fresh"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert!(!out.stderr.contains("Rebuilding"), "{what}: {}", out.stderr);
    }
}

/// Work with cargo alone leaves build output that is as good as that of a measurement.
#[test]
fn build_of_another_process_is_used_as_it_is() {
    let files = [
        ("p/src/lib.rs", READS_OUT),
        ("p/build.rs", COPIES),
        ("p/templates/n", "1"),
    ];
    let sandbox = member(&files);
    let gates = ["clippy.warnings", "doc.warnings", "test.failed"];
    let gates = gates.map(|gate| format!("\"{gate}\" = \"= 0\"\n"));
    sandbox.write("campaign.toml", &format!("[gates]\n{}", gates.concat()));
    for round in ["first", "after an edit"] {
        sandbox.write("p/src/lib.rs", &format!("//! {round}.\n{READS_OUT}"));
        sandbox.write("p/templates/n", "1");
        for command in ["test", "clippy", "doc"] {
            sandbox.cargo(&[command]);
        }
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{round}: {}{}", out.stdout, out.stderr);
        assert!(
            !out.stderr.contains("Rebuilding"),
            "{round}: {}",
            out.stderr
        );
    }
}

/// Neither the sources nor the earlier runs are known then.
#[test]
fn run_without_the_index_of_git_is_not_used_later() {
    let sandbox = small("true");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    fs::rename(sandbox.path(".git/index"), sandbox.path(".git/kept")).expect("ours");
    sandbox.write(".git/index", "DIRC");
    sandbox.write("src/lib.rs", &test_of("1 == 1"));
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    fs::rename(sandbox.path(".git/kept"), sandbox.path(".git/index")).expect("ours");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
}

/// Only below a directory that cargo marked as its own, and through no link.
#[cfg(unix)]
#[test]
fn unit_that_cannot_be_built_again_gives_no_verdict() {
    let untag = |sandbox: &Sandbox| {
        fs::remove_file(sandbox.path("target/CACHEDIR.TAG")).expect("cargo wrote it");
    };
    let link = |sandbox: &Sandbox| {
        let fingerprints = sandbox.path("target/debug/.fingerprint");
        let elsewhere = sandbox.base().join("elsewhere");
        fs::rename(&fingerprints, &elsewhere).expect("ours");
        std::os::unix::fs::symlink(&elsewhere, &fingerprints).expect("a free name");
    };
    let rows: [(&str, fn(&Sandbox)); 2] = [
        ("is not in a directory of cargo with a CACHEDIR.TAG", untag),
        ("is reached through a link", link),
    ];
    for (why, change) in rows {
        let sandbox = small("true");
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{why}");
        write_with_old_time(&sandbox, "src/lib.rs", &test_of("false"));
        change(&sandbox);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{why}: {}{}", out.stdout, out.stderr);
        let warning = unwrapped(&out.stderr);
        assert!(
            warning.contains("could not make cargo build again: "),
            "{warning}"
        );
        assert!(warning.contains(why), "{warning}");
        let text = unwrapped(&out.stdout);
        let reason = "src/lib.rs has new content and an old modification time";
        assert!(text.contains(reason), "{why}: {text}");
        assert!(text.contains("help: cargo clean -p app"), "{why}: {text}");
    }
}

/// In both layouts of the build directory.
#[cfg(unix)]
#[test]
fn only_outdated_units_and_their_dependents_are_built_again() {
    const BUILD: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=data\");\n    \
        println!(\"cargo:rustc-env=N={}\", std::fs::read_to_string(\"data\").unwrap());\n}\n";
    for layout in ["older", "newer"] {
        let mut sandbox = Sandbox::empty();
        let manifest = |name: &str, rest: &str| {
            sandbox.write(
                &format!("{name}/Cargo.toml"),
                &format!("{}{rest}", MEMBER.replace("\"p\"", &format!("\"{name}\""))),
            );
        };
        sandbox.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"p\", \"q\", \"r\"]\nresolver = \"2\"\n",
        );
        sandbox.write(".gitignore", "/target\n");
        manifest("p", "");
        manifest("q", "[dependencies]\np = { path = \"../p\" }\n");
        manifest("r", "");
        sandbox.write("p/build.rs", BUILD);
        sandbox.write("p/data", "1");
        sandbox.write("p/src/lib.rs", "pub const N: &str = env!(\"N\");\n");
        sandbox.write("q/src/lib.rs", &test_of("p::N == \"1\""));
        sandbox.write("r/src/lib.rs", "//! R.\n");
        let gates = "[gates]\n\"doc.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n";
        sandbox.write("campaign.toml", gates);
        sandbox.git_init();
        let logs = "for a; do [ \"$l\" = --crate-name ] && echo \"$a\" >> ../compiled; l=$a; done\nexec \"$@\"";
        sandbox.program("logs", logs);
        sandbox.set("RUSTC_WRAPPER", sandbox.bin().join("logs"));
        if layout == "newer" {
            sandbox.set("RUSTC_BOOTSTRAP", "1");
            sandbox.set("CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT", "true");
        }
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{layout}: {}{}", out.stdout, out.stderr);

        for (name, text, crates, code) in [
            ("p/data", "2", "p q", 1),
            ("q/src/lib.rs", &*test_of("p::N == \"2\""), "q", 0),
            ("r/src/lib.rs", "//! [`Nothing`]\n", "r", 1),
        ] {
            write_with_old_time(&sandbox, name, text);
            sandbox.write("../compiled", "");
            let out = sandbox.campaign(&["gate"]);
            assert_eq!(
                out.code, code,
                "{layout}, {name}: {}{}",
                out.stdout, out.stderr
            );
            assert_rebuilt(layout, &out, &format!("`{name}` changed"));
            let compiled = sandbox.read("../compiled");
            let compiled: std::collections::BTreeSet<&str> = compiled
                .lines()
                .filter(|name| ["p", "q", "r"].contains(name))
                .collect();
            let compiled = compiled.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(compiled, crates, "{layout}, {name}");
            // Cargo is content with the result.
            sandbox.write("../compiled", "");
            sandbox.cargo(&["test", "--workspace", "--no-run"]);
            assert_eq!(sandbox.read("../compiled"), "", "{layout}, {name}");
        }
    }
}

/// Whatever runs the tests, and for the binaries that they start.
#[test]
fn old_modification_time_is_noticed_for_every_runner_and_binary() {
    const NEXTEST: &str =
        "[collect.test]\nrunner = \"nextest\"\n[gates]\n\"test.failed\" = \"= 0\"\n";
    const CARGO: &str = "[gates]\n\"test.failed\" = \"= 0\"\n";
    const RUNS: &str = "#[test]\nfn t() {\n    let out = std::process::Command::new(env!(\"CARGO_BIN_EXE_app\")).output();\n    \
        assert_eq!(out.unwrap().stdout, b\"1\\n\");\n}\n";
    for (what, config, file) in [
        ("binary under cargo", CARGO, "src/main.rs"),
        ("binary under nextest", NEXTEST, "src/main.rs"),
        ("test under nextest", NEXTEST, "tests/it.rs"),
    ] {
        let sandbox = small("true");
        sandbox.write("src/main.rs", "fn main() {\n    println!(\"1\");\n}\n");
        sandbox.write("tests/it.rs", RUNS);
        sandbox.write("campaign.toml", config);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        write_with_old_time(&sandbox, file, &sandbox.read(file).replace('1', "2"));
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, &format!("`{file}` changed"));
    }
}

/// A compiler that exits with 0 and does nothing leaves the files of an earlier build, which cargo then calls fresh.
#[cfg(unix)]
#[test]
fn unit_that_the_compiler_skipped_gives_no_verdict() {
    for (what, change) in [
        ("the unit's own source", ("src/lib.rs", test_of("false"))),
        (
            "a dependency",
            ("dep/src/lib.rs", "pub const ONE: u8 = 2;\n".to_owned()),
        ),
    ] {
        let mut sandbox = small("dep::ONE == 1");
        sandbox.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndep = { path = \"dep\" }\n",
        );
        sandbox.write(
            "dep/Cargo.toml",
            "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        );
        sandbox.write("dep/src/lib.rs", "pub const ONE: u8 = 1;\n");
        sandbox.program(
            "skips",
            "[ -e ../skip ] && case \"$*\" in *'--crate-name app '*) exit 0;; esac\nexec \"$@\"",
        );
        sandbox.set("RUSTC_WRAPPER", sandbox.bin().join("skips"));
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        sandbox.write(change.0, &change.1);
        let source = fs::File::options()
            .write(true)
            .open(sandbox.path(change.0))
            .expect("it was just written");
        source
            .set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(1))
            .expect("it is ours");
        sandbox.write("../skip", "");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{what}: {}{}", out.stdout, out.stderr);
        assert!(out.stdout.contains("app lib"), "{what}: {}", out.stdout);
        assert!(
            out.stdout.contains("help: cargo clean -p app"),
            "{what}: {}",
            out.stdout
        );
        assert_eq!(
            sandbox.campaign(&["gate", "--fresh"]).code,
            3,
            "{what}: cargo calls the unit fresh"
        );
        fs::remove_file(sandbox.path("../skip")).expect("it was just written");
        sandbox.output("cargo", &["clean", "-q", "-p", "app"]);
        assert_eq!(
            sandbox.campaign(&["gate"]).code,
            1,
            "{what}: after the help"
        );
    }
}

/// A workspace, the collector that is gated, and a change that cargo does not notice with the exit code after it.
type Unnoticed = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    (&'static str, &'static str),
    i32,
);

/// Writes a file whose modification time lies long before any build.
fn write_with_old_time(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(name, text);
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::options()
        .write(true)
        .open(sandbox.path(name))
        .expect("it was just written");
    file.set_modified(long_ago).expect("the file is ours");
}

#[test]
fn change_that_cargo_does_not_notice_is_built_again() {
    const READ: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=data\");\n    \
        println!(\"cargo:rustc-env=N={}\", std::fs::read_to_string(\"data\").unwrap());\n}\n";
    const N: &str = "//! App.\npub fn n() -> &'static str {\n    env!(\"N\")\n}\n";
    const ONE: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n    \
        println!(\"cargo:rustc-env=N=1\");\n}\n";
    const TWO: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n    \
        println!(\"cargo:rustc-env=N=2\");\n}\n";
    const ARGUMENTS: &str = "//! App.\npub fn f(a: u8, b: u8, c: u8) -> u8 {\n    a + b + c\n}\n";
    let rows: [Unnoticed; 5] = [
        (
            "file of a build script",
            &[("build.rs", READ), ("data", "1"), ("src/lib.rs", N)],
            "clippy.warnings",
            ("data", "2"),
            0,
        ),
        (
            "build script",
            &[("build.rs", ONE), ("src/lib.rs", N)],
            "clippy.warnings",
            ("build.rs", TWO),
            0,
        ),
        (
            "documentation",
            &[("src/lib.rs", "//! App.\n")],
            "doc.warnings",
            ("src/lib.rs", "//! [`Nothing`]\n"),
            1,
        ),
        (
            "new clippy.toml",
            &[("src/lib.rs", ARGUMENTS)],
            "clippy.warnings",
            ("clippy.toml", "too-many-arguments-threshold = 2\n"),
            1,
        ),
        (
            "new clippy.toml above",
            &[("src/lib.rs", ARGUMENTS)],
            "clippy.warnings",
            ("../clippy.toml", "too-many-arguments-threshold = 2\n"),
            1,
        ),
    ];
    for (what, files, metric, (name, text), code) in rows {
        let sandbox = small("true");
        // Rustdoc's units go by the newest file of the package, which must be none of these.
        files
            .iter()
            .for_each(|(name, text)| write_with_old_time(&sandbox, name, text));
        sandbox.write(
            "campaign.toml",
            &format!("[gates]\n\"{metric}\" = \"= 0\"\n"),
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        write_with_old_time(&sandbox, name, text);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, code, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, &format!("`{name}` changed"));
    }
}

/// Cargo compares the newest modification time of the package with that of the script's output.
#[test]
fn build_script_that_declares_nothing_runs_again_for_every_changed_file() {
    const SCRIPT: &str = "fn main() {\n    let mut names: Vec<_> = std::fs::read_dir(\"data\").unwrap()\n        \
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();\n    \
        names.sort();\n    println!(\"cargo:rustc-env=N={}\", names.join(\"\"));\n}\n";
    let rename = |sandbox: &Sandbox| {
        fs::rename(sandbox.path("data/a"), sandbox.path("data/b")).expect("ours");
    };
    let remove = |sandbox: &Sandbox| fs::remove_file(sandbox.path("data/a")).expect("ours");
    let edit = |sandbox: &Sandbox| sandbox.write("data/a", "2");
    let edit_source = |sandbox: &Sandbox| sandbox.write("src/lib.rs", &test_of("1 == 1"));
    let edit_and_rename = |sandbox: &Sandbox| {
        edit_source(sandbox);
        rename(sandbox);
    };
    let rows: [(&str, &str, &dyn Fn(&Sandbox), bool); 6] = [
        ("renamed", "", &rename, false),
        ("removed", "", &remove, false),
        ("excluded", "exclude = [\"data\"]\n", &edit, false),
        ("edited", "", &edit, true),
        ("edited source", "", &edit_source, true),
        ("edited source and renamed", "", &edit_and_rename, true),
    ];
    for (what, keys, change, is_noticed) in rows {
        let sandbox = small("true");
        let manifest = sandbox.read("Cargo.toml");
        write_with_old_time(&sandbox, "Cargo.toml", &format!("{manifest}{keys}"));
        write_with_old_time(&sandbox, "build.rs", SCRIPT);
        write_with_old_time(&sandbox, "data/a", "1");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        change(&sandbox);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        match is_noticed {
            true => assert!(!out.stderr.contains("Rebuilding"), "{what}: {}", out.stderr),
            false => assert_rebuilt(what, &out, "`data/a` changed"),
        }
    }
}

/// Cargo builds such packages again only if their version changes.
#[test]
fn changed_file_of_a_vendored_package_is_built_again() {
    for (what, file, before, after) in [
        (
            "source",
            "src/lib.rs",
            "pub const V: u8 = 1;\n",
            "pub const V: u8 = 3;\n",
        ),
        (
            "file of a build script that declares nothing",
            "value.rs",
            "pub const V: u8 = 1;\n",
            "pub const V: u8 = 3;\n",
        ),
    ] {
        let sandbox = small("dep::V == 1");
        let manifest = sandbox.read("Cargo.toml");
        sandbox.write(
            "Cargo.toml",
            &format!("{manifest}[dependencies]\ndep = \"1\"\n[workspace]\n"),
        );
        sandbox.write(
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n",
        );
        sandbox.write(
            "vendor/dep/Cargo.toml",
            "[package]\nname = \"dep\"\nversion = \"1.0.1\"\nedition = \"2021\"\n",
        );
        let checksum = "a".repeat(64);
        sandbox.write(
            "vendor/dep/.cargo-checksum.json",
            &format!("{{\"files\":{{}},\"package\":\"{checksum}\"}}"),
        );
        if file == "value.rs" {
            sandbox.write(
                "vendor/dep/build.rs",
                "fn main() {\n    std::fs::copy(\"value.rs\", std::env::var(\"OUT_DIR\").unwrap() + \"/v.rs\").unwrap();\n}\n",
            );
            sandbox.write(
                "vendor/dep/src/lib.rs",
                "include!(concat!(env!(\"OUT_DIR\"), \"/v.rs\"));\n",
            );
        }
        sandbox.write(&format!("vendor/dep/{file}"), before);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        sandbox.write(&format!("vendor/dep/{file}"), after);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(
            what,
            &out,
            "Rebuilding dep@1.0.1: cargo does not notice that `vendor/dep` changed",
        );
    }
}

/// The compiler of a stable toolchain accepts unstable features only with this variable.
#[test]
fn unset_rustc_bootstrap_builds_again() {
    for configured in [false, true] {
        let mut sandbox = small("true");
        sandbox.write(
            "campaign.toml",
            "[gates]\n\"check.errors\" = \"= 0\"\n\"doc.errors\" = \"= 0\"\n",
        );
        match configured {
            true => sandbox.write(
                "../cargo-home/config.toml",
                "[env]\nRUSTC_BOOTSTRAP = \"1\"\n",
            ),
            false => sandbox.set("RUSTC_BOOTSTRAP", "1"),
        }
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
        match configured {
            true => sandbox.write("../cargo-home/config.toml", ""),
            false => sandbox.unset("RUSTC_BOOTSTRAP"),
        }
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
        assert_rebuilt("variable", &out, "`RUSTC_BOOTSTRAP` changed");
    }
}

/// A workspace with the member `p`.
fn member(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"p\"]\nresolver = \"2\"\n",
    );
    sandbox.write(".gitignore", "/target\n/p/src/ignored.rs\n");
    sandbox.write("p/Cargo.toml", MEMBER);
    files
        .iter()
        .for_each(|(name, text)| sandbox.write(name, text));
    // The newest file of the package, so that the other ones can be removed without a trace.
    sandbox.write("p/src/lib.rs", &sandbox.read("p/src/lib.rs"));
    sandbox.git_init();
    sandbox
}

const MEMBER: &str = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

/// A change after which cargo calls build output fresh.
struct Unrenewed {
    what: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// The metrics that must be 0.
    gates: &'static [&'static str],
    change: fn(&Sandbox),
    reason: &'static str,
}

const BROKEN_LINK: &str = "/// [nope]\npub fn f() {}\n";
const FUNCTION: &str = "/// F.\npub fn f() {}\n";
const COPIES: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=templates\");\n    \
    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
    for file in std::fs::read_dir(\"templates\").unwrap() {\n        let file = file.unwrap();\n        \
    std::fs::copy(file.path(), std::path::Path::new(&out).join(file.file_name())).unwrap();\n    }\n}\n";
/// A build script that copies `data` unless it did so before.
macro_rules! keeps {
    ($declaration:literal) => {
        concat!(
            "fn main() {\n",
            $declaration,
            "    let out = std::env::var(\"OUT_DIR\").unwrap() + \"/n\";\n    \
            if !std::path::Path::new(&out).exists() {\n        \
            std::fs::copy(\"data\", out).unwrap();\n    }\n}\n"
        )
    };
}
const KEEPS: &str = keeps!("    println!(\"cargo:rerun-if-changed=data\");\n");
const KEEPS_AND_DECLARES_NOTHING: &str = keeps!("");
const READS_OUT: &str = "#[test]\nfn t() {\n    \
    assert_eq!(include_str!(concat!(env!(\"OUT_DIR\"), \"/n\")), \"1\");\n}\n";

/// Each change leads to a failing gate when cargo builds again.
#[test]
fn build_output_that_cargo_does_not_renew_is_built_again() {
    let rows = [
        Unrenewed {
            what: "oldest compiler of a member",
            files: &[(
                "p/src/lib.rs",
                "pub fn c(x: u32, y: u32) -> u32 {\n    (x + (y - 1)) / y\n}\n",
            )],
            gates: &["clippy.warnings"],
            change: |s| s.replace("p/Cargo.toml", "1.60", "1.90"),
            reason: "p/Cargo.toml` changed",
        },
        Unrenewed {
            what: "documented module that is not packaged",
            files: &[
                ("p/src/lib.rs", "pub mod excluded;\n"),
                ("p/src/excluded.rs", FUNCTION),
            ],
            gates: &["doc.warnings"],
            change: |s| s.write("p/src/excluded.rs", BROKEN_LINK),
            reason: "p/src/excluded.rs` changed",
        },
        Unrenewed {
            what: "documented module that git ignores",
            files: &[
                ("p/src/lib.rs", "pub mod ignored;\n"),
                ("p/src/ignored.rs", FUNCTION),
            ],
            gates: &["doc.warnings"],
            change: |s| s.write("p/src/ignored.rs", BROKEN_LINK),
            reason: "p/src/ignored.rs` changed",
        },
        Unrenewed {
            what: "included text that is not packaged",
            files: &[
                ("p/src/lib.rs", "#![doc = include_str!(\"../GUIDE.md\")]\n"),
                ("p/GUIDE.md", "Guide.\n"),
            ],
            gates: &["doc.warnings"],
            change: |s| s.write("p/GUIDE.md", "See [nope].\n"),
            reason: "p/GUIDE.md` changed",
        },
        Unrenewed {
            what: "included text that a macro names",
            files: &[
                (
                    "p/src/lib.rs",
                    "macro_rules! d {\n    ($p:expr) => {\n        #[doc = include_str!($p)]\n        \
                     pub mod x {}\n    };\n}\nd!(\"../../README.md\");\n",
                ),
                ("README.md", "Text.\n"),
            ],
            gates: &["check.errors", "doc.warnings"],
            change: |s| s.write("README.md", "See [nope].\n"),
            reason: "README.md` changed",
        },
        Unrenewed {
            what: "documented module that is removed",
            files: &[("p/src/lib.rs", "pub mod m;\n"), ("p/src/m.rs", FUNCTION)],
            gates: &["doc.errors"],
            change: |s| fs::remove_file(s.path("p/src/m.rs")).expect("it exists"),
            reason: "p/src/m.rs` was removed",
        },
        Unrenewed {
            what: "documented source of a package with a file from the future",
            files: &[("p/src/lib.rs", FUNCTION), ("p/notes.txt", "Notes.\n")],
            gates: &["doc.warnings"],
            change: |s| s.write("p/src/lib.rs", BROKEN_LINK),
            reason: "p/src/lib.rs` changed",
        },
        Unrenewed {
            what: "second file of a module",
            files: &[("p/src/lib.rs", "pub mod m;\n"), ("p/src/m.rs", FUNCTION)],
            gates: &["check.errors"],
            change: |s| s.write("p/src/m/mod.rs", FUNCTION),
            reason: "p/src/m/mod.rs` was added",
        },
        Unrenewed {
            what: "second file of a module of a test, which is also a target",
            files: &[
                ("p/src/lib.rs", FUNCTION),
                ("p/tests/t.rs", "mod common;\n"),
                ("p/tests/common/mod.rs", ""),
            ],
            gates: &["check.errors"],
            change: |s| s.write("p/tests/common.rs", ""),
            reason: "p/tests/common.rs` was added",
        },
        Unrenewed {
            what: "file that a build script does not write any more",
            files: &[
                ("p/src/lib.rs", READS_OUT),
                ("p/build.rs", COPIES),
                ("p/templates/n", "1"),
            ],
            gates: &["check.errors"],
            change: |s| {
                fs::rename(s.path("p/templates/n"), s.path("p/templates/m")).expect("it exists");
            },
            reason: "/out/n` was not written again",
        },
        Unrenewed {
            what: "file that a build script keeps",
            files: &[
                ("p/src/lib.rs", READS_OUT),
                ("p/build.rs", KEEPS),
                ("p/data", "1"),
            ],
            gates: &["test.failed"],
            change: |s| s.write("p/data", "2"),
            reason: "/out/n` was not written again",
        },
        // The first round shows that the script has to run, the second one that it keeps the file.
        Unrenewed {
            what: "file that a build script keeps after a change with an old time",
            files: &[
                ("p/src/lib.rs", READS_OUT),
                ("p/build.rs", KEEPS),
                ("p/data", "1"),
            ],
            gates: &["test.failed"],
            change: |s| write_with_old_time(s, "p/data", "2"),
            reason: "/out/n` was not written again",
        },
        Unrenewed {
            what: "file that a build script without declarations keeps",
            files: &[
                ("p/src/lib.rs", READS_OUT),
                ("p/build.rs", KEEPS_AND_DECLARES_NOTHING),
                ("p/data", "1"),
            ],
            gates: &["test.failed"],
            change: |s| {
                s.write("p/data", "2");
            },
            reason: "/out/n` was not written again",
        },
    ];
    for row in rows {
        let what = row.what;
        let sandbox = member(row.files);
        let (exclude, version) = (
            "exclude = [\"src/excluded.rs\", \"GUIDE.md\"]",
            "rust-version",
        );
        let manifest = format!("{MEMBER}{version} = \"1.60\"\n{exclude}\n");
        sandbox.write("p/Cargo.toml", &manifest);
        if sandbox.path("p/notes.txt").exists() {
            let notes = fs::File::options()
                .write(true)
                .open(sandbox.path("p/notes.txt"))
                .expect("it exists");
            let year_2100 = std::time::UNIX_EPOCH + std::time::Duration::from_secs(4_102_444_800);
            notes.set_modified(year_2100).expect("it is ours");
        }
        let gates = row
            .gates
            .iter()
            .map(|gate| format!("\"{gate}\" = \"= 0\"\n"));
        sandbox.write(
            "campaign.toml",
            &format!("[gates]\n{}", gates.collect::<String>()),
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);

        (row.change)(&sandbox);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert_rebuilt(what, &out, row.reason);
        let out = sandbox.campaign(&["gate", "--fresh"]);
        assert_eq!(out.code, 1, "{what}: {}{}", out.stdout, out.stderr);
        assert!(!out.stderr.contains("Rebuilding"), "{what}: {}", out.stderr);
    }
}

/// A build script that runs again without a change of what it reads may keep what it wrote.
#[test]
fn file_that_a_build_script_rightly_keeps_gives_a_verdict() {
    let changes: [(&str, &str, fn(&Sandbox)); 2] = [
        ("the same data with a new time", KEEPS, |s| {
            touch(s, "p/data");
        }),
        ("a source", KEEPS_AND_DECLARES_NOTHING, |s| {
            s.write("p/src/lib.rs", &format!("{READS_OUT}//\n"));
            touch(s, "p/src/lib.rs");
        }),
    ];
    for (what, script, change) in changes {
        let files = [
            ("p/src/lib.rs", READS_OUT),
            ("p/build.rs", script),
            ("p/data", "1"),
        ];
        let sandbox = member(&files);
        sandbox.write("campaign.toml", "[gates]\n\"test.failed\" = \"= 0\"\n");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
        change(&sandbox);
        let out = sandbox.campaign(&["gate", "--fresh"]);
        assert_eq!(out.code, 0, "{what}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn all_members_whose_manifests_changed_are_built_again() {
    let sandbox = member(&[
        ("p/src/lib.rs", FUNCTION),
        ("q/Cargo.toml", &MEMBER.replace("\"p\"", "\"q\"")),
        ("q/src/lib.rs", FUNCTION),
        ("Cargo.toml", "[workspace]\nmembers = [\"p\", \"q\"]\n"),
        ("campaign.toml", "[gates]\n\"clippy.warnings\" = \"= 0\"\n"),
    ]);
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    for file in ["p/Cargo.toml", "q/Cargo.toml"] {
        let manifest = sandbox.read(file);
        sandbox.write(file, &format!("{manifest}rust-version = \"1.60\"\n"));
    }
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    for change in [
        "p: cargo does not notice that `p/Cargo",
        "q: cargo does not notice that `q/Cargo",
    ] {
        assert_rebuilt(change, &out, change);
    }
}

#[test]
fn ordinary_edit_gives_a_verdict() {
    const GATES: &str = "[gates]\n\"check.errors\" = \"= 0\"\n\"clippy.warnings\" = \"= 0\"\n\
        \"doc.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n";
    const ONE: &str = "#[test]\nfn one() {}\n";
    let sandbox = member(&[
        (
            "p/src/lib.rs",
            "#![doc = include_str!(\"../README.md\")]\npub mod m;\n",
        ),
        ("p/src/m.rs", FUNCTION),
        ("p/README.md", "Text.\n"),
        ("p/build.rs", "fn main() {}\n"),
        ("p/tests/t.rs", ONE),
        ("q/Cargo.toml", &MEMBER.replace("\"p\"", "\"q\"")),
        ("q/src/lib.rs", FUNCTION),
        ("campaign.toml", GATES),
    ]);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let section = |text: &str| format!("{MEMBER}\n{text}\n");
    for (file, text) in [
        ("p/README.md", "More text.\n".to_owned()),
        ("p/tests/t.rs", format!("{ONE}#[test]\nfn two() {{}}\n")),
        ("p/src/m.rs", format!("{FUNCTION}/// G.\npub fn g() {{}}\n")),
        ("p/notes.txt", "Notes.\n".to_owned()),
        ("p/Cargo.toml", MEMBER.replace("0.1.0", "0.2.0")),
        (
            "p/Cargo.toml",
            section("[dependencies]\nq = { path = \"../q\" }"),
        ),
        (
            "p/Cargo.toml",
            section("[dev-dependencies]\nq = { path = \"../q\" }"),
        ),
        ("p/Cargo.toml", section("[features]\nx = []")),
        ("p/Cargo.toml", section("[package.metadata.x]\ny = 1")),
        ("p/Cargo.toml", MEMBER.to_owned()),
    ] {
        sandbox.write(file, &text);
        touch(&sandbox, file);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{file}: {text}: {}{}", out.stdout, out.stderr);
        assert!(
            !out.stderr.contains("Rebuilding"),
            "{file}: {text}: {}",
            out.stderr
        );
    }
}

/// Cargo compares the times of a directory's files, and so do we: nothing below it is read.
#[test]
fn directory_of_a_build_script_counts_by_names_sizes_and_times() {
    let sandbox = small("true");
    sandbox.write("../data/deep/a", "1");
    sandbox.write(
        "build.rs",
        "fn main() {\n    println!(\"cargo:rerun-if-changed=../data\");\n}\n",
    );
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 0);
    sandbox.write("../data/deep/b", "1");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    assert!(
        out.stdout
            .contains("../data/ changed since it was measured"),
        "{}",
        out.stdout
    );
}

#[test]
fn ignored_target_that_fails_is_found() {
    let failing = "#[test]\nfn bad() {\n    panic!();\n}\n";
    for (name, rules) in [
        ("tests/local_a.rs", ".gitignore"),
        ("src/bin/local_b.rs", ".git/info/exclude"),
    ] {
        let sandbox = small("true");
        sandbox.write(rules, "/target\nlocal_*\n");
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{name}");
        let text = if name.contains("bin") {
            format!("fn main() {{}}\n{failing}")
        } else {
            failing.to_owned()
        };
        sandbox.write(name, &text);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 1, "{name}: {}{}", out.stdout, out.stderr);
    }
}

/// The first run did not have it, or not from its beginning.
#[test]
fn file_that_a_test_creates_gives_no_verdict_and_is_measured_next_time() {
    // Written once: a file that is written again and again is never known.
    let creates = "#[test]\nfn t() {\n    let _ = std::fs::create_dir(\"tests\");\n    \
        if let Ok(mut file) = std::fs::File::create_new(\"tests/z.rs\") {\n        \
        std::io::Write::write_all(&mut file, b\"#[test] fn bad() { panic!() }\").unwrap();\n    }\n}\n";
    let sandbox = small("true");
    sandbox.write("src/lib.rs", creates);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr
            .contains("sources changed while they were measured: tests/z.rs\n"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("ignore it in .gitignore"),
        "{}",
        out.stderr
    );
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
}

/// It may have been compiled with other content in between, and cargo does not look at content.
#[cfg(unix)]
#[test]
fn missing_input_of_a_failed_build_is_noticed_when_it_is_supplied() {
    let mut sandbox = small("true");
    let source = "pub const X: &str = include_str!(\"../../up.txt\");\n\
                  pub const Y: &str = env!(\"CAMPAIGN_TEST_INPUT\");\n";
    sandbox.write("src/lib.rs", source);
    sandbox.write("campaign.toml", "[gates]\n\"check.errors\" = \"= 0\"\n");
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
    fs::write(sandbox.root().join("../up.txt"), "a").expect("write up.txt");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
    sandbox.set("CAMPAIGN_TEST_INPUT", "b");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
}

#[test]
fn file_and_variable_on_their_own_lines_of_a_doctest_are_inputs() {
    let mut sandbox = small("true");
    let source = "/// ```\n/// assert_eq!(\n///     include_str!(\n///         \"../../up.txt\"\n///     ),\n///     \"1\"\n/// );\n\
                  /// assert!(option_env!(\n///     \"CAMPAIGN_TEST_INPUT\"\n/// ).is_none());\n/// ```\npub fn f() {}\n";
    sandbox.write("src/lib.rs", source);
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"test.failed\" = \"= 0\"\n\"doc.warnings\" = \"= 0\"\n",
    );
    sandbox.write("../up.txt", "1");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 0);
    let documentation = ["gate", "--no-run", "doc"];
    sandbox.write("../up.txt", "2");
    assert_eq!(stale(&sandbox).1, "../up.txt changed");
    assert_eq!(sandbox.campaign(&documentation).code, 0);
    sandbox.write("../up.txt", "1");
    sandbox.set("CAMPAIGN_TEST_INPUT", "b");
    assert_eq!(stale(&sandbox).1, "CAMPAIGN_TEST_INPUT changed");
    assert_eq!(sandbox.campaign(&documentation).code, 0);
}

#[test]
fn doctest_that_reads_an_unknown_file_is_measured_each_time() {
    let sandbox = small("true");
    let source = "/// ```\n/// macro_rules! f {\n///     ($x:literal) => { include_str!($x) };\n/// }\n\
                  /// assert_eq!(f!(\"../../up.txt\"), \"1\");\n/// ```\npub fn f() {}\n";
    sandbox.write("src/lib.rs", source);
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"test.failed\" = \"= 0\"\n\"doc.warnings\" = \"= 0\"\n",
    );
    sandbox.write("../up.txt", "1");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    let reason =
        "src/lib.rs:3 names a file or variable that is not a literal, so a change could be missed";
    // Documentation is made without running doctests.
    assert_eq!(stale(&sandbox), ("test".to_owned(), reason.to_owned()));
    sandbox.write("../up.txt", "2");
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
}

#[test]
fn manifest_of_a_path_dependency_that_is_not_compiled_counts() {
    let sandbox = small("true");
    let other = sandbox.root().join("../other");
    fs::create_dir_all(other.join("src")).expect("create other");
    fs::write(other.join("src/lib.rs"), "").expect("write other");
    let manifest = "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::write(other.join("Cargo.toml"), manifest).expect("write other");
    let own = fs::read_to_string(sandbox.root().join("Cargo.toml")).expect("read Cargo.toml");
    let dependency = "\n[dependencies]\nother = { path = \"../other\", optional = true }\n";
    sandbox.write("Cargo.toml", &format!("{own}{dependency}"));
    sandbox.write("campaign.toml", "[gates]\n\"check.errors\" = \"= 0\"\n");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 0);
    fs::remove_file(other.join("Cargo.toml")).expect("remove other");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
}

#[test]
fn source_that_is_put_back_during_a_measurement_is_built_again() {
    let (good, bad) = (
        "#[test]\nfn t() {}\n",
        "#[test]\nfn t() {\n    panic!();\n}\n",
    );
    // The build script runs before the library is compiled, and the integration test after that.
    let swap = format!(
        "use std::fs;\nfn main() {{\n    println!(\"cargo:rerun-if-changed=build.rs\");\n    \
         fs::rename(\"src/lib.rs\", \"../kept\").unwrap();\n    fs::write(\"src/lib.rs\", {good:?}).unwrap();\n}}\n"
    );
    let restore =
        "#[test]\nfn restore() {\n    let _ = std::fs::rename(\"../kept\", \"src/lib.rs\");\n}\n";
    let sandbox = small("true");
    sandbox.write("src/lib.rs", bad);
    sandbox.write("tests/z.rs", restore);
    sandbox.write("build.rs", &swap);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr
            .contains("sources changed while they were measured: src/lib.rs\n"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr.contains("same content as before"),
        "{}",
        out.stderr
    );
    assert_eq!(sandbox.read("src/lib.rs"), bad);
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 3);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert_rebuilt("app", &out, "`src/lib.rs` was written again or replaced");
}

/// Only what a test reads while it runs is unknown, as for every other file.
#[cfg(unix)]
#[test]
fn file_that_is_put_back_during_a_measurement_counts_if_a_tool_may_read_it() {
    const UNREAD: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=build.rs\");\n}\n";
    const UNDECLARED: &str = "fn main() {}\n";
    const PLAIN: &str = "[gates]\n\"test.failed\" = \"= 0\"\n";
    const DECLARED: &str =
        "[collect.test]\ninputs = [\"data.txt\"]\n[gates]\n\"test.failed\" = \"= 0\"\n";
    const CUSTOM: &str = "[collect.own]\ncommand = [\"echo\", \"1\"]\n\
        [collect.own.metrics]\n\"own.n\" = { unit = \"count\", better = \"lower\" }\n\
        [gates]\n\"test.failed\" = \"= 0\"\n\"own.n\" = \"= 1\"\n";
    for (what, file, code, build, config, expected) in [
        ("unread", "data.txt", "", UNREAD, PLAIN, 0),
        (
            "read by the test",
            "data.txt",
            "let _ = std::fs::read(\"data.txt\");",
            UNREAD,
            PLAIN,
            0,
        ),
        (
            "included",
            "data.txt",
            "let _ = include_str!(\"../data.txt\");",
            UNREAD,
            PLAIN,
            3,
        ),
        (
            "included through a link",
            "data.txt",
            "let _ = include_str!(\"../link\");",
            UNREAD,
            PLAIN,
            3,
        ),
        (
            "read by a build script",
            "data.txt",
            "",
            UNDECLARED,
            PLAIN,
            3,
        ),
        ("declared", "data.txt", "", UNREAD, DECLARED, 3),
        (
            "read by a custom collector",
            "data.txt",
            "",
            UNREAD,
            CUSTOM,
            3,
        ),
        ("manifest", "Cargo.toml", "", UNREAD, PLAIN, 3),
        ("configuration", ".cargo/config.toml", "", UNREAD, PLAIN, 3),
        ("source", "src/other.rs", "", UNREAD, PLAIN, 3),
    ] {
        let sandbox = small("true");
        sandbox.write("data.txt", "1");
        sandbox.write("src/other.rs", "");
        sandbox.write(".cargo/config.toml", "");
        sandbox.write("build.rs", build);
        std::os::unix::fs::symlink("data.txt", sandbox.root().join("link")).expect("link");
        let test = format!(
            "#[test]\nfn t() {{\n    {code}\n    let old = std::fs::read({file:?}).unwrap();\n    \
             std::fs::write({file:?}, \"[x]\").unwrap();\n    std::fs::write({file:?}, old).unwrap();\n}}\n"
        );
        sandbox.write("src/lib.rs", &test);
        sandbox.write("campaign.toml", config);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, expected, "{what}: {}{}", out.stdout, out.stderr);
        let out = sandbox.campaign(&["gate", "--no-run"]);
        assert_eq!(out.code, expected, "{what}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn lock_file_that_cargo_updates_is_noted() {
    let sandbox = small("true");
    sandbox.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.0.1\"\n",
    );
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr
            .contains("note: cargo updated Cargo.lock; use --locked to refuse that"),
        "{}",
        out.stderr
    );
}

/// The measurement may have read the old content or the new one.
#[test]
fn input_that_is_written_during_a_measurement_gives_no_verdict() {
    let sandbox = small("true");
    sandbox.write("../outer.txt", "1");
    let test = "#[test]\nfn t() {\n    assert_eq!(include_str!(\"../../outer.txt\"), \"1\");\n    \
        std::fs::write(\"../outer.txt\", \"2\").unwrap();\n}\n";
    sandbox.write("src/lib.rs", test);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    assert!(
        out.stdout
            .contains("../outer.txt changed while it was measured"),
        "{}",
        out.stdout
    );
}

#[test]
fn directory_that_is_written_to_during_a_measurement_gives_no_verdict() {
    let sandbox = small("true");
    sandbox.write("../assets/one.txt", "1");
    sandbox.write(
        "build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=../assets\");\n}\n",
    );
    sandbox.write(
        "src/lib.rs",
        "#[test]\nfn t() {\n    std::fs::write(\"../assets/one.txt\", \"2\").unwrap();\n}\n",
    );
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    assert!(
        out.stdout
            .contains("../assets/ changed while it was measured"),
        "{}",
        out.stdout
    );
}

/// The test checks the content of the file, changes it and still passes, so that a second measurement would fail.
#[test]
fn ignored_or_declared_input_that_changes_while_it_is_measured_gives_no_verdict() {
    const INCLUDED: &str = "include_str!(\"../local/x\")";
    const READ: &str = "std::fs::read_to_string(\"local/x\").unwrap_or_default()";
    const WRITE: &str = "std::fs::write(\"local/x\", \"2\").unwrap();";
    const REMOVE: &str = "std::fs::remove_file(\"local/x\").unwrap();";
    const REPLACE: &str = "std::fs::rename(\"local\", \"old\").unwrap();\n    \
        std::fs::rename(\"other\", \"local\").unwrap();";
    const RESTORE: &str = "std::fs::write(\"local/x\", \"2\").unwrap();\n    \
        std::fs::write(\"local/x\", \"1\").unwrap();";
    const BUILD: &str = "fn main() {\n    println!(\"cargo:rerun-if-changed=local/x\");\n    \
        println!(\"cargo:rustc-env=X={}\", std::fs::read_to_string(\"local/x\").unwrap());\n}\n";
    let ignored_module =
        "std::fs::write(\"local/m.rs\", \"pub const X: &str = \\\"2\\\";\").unwrap();";
    let ignored_package =
        "std::fs::write(\"local/dep/src/lib.rs\", \"pub const X: &str = \\\"2\\\";\").unwrap();";
    for (what, content, change, file, fixed) in [
        ("included", INCLUDED, WRITE, "local/x", 1),
        ("removed", INCLUDED, REMOVE, "local/x", 3),
        (
            "replaced with its directory",
            INCLUDED,
            REPLACE,
            "local/x",
            1,
        ),
        ("restored", INCLUDED, RESTORE, "local/x", 3),
        (
            "read by the build script",
            "env!(\"X\")",
            WRITE,
            "local/x",
            1,
        ),
        ("module", "m::X", ignored_module, "local/m.rs", 1),
        (
            "package",
            "dep::X",
            ignored_package,
            "local/dep/src/lib.rs",
            1,
        ),
        ("declared", READ, WRITE, "local/x", 1),
        ("declared and removed", READ, REMOVE, "local/x", 1),
    ] {
        let sandbox = small("true");
        sandbox.write(".gitignore", "/target\n/local\n/old\n/other\n");
        sandbox.write("local/x", "1");
        sandbox.write("other/x", "2");
        sandbox.write("local/m.rs", "pub const X: &str = \"1\";\n");
        sandbox.write(
            "local/dep/Cargo.toml",
            "[package]\nname = \"dep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
        );
        sandbox.write("local/dep/src/lib.rs", "pub const X: &str = \"1\";\n");
        if what == "package" {
            let manifest = sandbox.read("Cargo.toml");
            let dependency = "[dependencies]\ndep = { path = \"local/dep\" }\n";
            sandbox.write("Cargo.toml", &format!("{manifest}{dependency}"));
        }
        if what == "read by the build script" {
            sandbox.write("build.rs", BUILD);
        }
        let gates = "[gates]\n\"test.failed\" = \"= 0\"\n";
        if what.starts_with("declared") {
            let declared = "[collect.test]\ninputs = [\"local/**\"]\n";
            sandbox.write("campaign.toml", &format!("{declared}{gates}"));
        }
        let module = if what == "module" {
            "#[path = \"../local/m.rs\"]\nmod m;\n"
        } else {
            ""
        };
        sandbox.write(
            "src/lib.rs",
            &format!(
                "{module}#[test]\nfn t() {{\n    assert_eq!({content}, \"1\");\n    {change}\n}}\n"
            ),
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{what}: {}{}", out.stdout, out.stderr);
        let reason = format!("{file} changed while it was measured");
        assert!(out.stdout.contains(&reason), "{what}: {}", out.stdout);
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, fixed, "{what}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn custom_collector_whose_input_or_program_changes_while_it_runs_gives_no_verdict() {
    for (file, script) in [
        ("local/x", "cat local/x\necho 9 > local/x\n"),
        (
            "local/x",
            "cat local/x\necho 9 > local/x\necho 1 > local/x\n",
        ),
        (
            "local/count.sh",
            "echo 1\necho echo 9 > local/new\nmv local/new local/count.sh\n",
        ),
    ] {
        let sandbox = small("true");
        sandbox.write(".gitignore", "/target\n/local\n");
        sandbox.write("local/x", "1\n");
        sandbox.write("local/count.sh", script);
        sandbox.write(
            "campaign.toml",
            "[collect.x]\ncommand = [\"sh\", \"local/count.sh\"]\ninputs = [\"local/x\"]\n\
            metrics = { \"x.v\" = { unit = \"count\", better = \"lower\" } }\n[gates]\n\"x.v\" = \"<= 5\"\n",
        );
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 3, "{script}: {}{}", out.stdout, out.stderr);
        let reason = format!("{file} changed while it was measured");
        assert!(out.stdout.contains(&reason), "{script}: {}", out.stdout);
    }
}

/// In a new clone, build scripts generate the sources that git ignores.
#[test]
fn input_that_a_build_script_writes_gives_a_verdict() {
    const ONCE: &str = "if !std::path::Path::new(FILE).exists() {\n        std::fs::write(FILE, \"1\").unwrap();\n    }";
    for (what, write, instruction) in [
        ("once", ONCE, ""),
        ("always", "std::fs::write(FILE, \"1\").unwrap();", ""),
        (
            "always, and runs each time",
            "std::fs::write(FILE, \"1\").unwrap();",
            "println!(\"cargo:rerun-if-changed=none\");",
        ),
    ] {
        let sandbox = small("true");
        sandbox.write(".gitignore", "/target\n/generated\n");
        sandbox.write(
            "build.rs",
            &format!(
                "const FILE: &str = \"generated/x\";\nfn main() {{\n    \
                std::fs::create_dir_all(\"generated\").unwrap();\n    {write}\n    {instruction}\n}}\n"
            ),
        );
        sandbox.write(
            "src/lib.rs",
            &test_of("include_str!(\"../generated/x\") == \"1\""),
        );
        sandbox.write(
            "campaign.toml",
            "[collect.test]\ninputs = [\"generated/**\"]\n\
            [gates]\n\"clippy.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n",
        );
        for time in ["first", "second"] {
            let out = sandbox.campaign(&["gate", "--fresh"]);
            assert_eq!(out.code, 0, "{what}, {time}: {}{}", out.stdout, out.stderr);
        }
    }
}

#[test]
fn custom_collector_without_inputs_runs_each_time() {
    let table = |inputs: &str| {
        format!(
            "[collect.todo]\ncommand = [\"cat\", \"../todo\"]\n{inputs}\n\
            metrics = {{ \"todo.open\" = {{ unit = \"count\", better = \"lower\" }} }}\n[gates]\n\"todo.open\" = \"< 5\"\n"
        )
    };
    for (inputs, after_change) in [
        ("", 1),
        ("inputs = []", 1),
        ("inputs = [\"@sources\"]", 1),
        ("inputs = [\"../todo\"]", 1),
    ] {
        let sandbox = small("true");
        sandbox.write("../todo", "3");
        sandbox.write("campaign.toml", &table(inputs));
        assert_eq!(sandbox.campaign(&["gate"]).code, 0, "{inputs}");
        sandbox.write("../todo", "7");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(
            out.code, after_change,
            "{inputs}: {}{}",
            out.stdout, out.stderr
        );
        assert_eq!(sandbox.campaign(&["gate", "--fresh"]).code, 1, "{inputs}");
    }
}

/// The gates of the old text must not pass for the new one, and those of the new text were not read.
#[test]
fn campaign_that_changes_while_measuring_gives_no_verdict() {
    let sandbox = small("true");
    let test = "#[test]\nfn t() {\n    std::fs::write(\"campaign.toml\", \"[gates]\\n\\\"test.failed\\\" = \\\"= 7\\\"\\n\").unwrap();\n}\n";
    sandbox.write("src/lib.rs", test);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let warning = "campaign.toml changed while measuring, so no gate has a verdict";
    assert!(out.stderr.contains(warning), "{}", out.stderr);
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
}

#[test]
fn input_that_matches_no_file_is_reported() {
    let sandbox = small("true");
    sandbox.write(
        "campaign.toml",
        "[collect.weight]\ncommand = [\"echo\", \"7\"]\ninputs = [\"@sources\", \"src\", \"nowhere/*.txt\", \"lost.txt\"]\n\
         metrics = { \"weight.total\" = { unit = \"count\", better = \"lower\" } }\n[gates]\n\"weight.total\" = \"< 9\"\n",
    );
    let messages = ["nowhere/*.txt", "lost.txt"]
        .map(|input| format!("no file matches the input `{input}` of `[collect.weight]`"));
    for command in [&["gate"] as &[&str], &["run", "weight"], &["doctor"]] {
        let out = sandbox.campaign(command);
        assert_eq!(out.code, 0, "{command:?}: {}{}", out.stdout, out.stderr);
        let shown = out.stdout + &out.stderr;
        for message in &messages {
            assert!(shown.contains(message), "{command:?}: {shown}");
        }
        assert!(!shown.contains("`src`"), "{command:?}: {shown}");
    }
}

/// A gate that measures everything anew has no verdict where that fails, whatever was recorded before.
#[test]
fn fresh_gate_does_not_fall_back_on_an_earlier_result() {
    let sandbox = small("true");
    sandbox.write("../todo", "3");
    let table = "[collect.todo]\ncommand = [\"sh\", \"-c\", \"cat ../todo\"]\ninputs = [\"@sources\"]\n\
        metrics = { \"todo.open\" = { unit = \"count\", better = \"lower\" } }\n[gates]\n\"todo.open\" = \"< 5\"\n";
    sandbox.write("campaign.toml", table);
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    fs::remove_file(sandbox.path("../todo")).expect("it was just written");
    assert_eq!(sandbox.campaign(&["gate", "--fresh"]).code, 3);
}

/// `check` is answered by the step of `clippy`, which stops at denied lints.
#[test]
fn incomplete_answer_of_another_collector_is_stale_when_its_settings_change() {
    let denied = "#![deny(clippy::needless_return)]\npub fn f() -> u8 {\n    return 1;\n}\n";
    let plain = "pub fn f() -> u8 {\n    return 1;\n}\n";
    let deny = "args = [\"--\", \"-D\", \"clippy::needless_return\"]";
    for (source, before, after) in [(denied, "", "cap-lints = true"), (plain, deny, "")] {
        let sandbox = small("true");
        let campaign = |settings: &str| {
            let gates = "[gates]\n\"check.errors\" = \"= 0\"\n\"clippy.errors\" = \"= 0\"\n";
            let text = format!("[collect.clippy]\n{settings}\n{gates}");
            sandbox.write("campaign.toml", &text);
        };
        sandbox.write("src/lib.rs", source);
        campaign(before);
        assert_eq!(sandbox.campaign(&["gate"]).code, 1, "{before}");
        assert_eq!(stale(&sandbox).0, "check", "{before}");

        campaign(after);
        let (collectors, reason) = stale(&sandbox);
        assert_eq!(collectors, "check clippy", "{after}");
        assert_eq!(reason, "the collector's settings changed", "{after}");
        let out = sandbox.campaign(&["gate"]);
        assert_eq!(out.code, 0, "{after}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn result_in_another_unit_is_not_used_again() {
    let sandbox = small("true");
    let table = |unit: &str| {
        format!(
            "[collect.weight]\ncommand = [\"echo\", \"7\"]\ninputs = [\"@sources\"]\n\
            metrics = {{ \"weight.total\" = {{ unit = \"{unit}\", better = \"lower\" }} }}\n[gates]\n\"weight.total\" = \"< 9\"\n"
        )
    };
    for (unit, code) in [("bytes", 0), ("s", 3)] {
        sandbox.write("campaign.toml", &table(unit));
        let args: &[&str] = if code == 0 {
            &["gate"]
        } else {
            &["gate", "--no-run"]
        };
        assert_eq!(sandbox.campaign(args).code, code, "{unit}");
    }
}

/// Records a copy of the newest run as one that starts so many seconds later, with so many failed tests.
fn record_copy(store: &Store, seconds: i64, sequence: u64, failed: f64) -> RunId {
    let newest = store.newest().expect("one was recorded").id;
    let mut run = store.load(&newest).expect("it was just written");
    run.started += seconds;
    run.id_time = None;
    run.sequence = sequence;
    run.snapshot
        .metrics
        .insert("test.failed".to_owned(), Reading::exact(failed));
    store.append(&run).expect("a store of ours")
}

const DAY: i64 = 24 * 3600;

#[test]
fn run_from_the_future_is_named_and_not_used() {
    let sandbox = small("false");
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
    let future = record_copy(&Store::open(&sandbox.root()), 400 * DAY, 2, 0.0);
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    assert!(
        out.stderr
            .contains(&format!("run {future} starts in the future (")),
        "{}",
        out.stderr
    );
    // The next run is recorded after it, and stays the newer one when that time has come.
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    assert_eq!(
        Store::open(&sandbox.root())
            .newest()
            .map(|head| head.sequence),
        Some(3)
    );
    let out = sandbox.campaign(&["history"]);
    assert!(
        out.stdout.contains("in the future, not used"),
        "{}",
        out.stdout
    );
}

#[test]
fn run_from_the_future_cannot_be_pinned() {
    let sandbox = small("true");
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    let store = Store::open(&sandbox.root());
    let future = record_copy(&store, 400 * DAY, 2, 0.0);
    let out = sandbox.campaign(&["baseline", "--from", &future.0]);
    assert_eq!(out.code, 2, "{}", out.stderr);
    assert!(
        out.stderr
            .contains(&format!("error: run {future} starts in the future (")),
        "{}",
        out.stderr
    );
    let out = sandbox.campaign(&["baseline", "--from", "latest"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(
        out.stderr
            .contains(&format!("run {future} starts in the future (")),
        "{}",
        out.stderr
    );

    // Another machine pinned it.
    let run = store.load(&future).expect("it was just written");
    let mut pin = store
        .pinned(PinName::Baseline)
        .expect("it was just written")
        .expect("there is one");
    pin.view.started = run.started;
    store.pin(PinName::Baseline, &pin).expect("a store of ours");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("error: .campaign/baseline.json was measured in the future: "),
        "{}",
        out.stderr
    );
    let out = sandbox.campaign(&[
        "baseline",
        "--from",
        "latest",
        "--accept",
        "the clock was wrong",
    ]);
    assert_eq!(out.code, 0, "{}", out.stderr);
}

#[test]
fn runs_are_ordered_as_they_were_recorded_whatever_the_clock_said() {
    let sandbox = small("true");
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    // The clock was two days behind.
    record_copy(&Store::open(&sandbox.root()), -2 * DAY, 2, 1.0);
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 1, "{}{}", out.stdout, out.stderr);
    // However many runs the clock puts between.
    let store = Store::open(&sandbox.root());
    (3..23).for_each(|sequence| drop(record_copy(&store, 0, sequence, 1.0)));
    let passed = record_copy(&store, -600 * DAY, 23, 0.0);
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let out = sandbox.campaign(&["history", "-n", "1"]);
    assert!(out.stdout.contains(&passed.0), "{}", out.stdout);
    let out = sandbox.campaign(&["baseline", "--from", "latest"]);
    assert!(
        out.stderr
            .contains(&format!("{passed} has no complete values of ")),
        "{}",
        out.stderr
    );
}

#[test]
fn measuring_the_same_tree_again_is_no_new_reference() {
    let sandbox = small("true");
    sandbox.write(
        "campaign.toml",
        "[collect.todo]\ncommand = [\"cat\", \"todo\"]\ninputs = [\"@sources\"]\n\
        metrics = { \"todo.open\" = { unit = \"count\", better = \"lower\" } }\n\
        [gates]\n\"todo.open\" = [\"<= previous\", \"<= best\"]\n",
    );
    sandbox.write("todo", "3");
    sandbox.campaign(&["run", "todo"]);
    sandbox.write("todo", "9");
    assert_eq!(sandbox.campaign(&["gate"]).code, 1);
    sandbox.campaign(&["run", "todo"]);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 1, "{}", out.stdout);
}

#[test]
fn every_line_of_the_freshness_table_names_a_test_that_exists() {
    let page = fs::read_to_string(repository().join("docs/freshness.md")).expect("the page");
    let (_, table) = page.split_once("## Every input\n").expect("the section");
    let (table, _) = table.split_once("\n## ").expect("a section after it");
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let test = row
            .trim_end_matches([' ', '|'])
            .rsplit("| ")
            .next()
            .unwrap_or_default()
            .trim_matches('`');
        let (file, name) = test
            .split_once("::")
            .unwrap_or_else(|| panic!("no test in {row}"));
        let source =
            fs::read_to_string(repository().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(source.contains(&format!("fn {name}(")), "{row}");
    }
}

#[test]
fn versioned_selection_of_every_member_uses_the_run_of_the_workspace() {
    let sandbox = small("true");
    sandbox.write("campaign.toml", "[gates]\n\"loc.files\" = \"> 0\"\n");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stderr.contains("Recorded"), "{}", out.stderr);
    let member = "app@0.1.0";
    for args in [&["gate", "-p", "app"][..], &["gate", "-p", member]] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 0, "{args:?}: {}", out.stderr);
        assert!(!out.stderr.contains("Recorded"), "{args:?}: {}", out.stderr);
    }
}

#[test]
fn edited_configuration_makes_nothing_stale() {
    let sandbox = small("true");
    let gates = "[gates]\n\"loc.files\" = \"> 0\"\n";
    let records = |config: &str| {
        let out = sandbox.campaign(&["gate", "--config", config]);
        assert_eq!(out.code, 0, "{config}: {}{}", out.stdout, out.stderr);
        out.stderr.contains("Recorded")
    };
    for name in ["campaign.toml", "campaign-ci.toml", "rules.toml"] {
        sandbox.write(name, gates);
    }
    assert!(records("rules.toml"));
    for name in ["campaign.toml", "campaign-ci.toml", "rules.toml"] {
        sandbox.append(name, "# edited\n");
        assert!(!records("rules.toml"), "{name}");
    }
    // These two share their results, whichever has measured.
    assert!(records("campaign.toml"));
    assert!(!records("campaign-ci.toml"));
    sandbox.append("rules.toml", "# it is a source for these\n");
    assert!(records("campaign-ci.toml"));
    assert!(!records("campaign.toml"));
    assert!(!records("rules.toml"));
}

/// Replaces the newest run by one with another text, as another version would have recorded it.
fn rewrite_run(sandbox: &Sandbox, from: &str, to: &str) {
    let digest = |text: &str| {
        sandbox.write("../stage/text", text);
        let out = sandbox.output("sha256sum", &["../stage/text"]);
        out.stdout[..64].to_owned()
    };
    let out = sandbox.output("find", &[".campaign/runs", "-name", "*.json"]);
    let path = out.stdout.lines().max().expect("a run").to_owned();
    let text = sandbox.read(&path);
    let (head, body) = text.split_once('\n').expect("two lines");
    assert!(body.contains(from), "{body}");
    let body = body.replace(from, to);
    let (_, rest) = head.split_once("\"body\":\"").expect("a digest");
    let rest = format!("\"format\":1,\"body\":\"{}{}\n", digest(&body), &rest[64..]);
    let hash = digest(&rest);
    fs::remove_file(sandbox.path(&path)).expect("it was found");
    let stem = path.rsplit_once('-').expect("a run id").0;
    sandbox.write(
        &format!("{stem}-{}.json", &hash[..8]),
        &format!("{{\"sha256\":\"{hash}\",{rest}{body}"),
    );
}

#[test]
fn run_that_does_not_know_its_unread_inputs_is_measured_again() {
    let sandbox = small("true");
    let fresh = "sources unchanged";
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    rewrite_run(&sandbox, "\"unread\":[]", "\"unread\":[ ]");
    let out = sandbox.campaign(&["gate"]);
    assert!(out.stdout.contains(fresh), "{}{}", out.stdout, out.stderr);
    rewrite_run(&sandbox, ",\"unread\":[ ]", "");
    let out = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let why = "an earlier version of cargo-campaign measured it";
    assert!(out.stdout.contains(why), "{}", out.stdout);
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    let out = sandbox.campaign(&["gate"]);
    assert!(out.stdout.contains(fresh), "{}{}", out.stdout, out.stderr);
}
