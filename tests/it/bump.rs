//! `cargo campaign bump` with the real cargo: what is shown, what is written, and what is refused with nothing written.
mod lock;
mod refused;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::harness::{Output, Sandbox, assert_screen};

const ROOT: &str = "\
[workspace]
resolver = \"2\"
members = [\"crates/*\"]
exclude = [\"fuzz\"]

[workspace.package]
version = \"1.2.3\" # x-release

[workspace.dependencies]
core = { package = \"my-core\", path = \"crates/core\", version = \"1.2\" }
";

/// An inherited version, a renamed, a target-specific and a dev-dependency, a folder with a blank, an excluded crate.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("Cargo.toml", ROOT);
    sandbox.write(".gitignore", "/target\n/fuzz/target\n/.campaign\n");
    sandbox.write("README.md", "my-core = \"1.2\"\n");
    let inherits = "version.workspace = true\nedition = \"2021\"\n";
    package(
        &sandbox,
        "crates/core",
        &format!(
            "name = \"my-core\"\n{inherits}[dev-dependencies]\napi = {{ path = \"../api ü\" }}\n"
        ),
    );
    package(
        &sandbox,
        "crates/api ü",
        &format!(
            "name = \"api\"\r\n{inherits}[target.'cfg(unix)'.dependencies]\r\ncore.workspace = true\r\n"
        ),
    );
    package(
        &sandbox,
        "crates/cli",
        "name = 'cli'\nversion = '0.4.0'\nedition = '2021'\n[dependencies.my-core]\npath = '../core'\nversion = '=1.2.3' # exactly\n",
    );
    package(
        &sandbox,
        "fuzz",
        "name = \"fuzz\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n[dependencies]\nmy-core = { path = \"../crates/core\", version = \"1.2\" }\n",
    );
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let out = sandbox.cargo(&[
            "generate-lockfile",
            "--offline",
            "--manifest-path",
            manifest,
        ]);
        assert_eq!(out.code, 0, "{}", out.stderr);
    }
    sandbox.git_init();
    sandbox
}

fn package(sandbox: &Sandbox, dir: &str, manifest: &str) {
    sandbox.write(
        &format!("{dir}/Cargo.toml"),
        &format!("[package]\n{manifest}"),
    );
    sandbox.write(&format!("{dir}/src/lib.rs"), "");
}

fn bump(sandbox: &Sandbox, args: &str) -> Output {
    let args: Vec<&str> = ["bump"]
        .into_iter()
        .chain(args.split_whitespace())
        .collect();
    sandbox.campaign(&args)
}

/// Every file of the workspace with its content and the time it was written.
fn tree(sandbox: &Sandbox) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut open = vec![sandbox.root()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with(".git") {
                open.push(path);
            } else if path.is_file() {
                let time = entry
                    .metadata()
                    .and_then(|meta| meta.modified())
                    .expect("a file has a time");
                found.insert(
                    path.to_string_lossy().into_owned(),
                    (fs::read(&path).expect("a file"), time),
                );
            }
        }
    }
    found
}

fn resolves(sandbox: &Sandbox, manifest: &str) {
    let args = [
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--manifest-path",
        manifest,
    ];
    let out = sandbox.cargo(&args);
    assert_eq!(out.code, 0, "{}", out.stderr);
}

/// The lines that differ from the last commit.
fn changed(sandbox: &Sandbox) -> Vec<String> {
    let diff = sandbox.git(&["diff", "-U0", "--", ".", ":(exclude)*Cargo.lock"]);
    let lines = diff
        .lines()
        .filter(|line| line.starts_with('+') && !line.starts_with("+++"));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let sandbox = workspace();
    let before = tree(&sandbox);
    let out = bump(&sandbox, "2.0.0 --dry-run");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_screen(
        &out.stderr,
        "        Plan 2.0.0 for 3 packages: 4 edits in 2 files, Cargo.lock refreshed, the result resolves\n        \
                Note fuzz/Cargo.toml:7 requires my-core = \"1.2\", which does not admit 2.0.0: add --include-excluded\n        \
                Note fuzz/Cargo.lock holds my-core in the version before: add --include-excluded\n     \
             Nothing written (dry run)",
    );
    assert_screen(
        &out.stdout,
        "...\n+++ b/Cargo.toml\n@@ -4,7 +4,7 @@\n exclude = [\"fuzz\"]\n\n [workspace.package]\n-version = \"1.2.3\" # x-release\n\
         +version = \"2.0.0\" # x-release\n...",
    );
    assert_eq!(tree(&sandbox), before);
    sandbox.write("diff", &out.stdout);
    sandbox.git(&["apply", "--check", "diff"]);
}

