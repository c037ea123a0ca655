//! Tests with recorded output of cargo, and with the toolchain of this build.

use cargo_metadata::MetadataCommand;

use super::workspace::{describe, spec};
use super::*;
use crate::decode::lockfile;
#[cfg(unix)]
use crate::process::temp_dir::TempDir;
#[cfg(unix)]
use crate::tests::Scratch;

const METADATA: &str = r#"{"packages":[
{"name":"zeta","version":"0.2.0","id":"path+file:///w/zeta#0.2.0","license":null,"license_file":null,"description":null,
"source":null,"dependencies":[],"targets":[{"kind":["lib"],"crate_types":["lib"],"name":"zeta","src_path":"/w/zeta/src/lib.rs",
"edition":"2024","doc":true,"doctest":true,"test":true},{"kind":["bench"],"crate_types":["bin"],"name":"speed",
"src_path":"/w/zeta/benches/speed.rs","edition":"2024","doc":false,"doctest":false,"test":false,"required-features":["slow"]}],
"features":{},"manifest_path":"/w/zeta/Cargo.toml","metadata":null,"publish":[],"authors":[],"categories":[],"keywords":[],
"readme":null,"repository":null,"homepage":null,"documentation":null,"edition":"2024","links":null,"default_run":null,
"rust_version":null},
{"name":"app","version":"1.0.0","id":"path+file:///w#app@1.0.0","license":null,"license_file":null,"description":null,
"source":null,"dependencies":[],"targets":[{"kind":["custom-build"],"crate_types":["bin"],"name":"build-script-build",
"src_path":"/w/build.rs","edition":"2024","doc":false,"doctest":false,"test":false}],"features":{},
"manifest_path":"/w/Cargo.toml","metadata":null,"publish":null,"authors":[],"categories":[],"keywords":[],"readme":null,
"repository":null,"homepage":null,"documentation":null,"edition":"2024","links":null,"default_run":null,"rust_version":null}],
"workspace_members":["path+file:///w/zeta#0.2.0","path+file:///w#app@1.0.0"],"workspace_default_members":[],"resolve":null,
"target_directory":"/w/target","version":1,"workspace_root":"/w","metadata":null,"a key of the future":1}"#;

#[test]
fn members_are_described_relative_to_the_root() {
    let workspace = describe(&MetadataCommand::parse(METADATA).unwrap());
    let members: Vec<(&str, &str, bool)> = workspace
        .members
        .iter()
        .map(|m| (m.name.as_str(), m.dir.as_str(), m.publish))
        .collect();
    assert_eq!(members, [("app", "", true), ("zeta", "zeta", false)]);
    let targets: Vec<(&str, &str, bool, bool)> = workspace
        .members
        .iter()
        .flat_map(|m| &m.targets)
        .map(|t| (t.kind.as_str(), t.file.as_str(), t.doctest, t.conditional))
        .collect();
    let expected = [
        ("custom-build", "build.rs", false, false),
        ("lib", "zeta/src/lib.rs", true, false),
        ("bench", "zeta/benches/speed.rs", false, true),
    ];
    assert_eq!(targets, expected);
    assert_eq!(
        (workspace.root, workspace.target_dir),
        (PathBuf::from("/w"), PathBuf::from("/w/target"))
    );
    assert_eq!(workspace.members[1].id, "path+file:///w/zeta#0.2.0");
}

#[test]
fn spec_distinguishes_a_member_from_other_packages_of_its_name() {
    let metadata = MetadataCommand::parse(METADATA).unwrap();
    let app = metadata
        .packages
        .iter()
        .find(|package| package.name == "app");
    for (versions, expected) in [
        (&[][..], None),
        (&["1.0.0"], None),
        (&["0.9.0", "1.0.0"], Some("app@1.0.0")),
        (&["1.0.0", "1.0.0"], Some("path+file:///w#app@1.0.0")),
    ] {
        let entry = |version| format!("[[package]]\nname = \"app\"\nversion = \"{version}\"\n");
        let lock: String = versions.iter().map(entry).collect();
        let spec = spec(app.unwrap(), &lockfile::packages(&lock));
        assert_eq!(spec.as_deref(), expected, "{versions:?}");
    }
}

#[test]
fn relative_paths_have_slashes() {
    let table = [
        ("/w", "/w", ""),
        ("/w", "/w/a/b", "a/b"),
        ("/w/x", "/w/a", "../a"),
        ("/w/x/y", "/v", "../../../v"),
        ("/w", "/wider/a", "../wider/a"),
    ];
    for (root, path, expected) in table {
        assert_eq!(
            relative(Path::new(root), Path::new(path)),
            expected,
            "{root} {path}"
        );
    }
}

