//! Workspaces that are written by code: as many members as a test wants.

use std::fmt::Write;

use super::Sandbox;

impl Sandbox {
    /// A workspace of `count` members `m000 ..`, each but the first depending on the one at half its number, each with one
    /// test; every fifth has one `clippy::needless_return`. Comes with its lock file.
    pub(crate) fn with_members(count: usize) -> Self {
        let sandbox = Self::empty();
        let mut lock = String::from("version = 4\n");
        sandbox.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        );
        sandbox.write(".gitignore", "/target\n");
        for number in 0..count {
            sandbox.member(number);
            let _ = write!(
                lock,
                "\n[[package]]\nname = \"m{number:03}\"\nversion = \"0.1.0\"\n"
            );
            if number > 0 {
                let _ = write!(lock, "dependencies = [\n \"m{:03}\",\n]\n", number / 2);
            }
        }
        sandbox.write("Cargo.lock", &lock);
        sandbox
    }

    fn member(&self, number: usize) {
        let needs = match number {
            0 => String::new(),
            _ => format!(
                "\n[dependencies]\nm{0:03} = {{ path = \"../m{0:03}\" }}\n",
                number / 2
            ),
        };
        let manifest = format!(
            "[package]\nname = \"m{number:03}\"\nversion = \"0.1.0\"\nedition = \"{}\"\n{needs}",
            edition(number)
        );
        let result = if number.is_multiple_of(5) {
            format!("return {number};")
        } else {
            number.to_string()
        };
        let source = format!(
            "//! Member {number}.\n\n/// Its number.\npub fn number() -> usize {{\n    {result}\n}}\n\n#[cfg(test)]\nmod tests {{\n    \
             #[test]\n    fn it_has_its_number() {{\n        assert_eq!(super::number(), {number});\n    }}\n}}\n"
        );
        self.write(&format!("crates/m{number:03}/Cargo.toml"), &manifest);
        self.write(&format!("crates/m{number:03}/src/lib.rs"), &source);
    }
}

/// Both editions that are about.
fn edition(number: usize) -> u32 {
    if number.is_multiple_of(2) { 2024 } else { 2021 }
}
