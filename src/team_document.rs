//! The documents of a team, as configured: Markdown files with regions that are kept current.

/// A `[[document]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamDocument {
    /// Relative to the workspace root, separated by `/`.
    pub path: String,
    /// The kind of report that it has; empty if it has other sections.
    pub report: String,
    /// The names of its sections, in the order in which a new file has them.
    pub sections: Vec<String>,
    /// Its title, when it is created.
    pub title: Option<String>,
    /// Its purpose, for an index.
    pub purpose: Option<String>,
    /// Who should read it.
    pub audience: Option<String>,
}