#[cfg(unix)]
#[test]
fn dots_behind_a_link_are_resolved_as_the_file_is_opened() {
    let scratch = Scratch::with(&[
        ("x", "above the root"),
        ("ws/x", "root"),
        ("ws/src/x", "src"),
        ("ws/deep/er/gen/a", ""),
        ("ws/deep/er/x", "deep"),
        ("shared/gen/in/a", ""),
        ("shared/x", "shared"),
        ("other/place/ws/x", "root behind a link"),
        ("other/place/x", "above the root behind a link"),
        ("other/place/ws/src/a", ""),
    ]);
    for (link, target) in [
        ("ws/src/gen", "../../shared/gen"),
        ("ws/src/deep", "../deep/er/gen"),
        ("ws/src/file", "../x"),
        ("ws/src/twice", "../first"),
        ("ws/first", "src/gen/../gen"),
        ("ws/src/self", "self"),
        ("ws/src/endless", "endless/../endless"),
        ("ws/src/nowhere", "../../none/gen"),
        ("link", "other/place/ws"),
    ] {
        std::os::unix::fs::symlink(target, scratch.path().join(link)).unwrap();
    }
    let shared = scratch.path().join("shared/gen");
    std::os::unix::fs::symlink(shared, scratch.path().join("ws/src/absolute")).unwrap();
    for (root, path, expected) in [
        ("ws", "src/./x", "ws/src/x"),
        ("ws", "src/../x", "ws/x"),
        ("ws", "src/../../x", "x"),
        ("ws", "src/gen/../x", "shared/x"),
        ("ws", "src/gen/in/../../x", "shared/x"),
        ("ws", "src/gen/./../x", "shared/x"),
        ("ws", "src/gen/../../ws/src/gen/../x", "shared/x"),
        ("ws", "src/absolute/../x", "shared/x"),
        ("ws", "src/deep/../x", "ws/deep/er/x"),
        ("ws", "src/twice/../x", "shared/x"),
        ("ws", "src/../../ws/src/gen/../x", "shared/x"),
        // These links are not before `..`.
        ("ws", "src/file", "ws/src/file"),
        ("ws", "src/gen/in/../a", "ws/src/gen/a"),
        // Nothing is there.
        ("ws", "src/none/../x", "ws/src/x"),
        ("ws", "src/self/../x", "ws/src/x"),
        ("ws", "src/nowhere/../x", "none/x"),
        ("ws", "src/gen/none/../../x", "shared/x"),
        // The names of inputs are relative to the root as it is given.
        ("link", "src/../x", "link/x"),
        ("link", "src/../../x", "x"),
    ] {
        let resolved = resolve(&scratch.path().join(root), path);
        assert_eq!(resolved, scratch.path().join(expected), "{path}");
    }
    // Nothing can be opened there, so that any path is right.
    resolve(&scratch.path().join("ws"), "src/endless/../x");
}

/// Probes with a cargo in the directory of this package.
fn with_cargo<T>(cargo: &str, ask: impl Fn(&Probe<'_>) -> T) -> T {
    let cancel = Cancel::default();
    ask(&Probe {
        cargo: Path::new(cargo),
        cwd: Path::new(env!("CARGO_MANIFEST_DIR")),
        cancel: &cancel,
    })
}

#[test]
fn toolchain_of_this_build_is_found() {
    let known = with_cargo(env!("CARGO"), |probe| toolchain(probe, None)).unwrap();
    assert!(
        known.rustc.starts_with("1.") && known.cargo.starts_with("1."),
        "{known:?}"
    );
    assert_eq!(known.host.split('-').next(), Some(std::env::consts::ARCH));
    let settings = with_cargo(env!("CARGO"), |probe| cfg(probe, None, &known.host));
    assert!(
        settings.iter().any(|line| line.starts_with("target_os=")),
        "{settings:?}"
    );
    assert_eq!(with_cargo(env!("CARGO"), host).os, std::env::consts::OS);
}

#[test]
fn this_workspace_is_found() {
    let known = with_cargo(env!("CARGO"), |probe| {
        workspace(probe, None, &["--offline".to_owned()])
    })
    .unwrap();
    assert_eq!(known.root, Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(
        known.owner("src/lib.rs").map(|m| m.name.as_str()),
        Some("cargo-campaign")
    );
}

#[test]
fn error_names_the_command_that_failed() {
    let error = with_cargo("/no/such/cargo", |probe| workspace(probe, None, &[])).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("could not start /no/such/cargo"),
        "{error}"
    );
    let error = with_cargo(env!("CARGO"), |probe| {
        workspace(probe, Some(Path::new("no/Cargo.toml")), &[])
    })
    .unwrap_err();
    assert!(error.to_string().contains("metadata --no-deps"), "{error}");
}

/// A proxy of rustup exists but fails if its component is not installed.
#[cfg(unix)]
#[test]
fn tool_that_fails_is_reported_as_missing() {
    let dir = TempDir::new().unwrap();
    for name in ["cargo-clippy", "cargo-fmt", "cargo-nextest"] {
        std::os::unix::fs::symlink("/bin/false", dir.path().join(name)).unwrap();
    }
    let cargo = dir.path().join("cargo").to_string_lossy().into_owned();
    let table = [
        (
            "clippy",
            "clippy is not installed",
            "rustup component add clippy",
        ),
        (
            "fmt",
            "rustfmt is not installed",
            "rustup component add rustfmt",
        ),
        (
            "nextest",
            "cargo-nextest is not installed",
            "cargo install cargo-nextest --locked",
        ),
    ];
    for (which, what, fix) in table {
        let mut tools = crate::collector::ALL.iter().flat_map(|one| one.tools);
        let wanted = tools.find(|tool| tool.subcommand() == Some(which)).unwrap();
        let missing = with_cargo(&cargo, |probe| tool_version(probe, None, wanted)).unwrap_err();
        assert_eq!(
            (missing.message.as_str(), missing.fix.as_str()),
            (what, fix)
        );
    }
}
