//! Members and source files in unusual places: beside the root, ignored by git, in the directory of
//! another member, behind a link.

use serde_json::Value;

use crate::harness::Sandbox;

/// A workspace of these members, by directory, and other files.
fn workspace(members: &[&str], files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = format!("[workspace]\nmembers = {members:?}\nresolver = \"2\"\n");
    sandbox.write("Cargo.toml", &manifest);
    for member in members {
        let name = member.rsplit('/').next().unwrap_or(member);
        let workspace = match member.starts_with("../") {
            true => "workspace = \"../ws\"\n",
            false => "",
        };
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{workspace}"
        );
        sandbox.write(&format!("{member}/Cargo.toml"), &text);
    }
    sandbox.write(".gitignore", "/target\n/gen\nignored.rs\n");
    for (file, text) in files {
        sandbox.write(file, text);
    }
    sandbox.git_init();
    sandbox
}

/// Returns id and value of each gate, or the reason why it has none.
fn values(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let out = sandbox.campaign(&[args, &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: {e}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("gates").iter();
    let values = gates.map(|gate| {
        let id = gate["id"].as_str().unwrap_or_default();
        match gate["value"].as_f64() {
            Some(value) => format!("{id} {value}"),
            None => format!("{id}: {}", gate["reason"].as_str().unwrap_or_default()),
        }
    });
    values.collect()
}

const UNSAFE: &str = "pub fn f() {\n    unsafe { core::hint::unreachable_unchecked() }\n}\n";

#[test]
fn unsafe_blocks_are_counted_wherever_the_source_lies() {
    let gates = "[gates]\n\"unsafe.blocks\" = [\"= 0\", { require = \"= 0\", package = \"*\" }]\n";
    let sandbox = workspace(
        &["m", "gen/made", "../side"],
        &[
            ("campaign.toml", gates),
            (
                "m/src/lib.rs",
                "mod ignored;\n#[path = \"../../../above.rs\"]\nmod above;\n",
            ),
            ("m/src/ignored.rs", UNSAFE),
            ("../above.rs", UNSAFE),
            ("gen/made/src/lib.rs", UNSAFE),
            ("../side/src/lib.rs", UNSAFE),
        ],
    );
    let expected = [
        "unsafe.blocks 4",
        "unsafe.blocks@m 2",
        "unsafe.blocks@made 1",
        "unsafe.blocks@side 1",
    ];
    assert_eq!(values(&sandbox, &["gate"]), expected);
    assert_eq!(
        values(&sandbox, &["gate", "-p", "side"]).first(),
        Some(&"unsafe.blocks 1".to_owned())
    );

    // Each of them is an input of the result.
    for (file, text) in [
        ("m/src/ignored.rs", ""),
        ("../above.rs", ""),
        ("gen/made/src/lib.rs", ""),
        ("../side/src/lib.rs", ""),
        ("../side/src/new.rs", UNSAFE),
    ] {
        values(&sandbox, &["gate"]);
        assert_eq!(values(&sandbox, &["gate", "--no-run"]).len(), 4, "{file}");
        sandbox.write(file, text);
        let out = sandbox.campaign(&["gate", "--no-run"]);
        assert_eq!(out.code, 3, "{file}: {}{}", out.stdout, out.stderr);
    }
}

#[test]
fn changed_source_of_a_member_outside_the_root_makes_its_results_stale() {
    let gates = "[gates]\n\"clippy.warnings\" = \"= 0\"\n\"test.failed\" = \"= 0\"\n";
    let test = "#[test]\nfn t() {}\n";
    let sandbox = workspace(
        &["m", "../side"],
        &[
            ("campaign.toml", gates),
            ("m/src/lib.rs", ""),
            ("../side/src/lib.rs", "//! Side.\nmod inner;\n"),
            ("../side/src/inner.rs", test),
        ],
    );
    assert_eq!(sandbox.campaign(&["gate"]).code, 0);
    for file in ["src/lib.rs", "src/inner.rs", "src/late.rs", "Cargo.toml"] {
        let path = sandbox.path(&format!("../side/{file}"));
        let before = std::fs::read_to_string(&path).ok();
        let edited = before.clone().unwrap_or_default() + "\n";
        sandbox.write(&format!("../side/{file}"), &edited);
        let stale = values(&sandbox, &["gate", "--no-run"]);
        let is_named = |gate: &String| gate.contains("../side") && gate.contains("changed");
        assert!(stale.iter().all(is_named), "{file}: {stale:?}");
        match before {
            Some(text) => sandbox.write(&format!("../side/{file}"), &text),
            None => std::fs::remove_file(&path).expect("it is ours"),
        }
    }
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 0);
}

#[test]
fn named_source_that_appears_or_changes_makes_the_results_stale() {
    let gates = "[gates]\n\"unsafe.blocks\" = \"= 0\"\n\"source.unwraps\" = \"= 0\"\n\"env.undocumented\" = \"= 0\"\n";
    let lib = "#[path = \"../../../late.rs\"]\nmod late;\ninclude!(\"../../gen/late.in\");\n";
    let sandbox = workspace(
        &["m"],
        &[
            ("campaign.toml", gates),
            ("m/src/lib.rs", lib),
            (".env.example", ""),
        ],
    );
    sandbox.campaign(&["gate"]);
    assert_eq!(sandbox.campaign(&["gate", "--no-run"]).code, 0);
    let bad = "fn f() {\n    unsafe { std::env::var(\"A_B\").unwrap() };\n}\n";
    for file in ["../late.rs", "gen/late.in"] {
        for (text, code) in [("", 0), (bad, 1)] {
            sandbox.write(file, text);
            let out = sandbox.campaign(&["gate", "--no-run"]);
            let said = format!("{}{}", out.stdout, out.stderr);
            assert!(
                out.code == 3 && said.contains("3 of 3 gates without verdict"),
                "{file}: {said}"
            );
            let out = sandbox.campaign(&["gate"]);
            assert_eq!(out.code, code, "{file}: {}{}", out.stdout, out.stderr);
        }
        sandbox.write(file, "");
        sandbox.campaign(&["gate"]);
    }
}

#[test]
fn targets_of_the_manifest_decide_what_is_test_code() {
    let gates = "[gates]\n\"source.unwraps\" = \"= 2\"\n\"env.read\" = \"= 2\"\n";
    let bad = "fn main() {\n    std::env::var(\"NAME\").unwrap();\n}\n";
    let manifest = "[package]\nname = \"m\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"scripts/b.rs\"\n\
        [[test]]\nname = \"q\"\npath = \"checks/q.rs\"\n[[bench]]\nname = \"w\"\npath = \"checks/w.rs\"\n\
        [[example]]\nname = \"e\"\npath = \"checks/e.rs\"\n[[bin]]\nname = \"t\"\npath = \"src/tests.rs\"\n";
    let sandbox = workspace(
        &["m"],
        &[
            ("campaign.toml", gates),
            ("m/Cargo.toml", manifest),
            ("m/src/lib.rs", ""),
            ("m/checks/q.rs", &bad.replace("NAME", "Q")),
            ("m/checks/w.rs", &bad.replace("NAME", "W")),
            ("m/checks/e.rs", &bad.replace("NAME", "E")),
            ("m/src/tests.rs", &bad.replace("NAME", "T")),
            // Cargo sets this one for build scripts.
            (
                "m/scripts/b.rs",
                &bad.replace("NAME", "TARGET")
                    .replace("}", "    std::env::var(\"B\");\n}"),
            ),
            (".env.example", ""),
        ],
    );
    let expected = ["source.unwraps 2", "env.read 2"];
    assert_eq!(values(&sandbox, &["gate"]), expected);
}

#[test]
fn unformatted_file_counts_for_each_package_that_compiles_it() {
    let gates = "[gates]\n\"fmt.files\" = [\"= 0\", { require = \"= 0\", package = \"*\" }]\n";
    let sandbox = workspace(
        &["a", "b", "../side"],
        &[
            ("campaign.toml", gates),
            (
                "a/src/lib.rs",
                "#[path = \"../../shared/both.rs\"]\nmod both;\n",
            ),
            ("shared/both.rs", "pub fn both( ) {}\n"),
            (
                "a/src/only_b.rs",
                "#[path = \"../../shared/both.rs\"]\nmod both;\npub fn b( ) {}\n",
            ),
            ("shared/main.rs", "fn main( ) {}\n"),
            ("../side/src/lib.rs", "pub fn s( ) {}\n"),
            (
                "b/Cargo.toml",
                "[package]\nname = \"b\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\npath = \"../a/src/only_b.rs\"\n[[bin]]\nname = \"main\"\npath = \"../shared/main.rs\"\n",
            ),
        ],
    );
    let expected = [
        "fmt.files 4",
        "fmt.files@a 1",
        "fmt.files@b 3",
        "fmt.files@side 1",
    ];
    assert_eq!(values(&sandbox, &["gate"]), expected);
    let expected = ["fmt.files 3", "fmt.files@b 3"];
    assert_eq!(values(&sandbox, &["gate", "-p", "b"]), expected);
}

#[test]
fn findings_and_doctests_beside_the_root_are_named_from_the_root() {
    let gates = "[gates]\n\"test.passed\" = \">= 1\"\n\"check.warnings\" = \"= 0\"\n";
    let sandbox = workspace(
        &["../side"],
        &[
            ("campaign.toml", gates),
            (
                "../side/src/lib.rs",
                "/// ```\n/// assert!(true);\n/// ```\npub fn s() {\n    let x = 1;\n}\n",
            ),
        ],
    );
    let out = sandbox.campaign(&["baseline", "--accept", "known"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let pinned = sandbox.read(".campaign/baseline.json");
    assert!(
        pinned.contains("side doc ../side/src/lib.rs - s"),
        "{pinned}"
    );
    assert!(pinned.contains("\"../side/src/lib.rs\""), "{pinned}");
    let base = sandbox.path("..").canonicalize().expect("the base exists");
    assert!(!pinned.contains(&*base.to_string_lossy()), "{pinned}");
}
