//! Reads the inputs that a collector declares in `[collect.NAME]`.

use std::time::Duration;

use super::super::mistake::Mistake;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use crate::text::excerpt;

/// Inputs of a collector that cannot be detected: `inputs`, `env` and `max-age` of
/// `[collect.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Patterns of files, relative to the workspace root. [`Declared::SOURCES`] is the source tree.
    pub inputs: Vec<String>,
    /// Names of environment variables.
    pub env: Vec<String>,
    /// The age after which a result is measured again.
    pub max_age: Option<Duration>,
}

impl Declared {
    /// Its keys in `[collect.NAME]`.
    pub const KEYS: [&str; 3] = ["env", "inputs", "max-age"];
    /// The input that means every source file of the workspace.
    pub const SOURCES: &str = "@sources";

    /// Returns the inputs that are patterns of files.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.inputs
            .iter()
            .map(String::as_str)
            .filter(|input| *input != Self::SOURCES)
    }

    /// Reads one of [`Declared::KEYS`].
    pub(super) fn set(&mut self, reader: &mut Reader<'_>, entry: &TomlEntry) {
        match entry.key.as_str() {
            "inputs" => self.inputs = inputs(reader, &entry.value),
            "env" => self.env = reader.texts(&entry.value).unwrap_or_default(),
            _ => self.max_age = reader.duration(&entry.value),
        }
    }
}

/// Reads `inputs`: patterns, and predefined names that begin with `@`.
fn inputs(reader: &mut Reader<'_>, node: &TomlNode) -> Vec<String> {
    let inputs = reader.texts(node).unwrap_or_default();
    let TomlKind::List(nodes) = &node.kind else {
        return inputs;
    };
    for (input, node) in inputs.iter().zip(nodes) {
        if input.starts_with('@') && input != Declared::SOURCES {
            let message = format!("unknown input `{}`", excerpt(input));
            let label = format!("expected a path, a pattern or `{}`", Declared::SOURCES);
            reader.wrong::<()>(Mistake::new(node.at.clone(), message, label));
        }
        if let Some(mistake) = shell_syntax(reader.text, input, node) {
            reader.wrong::<()>(mistake);
        }
    }
    inputs
}

/// Returns the error for a character that a shell would expand. Here it would be an ordinary character, and the input
/// would match nothing.
fn shell_syntax(text: &str, input: &str, node: &TomlNode) -> Option<Mistake> {
    let char = match input.strip_prefix('~') {
        Some(_) => '~',
        None => input.chars().find(|c| "[{$".contains(*c))?,
    };
    let written = text.get(node.at.clone()).unwrap_or_default();
    let at = match written.find(char) {
        Some(offset) => node.at.start + offset..node.at.start + offset + 1,
        None => node.at.clone(),
    };
    let message = format!("`{char}` in input `{}`", excerpt(input));
    let mistake = Mistake::new(at, message, "not supported in a pattern");
    Some(mistake.help("the patterns are `*`, `?` and `**`; write several inputs instead of alternatives, and paths in full"))
}
