//! The sizes of built files, with the real cargo.

use std::fs;

use serde_json::Value;

use crate::harness::Sandbox;

/// A workspace with a program, a library of two kinds and a build script.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\", \"plugin\"]\nresolver = \"3\"\n",
        ),
        (
            "app/Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        ("app/build.rs", "fn main() {}\n"),
        (
            "app/src/main.rs",
            "fn main() {\n    println!(\"{}\", std::env::args().count());\n}\n",
        ),
        (
            "plugin/Cargo.toml",
            "[package]\nname = \"plugin\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n",
        ),
        (
            "plugin/src/lib.rs",
            "#[unsafe(no_mangle)]\npub extern \"C\" fn plugged() -> usize {\n    std::env::args().count()\n}\n",
        ),
        (".gitignore", "/target\n"),
        (
            "campaign.toml",
            "[collect]\ndefault = [\"size\"]\n[gates]\n\"size.app.loaded\" = \"< 2MB\"\n",
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    sandbox
}

#[test]
fn built_files_of_the_release_profile_are_measured() {
    let sandbox = workspace();
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let out = sandbox.campaign(&["status", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout).expect("the report is JSON");
    let metrics = report["metrics"].as_object().expect("a map");
    let value = |name: &str| metrics[name]["value"].as_f64().expect(name);
    let loaded = ["size.text", "size.rodata", "size.data", "size.unwind"].map(value);
    assert_eq!(value("size.loaded"), loaded.iter().sum::<f64>());
    let files = value("size.app.loaded") + value("size.libplugin.loaded");
    assert_eq!(value("size.loaded"), files, "archives are left out");
    assert!(value("size.libplugin.rlib.loaded") > 0.0);
    let files = metrics.keys().filter(|name| name.ends_with(".loaded"));
    assert_eq!(files.count(), 4, "the total, and no build script");

    let executable = format!("target/release/app{}", std::env::consts::EXE_SUFFIX);
    let length = fs::metadata(sandbox.path(&executable))
        .expect("it was built")
        .len();
    assert!(value("size.app.loaded") < length as f64);
    let again = sandbox.cargo(&["build", "--release", "--workspace"]);
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);

    let main = sandbox.path("app/src/main.rs");
    fs::write(
        main,
        "fn main() {\n    println!(\"{:?}\", std::env::vars());\n}\n",
    )
    .expect("a file");
    let stale = sandbox.campaign(&["gate", "--no-run"]);
    assert_eq!(stale.code, 3, "{}{}", stale.stdout, stale.stderr);
}

#[test]
fn program_that_does_not_compile_has_no_value_and_is_known() {
    let sandbox = workspace();
    sandbox.write("app/src/main.rs", "fn main() { missing }\n");
    for args in [&["gate"][..], &["gate", "-p", "plugin"]] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 3, "{args:?}: {}{}", out.stdout, out.stderr);
        assert!(!out.stderr.contains("unknown"), "{args:?}: {}", out.stderr);
    }
}
