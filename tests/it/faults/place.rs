//! Where there is no workspace, or cargo cannot read it.

use super::{COMMANDS, counted, refused, shows};
use crate::harness::Sandbox;

#[test]
fn outside_of_a_workspace_every_command_says_so() {
    let sandbox = Sandbox::empty();
    for args in COMMANDS {
        let said = [
            "could not find `Cargo.toml` in `[ROOT]` or any parent directory",
            "   help: change into a cargo workspace",
        ];
        refused(&sandbox, args, 2, &said);
    }
}

#[test]
fn a_root_manifest_that_is_no_manifest_is_shown_with_its_place() {
    for (manifest, said) in [
        (
            "[package]\nname = \"x\"\nedition =\n",
            " --> Cargo.toml:3:10",
        ),
        ("[workspace\n", " --> Cargo.toml:1:11"),
        ("[[workspace]]\nmembers = 7 7\n", " --> Cargo.toml:2:11"),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write("Cargo.toml", manifest);
        for args in COMMANDS {
            refused(&sandbox, args, 2, &["invalid", said]);
        }
    }
}

/// What our own reading lets pass and cargo does not: its words are passed on.
#[test]
fn a_manifest_that_cargo_refuses_is_refused_in_cargos_words() {
    for (manifest, said) in [
        (
            "[workspace]\nmembers = [\"gone\"]\n",
            "failed to read `[ROOT]/gone/Cargo.toml`",
        ),
        (
            "[package]\nname = \"a b\"\nversion = \"1.0.0\"\n",
            "invalid character ` ` in package name: `a b`",
        ),
        (
            "[package]\nname = \"ab\"\nversion = \"1.0.0\"\n",
            "no targets specified in the manifest",
        ),
        (
            "[package]\nname = \"ab\"\nversion = \"one\"\n",
            "unexpected character 'o' while parsing major version number",
        ),
        (
            "",
            "manifest is missing either a `[package]` or a `[workspace]`",
        ),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write("Cargo.toml", manifest);
        for command in [["run"], ["baseline"], ["init"]] {
            refused(
                &sandbox,
                &command,
                4,
                &["error: `cargo metadata --no-deps --format-version 1", said],
            );
        }
        shows(&sandbox.campaign(&["doctor"]), 4, &["NO  workspace"]);
        assert_eq!(
            sandbox.campaign(&["history"]).code,
            0,
            "reading what is there needs no cargo"
        );
    }
}

#[test]
fn a_manifest_that_cannot_be_read_is_named() {
    let sandbox = Sandbox::empty();
    std::fs::create_dir(sandbox.path("Cargo.toml")).expect("the sandbox can be written");
    refused(&sandbox, &["status"], 2, &["Cargo.toml"]);
}

#[test]
fn a_member_that_breaks_meanwhile_is_told_by_the_next_command() {
    let sandbox = counted();
    assert_eq!(sandbox.campaign(&["baseline"]).code, 0);
    sandbox.replace(
        "core/Cargo.toml",
        "edition = \"2021\"",
        "edition = \"2047\"",
    );
    refused(
        &sandbox,
        &["gate"],
        4,
        &["this version of Cargo is older than the `2047` edition"],
    );
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        3,
        &["core/Cargo.toml changed since it was measured"],
    );
}
