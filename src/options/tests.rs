//! Who wins, what contradicts, and what is said when the campaign cannot be had.

use super::*;
use crate::tests::Scratch;

const MANIFEST: (&str, &str) = ("Cargo.toml", "[workspace]\n");

fn environment(vars: &[(&str, &str)]) -> Environment {
    Environment::from_vars(
        vars.iter().map(|(n, v)| (n.into(), v.into())),
        Path::new("/"),
    )
    .unwrap()
}

fn resolve(files: &[(&str, &str)], flags: Flags, vars: &[(&str, &str)]) -> Result<Options, String> {
    let scratch = Scratch::with(files);
    let root = scratch.path().display().to_string();
    let options = Options::resolve(flags, environment(vars), Tty::default(), scratch.path());
    options.map_err(|error| error.to_string().replace(&root, "ROOT"))
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let file = (
        "campaign.toml",
        "[collect]\ntarget = \"file\"\ntarget-dir = \"file\"\nprofile = \"file\"\nfeatures = [\"file\"]\n",
    );
    let vars = [("CARGO_BUILD_TARGET", "env"), ("CARGO_TARGET_DIR", "/env")];
    let flags = || Flags {
        target_dir: Some("/flag".into()),
        build: BuildSelection {
            target: Some("flag".to_owned()),
            profile: Some("flag".to_owned()),
            features: vec!["a,b c".to_owned()],
            ..BuildSelection::default()
        },
        ..Flags::default()
    };
    let summary = |o: Options| {
        let dir = o.target_dir.map(|d| {
            d.strip_prefix(&o.root.dir)
                .map_or(d.clone(), Path::to_path_buf)
                .display()
                .to_string()
        });
        [
            o.build.target,
            dir,
            o.build.profile,
            Some(o.build.features.join("+")),
        ]
        .map(Option::unwrap_or_default)
        .join(" ")
    };
    for (files, flags, vars, expected) in [
        (
            &[MANIFEST, file][..],
            flags(),
            &vars[..],
            "flag /flag flag a+b+c",
        ),
        (
            &[MANIFEST, file],
            Flags::default(),
            &vars,
            "env /env file file",
        ),
        (
            &[MANIFEST, file],
            Flags::default(),
            &[],
            "file file file file",
        ),
        (
            &[MANIFEST, file],
            Flags {
                build: BuildSelection {
                    no_default_features: true,
                    ..BuildSelection::default()
                },
                ..Flags::default()
            },
            &[],
            "file file file ",
        ),
        (&[MANIFEST], Flags::default(), &[], "   "),
    ] {
        assert_eq!(summary(resolve(files, flags, vars).unwrap()), expected);
    }
}

#[test]
fn the_scope_is_narrowed_by_flags_or_the_file() {
    let file = ("campaign.toml", "[collect]\nexclude = [\"fuzz\"]\n");
    let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    for (flags, packages, exclude) in [
        (Flags::default(), &[][..], &["fuzz"][..]),
        (
            Flags {
                workspace: true,
                ..Flags::default()
            },
            &[],
            &[],
        ),
        (
            Flags {
                packages: list(&["a"]),
                ..Flags::default()
            },
            &["a"],
            &[],
        ),
        (
            Flags {
                exclude: list(&["b", "fuzz"]),
                ..Flags::default()
            },
            &[],
            &["fuzz", "b"],
        ),
        (
            Flags {
                exclude: list(&["b"]),
                workspace: true,
                ..Flags::default()
            },
            &[],
            &["b"],
        ),
    ] {
        let options = resolve(&[MANIFEST, file], flags, &[]).unwrap();
        assert_eq!(
            (options.packages, options.exclude),
            (list(packages), list(exclude))
        );
    }
}

#[test]
fn contradictions_are_refused() {
    let packages = vec!["a".to_owned()];
    for (flags, message) in [
        (
            Flags {
                workspace: true,
                packages: packages.clone(),
                ..Flags::default()
            },
            "--workspace and --package contradict each other",
        ),
        (
            Flags {
                exclude: packages.clone(),
                packages,
                ..Flags::default()
            },
            "--package and --exclude contradict each other",
        ),
        (
            Flags {
                quiet: true,
                verbose: 1,
                ..Flags::default()
            },
            "--quiet and --verbose contradict each other",
        ),
    ] {
        assert_eq!(resolve(&[MANIFEST], flags, &[]).unwrap_err(), message);
    }
    let flags = Flags {
        locked: true,
        offline: true,
        frozen: true,
        ..Flags::default()
    };
    assert_eq!(
        resolve(&[MANIFEST], flags, &[]).unwrap().cargo_flags,
        ["--locked", "--offline", "--frozen"]
    );
}

