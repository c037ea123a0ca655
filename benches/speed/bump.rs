//! `bump` of 500 crates against `cargo set-version`.

use std::fmt::Write as _;
use std::path::Path;

use super::cost::{Sides, cost, missing, rounds};
use super::workspace::{Side, begin, lock, write};

const MEMBERS: usize = 500;
/// Siblings that a member leans on, counted back.
const BACK: [usize; 4] = [1, 2, 7, 31];

/// Every version and every requirement, the lockfile refreshed; ours proves that the result resolves, too.
pub(crate) fn bump(dir: &Path) {
    for (name, inherits) in [
        ("bump, 500 crates", false),
        ("bump, 500 crates that inherit", true),
    ] {
        let [ours, theirs] = ["ours", "theirs"].map(|side| {
            let ws = dir.join(format!("{side}-{inherits}"));
            generate(&ws, inherits);
            Side {
                ws,
                target: dir.join("target"),
            }
        });
        let we =
            |round: usize| cost(&mut ours.campaign(&["bump", &version(round), "--allow-dirty"]));
        let they = |round: usize| {
            cost(&mut theirs.peer("cargo-set-version", &set_version(&version(round))))
        };
        if theirs
            .peer("cargo-set-version", &["set-version", "--help"])
            .output()
            .is_err()
        {
            missing(
                name,
                we,
                "cargo install cargo-edit@0.13.13 --bin cargo-set-version",
            );
            continue;
        }
        Sides::in_turns(rounds(3), we, they).print(name, "<= 0.1 CPU");
    }
}

fn version(round: usize) -> String {
    format!("{}.0.0", round + 2)
}

fn set_version(version: &str) -> [&str; 4] {
    ["set-version", "--workspace", "--offline", version]
}

/// Libraries that lean on up to four siblings each, by path and version.
fn generate(ws: &Path, inherits: bool) {
    let mut root = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n".to_owned();
    if inherits {
        root.push_str("\n[workspace.package]\nversion = \"1.2.3\"\n\n[workspace.dependencies]\n");
    }
    for number in 0..MEMBERS {
        if inherits {
            let _ = writeln!(
                root,
                "m{number} = {{ path = \"crates/m{number}\", version = \"1.2.3\" }}"
            );
        }
        write(
            ws,
            &format!("crates/m{number}/Cargo.toml"),
            &manifest(number, inherits),
        );
        write(ws, &format!("crates/m{number}/src/lib.rs"), "");
    }
    write(ws, "Cargo.toml", &root);
    write(ws, ".gitignore", "/target\n");
    lock(ws);
    begin(ws);
}

fn manifest(number: usize, inherits: bool) -> String {
    let version = if inherits {
        "version.workspace = true"
    } else {
        "version = \"1.2.3\""
    };
    let mut text = format!(
        "[package]\nname = \"m{number}\"\n{version}\nedition = \"2024\"\n\n[dependencies]\n"
    );
    for dep in BACK.iter().filter_map(|back| number.checked_sub(*back)) {
        let _ = match inherits {
            true => writeln!(text, "m{dep}.workspace = true"),
            false => writeln!(
                text,
                "m{dep} = {{ path = \"../m{dep}\", version = \"1.2.3\" }}"
            ),
        };
    }
    text
}
