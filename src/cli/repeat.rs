//! The options of the command line that a command named by a message must have too.

use crate::options::Flags;
use crate::plan::quote;

/// Options that decide what is measured and by which rules, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeat {
    /// `--manifest-path`, `--config`.
    campaign: String,
    /// `-p`, `--exclude`.
    selection: String,
    /// Features, target and profile.
    build: String,
}

impl Repeat {
    pub(super) fn new(flags: &Flags) -> Self {
        let path = |name, path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map_or_else(String::new, |path| option(name, &path.to_string_lossy()))
        };
        let text = |name, text: &Option<String>| {
            text.as_ref()
                .map_or_else(String::new, |text| option(name, text))
        };
        let all = |name, values: &[String]| {
            values
                .iter()
                .map(|value| option(name, value))
                .collect::<String>()
        };
        let switch = |name: &str, is_on| {
            if is_on {
                format!(" {name}")
            } else {
                String::new()
            }
        };
        Self {
            campaign: path("--manifest-path", &flags.manifest_path)
                + &path("--config", &flags.config),
            selection: all("-p", &flags.packages) + &all("--exclude", &flags.exclude),
            build: all("-F", &flags.features)
                + &switch("--all-features", flags.all_features)
                + &switch("--no-default-features", flags.no_default_features)
                + &text("--target", &flags.target)
                + &text("--profile", &flags.profile),
        }
    }

    /// Returns the help with these options, if it is a command of ours that takes them.
    ///
    /// A baseline is pinned for all packages, whichever are judged now. A command that names packages or features is
    /// complete.
    pub(super) fn in_help(&self, help: &str) -> String {
        const START: &str = "cargo campaign ";
        let Some(rest) = help.strip_prefix(START) else {
            return help.to_owned();
        };
        let name = rest.split(' ').next().unwrap_or_default();
        let (selection, build) = match name {
            "run" | "gate" | "status" | "diff" | "explain" | "report" => {
                (self.selection.as_str(), self.build.as_str())
            }
            "baseline" | "final" => ("", self.build.as_str()),
            _ => return help.to_owned(),
        };
        let is_complete = [" -p ", " -F ", " --from ", " --workspace"]
            .iter()
            .any(|option| rest.contains(option));
        let (selection, build) = if is_complete {
            ("", "")
        } else {
            (selection, build)
        };
        format!(
            "{START}{name}{}{selection}{build}{}",
            self.campaign,
            &rest[name.len()..]
        )
    }
}

fn option(name: &str, value: &str) -> String {
    format!(" {name} {}", quote(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_the_options_that_they_take() {
        let flags = Flags {
            packages: vec!["a".into()],
            no_default_features: true,
            profile: Some("release".into()),
            config: Some("my rules.toml".into()),
            ..Flags::default()
        };
        let repeat = Repeat::new(&flags);
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
                "cargo campaign gate -F default",
                "cargo campaign gate --config 'my rules.toml' -F default",
            ),
            (
                "cargo campaign gate --workspace",
                "cargo campaign gate --config 'my rules.toml' --workspace",
            ),
            ("cargo campaign init", "cargo campaign init"),
            ("cargo test -p a", "cargo test -p a"),
            ("did you mean `a`?", "did you mean `a`?"),
        ] {
            assert_eq!(repeat.in_help(help), expected);
            assert_eq!(Repeat::default().in_help(help), help);
        }
    }
}