#[test]
fn a_campaign_that_cannot_be_read_is_refused_by_name() {
    let metadata = ("Cargo.toml", "[workspace.metadata.campaign]\n");
    let long = format!("# {}\n", "x".repeat(1 << 20));
    let other = || Flags {
        config: Some("ci/other.toml".into()),
        ..Flags::default()
    };
    for (files, flags, message) in [
        (
            &[metadata, ("campaign.toml", "")][..],
            Flags::default(),
            "both campaign.toml and [workspace.metadata.campaign] of Cargo.toml describe the campaign",
        ),
        (
            &[MANIFEST, ("campaign.toml", &long)],
            Flags::default(),
            "could not read `campaign.toml`: it is larger than 1 MiB",
        ),
        (
            &[MANIFEST, ("campaign.toml/x", "")],
            Flags::default(),
            "could not read `campaign.toml`: it is not a file",
        ),
        (&[MANIFEST], other(), "could not find `ci/other.toml`"),
        (
            &[MANIFEST, ("ci/other.toml", "[gaets]\n")],
            other(),
            "error: unknown section `gaets`\n --> ci/other.toml:1:2\n  |\n1 | [gaets]\n  |  ^^^^^ did you mean `gates`?",
        ),
    ] {
        assert_eq!(resolve(files, flags, &[]).unwrap_err(), message);
    }
    assert!(
        resolve(&[metadata], Flags::default(), &[])
            .unwrap()
            .path
            .unwrap()
            .ends_with("Cargo.toml")
    );
    assert!(
        resolve(&[metadata, ("ci/other.toml", "")], other(), &[]).is_ok(),
        "--config chooses"
    );
    assert_eq!(
        resolve(&[MANIFEST], Flags::default(), &[]).unwrap().path,
        None
    );
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test lays out a file that is no text"
)]
fn a_campaign_that_is_no_text_is_refused_by_its_line() {
    let scratch = Scratch::with(&[MANIFEST]);
    std::fs::write(
        scratch.path().join("campaign.toml"),
        b"[campaign]\nname = \"\xff\"\n",
    )
    .unwrap();
    let error = Options::resolve(
        Flags::default(),
        environment(&[]),
        Tty::default(),
        scratch.path(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not read `campaign.toml`: line 2 is not UTF-8"
    );
}

#[test]
fn the_look_follows_flags_environment_and_terminal() {
    let terminal = Tty {
        stdout: true,
        stderr: true,
    };
    let color = |when| Flags {
        color: Some(when),
        ..Flags::default()
    };
    let quiet = Flags {
        quiet: true,
        ..Flags::default()
    };
    let verbose = Flags {
        verbose: 2,
        ..Flags::default()
    };
    // stdout colour, stderr colour, progress, quiet, verbose
    for (flags, vars, tty, expected) in [
        (
            Flags::default(),
            &[][..],
            terminal,
            (true, true, true, false, 0),
        ),
        (
            Flags::default(),
            &[],
            Tty {
                stdout: false,
                stderr: true,
            },
            (false, true, true, false, 0),
        ),
        (
            Flags::default(),
            &[],
            Tty::default(),
            (false, false, false, false, 0),
        ),
        (
            Flags::default(),
            &[("NO_COLOR", "1")],
            terminal,
            (false, false, true, false, 0),
        ),
        (
            color(When::Always),
            &[("NO_COLOR", "1")],
            Tty::default(),
            (true, true, false, false, 0),
        ),
        (
            color(When::Never),
            &[("CARGO_TERM_COLOR", "always")],
            terminal,
            (false, false, true, false, 0),
        ),
        (
            Flags::default(),
            &[("TERM", "dumb")],
            terminal,
            (false, false, false, false, 0),
        ),
        (
            Flags::default(),
            &[("CI", "true")],
            terminal,
            (true, true, false, false, 0),
        ),
        (
            Flags::default(),
            &[("CARGO_TERM_PROGRESS_WHEN", "never")],
            terminal,
            (true, true, false, false, 0),
        ),
        (
            quiet,
            &[("CARGO_TERM_VERBOSE", "true")],
            terminal,
            (true, true, false, true, 0),
        ),
        (
            verbose,
            &[("CARGO_TERM_QUIET", "true")],
            terminal,
            (true, true, true, false, 2),
        ),
        (
            Flags::default(),
            &[("CARGO_TERM_QUIET", "true")],
            terminal,
            (true, true, false, true, 0),
        ),
        (
            Flags::default(),
            &[("CARGO_TERM_VERBOSE", "true")],
            terminal,
            (true, true, true, false, 1),
        ),
    ] {
        let look = look(&flags, &environment(vars), tty);
        let found = (
            look.color_stdout,
            look.color_stderr,
            look.progress,
            look.quiet,
            look.verbose,
        );
        assert_eq!(found, expected, "{flags:?} {vars:?} {tty:?}");
    }
}
