//! The options of the command line that commands in messages must have too.

use super::global::{Group, options_of};
use crate::options::Flags;
use crate::plan::quote;

/// Options that select the packages, the build and the rules, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeat {
    /// `--manifest-path`.
    pub(super) manifest: String,
    /// `--config`.
    pub(super) config: String,
    /// `-p`, `--exclude`.
    pub(super) selection: String,
    /// `-F`, `--all-features`, `--no-default-features`.
    pub(super) features: String,
    /// `--target`.
    pub(super) target: String,
    /// `--profile`.
    pub(super) profile: String,
    /// `--target-dir`.
    pub(super) target_dir: String,
    /// `--locked`, `--offline`, `--frozen`.
    pub(super) network: String,
    /// `--base`, for commands that judge.
    pub(super) base: String,
}

impl Repeat {
    /// Returns the help with these options, if it is a command of ours that takes them.
    ///
    /// An option that the command has already is not repeated. A command that names a run or an
    /// unfinished release is complete.
    pub(super) fn in_help(&self, help: &str) -> String {
        const START: &str = "cargo campaign ";
        let Some(rest) = help.strip_prefix(START) else {
            return help.to_owned();
        };
        let name = rest.split(' ').next().unwrap_or_default();
        let Some(options) = options_of(name) else {
            return help.to_owned();
        };
        let is_complete = contains_any(rest, &[" --from ", " --resume", " --abort"]);
        let takes_place = !contains_any(rest, &[" --config ", " --manifest-path "]);
        let build = options.build;
        // Each option with its group, and with what takes its place in a command.
        let typed: [(&str, Group, &[&str]); 6] = [
            (&self.selection, options.selection, &SELECTION),
            (&self.features, build, &FEATURES),
            (&self.target, build, &[" --target ", WITHOUT_TARGET]),
            (&self.profile, build, &[" --profile ", WITHOUT_PROFILE]),
            (&self.target_dir, build, &[" --target-dir "]),
            (&self.network, options.network, &NETWORK),
        ];
        let typed = typed.into_iter().filter(|(_, group, instead)| {
            *group == Group::Repeated && !is_complete && !contains_any(rest, instead)
        });
        let place = [
            (&self.manifest, options.manifest),
            (&self.config, options.config),
        ];
        let place = place
            .into_iter()
            .filter(|(_, group)| *group == Group::Repeated && takes_place)
            .map(|(option, _)| option.as_str());
        let takes_base = JUDGING.contains(&name) && !rest.contains(" --base");
        let base = takes_base.then_some(self.base.as_str());
        let place = place.chain(base);
        let repeated = place.chain(typed.map(|(option, ..)| option));
        format!(
            "{START}{name}{}{}",
            repeated.collect::<String>(),
            &rest[name.len()..]
        )
    }
}

/// Commands that judge by the rules of a revision.
const JUDGING: [&str; 4] = ["ci", "explain", "gate", "status"];

/// Options that select packages.
const SELECTION: [&str; 3] = [" -p ", " --exclude ", " --workspace"];

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

/// Returns the options as typed.
pub(super) fn options(flags: &Flags) -> Repeat {
    let manifest = flags
        .manifest_path
        .as_ref()
        .map(|path| path.to_string_lossy());
    let config = flags.config.as_ref().map(|path| path.to_string_lossy());
    let target_dir = flags.target_dir.as_ref();
    let target_dir = target_dir.map(|path| path.to_string_lossy());
    Repeat {
        manifest: each("--manifest-path", manifest),
        config: each("--config", config),
        selection: each("-p", &flags.packages) + &each("--exclude", &flags.exclude),
        features: [
            each("-F", &flags.build.features),
            switch("--all-features", flags.build.all_features),
            switch("--no-default-features", flags.build.no_default_features),
        ]
        .concat(),
        target: each("--target", &flags.build.target),
        profile: each("--profile", &flags.build.profile),
        target_dir: each("--target-dir", target_dir),
        network: [
            switch("--locked", flags.locked),
            switch("--offline", flags.offline),
            switch("--frozen", flags.frozen),
        ]
        .concat(),
        base: String::new(),
    }
}

/// Returns an option once for each value.
pub(super) fn each(name: &str, values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    values
        .into_iter()
        .map(|value| format!(" {name} {}", quote(value.as_ref())))
        .collect()
}

fn switch(name: &str, is_on: bool) -> String {
    if is_on {
        format!(" {name}")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::BuildSelection;

    #[test]
    fn options_are_repeated_as_typed() {
        let flags = Flags {
            packages: vec!["a".into()],
            config: Some("my rules.toml".into()),
            build: BuildSelection {
                no_default_features: true,
                profile: Some("release".into()),
                ..BuildSelection::default()
            },
            target_dir: Some("/out".into()),
            locked: true,
            offline: true,
            ..Flags::default()
        };
        let repeat = options(&flags);
        assert_eq!(
            [
                repeat.manifest,
                repeat.config,
                repeat.selection,
                repeat.features,
                repeat.target,
                repeat.profile,
                repeat.target_dir,
                repeat.network
            ],
            [
                "",
                " --config 'my rules.toml'",
                " -p a",
                " --no-default-features",
                "",
                " --profile release",
                " --target-dir /out",
                " --locked --offline"
            ]
        );
    }

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
            base: String::new(),
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
