//! The options of the command line that a command in a message must repeat.

/// Options that select the packages, the build and the rules, as typed.
#[derive(Clone, Debug, Default)]
pub struct Repeat {
    /// `--manifest-path`, `--config`.
    pub campaign: String,
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
        match name {
            "run" | "gate" | "status" | "diff" | "explain" | "report" | "release" => {}
            // A baseline is pinned for all packages, whichever are judged now.
            "baseline" | "final" => selection = "",
            "changelog" | "bump" => build = "",
            "history" | "doctor" => (selection, build) = ("", ""),
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
        let campaign = if contains_any(rest, &[" --config ", " --manifest-path "]) {
            ""
        } else {
            &self.campaign
        };
        format!(
            "{START}{name}{campaign}{selection}{build}{}",
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
            campaign: " --config 'my rules.toml'".to_owned(),
            selection: " -p a".to_owned(),
            build: " --no-default-features --profile release".to_owned(),
        };
        for (help, expected) in [
            (
                "cargo campaign run test",
                "cargo campaign run --config 'my rules.toml' -p a --no-default-features --profile release test",
            ),
            (
                "cargo campaign baseline (pins it)",
                "cargo campaign baseline --config 'my rules.toml' --no-default-features --profile release (pins it)",
            ),
            (
                "cargo campaign baseline --from 2026 --accept \"the reason\"",
                "cargo campaign baseline --config 'my rules.toml' --from 2026 --accept \"the reason\"",
            ),
            (
                "cargo campaign gate -F ''",
                "cargo campaign gate --config 'my rules.toml' -F ''",
            ),
            (
                "cargo campaign gate --workspace",
                "cargo campaign gate --config 'my rules.toml' --workspace",
            ),
            (
                "cargo campaign release 1.5.0",
                "cargo campaign release --config 'my rules.toml' -p a --no-default-features --profile release 1.5.0",
            ),
            (
                "cargo campaign release --resume (or --abort)",
                "cargo campaign release --config 'my rules.toml' --resume (or --abort)",
            ),
            (
                "cargo campaign changelog draft (creates one)",
                "cargo campaign changelog --config 'my rules.toml' -p a draft (creates one)",
            ),
            (
                "cargo campaign bump 1.5.0",
                "cargo campaign bump --config 'my rules.toml' -p a 1.5.0",
            ),
            (
                "cargo campaign history",
                "cargo campaign history --config 'my rules.toml'",
            ),
            (
                "cargo campaign doctor",
                "cargo campaign doctor --config 'my rules.toml'",
            ),
            ("cargo campaign init", "cargo campaign init"),
            ("cargo test -p a", "cargo test -p a"),
            ("did you mean `a`?", "did you mean `a`?"),
        ] {
            assert_eq!(repeat.in_help(help), expected);
            assert_eq!(
                repeat.in_help(expected).matches("--config").count(),
                expected.matches("--config").count()
            );
            assert_eq!(Repeat::default().in_help(help), help);
        }
    }
}
