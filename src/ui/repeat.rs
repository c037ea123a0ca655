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
    /// `-F`, `--all-features`, `--no-default-features`.
    pub features: String,
    /// `--target`.
    pub target: String,
    /// `--profile`.
    pub profile: String,
    /// `--target-dir`.
    pub target_dir: String,
    /// `--locked`, `--offline`, `--frozen`.
    pub network: String,
}

impl Repeat {
    /// Returns the help with these options, if it is a command of ours that takes them.
    ///
    /// An option that the command has already is not repeated. A command that names a run or an
    /// unfinished release is complete.
    pub fn in_help(&self, help: &str) -> String {
        const START: &str = "cargo campaign ";
        let Some(rest) = help.strip_prefix(START) else {
            return help.to_owned();
        };
        let name = rest.split(' ').next().unwrap_or_default();
        let (takes_selection, takes_build, takes_network) = match name {
            "run" | "gate" | "status" | "diff" | "explain" | "report" | "release" | "watch"
            | "ci" => (true, true, true),
            // A baseline is pinned for all packages, whichever are judged now.
            "baseline" | "final" => (false, true, true),
            "changelog" | "bump" => (true, false, true),
            // `init` writes the configuration.
            "doctor" | "init" => (false, false, true),
            "alert" | "history" | "schedule" => (false, false, false),
            _ => return help.to_owned(),
        };
        let is_complete = contains_any(rest, &[" --from ", " --resume", " --abort"]);
        let takes_place = !contains_any(rest, &[" --config ", " --manifest-path "]);
        let unless = |options: &[&str]| !is_complete && !contains_any(rest, options);
        let typed = [
            (&self.manifest, takes_place),
            (&self.config, takes_place && name != "init"),
            (
                &self.selection,
                takes_selection && unless(&[" -p ", " --exclude ", " --workspace"]),
            ),
            (&self.features, takes_build && unless(&FEATURES)),
            (
                &self.target,
                takes_build && unless(&[" --target ", WITHOUT_TARGET]),
            ),
            (
                &self.profile,
                takes_build && unless(&[" --profile ", WITHOUT_PROFILE]),
            ),
            (&self.target_dir, takes_build && unless(&[" --target-dir "])),
            (&self.network, takes_network && unless(&NETWORK)),
        ];
        let typed = typed
            .into_iter()
            .filter(|(_, is_repeated)| *is_repeated)
            .map(|(options, _)| options.as_str());
        format!(
            "{START}{name}{}{}",
            typed.collect::<String>(),
            &rest[name.len()..]
        )
    }
}

/// Options that select features.
const FEATURES: [&str; 3] = [" -F ", " --all-features", " --no-default-features"];

/// Options for the lockfile and the network.
const NETWORK: [&str; 3] = [" --locked", " --offline", " --frozen"];

/// The remark of a command that must not have `--target`.
const WITHOUT_TARGET: &str = " (without a target";

/// The remark of a command that must not have `--profile`.
const WITHOUT_PROFILE: &str = " (without a profile";

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
            features: " --no-default-features".to_owned(),
            target: " --target t".to_owned(),
            profile: " --profile release".to_owned(),
            target_dir: " --target-dir /out".to_owned(),
            network: " --offline".to_owned(),
        };
        for (help, expected) in [
            (
                "cargo campaign run test",
                "cargo campaign run --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --target t --profile release --target-dir /out --offline test",
            ),
            (
                "cargo campaign baseline (pins it)",
                "cargo campaign baseline --manifest-path a/Cargo.toml --config 'my rules.toml' --no-default-features --target t --profile release --target-dir /out --offline (pins it)",
            ),
            (
                "cargo campaign baseline --from 2026 --accept \"the reason\"",
                "cargo campaign baseline --manifest-path a/Cargo.toml --config 'my rules.toml' --from 2026 --accept \"the reason\"",
            ),
            (
                "cargo campaign gate -F ''",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --target t --profile release --target-dir /out --offline -F ''",
            ),
            (
                "cargo campaign gate --workspace",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' --no-default-features --target t --profile release --target-dir /out --offline --workspace",
            ),
            (
                "cargo campaign gate --target u",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --profile release --target-dir /out --offline --target u",
            ),
            (
                "cargo campaign gate (without a target)",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --profile release --target-dir /out --offline (without a target)",
            ),
            (
                "cargo campaign gate --profile bench",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --target t --target-dir /out --offline --profile bench",
            ),
            (
                "cargo campaign gate (without a profile)",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --target t --target-dir /out --offline (without a profile)",
            ),
            (
                "cargo campaign gate -p b -p c",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' --no-default-features --target t --profile release --target-dir /out --offline -p b -p c",
            ),
            (
                "cargo campaign release 1.5.0",
                "cargo campaign release --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --target t --profile release --target-dir /out --offline 1.5.0",
            ),
            (
                "cargo campaign release --resume (or --abort)",
                "cargo campaign release --manifest-path a/Cargo.toml --config 'my rules.toml' --resume (or --abort)",
            ),
            (
                "cargo campaign changelog draft (creates one)",
                "cargo campaign changelog --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --offline draft (creates one)",
            ),
            (
                "cargo campaign bump 1.5.0",
                "cargo campaign bump --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --offline 1.5.0",
            ),
            (
                "cargo campaign history",
                "cargo campaign history --manifest-path a/Cargo.toml --config 'my rules.toml'",
            ),
            (
                "cargo campaign doctor",
                "cargo campaign doctor --manifest-path a/Cargo.toml --config 'my rules.toml' --offline",
            ),
            (
                "cargo campaign init",
                "cargo campaign init --manifest-path a/Cargo.toml --offline",
            ),
            (
                "cargo campaign gate --locked",
                "cargo campaign gate --manifest-path a/Cargo.toml --config 'my rules.toml' -p a --no-default-features --target t --profile release --target-dir /out --locked",
            ),
            (
                "cargo campaign alert list",
                "cargo campaign alert --manifest-path a/Cargo.toml --config 'my rules.toml' list",
            ),
            (
                "cargo campaign schedule list",
                "cargo campaign schedule --manifest-path a/Cargo.toml --config 'my rules.toml' list",
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