#[test]
fn versions_move_and_everything_else_stays() {
    for (args, lines) in [
        (
            "2.0.0",
            &[
                "+version = \"2.0.0\" # x-release",
                "+core = { package = \"my-core\", path = \"crates/core\", version = \"2.0\" }",
                "+version = '2.0.0'",
                "+version = '=2.0.0' # exactly",
            ][..],
        ),
        (
            "minor",
            &[
                "+version = \"1.3.0\" # x-release",
                "+core = { package = \"my-core\", path = \"crates/core\", version = \"1.3\" }",
                "+version = '0.5.0'",
                "+version = '=1.3.0' # exactly",
            ],
        ),
        (
            "major --pre rc",
            &[
                "+version = \"2.0.0-rc.1\" # x-release",
                "+core = { package = \"my-core\", path = \"crates/core\", version = \"2.0.0-rc.1\" }",
                "+version = '1.0.0-rc.1'",
                "+version = '=2.0.0-rc.1' # exactly",
            ],
        ),
        ("patch -p cli", &["+version = '0.4.1'"]),
        (
            "minor --exclude cli",
            &[
                "+version = \"1.3.0\" # x-release",
                "+core = { package = \"my-core\", path = \"crates/core\", version = \"1.3\" }",
                "+version = '=1.3.0' # exactly",
            ],
        ),
    ] {
        let sandbox = workspace();
        let out = bump(&sandbox, args);
        assert_eq!(out.code, 0, "{args}: {}", out.stderr);
        assert_eq!(changed(&sandbox), lines, "{args}");
        resolves(&sandbox, "Cargo.toml");
        assert_eq!(sandbox.git(&["status", "--porcelain", "--", "fuzz"]), "");
    }
}

#[test]
fn the_present_version_writes_nothing() {
    let sandbox = workspace();
    sandbox.replace("crates/cli/Cargo.toml", "0.4.0", "1.2.3");
    sandbox.cargo(&["update", "--workspace", "--offline"]);
    let before = tree(&sandbox);
    let out = bump(&sandbox, "1.2.3");
    assert_eq!((out.code, out.stdout.as_str()), (0, ""), "{}", out.stderr);
    assert_screen(
        &out.stderr,
        "   Unchanged every version is as asked for, nothing to write",
    );
    assert_eq!(tree(&sandbox), before);
}

#[test]
fn excluded_crates_and_their_lockfiles_are_edited_when_so_asked() {
    let sandbox = workspace();
    let out = bump(&sandbox, "2.0.0 --include-excluded");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(
        out.stderr.contains("Cargo.lock, fuzz/Cargo.lock refreshed"),
        "{}",
        out.stderr
    );
    assert!(
        sandbox
            .read("fuzz/Cargo.toml")
            .contains("version = \"2.0\"")
    );
    resolves(&sandbox, "Cargo.toml");
    resolves(&sandbox, "fuzz/Cargo.toml");
}

#[test]
fn a_nested_workspace_is_edited_as_a_whole() {
    let sandbox = workspace();
    sandbox.write("fuzz/Cargo.toml", "[workspace]\nmembers = [\"one\"]\n[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\nmy-core = { path = \"../crates/core\", version = \"1.2\" }\n");
    package(
        &sandbox,
        "fuzz/one",
        "name = \"one\"\nversion.workspace = true\nedition = \"2021\"\n[dependencies]\nmy-core.workspace = true\n",
    );
    assert_eq!(
        sandbox
            .cargo(&[
                "generate-lockfile",
                "--offline",
                "--manifest-path",
                "fuzz/Cargo.toml"
            ])
            .code,
        0
    );
    sandbox.commit("nested");
    assert_eq!(bump(&sandbox, "2.0.0 --include-excluded").code, 0);
    resolves(&sandbox, "fuzz/Cargo.toml");
}

#[test]
fn the_plan_is_an_object() {
    let sandbox = workspace();
    let out = bump(&sandbox, "minor -p cli --dry-run --format json");
    let object: serde_json::Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(object["schema"], "cargo-campaign/bump");
    assert_eq!(
        object["packages"],
        serde_json::json!([{ "name": "cli", "from": "0.4.0", "to": "0.5.0" }])
    );
    let edit = serde_json::json!([{ "path": "crates/cli/Cargo.toml", "line": 3, "span": [34, 39], "before": "0.4.0",
        "after": "0.5.0", "why": "version of `cli`" }]);
    assert_eq!(object["edits"], edit);
    assert_eq!(
        object["files"],
        serde_json::json!(["Cargo.lock", "crates/cli/Cargo.toml"])
    );
    assert_eq!(
        (&object["lockfiles"], &object["writes"]),
        (&serde_json::json!(["Cargo.lock"]), &false.into())
    );
    assert_eq!(bump(&sandbox, "minor --format markdown").code, 2);
}

