//! The options of the command line that a command in a message must repeat.

/// Options that select the packages, the build and the rules, as typed.
#[derive(Clone, Debug, Default)]
pub struct Repeat {
    /// `--manifest-path`.
    pub manifest: String,
    /// `--config`.
    pub config: String,
    /// `-p`, `--exclude`.
    pub selection: String,
    /// Features, target and profile.
    pub build: String,
}

impl Repeat {
    /// Returns the help with these options, if it is a command of ours that takes them.
    ///
    /// A command that names packages, features, a run or an unfinished release is complete.
    pub fn in_help(&self, help: &str) -> String {
        const START: &str = "cargo campaign ";
        let Some(rest) = help.strip_prefix(START) else {
            return help.to_owned();
        };
        let name = rest.split(' ').next().unwrap_or_default();
        let (mut selection, mut build) = (self.selection.as_str(), self.build.as_str());
        let mut config = self.config.as_str();
        match name {
            "run" | "gate" | "status" | "diff" | "explain" | "report" | "release" => {}
            // A baseline is pinned for all packages, whichever are judged now.
            "baseline" | "final" => selection = "",
            "changelog" | "bump" => build = "",
            "history" | "doctor" => (selection, build) = ("", ""),
            // It writes the configuration.
            "init" => (selection, build, config) = ("", "", ""),
            _ => return help.to_owned(),
        }
        let complete = [
            " -p ",
            " -F ",
            " --from ",
            " --workspace",
            " --resume",
            " --abort",
        ];
        if contains_any(rest, &complete) {
            (selection, build) = ("", "");
        }
        let mut manifest = self.manifest.as_str();
        if contains_any(rest, &[" --config ", " --manifest-path "]) {
            (manifest, config) = ("", "");
        }
        format!(
            "{START}{name}{manifest}{config}{selection}{build}{}",
            &rest[name.len()..]
        )
    }
}

fn contains_any(command: &str, options: &[&str]) -> bool {
    options.iter().any(|option| command.contains(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_the_options_that_they_take() {
        let repeat = Repeat {
            manifest: " --manifest-path a/Cargo.toml".to_owned(),
            config: " --config 'my rules.toml'".to_owned(),
            selection: " -p a".to_owned(),
            build: " --no-default-features --profile release".to_owned(),
        };
        for (help, expected) in [
            (
                "cargo campaign run test",
                "cargo campaign run --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --profile release test",
            ),
            (
                "cargo campaign baseline (pins it)",
                "cargo campaign baseline --manifest-path a/Cargo.toml --config 'my rules.toml' --no-default-features --profile release (pins it)",
            ),
            (
                "cargo campaign baseline --from 2026 --accept \"the reason\"",
                "cargo campaign baseline --manifest-path a/Cargo.toml --config 'my rules.toml' --from 2026 --accept \"the reason\"",
            ),
            (
                "cargo campaign gate -F ''",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -F ''",
            ),
            (
                "cargo campaign gate --workspace",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' --workspace",
            ),
            (
                "cargo campaign release 1.5.0",
                "cargo campaign release --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --profile release 1.5.0",
            ),
            (
                "cargo campaign release --resume (or --abort)",
                "cargo campaign release --manifest-path a/Cargo.toml --config 'my rules.toml' --resume (or --abort)",
            ),
            (
                "cargo campaign changelog draft (creates one)",
                "cargo campaign changelog --manifest-path a/Cargo.toml --config 'my rules.toml' -p a draft (creates one)",
            ),
            (
                "cargo campaign bump 1.5.0",
                "cargo campaign bump --manifest-path a/Cargo.toml --config 'my rules.toml' -p a 1.5.0",
            ),
            (
                "cargo campaign history",
                "cargo campaign history --manifest-path a/Cargo.toml --config 'my rules.toml'",
            ),
            (
                "cargo campaign doctor",
                "cargo campaign doctor --manifest-path a/Cargo.toml --config 'my rules.toml'",
            ),
            (
                "cargo campaign init",
                "cargo campaign init --manifest-path a/Cargo.toml",
            ),
            ("cargo test -p a", "cargo test -p a"),
            ("did you mean `a`?", "did you mean `a`?"),
        ] {
            assert_eq!(repeat.in_help(help), expected);
            assert_eq!(
                repeat.in_help(expected).matches("--manifest-path").count(),
                expected.matches("--manifest-path").count()
            );
            assert_eq!(Repeat::default().in_help(help), help);
        }
    }
}
