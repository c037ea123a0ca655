//! The look of a screen: its width, signs and colours. Words carry the meaning; colour only helps.
//!
//! Styles are cargo's own. The caller knows the capabilities of the terminal.

use std::borrow::Cow;

/// The capabilities of the reader's terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns. Screens are made for 80 and more; commands to copy are never cut.
    pub width: usize,
    /// Whether arrows, dots and blocks are shown as such instead of in ASCII.
    pub unicode: bool,
    /// ANSI styles.
    pub color: bool,
}

impl Look {
    /// The look of a file or a pipe: 80 columns, ASCII, no colour.
    pub const PLAIN: Self = Self {
        width: 80,
        unicode: false,
        color: false,
    };

    /// Right-aligned text stays near the text on its left, however wide the terminal is.
    const MEASURE: usize = 88;

    /// The column at which right-aligned text ends.
    pub fn measure(&self) -> usize {
        self.width.min(Self::MEASURE)
    }

    /// The signs this terminal can show.
    pub fn signs(&self) -> &'static Signs {
        if self.unicode { &UNICODE } else { &ASCII }
    }

    /// `text` in a style. `text` must have been escaped: [`super::line::Line`] does both.
    pub fn paint(&self, style: Style, text: &str) -> String {
        match style.code() {
            Some(code) if self.color && !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// Signs that have an ASCII stand-in.
#[derive(Debug, PartialEq, Eq)]
pub struct Signs {
    /// Between two values.
    pub arrow: &'static str,
    /// In place of a missing value.
    pub none: &'static str,
    /// Between items of a list.
    pub dot: &'static str,
    /// In place of omitted text.
    pub dots: &'static str,
    /// Before a negative number.
    pub minus: &'static str,
    /// `<=`
    pub at_most: &'static str,
    /// `>=`
    pub at_least: &'static str,
    /// A millionth.
    pub micro: &'static str,
    /// Heights of a trend, lowest first.
    pub blocks: [&'static str; 8],
}

/// Signs of a document or of a terminal that can show them.
pub(super) const UNICODE: Signs = Signs {
    arrow: "→",
    none: "–",
    dot: "·",
    dots: "…",
    minus: "−",
    at_most: "≤",
    at_least: "≥",
    micro: "µ",
    blocks: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

/// Signs that every terminal can show.
pub(super) const ASCII: Signs = Signs {
    arrow: "->",
    none: "-",
    dot: "|",
    dots: "..",
    minus: "-",
    at_most: "<=",
    at_least: ">=",
    micro: "u",
    blocks: ["_", ".", ",", "-", "~", "=", "*", "#"],
};

impl Signs {
    /// Returns words with these signs in place of those of documents.
    pub(super) fn words<'t>(&self, words: &'t str) -> Cow<'t, str> {
        if !self.is_ascii() || words.is_ascii() {
            return Cow::Borrowed(words);
        }
        let mut shown = words.replace('±', "+-");
        for (sign, own) in [
            (UNICODE.arrow, self.arrow),
            (UNICODE.none, self.none),
            (UNICODE.dot, self.dot),
            (UNICODE.dots, self.dots),
            (UNICODE.minus, self.minus),
            (UNICODE.at_most, self.at_most),
            (UNICODE.at_least, self.at_least),
            (UNICODE.micro, self.micro),
        ] {
            shown = shown.replace(sign, own);
        }
        Cow::Owned(shown)
    }

    /// Returns whether these are the ASCII signs.
    pub(super) fn is_ascii(&self) -> bool {
        *self == ASCII
    }
}

/// Styles, named by their meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// The terminal's own.
    #[default]
    Plain,
    /// Headings.
    Strong,
    /// Status verbs, passes: bold green.
    Good,
    /// Errors, failures: bold red.
    Bad,
    /// Warnings, no verdicts: bold yellow.
    Caution,
    /// `help:` and `note:`: bold cyan.
    Hint,
    /// `-->` and `|`: bold blue.
    Frame,
    /// Asides.
    Quiet,
}

impl Style {
    /// The parameters of its SGR sequence.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Good => Some("1;32"),
            Self::Bad => Some("1;31"),
            Self::Caution => Some("1;33"),
            Self::Hint => Some("1;36"),
            Self::Frame => Some("1;34"),
            Self::Quiet => Some("2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_comes_only_when_asked_for_and_never_around_nothing() {
        let color = Look {
            color: true,
            ..Look::PLAIN
        };
        for (look, style, text, shown) in [
            (Look::PLAIN, Style::Good, "ok", "ok"),
            (color, Style::Good, "ok", "\x1b[1;32mok\x1b[0m"),
            (color, Style::Plain, "ok", "ok"),
            (color, Style::Bad, "", ""),
        ] {
            assert_eq!(look.paint(style, text), shown);
        }
    }

    #[test]
    fn ascii_signs_are_ascii() {
        let Signs {
            arrow,
            none,
            dot,
            dots,
            minus,
            at_most,
            at_least,
            micro,
            blocks,
        } = &ASCII;
        assert!(
            [arrow, none, dot, dots, minus, at_most, at_least, micro]
                .into_iter()
                .chain(blocks)
                .all(|s| s.is_ascii())
        );
    }
}