#[test]
fn where_there_is_no_lockfile_none_is_made() {
    let sandbox = workspace();
    sandbox.git(&["rm", "-q", "Cargo.lock", "fuzz/Cargo.lock"]);
    sandbox.commit("no lockfile");
    let out = bump(&sandbox, "2.0.0");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(
        !sandbox.path("Cargo.lock").exists() && !out.stderr.contains("Cargo.lock"),
        "{}",
        out.stderr
    );
}

/// Cargo refuses to describe such a package, and resolves the workspace.
#[test]
fn patch_by_a_package_of_no_workspace_does_not_matter() {
    let sandbox = workspace();
    let patch = "\n[patch.crates-io]\nother = { path = \"vendor/other\" }\n";
    sandbox.write("Cargo.toml", &(sandbox.read("Cargo.toml") + patch));
    sandbox.write(
        "vendor/other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\npath = \"other.rs\"\n",
    );
    sandbox.write("vendor/other/other.rs", "");
    let locked = sandbox.cargo(&["generate-lockfile", "--offline"]);
    assert_eq!(locked.code, 0, "{}", locked.stderr);
    sandbox.commit("chore: a patch");
    let out = bump(&sandbox, "patch -p cli");
    assert_eq!(out.code, 0, "{}", out.stderr);
    resolves(&sandbox, "Cargo.toml");
}

#[test]
fn line_ends_of_a_lockfile_stay() {
    let sandbox = workspace();
    let unix = sandbox.read("Cargo.lock");
    sandbox.write("Cargo.lock", &unix.replace('\n', "\r\n"));
    assert_eq!(bump(&sandbox, "2.0.0 --allow-dirty").code, 0);
    let lock = sandbox.read("Cargo.lock");
    assert_eq!(lock.matches("\r\n").count(), lock.matches('\n').count());
    resolves(&sandbox, "Cargo.toml");
}

#[test]
fn other_files_carry_the_version_too() {
    let sandbox = workspace();
    let replace = "[collect]\nexclude = [\"cli\"]\n[[release.replace]]\nfile = \"README.md\"\nsearch = 'my-core = \"{major}.{minor}\"'\npackage = \"my-core\"\n";
    sandbox.write("campaign.toml", replace);
    assert_eq!(bump(&sandbox, "2.0.0").code, 0);
    assert_eq!(sandbox.read("README.md"), "my-core = \"2.0\"\n");
    assert!(
        sandbox.read("crates/cli/Cargo.toml").contains("2.0.0"),
        "what is not measured is still released"
    );
    let again = bump(&sandbox, "2.0.0");
    assert!(
        again.code == 0 && again.stderr.contains("Unchanged"),
        "{}",
        again.stderr
    );
    sandbox.write("README.md", "rewritten");
    let out = bump(&sandbox, "3.0.0 --allow-dirty");
    assert_eq!(out.code, 2);
    assert!(
        out.stderr.contains(
            "campaign.toml:3: `my-core = \"2.0\"` is expected once in README.md and found 0 times"
        ),
        "{}",
        out.stderr
    );
}

#[test]
fn only_dirt_in_files_that_are_edited_is_refused() {
    let sandbox = workspace();
    sandbox.write("README.md", "changed");
    sandbox.write("crates/core/src/new.rs", "");
    sandbox.replace("crates/cli/Cargo.toml", "# exactly", "# dirty");
    let out = bump(&sandbox, "2.0.0");
    assert_eq!(out.code, 2);
    assert_screen(
        &out.stderr,
        "error: uncommitted changes in crates/cli/Cargo.toml\n   help: commit them, or give --allow-dirty",
    );
    assert_eq!(
        bump(&sandbox, "2.0.0 --dry-run").code,
        0,
        "it writes nothing"
    );
    assert_eq!(bump(&sandbox, "2.0.0 --allow-dirty").code, 0);
    let sandbox = workspace();
    sandbox.git(&["rm", "-q", "--cached", "crates/cli/Cargo.toml"]);
    let out = bump(&sandbox, "2.0.0");
    assert!(
        out.code == 2
            && out
                .stderr
                .contains("uncommitted changes in crates/cli/Cargo.toml\n"),
        "{}",
        out.stderr
    );
    sandbox.write(".gitignore", "/target\n/.campaign\n/crates/cli\n");
    sandbox.commit("ignored");
    let out = bump(&sandbox, "2.0.0");
    assert!(
        out.code == 0
            && out
                .stderr
                .contains("crates/cli/Cargo.toml is ignored by git"),
        "{}",
        out.stderr
    );
}

