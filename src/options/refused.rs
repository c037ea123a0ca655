//! Errors of usage and configuration, which lead to exit code 2.

use std::fmt;

use super::mistake::Invalid;
use super::render::render;

/// A usage or configuration error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Flags, environment or files contradict each other or are missing.
    Usage {
        /// The error, in lower case.
        message: String,
        /// How to fix it.
        help: Option<String>,
    },
    /// An invalid file.
    Invalid(Box<Invalid>),
}

impl Refused {
    /// Returns a usage error without help.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: None,
        }
    }

    /// Returns a usage error with help.
    pub fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// Shows the message without help. For an invalid file, shows every error without colour in 100
/// columns.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. } => f.write_str(message),
            Self::Invalid(invalid) => f.write_str(&render(invalid, false, 100)),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(Box::new(invalid))
    }
}
