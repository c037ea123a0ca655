//! The options of the command line that a command named by a message must have too.

use crate::options::Flags;
use crate::plan::quote;
use crate::ui::Repeat;

/// Returns the options as typed.
pub(super) fn options(flags: &Flags) -> Repeat {
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
    Repeat {
        campaign: path("--manifest-path", &flags.manifest_path) + &path("--config", &flags.config),
        selection: all("-p", &flags.packages) + &all("--exclude", &flags.exclude),
        build: all("-F", &flags.features)
            + &switch("--all-features", flags.all_features)
            + &switch("--no-default-features", flags.no_default_features)
            + &text("--target", &flags.target)
            + &text("--profile", &flags.profile),
    }
}

fn option(name: &str, value: &str) -> String {
    format!(" {name} {}", quote(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_repeated_as_typed() {
        let flags = Flags {
            packages: vec!["a".into()],
            no_default_features: true,
            profile: Some("release".into()),
            config: Some("my rules.toml".into()),
            ..Flags::default()
        };
        let repeat = options(&flags);
        assert_eq!(
            [repeat.campaign, repeat.selection, repeat.build],
            [
                " --config 'my rules.toml'",
                " -p a",
                " --no-default-features --profile release"
            ]
        );
    }
}
