//! Sources that are written by code: as many files and tests as a campaign has.

use std::fmt::Write;

use crate::harness::Sandbox;

/// Generated sources of a package, in `PACKAGE/src/parts/` and `PACKAGE/src/unused.rs`. Its `lib.rs` declares the modules.
pub(super) struct Generated {
    /// The package, and its directory.
    pub(super) package: String,
    /// How many files, with `parts/mod.rs`.
    pub(super) files: usize,
    /// How many tests, all below `parts`.
    pub(super) tests: usize,
    /// How many of them fail.
    pub(super) failing: usize,
    /// How many functions in `unused.rs` nothing calls, with six lines of code each. 0: the file is not written.
    pub(super) unused: usize,
}

impl Generated {
    /// Writes the files.
    pub(super) fn write(&self, sandbox: &Sandbox) {
        let parts = self.files.saturating_sub(1);
        let mut list = String::from("//! The parts.\n\n");
        for number in 0..parts {
            let _ = writeln!(list, "pub mod p{number:03};");
            let path = format!("{}/src/parts/p{number:03}.rs", self.package);
            sandbox.write(&path, &self.part(number, parts));
        }
        if parts > 0 {
            sandbox.write(&format!("{}/src/parts/mod.rs", self.package), &list);
        }
        if self.unused > 0 {
            let path = format!("{}/src/unused.rs", self.package);
            sandbox.write(&path, &unused(self.unused));
        }
    }

    /// Returns a part. The tests are shared out evenly, and the first ones fail.
    fn part(&self, number: usize, parts: usize) -> String {
        let mut text = format!(
            "//! Part {number}.\n\n/// Its number.\npub fn number() -> usize {{\n    {number}\n}}\n"
        );
        let tests: Vec<usize> = (number..self.tests).step_by(parts).collect();
        if tests.is_empty() {
            return text;
        }
        text.push_str("\n#[cfg(test)]\nmod tests {\n    use super::number;\n");
        for test in tests {
            let expected = match test < self.failing {
                true => number + 1,
                false => number,
            };
            let _ = write!(
                text,
                "\n    #[test]\n    fn number_is_right_{test}() {{\n        assert_eq!(number(), {expected});\n    }}\n"
            );
        }
        text.push_str("}\n");
        text
    }
}

fn unused(count: usize) -> String {
    let mut text = String::from("//! The old format.\n");
    for number in 0..count {
        let _ = write!(
            text,
            "\nfn old_{number:03}(value: u64) -> u64 {{\n    let low = value & 0xff;\n    let high = value >> 8;\n    let turned = low << 8;\n    turned + high\n}}\n"
        );
    }
    text
}
