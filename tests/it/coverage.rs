//! Coverage, with the real compiler.

#[cfg(unix)]
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::harness::{LLVM_TOOLS, Sandbox, not_tried};

const MANIFEST: &str = r#"[workspace]
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[build-dependencies]
numbers = { path = "numbers" }
"#;

/// A program and its tests, which start it with and without their environment, and kill it.
const FILES: [(&str, &str); 7] = [
    ("Cargo.toml", MANIFEST),
    (
        "numbers/Cargo.toml",
        "[package]\nname = \"numbers\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("numbers/src/lib.rs", "pub fn number() -> u8 {\n    3\n}\n"),
    (
        "build.rs",
        "fn main() {\n    println!(\"cargo:rustc-env=NUMBER={}\", numbers::number());\n}\n",
    ),
    (
        "src/main.rs",
        "fn named() {}\nfn bare() {}\nfn never() {}\nfn main() {\n    match std::env::args().nth(1).as_deref() {\n        Some(\"named\") => named(),\n        Some(\"beside\") => beside(),\n        Some(\"never\") => never(),\n        Some(_) => std::thread::park(),\n        None => bare(),\n    }\n}\nfn beside() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {}\n}\n",
    ),
    (
        "tests/it.rs",
        "use std::process::Command;\nfn app() -> Command {\n    Command::new(env!(\"CARGO_BIN_EXE_app\"))\n}\n#[test]\nfn named() {\n    assert!(app().arg(\"named\").status().unwrap().success());\n}\n#[test]\nfn bare() {\n    assert!(app().env_clear().status().unwrap().success());\n}\n#[test]\nfn beside() {\n    let test = std::env::current_exe().unwrap();\n    let app = test.parent().unwrap().parent().unwrap().join(\"app\");\n    assert!(Command::new(app).arg(\"beside\").status().unwrap().success());\n}\n#[test]\nfn killed() {\n    let mut child = app().arg(\"park\").spawn().unwrap();\n    child.kill().unwrap();\n    child.wait().unwrap();\n}\n",
    ),
    (
        "campaign.toml",
        "[gates]\n\"coverage.lines\" = \">= 99 %\"\n\"coverage.functions\" = \">= 50 %\"\n\"coverage.uncovered\" = \"<= 1\"\n",
    ),
];

fn workspace() -> Sandbox {
    let sandbox = workspace_of(&FILES);
    sandbox.write("tests/empty.rs", "");
    sandbox.commit("empty");
    sandbox
}

fn workspace_of(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox.write(".gitignore", "target\n");
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox.commit("lock");
    sandbox
}

/// The report and the exit code of a gate. `None` if the tools of LLVM are not installed.
fn gate(sandbox: &Sandbox) -> Option<(i32, Value)> {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    if out.stdout.contains("llvm-tools is not installed") {
        not_tried("coverage", "llvm-tools is not installed");
        return None;
    }
    let report = serde_json::from_str(&out.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    Some((out.code, report))
}

/// The value of each gate, or the reason why it has none, and the places.
fn shown(report: &Value) -> Vec<String> {
    let gates = report["gates"].as_array().expect("gates").iter();
    gates
        .flat_map(|gate| {
            let name = gate["metric"].as_str().unwrap_or_default();
            let value = match gate["value"].as_f64() {
                Some(value) => format!("{value:.1}"),
                None => gate["reason"].to_string(),
            };
            let evidence = gate["evidence"].as_array().cloned().unwrap_or_default();
            let places = evidence.into_iter().filter_map(|place| {
                let place = place.as_str()?.to_owned();
                place.contains(".rs:").then_some(place)
            });
            places
                .chain([format!("{name} {value}")])
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn lines_that_no_test_executes_are_counted() {
    let mut sandbox = workspace();
    for (_, variable) in LLVM_TOOLS {
        sandbox.unset(variable);
    }
    assert_eq!(sandbox.cargo(&["build", "--offline"]).code, 0);
    let program = sandbox.path("target/debug/app");
    let built = std::fs::metadata(&program).unwrap().modified().unwrap();
    let Some((code, report)) = gate(&sandbox) else {
        return;
    };
    let shown = shown(&report);
    assert_eq!(code, 1, "{shown:#?}");
    // A killed process writes no profile, and code that only a build script runs is not tested.
    for expected in [
        "coverage.lines 60.0",
        "coverage.functions 66.7",
        "coverage.uncovered 6.0",
        "numbers/src/lib.rs:1:1 `number` is not covered",
        "src/main.rs:3:1 `never` is not covered",
        "src/main.rs:8:1 2 of 8 lines of `main` are not covered: 8-9",
    ] {
        assert!(
            shown.contains(&expected.to_owned()),
            "{expected}: {shown:#?}"
        );
    }
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(
        std::fs::metadata(&program).unwrap().modified().unwrap(),
        built
    );
    let plain = sandbox.cargo(&["build", "--offline"]);
    assert!(!plain.stderr.contains("Compiling"), "{}", plain.stderr);
    let again = sandbox.campaign(&["gate"]);
    assert!(!again.stderr.contains("Covered"), "{}", again.stderr);
}

#[test]
fn changed_lines_are_judged_by_themselves() {
    let mut sandbox = workspace();
    for (_, variable) in LLVM_TOOLS {
        sandbox.unset(variable);
    }
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"coverage.patch\" = \">= 80 %\"\n",
    );
    sandbox.commit("gates");
    let Some((code, report)) = gate(&sandbox) else {
        return;
    };
    assert_eq!(
        (code, shown(&report)),
        (3, vec!["coverage.patch \"no baseline\"".to_owned()])
    );
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    let (code, report) = gate(&sandbox).expect("tools");
    assert_eq!(
        (code, shown(&report)),
        (0, vec!["coverage.patch 100.0".to_owned()])
    );

    sandbox.replace(
        "src/main.rs",
        "fn bare() {}",
        "fn bare() {\n    new::used();\n}\nmod new;",
    );
    sandbox.write("src/new.rs", "pub fn used() {}\npub fn unused() {}\n");
    let (code, report) = gate(&sandbox).expect("tools");
    let expected = [
        "src/new.rs:2:1 1 of 2 changed lines are not covered: 2",
        "coverage.patch 80.0",
    ];
    assert_eq!(
        (code, shown(&report)),
        (0, expected.map(str::to_owned).into())
    );
    sandbox.append("src/new.rs", "pub fn more() {}\n");
    let (code, report) = gate(&sandbox).expect("tools");
    assert_eq!(code, 1, "{:#?}", shown(&report));
    let proof = sandbox.campaign(&["gate", "--prove"]);
    assert!(proof.stdout.contains("PROVEN"), "{}", proof.stdout);
}

#[cfg(unix)]
#[test]
fn code_behind_links_counts_and_an_unknown_source_leaves_no_number() {
    let mut sandbox = workspace_of(&[
        (
            "Cargo.toml",
            "[workspace]\n[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "pub mod dir;\npub mod file;\npub mod twice;\n#[path = \"../shared/twice.rs\"]\npub mod again;\npub fn tested() {}\n",
        ),
        ("shared/file.rs", "pub fn in_file() {}\n"),
        ("shared/dir/mod.rs", "pub fn in_dir() {}\n"),
        ("shared/twice.rs", "pub fn f() {}\n"),
        ("shared/common.rs", "pub fn helper() {}\n"),
        ("tests/data/odd.rs", "pub fn odd() {}\n"),
        (
            "tests/t.rs",
            "mod common;\n#[test]\nfn t() {\n    common::helper();\n    a::tested();\n    a::again::f();\n}\n",
        ),
        (
            "campaign.toml",
            "[gates]\n\"coverage.lines\" = \">= 90 %\"\n\"coverage.uncovered\" = \"= 0\"\n",
        ),
    ]);
    for (_, variable) in LLVM_TOOLS {
        sandbox.unset(variable);
    }
    let link = |from: &str, to: &str| {
        let from = sandbox.path(from);
        std::fs::create_dir_all(from.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, from).unwrap();
    };
    for name in ["dir", "file.rs", "twice.rs"] {
        link(&format!("src/{name}"), &format!("../shared/{name}"));
    }
    link("tests/common/mod.rs", "../../shared/common.rs");
    let Some((code, report)) = gate(&sandbox) else {
        return;
    };
    let found = shown(&report);
    assert_eq!(code, 1, "{found:#?}");
    for expected in [
        "coverage.lines 50.0",
        "coverage.uncovered 2.0",
        "shared/dir/mod.rs:1:1 `in_dir` is not covered",
        "shared/file.rs:1:1 `in_file` is not covered",
    ] {
        assert!(
            found.contains(&expected.to_owned()),
            "{expected}: {found:#?}"
        );
    }

    link("src/odd.rs", "../tests/data/odd.rs");
    sandbox.append("src/lib.rs", "pub mod odd;\n");
    let (code, report) = gate(&sandbox).expect("tools");
    let found = shown(&report);
    assert_eq!(code, 3, "{found:#?}");
    let reason = "`src/odd.rs` leads to `tests/data/odd.rs`";
    assert!(found.iter().all(|line| line.contains(reason)), "{found:#?}");

    sandbox.write(
        "build.rs",
        "fn main() {\n    std::fs::create_dir_all(\"gen\").unwrap();\n    std::fs::write(\"gen/made.rs\", \"pub fn made() {}\\n\").unwrap();\n    println!(\"cargo:rustc-env=MADE={}/gen/made.rs\", env!(\"CARGO_MANIFEST_DIR\"));\n}\n",
    );
    sandbox.append("src/lib.rs", "include!(env!(\"MADE\"));\n");
    sandbox.append(".gitignore", "gen\n");
    let (code, report) = gate(&sandbox).expect("tools");
    let found = shown(&report);
    assert_eq!(code, 3, "{found:#?}");
    let reason = "`gen/made.rs` was compiled, but is not a known source file";
    assert!(found.iter().all(|line| line.contains(reason)), "{found:#?}");
}

/// A workspace with files that other tools may have written.
fn imported() -> Sandbox {
    workspace_of(&[
        (
            "Cargo.toml",
            "[workspace]\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "pub mod part;\npub fn f() {}\npub fn g() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {}\n}\n",
        ),
        ("src/part.rs", "pub fn p() {\n}\n"),
        (
            "campaign.toml",
            "[collect.coverage]\nfile = \"target/cov\"\n[gates]\n\"coverage.lines\" = \">= 1 %\"\n\"coverage.functions\" = \">= 1 %\"\n\"coverage.uncovered\" = \"<= 9\"\n",
        ),
    ])
}

/// Both sources: `f` and `p` were executed, `g` and a test were not.
const LCOV: &str = "SF:src/lib.rs\nFN:2,f\nFN:3,g\nFNDA:1,f\nFNDA:0,g\nDA:2,1\nDA:3,0\nDA:7,0\nend_of_record\nSF:src/part.rs\nFN:1,p\nFNDA:1,p\nDA:1,1\nDA:2,1\nend_of_record\n";

#[test]
fn file_of_another_tool_counts_if_it_describes_the_sources() {
    let sandbox = imported();
    let root = sandbox.path("").to_string_lossy().into_owned();
    let root = root.trim_end_matches('/');
    let foreign = "SF:/elsewhere/src/lib.rs\nDA:900,0\nend_of_record\n";
    let cobertura = format!(
        "<?xml version=\"1.0\"?>\n<coverage><sources><source>{root}</source></sources><packages><package><classes><class filename=\"src/lib.rs\"><methods><method name=\"f\"><lines><line number=\"2\" hits=\"1\"/></lines></method><method name=\"g\"><lines><line number=\"3\" hits=\"0\"/></lines></method></methods><lines><line number=\"2\" hits=\"1\"/><line number=\"3\" hits=\"0\"/></lines></class><class filename=\"src/part.rs\"><methods><method name=\"p\"><lines><line number=\"1\" hits=\"1\"/></lines></method></methods><lines><line number=\"1\" hits=\"1\"/><line number=\"2\" hits=\"1\"/></lines></class></classes></package></packages></coverage>\n"
    );
    let function = |file: &str, line: u32, count: u32| {
        format!(
            r#"{{"count":{count},"filenames":["{root}/src/{file}.rs"],"name":"n","regions":[[{line},1,{line},9,{count},0,0,0]]}}"#
        )
    };
    let json = format!(
        r#"{{"data":[{{"files":[{{"filename":"{root}/src/lib.rs","segments":[[2,1,1,true,true,false],[2,14,0,false,false,false],[3,1,0,true,true,false],[3,14,0,false,false,false]]}},{{"filename":"{root}/src/part.rs","segments":[[1,1,1,true,true,false],[2,2,0,false,false,false]]}}],"functions":[{},{},{}]}}],"type":"llvm.coverage.json.export","version":"3.0.1"}}"#,
        function("lib", 2, 1),
        function("lib", 3, 0),
        function("part", 1, 1)
    );
    for text in [
        LCOV,
        &LCOV.replace("SF:", "SF:./"),
        &LCOV.replace("SF:", &format!("SF:{root}/")),
        &LCOV.replace("SF:src/", "SF:.\\src\\"),
        &format!("{foreign}{LCOV}"),
        &cobertura,
        &json,
    ] {
        sandbox.write("target/cov", text);
        let (code, report) = gate(&sandbox).expect("no tools are needed");
        let expected = [
            "src/lib.rs:3:1 `g` is not covered",
            "coverage.lines 75.0",
            "coverage.functions 66.7",
            "coverage.uncovered 1.0",
        ];
        let found = shown(&report);
        for line in expected {
            assert!(found.contains(&line.to_owned()), "{text}: {found:#?}");
        }
        assert_eq!(code, 0, "{text}: {found:#?}");
    }
    let explained = sandbox.campaign(&["explain", "coverage.lines"]);
    let file = "read from  target/cov (LLVM JSON, ";
    assert!(explained.stdout.contains(file), "{}", explained.stdout);

    let cases = [
        (
            LCOV.trim_end_matches("end_of_record\n").to_owned(),
            "`target/cov`: it ends within the record of `src/part.rs`, cut off",
        ),
        (
            json[..json.len() - 9].to_owned(),
            "`target/cov`: EOF while parsing",
        ),
        (cobertura[..400].to_owned(), "`target/cov`: it ends within"),
        (String::new(), "`target/cov`: it is empty"),
        (
            foreign.to_owned(),
            "`target/cov` names no source file of the workspace, but `/elsewhere/src/lib.rs`",
        ),
        (
            LCOV.replace("DA:7,", "DA:9,"),
            "`target/cov` has line 9 of `src/lib.rs`, which has 8",
        ),
        (
            LCOV.replace("SF:src/part", "SF:src/gone"),
            "`target/cov` does not fit the sources: `src/gone.rs` was compiled, but is not a known source file",
        ),
        (
            cobertura.replace("?>", "?><!DOCTYPE coverage [<!ENTITY x \"y\">]>"),
            "`target/cov`: it declares entities or elements",
        ),
    ];
    for (text, reason) in cases {
        sandbox.write("target/cov", &text);
        let (code, report) = gate(&sandbox).expect("no tools are needed");
        let found = shown(&report);
        assert_eq!(code, 3, "{found:#?}");
        let is_reason = |line: &String| line.contains(reason);
        assert!(found.iter().all(is_reason), "{reason}: {found:#?}");
    }
}

#[test]
fn file_that_is_older_than_a_source_is_read_again_once_it_is_not() {
    let sandbox = imported();
    sandbox.write("target/cov", LCOV);
    let file = std::fs::File::options()
        .write(true)
        .open(sandbox.path("target/cov"))
        .unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - std::time::Duration::from_secs(3600))
        .unwrap();
    let (code, report) = gate(&sandbox).expect("no tools are needed");
    let found = shown(&report);
    assert_eq!(code, 3, "{found:#?}");
    let is_older = |line: &String| line.contains("`target/cov` is older than `src/");
    assert!(found.iter().all(is_older), "{found:#?}");

    // The content is the same.
    file.set_modified(now).unwrap();
    let (code, report) = gate(&sandbox).expect("no tools are needed");
    assert_eq!(code, 0, "{:#?}", shown(&report));
    let again = sandbox.campaign(&["gate"]);
    assert!(!again.stderr.contains("Imported"), "{}", again.stderr);

    sandbox.write("target/cov", &LCOV.replace("DA:3,0", "DA:3,1"));
    let (_, report) = gate(&sandbox).expect("no tools are needed");
    let all = "coverage.lines 100.0".to_owned();
    assert!(shown(&report).contains(&all), "{:#?}", shown(&report));
}

#[test]
fn values_of_another_format_are_not_compared() {
    let sandbox = imported();
    sandbox.write(
        "campaign.toml",
        "[collect.coverage]\nfile = \"target/cov\"\n[gates]\n\"coverage.lines\" = \">= baseline\"\n",
    );
    sandbox.commit("gates");
    sandbox.write("target/cov", LCOV);
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    sandbox.write(
        "target/cov",
        "<coverage><class filename='src/lib.rs'><lines><line number='2' hits='1'/></lines></class></coverage>",
    );
    let (code, report) = gate(&sandbox).expect("no tools are needed");
    let reason = "origin: read from lcov in the baseline, read from Cobertura now";
    assert_eq!(code, 3, "{report:#}");
    assert!(report.to_string().contains(reason), "{report:#}");
}

#[test]
fn complex_functions_without_tests_are_counted_and_compared() {
    let sandbox = imported();
    sandbox.write(
        "campaign.toml",
        "[collect.coverage]\nfile = \"target/cov\"\ncrap = 1\n[gates]\n\"crap.over\" = \"<= 1\"\n\"crap.new\" = \"= 0\"\n\"crap.worst\" = \"< 6\"\n",
    );
    sandbox.commit("gates");
    sandbox.write("target/cov", LCOV);
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    let (code, report) = gate(&sandbox).expect("no tools are needed");
    let expected = [
        "src/lib.rs:3:1 `g` has a complexity of 1 and 0 % of its lines are covered: a CRAP score of 2, more than 1",
        "crap.over 1.0",
        "crap.new 0.0",
        "crap.worst 2.0",
    ];
    assert_eq!(
        (code, shown(&report)),
        (0, expected.map(str::to_owned).into())
    );

    // `g` has tests now, and a new function has none.
    sandbox.replace(
        "src/part.rs",
        "pub fn p() {\n}\n",
        "pub fn p() {\n}\npub fn h(a: bool) -> u8 {\n    if a { 1 } else { 2 }\n}\n",
    );
    sandbox.write(
        "target/cov",
        &LCOV.replace("DA:3,0", "DA:3,1").replace(
            "DA:2,1\nend_of_record\n",
            "DA:2,1\nDA:3,0\nDA:4,0\nend_of_record\n",
        ),
    );
    let (code, report) = gate(&sandbox).expect("no tools are needed");
    let found = shown(&report);
    let new = "src/part.rs:3:1 `h` has a complexity of 2 and 0 % of its lines are covered: a CRAP score of 6, more than 1";
    assert_eq!(code, 1, "{found:#?}");
    for line in [new, "crap.over 1.0", "crap.new 1.0", "crap.worst 6.0"] {
        assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
    }
    let proof = sandbox.campaign(&["gate", "--prove"]);
    assert!(proof.stdout.contains("PROVEN"), "{}", proof.stdout);
}

/// The files of two packages with a program of the same name. `extra` has code that no test executes.
fn namesakes(extra: &str) -> Vec<(String, String)> {
    let mut files = vec![
        (
            "Cargo.toml".to_owned(),
            "[workspace]\nresolver = \"2\"\nmembers = [\"pa\", \"pb\"]\n".to_owned(),
        ),
        (
            "campaign.toml".to_owned(),
            "[gates]\n\"coverage.lines\" = \">= 90 %\"\n".to_owned(),
        ),
    ];
    for name in ["pa", "pb"] {
        let unused = if name == extra {
            "fn unused() {}\n"
        } else {
            ""
        };
        let texts = [
            (
                "Cargo.toml",
                format!(
                    "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[[bin]]\nname = \"the-app\"\npath = \"src/main.rs\"\ntest = {}\n",
                    name == "pa"
                ),
            ),
            ("src/lib.rs", "pub fn l() {}\n".to_owned()),
            ("src/main.rs", format!("{unused}fn main() {{}}\n")),
            (
                "tests/t.rs",
                format!(
                    "#[test]\nfn t() {{\n    {name}::l();\n    std::process::Command::new(env!(\"CARGO_BIN_EXE_the-app\")).status().unwrap();\n}}\n"
                ),
            ),
        ];
        files.extend(texts.map(|(path, text)| (format!("{name}/{path}"), text)));
    }
    files
}

#[test]
fn programs_of_the_same_name_are_both_read() {
    // Which of the two cargo links last is open, and the other one is not executed.
    for extra in ["pa", "pb"] {
        let files = namesakes(extra);
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        let mut sandbox = workspace_of(&files);
        for (_, variable) in LLVM_TOOLS {
            sandbox.unset(variable);
        }
        assert_eq!(sandbox.cargo(&["build", "--offline"]).code, 0);
        let Some((code, report)) = gate(&sandbox) else {
            return;
        };
        let found = shown(&report);
        assert_eq!(code, 1, "{found:#?}");
        let unused = format!("{extra}/src/main.rs:1:1 `unused` is not covered");
        assert!(found.contains(&unused), "{found:#?}");
        let last = found.last().expect("a value");
        let values = ["coverage.lines 60.0", "coverage.lines 80.0"];
        assert!(values.contains(&&**last), "{found:#?}");
    }
}

#[test]
fn programs_that_a_killed_run_moved_are_put_back() {
    let sandbox = workspace();
    sandbox.write("target/campaign/.user-programs/debug/app", "user");
    sandbox.write("target/campaign/debug/app", "instrumented");
    let [from, to] = ["target/campaign/debug/app", "target/debug/app"].map(|at| sandbox.path(at));
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::hard_link(from, to).unwrap();
    let out = sandbox.campaign(&["run", "loc"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(sandbox.read("target/debug/app"), "user");
    assert!(!sandbox.path("target/campaign/.user-programs").exists());
}

#[cfg(unix)]
#[test]
fn target_directory_of_another_workspace_is_waited_for() {
    let sandbox = workspace();
    sandbox.program("llvm-profdata", "exit 0");
    sandbox.program("llvm-cov", "echo 'LLVM version 99.0'");
    sandbox.write("target/campaign/.campaign-lock", "pid 1, `another`\n");
    let lock = std::fs::File::open(sandbox.path("target/campaign/.campaign-lock")).unwrap();
    lock.lock().unwrap();
    let mut running = sandbox.start(&["gate"]);
    running.await_stderr("Waiting for another cargo campaign: pid 1, `another`");
    running.signal(Signal::SIGINT);
    let out = running.finish();
    assert_eq!(out.code, 130, "{}", out.stderr);
    sandbox.append("campaign.toml", "[collect.coverage]\ntimeout = \"1s\"\n");
    let (code, report) = gate(&sandbox).expect("tools");
    let found = shown(&report);
    assert_eq!(code, 3, "{found:#?}");
    assert!(found.iter().all(|line| line.contains("1 s")), "{found:#?}");
}

#[test]
fn changed_lines_are_those_that_git_tracks_since_the_last_whole_pin() {
    let mut sandbox = workspace();
    for (_, variable) in LLVM_TOOLS {
        sandbox.unset(variable);
    }
    sandbox.write(
        "campaign.toml",
        "[gates]\n\"coverage.patch\" = \"= 100 %\"\n\"loc.code\" = \"> 0\"\n",
    );
    sandbox.replace(
        "src/main.rs",
        "fn bare() {}",
        "fn bare() {}\nmod old;\nmod ignored;",
    );
    let text = |name| format!("pub fn {name}() {{}}\n").repeat(1) + &"// text\n".repeat(20);
    sandbox.write("src/old.rs", &text("old"));
    sandbox.write("src/ignored.rs", &text("ignored"));
    sandbox.write(".gitignore", "target\nsrc/ignored.rs\n");
    sandbox.commit("modules");
    let judged = |sandbox: &Sandbox| {
        let (code, report) = gate(sandbox)?;
        let patch = shown(&report)
            .into_iter()
            .find(|line| line.starts_with("coverage.patch"));
        Some((code, patch.unwrap_or_default()))
    };
    if sandbox.campaign(&["baseline"]).code != 0 {
        assert_eq!(gate(&sandbox), None);
        return;
    }

    std::fs::rename(sandbox.path("src/old.rs"), sandbox.path("src/renamed.rs")).unwrap();
    sandbox.replace("src/main.rs", "mod old;", "mod renamed;");
    sandbox.commit("rename");
    let all = (0, "coverage.patch 100.0".to_owned());
    assert_eq!(judged(&sandbox), Some(all));

    sandbox.append("src/renamed.rs", "pub fn new() {}\n");
    sandbox.commit("add a function");
    let none = (1, "coverage.patch 0.0".to_owned());
    assert_eq!(judged(&sandbox), Some(none.clone()));
    assert_eq!(sandbox.campaign(&["baseline", "--only", "loc"]).code, 0);
    assert_eq!(judged(&sandbox), Some(none.clone()));

    sandbox.git(&["rm", "-q", "--cached", "src/main.rs"]);
    sandbox.append("src/main.rs", "// more\n");
    assert_eq!(judged(&sandbox), Some(none));

    sandbox.git(&["init", "-q", "src/inner"]);
    sandbox.write("src/inner/mod.rs", "pub fn inner() {}\n");
    sandbox.replace("src/main.rs", "mod renamed;", "mod renamed;\nmod inner;");
    let (code, report) = gate(&sandbox).expect("tools");
    let reason = "the changed lines of src/inner/mod.rs are unknown, because git does not list the files in `src/inner`";
    assert_eq!(code, 3, "{report:#}");
    assert!(report.to_string().contains(reason), "{report:#}");
}

#[test]
fn missing_tools_matter_only_to_a_campaign_that_uses_them() {
    let sandbox = workspace();
    sandbox.program("llvm-cov", "echo 'LLVM version 1.0'");
    // Where the machine has other tools, these are taken instead.
    let used = sandbox.campaign(&["doctor"]);
    sandbox.write("campaign.toml", "[gates]\n\"clippy.warnings\" = \"= 0\"\n");
    let unused = sandbox.campaign(&["doctor"]);
    assert_eq!(unused.code, 0, "{}", unused.stdout);
    let is_missing = used.stdout.contains("NO  llvm-tools");
    assert_eq!(used.code, if is_missing { 4 } else { 0 }, "{}", used.stdout);
}

#[test]
fn tools_that_fail_leave_no_number() {
    for (profdata, cov, expected) in [
        (
            "exit 0",
            "echo 'LLVM version 99.0'; exit 0",
            "the output of llvm-cov could not be read",
        ),
        (
            "exit 3",
            "echo 'LLVM version 99.0'",
            "llvm-profdata exited with 3: it printed no reason",
        ),
        (
            "exit 0",
            "case $1 in --version) echo 'LLVM version 99.0';; *) exit 1;; esac",
            "llvm-cov exited with 1",
        ),
        (
            "exit 0",
            "case $1 in --version) echo 'LLVM version 99.0';; *) echo '{\"type\":\"llvm.coverage.json.export\",\"version\":\"9.0\",\"data\":[]}';; esac",
            "unknown version `9.0`",
        ),
        (
            "exit 0",
            "case $1 in --version) echo 'LLVM version 99.0';; *) echo '{\"type\":\"llvm.coverage.json.export\",\"version\":\"3.0\",\"data\":[]}';; esac",
            "llvm-cov names no source file of the workspace",
        ),
    ] {
        let sandbox = workspace();
        sandbox.program("llvm-profdata", profdata);
        sandbox.program("llvm-cov", cov);
        let (code, report) = gate(&sandbox).expect("tools");
        let shown = shown(&report);
        assert_eq!(code, 3, "{shown:#?}");
        assert!(
            shown.iter().all(|line| line.contains(expected)),
            "{expected}: {shown:#?}"
        );
    }
}
