//! The options of the command line that commands in messages must have too.

use crate::options::Flags;
use crate::plan::quote;
use crate::ui::Repeat;

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
    }
}

/// Returns an option once for each value.
fn each(name: &str, values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
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
}
