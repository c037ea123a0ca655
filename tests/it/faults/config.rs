//! Mistakes in `campaign.toml`, every kind in `fixtures/config`, through the program.

use std::fs;

use super::{COMMANDS, counted, refused, shows};
use crate::harness::repository;

#[test]
fn every_mistake_of_the_configuration_ends_with_2_and_its_place() {
    let sandbox = counted();
    let cases =
        fs::read_dir(repository().join("fixtures/config")).expect("a folder of the repository");
    let mut broken = 0;
    for case in cases
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
    {
        let expected = fs::read_to_string(case.join("expected.txt"))
            .unwrap_or_default()
            .replace("\r\n", "\n");
        let text = fs::read_to_string(case.join("campaign.toml")).expect("each case has one");
        sandbox.write("campaign.toml", &text);
        let out = sandbox.campaign(&["history"]);
        if !expected.starts_with("error") {
            assert_eq!(out.code, 0, "{}: {}", case.display(), out.stderr);
            continue;
        }
        broken += 1;
        let said: Vec<&str> = out.stderr.lines().map(str::trim_end).collect();
        assert_eq!(
            (out.code, out.stdout.as_str()),
            (2, ""),
            "{}",
            case.display()
        );
        assert_eq!(said.join("\n") + "\n", expected, "{}", case.display());
    }
    assert!(broken >= 50, "{broken} cases");
}

/// One of each kind, for every command.
#[test]
fn no_command_goes_on_with_a_broken_configuration() {
    for (text, said) in [
        (
            "[gates]\n\"clipy.warnings\" = \"= 0\"\n",
            "unknown metric|did you mean `clippy.warnings`?",
        ),
        ("[gates]\n\"check.time\" = \"< 20 %\"\n", "campaign.toml:2"),
        ("[gates]\n\"nothing.*\" = \"= 0\"\n", "campaign.toml:2"),
        (
            "[collect]\ndefualt = [\"loc\"]\n",
            "did you mean `default`?",
        ),
        ("[gates\n", "campaign.toml:1"),
    ] {
        let sandbox = counted();
        sandbox.write("campaign.toml", text);
        for args in COMMANDS {
            refused(&sandbox, args, 2, &said.split('|').collect::<Vec<_>>());
        }
    }
}

#[test]
fn files_that_are_no_configuration_are_named() {
    let sandbox = counted();
    sandbox.write(
        "Cargo.toml",
        &format!(
            "{}\n[workspace.metadata.campaign]\n",
            sandbox.read("Cargo.toml")
        ),
    );
    refused(
        &sandbox,
        &["status"],
        2,
        &[
            "both campaign.toml and [workspace.metadata.campaign]",
            "keep one of them",
        ],
    );

    let sandbox = counted();
    let path = sandbox.path("campaign.toml");
    fs::remove_file(&path)
        .and_then(|()| fs::create_dir(&path))
        .expect("the sandbox can be written");
    refused(
        &sandbox,
        &["status"],
        2,
        &["could not read `campaign.toml`: it is not a file"],
    );

    let sandbox = counted();
    sandbox.write("campaign.toml", &"#".repeat((1 << 20) + 1));
    refused(
        &sandbox,
        &["status"],
        2,
        &["could not read `campaign.toml`: it is larger than 1 MiB"],
    );
}

#[test]
fn a_glob_that_nothing_measured_matches_gives_no_verdict() {
    let sandbox = counted();
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"loc\"]\n[gates]\n\"bench.*.time\" = \"< 5s\"\n",
    );
    shows(
        &sandbox.campaign(&["gate", "--no-run"]),
        3,
        &[
            "nothing measured matches bench.*.time",
            "cargo campaign run bench",
        ],
    );
    // The command that the hint names is not named again.
    sandbox.campaign(&["run", "bench"]);
    let out = sandbox.campaign(&["gate"]);
    shows(
        &out,
        3,
        &["no benchmarks were found", "help: allow-empty = true"],
    );
    assert!(!out.stdout.contains("run bench"), "{}", out.stdout);
}

/// A public log would show the lines of a file that only the user can read.
#[cfg(unix)]
#[test]
fn configuration_linked_from_outside_the_repository_is_refused() {
    use std::os::unix::fs::symlink;
    let sandbox = counted();
    let good = sandbox.read("campaign.toml");
    sandbox.write("../stage/secret", "root:x:0:0\n");
    fs::create_dir(sandbox.path("ci")).expect("the sandbox can be written");
    fs::remove_file(sandbox.path("campaign.toml")).expect("it was written");
    for link in ["campaign.toml", "ci/plan.toml"] {
        symlink(sandbox.stage().join("secret"), sandbox.path(link))
            .expect("the sandbox can be written");
    }
    for args in [
        &["status"][..],
        &["gate"],
        &["doctor"],
        &["status", "--config", "ci/plan.toml"],
    ] {
        let out = sandbox.campaign(args);
        let screen = format!("{}{}", out.stdout, out.stderr);
        assert!(
            out.code == 2 && screen.contains("a symbolic link leads out of the repository"),
            "{args:?}: {screen}"
        );
        assert!(!screen.contains("root"), "{args:?}: {screen}");
    }

    fs::remove_file(sandbox.path("campaign.toml")).expect("it is a link");
    sandbox.write("ci/own.toml", &good);
    symlink("ci/own.toml", sandbox.path("campaign.toml")).expect("the sandbox can be written");
    assert_eq!(
        sandbox.campaign(&["status"]).code,
        0,
        "a link inside the repository"
    );
    sandbox.write("../stage/outside.toml", &good);
    let outside = sandbox
        .stage()
        .join("outside.toml")
        .to_string_lossy()
        .into_owned();
    assert_eq!(
        sandbox.campaign(&["status", "--config", &outside]).code,
        0,
        "a file that the user names"
    );

    fs::remove_file(sandbox.path("Cargo.toml")).expect("it was written");
    symlink(sandbox.stage().join("secret"), sandbox.path("Cargo.toml"))
        .expect("the sandbox can be written");
    let out = sandbox.campaign(&["status"]);
    assert!(
        out.code == 2
            && out
                .stderr
                .contains("a symbolic link leads out of the repository"),
        "{}",
        out.stderr
    );
    assert!(!out.stderr.contains("root"), "{}", out.stderr);
}
