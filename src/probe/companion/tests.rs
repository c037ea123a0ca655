//! Tests with links in place of tools beside cargo.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use super::*;
use crate::plan::Stream;
use crate::process::temp_dir::TempDir;

fn invocation(cargo: &Path, args: &[&str], stream: Stream) -> Invocation {
    Invocation {
        program: cargo.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: PathBuf::from("/"),
        stream,
    }
}

#[test]
fn external_subcommand_is_replaced_by_its_executable_beside_cargo() {
    let scratch = TempDir::new().unwrap();
    let cargo = scratch.path().join("cargo");
    for name in ["cargo", "cargo-clippy", "cargo-fmt", "cargo-check"] {
        symlink("/bin/true", scratch.path().join(name)).unwrap();
    }
    for (collector, args, stream, program) in [
        (
            "clippy",
            &["clippy", "--workspace"][..],
            Stream::Cargo,
            "cargo-clippy",
        ),
        ("fmt", &["fmt"], Stream::FmtList, "cargo-fmt"),
        ("check", &["check"], Stream::Cargo, "cargo"),
        ("test", &["test"], Stream::CargoTest, "cargo"),
        ("todo", &["clippy"], Stream::Text, "cargo"),
        ("check", &[], Stream::Cargo, "cargo"),
    ] {
        let mut replaced = invocation(&cargo, args, stream.clone());
        let serves = [Collector::from(collector.to_owned())];
        replace_cargo(&serves, &mut replaced).unwrap();
        let expected = Invocation {
            program: scratch.path().join(program),
            ..invocation(&cargo, args, stream)
        };
        assert_eq!(replaced, expected, "{args:?}");
    }
}

#[test]
fn subcommand_without_an_executable_is_not_found() {
    assert_eq!(
        find(Path::new("/nowhere/cargo"), "no-such-subcommand"),
        None
    );
}
