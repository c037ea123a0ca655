//! Verdicts for a selection of packages.

use serde_json::Value;

use crate::harness::Sandbox;

/// Three packages of which the configuration excludes one. Nothing has to be compiled.
fn measured() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"b\", \"fuzz\"]\n",
    );
    for name in ["a", "b", "fuzz"] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        sandbox.write(&format!("{name}/Cargo.toml"), &manifest);
        sandbox.write(&format!("{name}/src/lib.rs"), "pub fn f() {}\n");
    }
    sandbox.write("campaign.toml", CAMPAIGN);
    sandbox.git_init();
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    sandbox
}

const CAMPAIGN: &str = r#"
[collect]
default = ["loc", "todo"]
exclude = ["fuzz"]
[collect.todo]
command = ["echo", '{"todo.open": {"value": 6, "packages": {"a": 1, "b": 2, "fuzz": 3}}}']
metrics = { "todo.open" = { unit = "count", better = "lower" } }
inputs = ["@sources"]
[gates]
"loc.code" = "<= baseline"
"todo.open" = "< 3"
"#;

/// Returns metric, value and verdict of each gate.
fn verdicts(sandbox: &Sandbox, args: &str) -> String {
    let args: Vec<&str> = args.split(' ').chain(["--format", "json"]).collect();
    let out = sandbox.campaign(&args);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: {e}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("gates").iter();
    let shown = gates.map(|gate| {
        let word = |key: &str| gate[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("metric"), gate["value"], word("verdict"))
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn run_of_some_packages_has_the_same_verdicts_without_the_selection() {
    let sandbox = measured();
    for (selection, expected) in [
        ("-p a", "loc.code 1 pass, todo.open 1 pass"),
        ("-p b*", "loc.code 1 pass, todo.open 2 pass"),
        ("--exclude b", "loc.code 1 pass, todo.open 1 pass"),
        ("--workspace", "loc.code 3 no-verdict, todo.open 6 fail"),
        (
            "--workspace --exclude b",
            "loc.code 2 no-verdict, todo.open 4 fail",
        ),
    ] {
        let gate = verdicts(&sandbox, &format!("gate {selection}"));
        assert_eq!(gate, expected, "{selection}");
        let report = verdicts(&sandbox, "report --run latest");
        assert_eq!(report, expected, "{selection}");
    }
}

/// The directory of the root package contains those of the others.
#[test]
fn files_of_a_nested_member_do_not_count_for_the_root_package() {
    let sandbox = Sandbox::empty();
    let manifest = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    let root = manifest("app") + "[workspace]\nmembers = [\"sub\"]\n";
    sandbox.write("Cargo.toml", &root);
    sandbox.write("src/lib.rs", "pub fn f() {}\n");
    sandbox.write("sub/Cargo.toml", &manifest("sub"));
    sandbox.write(
        "sub/src/lib.rs",
        "// TODO\npub fn f(n: &str) -> String {\n    std::env::var(n).unwrap()\n}\n",
    );
    sandbox.write(".env.example", "");
    let metrics = [
        "env.dynamic",
        "env.undocumented",
        "source.unwraps",
        "todo.open",
    ];
    let gates = metrics.map(|metric| format!("\"{metric}\" = \"= 0\"\n"));
    sandbox.write("campaign.toml", &format!("[gates]\n{}", gates.concat()));
    sandbox.git_init();
    let shown = |verdict: &str| {
        metrics
            .map(|metric| format!("{metric} {verdict}"))
            .join(", ")
    };
    assert_eq!(verdicts(&sandbox, "gate -p app"), shown("0 pass"));
    assert_eq!(
        verdicts(&sandbox, "gate -p sub"),
        "env.dynamic 1 fail, env.undocumented null no-verdict, source.unwraps 1 fail, todo.open 1 fail"
    );
}

#[test]
fn gates_without_a_run_of_the_selection_are_those_of_the_selected_packages() {
    let sandbox = measured();
    let gates = CAMPAIGN.replace(
        "\"loc.code\" = \"<= baseline\"",
        "\"loc.code\" = { require = \"< 9\", package = \"*\" }",
    );
    sandbox.write("campaign.toml", &gates);
    for (selection, expected) in [
        ("", "loc.code@a, loc.code@b: pass"),
        ("-p a", "loc.code@a: no-verdict"),
        ("-p b", "loc.code@b: no-verdict"),
        ("--exclude a", "loc.code@b: no-verdict"),
    ] {
        let args = format!("gate --no-run loc {selection} --format json");
        let out = sandbox.campaign(&args.split_whitespace().collect::<Vec<_>>());
        let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
        let gates = report["gates"].as_array().expect("gates");
        let ids: Vec<&str> = gates.iter().filter_map(|g| g["id"].as_str()).collect();
        let verdict = gates[0]["verdict"].as_str().expect("a verdict");
        assert_eq!(
            format!("{}: {verdict}", ids.join(", ")),
            expected,
            "{selection}"
        );
        if verdict == "no-verdict" {
            let reason = gates[0]["reason"].as_str().expect("a reason");
            assert!(
                reason.starts_with("the selection of packages changed since it was measured"),
                "{reason}"
            );
        }
    }
}

#[test]
fn specs_that_select_the_same_packages_are_the_same_selection() {
    let sandbox = measured();
    let run = |selection: &[&str]| {
        let args = [&["gate", "loc"], selection].concat();
        sandbox.campaign(&args).stderr
    };
    for (first, others) in [
        (
            vec!["-p", "a@0.1.0"],
            vec![["-p", "a"], ["-p", "a:0.1"], ["-p", "a*"]],
        ),
        (
            vec!["--exclude", "b@0.1"],
            vec![["--exclude", "b"], ["--exclude", "b*"]],
        ),
    ] {
        let out = run(&first);
        assert!(out.contains("Recorded run"), "{first:?}: {out}");
        for other in others {
            for more in [&[][..], &["--no-run"]] {
                let args = [&["gate", "loc"], &other[..], more].concat();
                let out = sandbox.campaign(&args);
                assert_eq!(out.code, 0, "{args:?}: {}{}", out.stdout, out.stderr);
                assert!(
                    !out.stderr.contains("Recorded run"),
                    "{args:?}: {}",
                    out.stderr
                );
            }
        }
    }
}

#[test]
fn spec_of_another_version_selects_no_recorded_run() {
    let sandbox = measured();
    assert_eq!(sandbox.campaign(&["gate", "loc", "-p", "a"]).code, 0);
    let out = sandbox.campaign(&["gate", "loc", "--no-run", "-p", "a@9"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
}

#[test]
fn member_with_the_name_of_a_dependency_can_be_selected() {
    let sandbox = Sandbox::empty();
    let package = |name: &str, version: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n{rest}")
    };
    sandbox.write("ws/Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n");
    sandbox.write("ws/a/Cargo.toml", &package("a", "0.2.0", ""));
    let dependency = "[dependencies]\nold = { package = \"a\", path = \"../../old\" }\n";
    sandbox.write("ws/b/Cargo.toml", &package("b", "0.1.0", dependency));
    sandbox.write("old/Cargo.toml", &package("a", "0.1.0", "[workspace]\n"));
    for file in ["old/src/lib.rs", "ws/a/src/lib.rs", "ws/b/src/lib.rs"] {
        sandbox.write(file, "pub fn f() {}\n#[test]\nfn t() {}\n");
    }
    let cargo = sandbox.cargo(&["generate-lockfile", "--manifest-path", "ws/Cargo.toml"]);
    assert_eq!(cargo.code, 0, "{}", cargo.stderr);
    let in_workspace = ["--manifest-path", "ws/Cargo.toml"];
    let args = ["run", "check", "test", "fmt", "-p", "a"];
    let out = sandbox.campaign(&[args.as_slice(), &in_workspace].concat());
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stderr.contains("1 passed"), "{}", out.stderr);
}

#[test]
fn package_that_is_not_a_member_is_refused_as_by_cargo() {
    let sandbox = Sandbox::empty();
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
    };
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\"]\nresolver = \"2\"\n",
    );
    sandbox.write("campaign.toml", "[gates]\n\"loc.files\" = \"> 0\"\n");
    for (directory, name) in [("a", "a"), ("a/nested", "nested")] {
        sandbox.write(&format!("{directory}/Cargo.toml"), &package(name));
        sandbox.write(&format!("{directory}/src/lib.rs"), "pub fn f() {}\n");
    }
    // Also if a recorded run answers.
    for _ in 0..2 {
        let nested = ["gate", "--manifest-path", "a/nested/Cargo.toml"];
        let out = sandbox.campaign(&nested);
        assert_eq!(out.code, 2, "{}{}", out.stdout, out.stderr);
        assert!(
            out.stderr.contains(
                "error: package in `a/nested` is not a member of the workspace above it\n   help: \
                 add `a/nested` to `members` or `exclude` in [workspace] of "
            ),
            "{}",
            out.stderr
        );
        let member = ["gate", "--manifest-path", "a/Cargo.toml"];
        let out = sandbox.campaign(&member);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    }
}
