//! The additional packages that a release measures.

/// The packages to measure for a release: those to be released, and their unreleased dependencies.
pub(crate) struct Widening {
    /// Values for `-p`; empty for the whole workspace.
    pub(crate) packages: Vec<String>,
    /// Values for `--exclude`.
    pub(crate) exclude: Vec<String>,
    /// The dependencies among the packages.
    pub(crate) unreleased: Vec<Unreleased>,
}

/// A workspace dependency of a release that no release contains as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreleased {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) why: WhyUnreleased,
}

/// Why a dependency counts as not released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhyUnreleased {
    /// No tag has its version.
    Untagged,
    /// It changed since the release of its version, which has this tag.
    Changed { tag: String },
    /// Its releases cannot be found out, for this reason.
    Unknown(String),
}

impl Unreleased {
    /// Returns whether `cargo package` must build it together with the release, because no registry has this version.
    pub(crate) fn is_packaged(&self) -> bool {
        !matches!(self.why, WhyUnreleased::Changed { .. })
    }

    /// Returns the note about it.
    pub(crate) fn describe(&self) -> String {
        let Self { name, version, why } = self;
        match why {
            WhyUnreleased::Untagged => format!(
                "`{name}` {version} is measured too: the release depends on it, and no tag has it"
            ),
            WhyUnreleased::Changed { tag } => format!(
                "`{name}` is measured too: the release depends on it, and it changed since {tag} without a new version"
            ),
            WhyUnreleased::Unknown(why) => format!(
                "`{name}` is measured too: the release depends on it, and its releases are not known: {why}"
            ),
        }
    }
}