/// A member behind a link, an excluded one that git ignores, a lockfile of strangers that looks like ours.
#[test]
#[cfg(unix)]
fn links_and_strangers_are_told_from_members() {
    let sandbox = workspace();
    fs::rename(sandbox.path("crates/cli"), sandbox.path("cli")).expect("a folder is moved");
    std::os::unix::fs::symlink("../cli", sandbox.path("crates/cli")).expect("a link is made");
    sandbox.replace("cli/Cargo.toml", "'../core'", "'../crates/core'");
    sandbox.replace("crates/cli/Cargo.toml", "'../crates/core'", "'../core'");
    sandbox.write("strangers/Cargo.lock", &sandbox.read("fuzz/Cargo.lock"));
    sandbox.commit("links");
    let out = bump(&sandbox, "2.0.0");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(
        !out.stderr.contains("strangers") && !out.stderr.contains("ignored by git"),
        "{}",
        out.stderr
    );
    resolves(&sandbox, "Cargo.toml");
    assert!(
        sandbox.path("crates/cli").is_symlink()
            && sandbox.read("cli/Cargo.toml").contains("'=2.0.0'")
    );
    let out = bump(&sandbox, "3.0.0");
    assert!(
        out.code == 2
            && out
                .stderr
                .contains("uncommitted changes in Cargo.lock, Cargo.toml, cli/Cargo.toml"),
        "{}",
        out.stderr
    );
}

#[test]
fn times_of_files_that_are_not_edited_stay() {
    let sandbox = workspace();
    let before = tree(&sandbox);
    assert_eq!(bump(&sandbox, "patch -p cli").code, 0);
    let after = tree(&sandbox);
    let old = |path: &Path| before.get(&*path.to_string_lossy());
    let touched: Vec<&String> = after
        .keys()
        .filter(|path| !path.contains(".campaign") && old(Path::new(path)) != after.get(*path))
        .collect();
    assert_eq!(touched.len(), 2, "{touched:?}");
    assert!(
        touched
            .iter()
            .all(|path| path.ends_with("Cargo.lock") || path.ends_with("cli/Cargo.toml")),
        "{touched:?}"
    );
    let age = |path: &String| after[path].1.elapsed().unwrap_or_default();
    assert!(
        touched
            .iter()
            .all(|path| age(path) < Duration::from_secs(600))
    );
}

#[test]
fn precision_of_requirements_survives_a_prerelease() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
    );
    package(
        &sandbox,
        "crates/base",
        "name = \"base\"\nversion = \"1.2.0\"\nedition = \"2021\"\n",
    );
    let requirement =
        |text: &str| format!("base = {{ path = \"../base\", version = \"{text}\" }}\n");
    let cases = [
        ("tilde", "~1.2", "~1.3"),
        ("caret", "1.2", "1.3"),
        ("star", "1.*", "1.*"),
        ("exact", "=1.2.0", "=1.3.0"),
        ("range", ">=1.2, <2", ">=1.2, <2"),
    ];
    for (name, before, _) in cases {
        let manifest =
            format!("name = \"{name}\"\nversion = \"1.2.0\"\nedition = \"2021\"\n[dependencies]\n");
        package(
            &sandbox,
            &format!("crates/{name}"),
            &format!("{manifest}{}", requirement(before)),
        );
    }
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox.git_init();
    sandbox.git(&["tag", "v1.2.0"]);
    for version in ["1.3.0-rc.1", "1.3.0-rc.2", "1.3.0"] {
        let out = bump(&sandbox, &format!("{version} --rewrite-ranges"));
        assert_eq!(out.code, 0, "{version}: {}", out.stderr);
        sandbox.commit(version);
        sandbox.git(&["tag", &format!("v{version}")]);
    }
    for (name, _, after) in cases {
        let manifest = sandbox.read(&format!("crates/{name}/Cargo.toml"));
        assert!(manifest.contains(&requirement(after)), "{name}: {manifest}");
    }
}
