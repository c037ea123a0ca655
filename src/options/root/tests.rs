use std::fs;

use super::*;
use crate::tests::Scratch;

/// Files (path, text), where we are, `--manifest-path`; then the root's folder, or the error.
type Case<'a> = (
    &'a [(&'a str, &'a str)],
    &'a str,
    Option<&'a str>,
    Result<&'a str, &'a str>,
);

const WORKSPACE: &str = "[workspace]\nmembers = [\"a\", \"x/in\"]\nexclude = [\"x\"]\n";
const PACKAGE: &str = "[package]\nname = \"p\"\n";

#[test]
fn the_root_is_where_cargo_finds_it() {
    let cases: &[Case<'_>] = &[
        (&[("Cargo.toml", WORKSPACE)], "", None, Ok("")),
        (
            &[("Cargo.toml", WORKSPACE), ("a/Cargo.toml", PACKAGE)],
            "a",
            None,
            Ok(""),
        ),
        (
            &[
                ("Cargo.toml", WORKSPACE),
                ("a/Cargo.toml", PACKAGE),
                ("a/src/lib.rs", ""),
            ],
            "a/src",
            None,
            Ok(""),
        ),
        (
            &[("Cargo.toml", WORKSPACE), ("a/Cargo.toml", PACKAGE)],
            "",
            Some("a/Cargo.toml"),
            Ok(""),
        ),
        (
            &[("Cargo.toml", WORKSPACE), ("x/out/Cargo.toml", PACKAGE)],
            "x/out",
            None,
            Ok("x/out"),
        ),
        (
            &[("Cargo.toml", WORKSPACE), ("x/in/Cargo.toml", PACKAGE)],
            "x/in",
            None,
            Ok(""),
        ),
        (
            &[("Cargo.toml", PACKAGE), ("b/Cargo.toml", PACKAGE)],
            "b",
            None,
            Ok("b"),
        ),
        (
            &[
                ("w/Cargo.toml", WORKSPACE),
                ("m/Cargo.toml", "[package]\nworkspace = \"../w\"\n"),
            ],
            "m",
            None,
            Ok("w"),
        ),
        (
            &[
                ("Cargo.toml", WORKSPACE),
                ("a/Cargo.toml", PACKAGE),
                ("a/b/Cargo.toml", WORKSPACE),
            ],
            "a/b",
            None,
            Ok("a/b"),
        ),
        (
            &[("a/b/x", "")],
            "a/b",
            None,
            Err("could not find `Cargo.toml` in `ROOT/a/b` or any parent directory"),
        ),
        (
            &[("a/x", "")],
            "",
            Some("a/Cargo.toml"),
            Err("manifest path `a/Cargo.toml` does not exist"),
        ),
        (
            &[("Cargo.toml", PACKAGE)],
            "",
            Some("."),
            Err("the manifest path must be a path to a Cargo.toml file"),
        ),
        (
            &[("m/Cargo.toml", "[package]\nworkspace = \"../w\"\n")],
            "m",
            None,
            Err("`Cargo.toml` names a workspace that does not exist: `ROOT/w/Cargo.toml`"),
        ),
    ];
    for (files, cwd, manifest_path, expected) in cases {
        let scratch = Scratch::with(files);
        let root = scratch.path().display().to_string();
        let found = find(
            manifest_path.map(Path::new),
            &normal(&scratch.path().join(cwd)),
            None,
        );
        let found = found
            .map(|r| r.dir)
            .map_err(|e| e.to_string().replace(&root, "ROOT"));
        let expected = expected
            .map(|dir| normal(&scratch.path().join(dir)))
            .map_err(str::to_owned);
        assert_eq!(found, expected, "{files:?} from {cwd}");
    }
}

#[test]
fn a_broken_manifest_is_shown_with_its_line() {
    let scratch = Scratch::with(&[("Cargo.toml", "[workspace]\nmembers = [\n")]);
    let error = find(None, scratch.path(), None).unwrap_err().to_string();
    assert!(
        error.starts_with("error: invalid TOML\n --> Cargo.toml:2:"),
        "{error}"
    );
    fs::remove_file(scratch.path().join("Cargo.toml")).unwrap();
    fs::create_dir(scratch.path().join("Cargo.toml")).unwrap();
    assert!(
        find(None, scratch.path(), None).is_err(),
        "a folder is no manifest"
    );
}

#[test]
fn cargo_home_is_no_part_of_a_workspace() {
    let scratch = Scratch::with(&[
        ("Cargo.toml", "[workspace]\n"),
        ("home/x/Cargo.toml", PACKAGE),
    ]);
    let home = scratch.path().join("home");
    let found = find(None, &home.join("x"), Some(&home)).unwrap();
    assert_eq!(found.dir, home.join("x"));
}
