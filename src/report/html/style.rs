//! The style sheet of pages, and the policy that allows it and nothing else.

use sha2::{Digest as _, Sha256};

/// The style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// The name of the separate style sheet.
pub(super) const STYLE_FILE: &str = "style.css";

/// Returns the policy for a page that has the style sheet in it.
pub(super) fn policy() -> String {
    let hash = base64(&Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// The policy for a page with a separate style sheet, on a server or on a disk.
pub(super) const POLICY_OF_FILES: &str =
    "default-src 'none'; style-src 'self' file:; base-uri 'none'; form-action 'none'";

/// Returns bytes in base 64, RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | u32::from(three.get(at).copied().unwrap_or_default());
        }
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            let is_used = digit <= three.len();
            text.push(if is_used {
                char::from(DIGITS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn bytes_are_written_in_base_64() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    /// A browser hashes what it has parsed: without carriage returns, up to the end tag.
    #[test]
    fn style_is_parsed_and_printed_as_it_is() {
        assert!(!STYLE.contains('\r') && !STYLE.contains("</"));
        assert_eq!(text::without_commands(STYLE), STYLE);
        for outside in ["url(", "@import", "http"] {
            assert!(!STYLE.contains(outside), "{outside}");
        }
    }

    /// The colours of a theme, by the names of their variables.
    fn palette(theme: &str) -> Vec<(&str, [f64; 3])> {
        let mut colours = Vec::new();
        for line in theme.lines() {
            let Some((name, value)) = line
                .trim()
                .strip_prefix("--")
                .and_then(|l| l.split_once(": #"))
            else {
                continue;
            };
            let part = |at: usize| {
                let part = u8::from_str_radix(&value[at..at + 2], 16).unwrap();
                f64::from(part) / 255.0
            };
            colours.push((name, [part(0), part(2), part(4)]));
        }
        colours
    }

    /// The contrast of two colours, as WCAG 2.2 defines it.
    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let [one, other] = [one, other].map(|colour| {
            let [red, green, blue] = colour.map(|part| match part {
                part if part <= 0.04045 => part / 12.92,
                part => ((part + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        });
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let ratio = contrast([0.0; 3], [1.0; 3]);
        assert!((ratio - 21.0).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn colours_have_the_contrast_of_wcag_aa_in_both_themes() {
        let (light, dark) = STYLE
            .split_once("@media (prefers-color-scheme: dark)")
            .unwrap();
        let dark = dark.split_once("\n}\n").unwrap().0;
        for (theme, colours) in [("light", palette(light)), ("dark", palette(dark))] {
            let colour = |name: &str| {
                let found = colours.iter().find(|(own, _)| *own == name);
                found
                    .unwrap_or_else(|| panic!("{theme}: no colour {name}"))
                    .1
            };
            for ground in ["ground", "panel"] {
                for text in ["text", "quiet", "good", "caution", "bad", "line", "mark"] {
                    let ratio = contrast(colour(text), colour(ground));
                    assert!(ratio >= 4.5, "{theme}: {text} on {ground} has {ratio:.2}");
                }
                // The edges of fields, and of what has the focus.
                let ratio = contrast(colour("edge"), colour(ground));
                assert!(ratio >= 3.0, "{theme}: edge on {ground} has {ratio:.2}");
            }
            for heat in ["heat-1", "heat-2", "heat-3", "heat-4"] {
                for text in ["text", "quiet"] {
                    let ratio = contrast(colour(text), colour(heat));
                    assert!(ratio >= 4.5, "{theme}: {text} on {heat} has {ratio:.2}");
                }
            }
        }
    }
}
