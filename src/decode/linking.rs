//! The arguments that the compiler passes to the linker: those in `rustflags` and in the output of build scripts.

/// Files that the linker or the compiler reads and that no dep-info names, in the form in which they are configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linking {
    /// Directories in which native libraries are searched.
    pub directories: Vec<String>,
    /// Names of native libraries, without prefix and extension.
    pub libraries: Vec<String>,
    /// Arguments of the linker.
    pub arguments: Vec<String>,
    /// Files with arguments of the compiler: `@FILE`.
    pub argument_files: Vec<String>,
}

/// Reads the output of a build script: `cargo::rustc-link-lib=NAME` and similar. Older scripts write a single colon.
pub fn build_script(text: &str) -> Linking {
    let mut found = Linking::default();
    for line in text.lines() {
        let directive = line
            .strip_prefix("cargo::")
            .or_else(|| line.strip_prefix("cargo:"));
        let Some((key, value)) = directive.and_then(|directive| directive.split_once('=')) else {
            continue;
        };
        match key {
            "rustc-link-search" => found.add_directory(value),
            "rustc-link-lib" => found.add_library(value),
            "rustc-flags" => found.add_flags(value.split_whitespace()),
            // `BIN=ARGUMENT`
            "rustc-link-arg-bin" => {
                let argument = value
                    .split_once('=')
                    .map_or(value, |(_, argument)| argument);
                found.arguments.push(argument.to_owned());
            }
            _ if key.starts_with("rustc-link-arg") || key == "rustc-cdylib-link-arg" => {
                found.arguments.push(value.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// Reads arguments of rustc.
pub fn rustflags<'a>(flags: impl IntoIterator<Item = &'a str>) -> Linking {
    let mut found = Linking::default();
    found.add_flags(flags);
    found
}

impl Linking {
    fn add_flags<'a>(&mut self, flags: impl IntoIterator<Item = &'a str>) {
        let mut flags = flags.into_iter();
        while let Some(flag) = flags.next() {
            let (name, value) = match flag {
                "-L" | "-l" | "-C" | "--codegen" => (flag, flags.next().unwrap_or_default()),
                _ => {
                    let joined = ["-L", "-l", "-C", "--codegen=", "@"];
                    let split = joined
                        .into_iter()
                        .find_map(|name| Some((name, flag.strip_prefix(name)?)));
                    let Some(split) = split else { continue };
                    split
                }
            };
            match name {
                "-L" => self.add_directory(value),
                "-l" => self.add_library(value),
                "@" => self.argument_files.push(value.to_owned()),
                _ => self.add_codegen(value),
            }
        }
    }

    /// Adds the argument of `-C`.
    fn add_codegen(&mut self, option: &str) {
        match option.split_once('=') {
            Some(("link-arg" | "linker", argument)) => self.arguments.push(argument.to_owned()),
            Some(("link-args", arguments)) => {
                let arguments = arguments.split_whitespace().map(str::to_owned);
                self.arguments.extend(arguments);
            }
            _ => {}
        }
    }

    /// Adds `[KIND=]PATH`. Directories of other crates are left out.
    fn add_directory(&mut self, value: &str) {
        let path = match value.split_once('=') {
            Some(("native" | "all", path)) => path,
            Some(("dependency" | "crate" | "framework", _)) => return,
            _ => value,
        };
        self.directories.push(path.to_owned());
    }

    /// Adds `[KIND[:MODIFIERS]=]NAME[:RENAME]`.
    fn add_library(&mut self, value: &str) {
        let name = value.split_once('=').map_or(value, |(_, name)| name);
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        self.libraries.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    fn linking(
        directories: &[&str],
        libraries: &[&str],
        arguments: &[&str],
        argument_files: &[&str],
    ) -> Linking {
        let [directories, libraries, arguments, argument_files] =
            [directories, libraries, arguments, argument_files]
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Linking {
            directories,
            libraries,
            arguments,
            argument_files,
        }
    }

    #[test]
    fn flags_of_the_compiler_name_libraries_and_files() {
        for (flags, expected) in [
            (
                "-Lnative=a -L b -L dependency=c -lstatic:+verbatim=foo -l dylib=bar:baz -Ldependency=d",
                linking(&["a", "b"], &["foo", "bar"], &[], &[]),
            ),
            (
                "-Clink-arg=x.a -C link-args=-T -C linker=./ld --codegen link-arg=-Tm.x --codegen=link-arg=y",
                linking(&[], &[], &["x.a", "-T", "./ld", "-Tm.x", "y"], &[]),
            ),
            (
                "@flags --cfg a -Copt-level=3",
                linking(&[], &[], &[], &["flags"]),
            ),
            ("-C", linking(&[], &[], &[], &[])),
        ] {
            assert_eq!(rustflags(flags.split(' ')), expected, "{flags}");
        }
    }

    #[test]
    fn output_of_a_build_script_names_libraries_and_files() {
        let text = "cargo:rustc-link-search=native=/l\ncargo::rustc-link-search=/m\ncargo:rustc-link-lib=static=foo\n\
            cargo:rustc-link-arg=a\ncargo:rustc-link-arg-bins=b\ncargo:rustc-link-arg-bin=app=c\n\
            cargo:rustc-cdylib-link-arg=d\ncargo:rustc-flags=-l bar -L n\ncargo:rustc-env=A=b\nrustc-link-arg=x\n";
        let expected = linking(
            &["/l", "/m", "n"],
            &["foo", "bar"],
            &["a", "b", "c", "d"],
            &[],
        );
        assert_eq!(build_script(text), expected);
    }

    #[test]
    fn hostile_flags_are_read_in_linear_time() {
        for text in hostile(&[
            "-L ",
            "-l=:",
            "cargo:rustc-flags=-C ",
            "cargo:rustc-link-lib=a\n",
        ]) {
            assert!(build_script(&text).libraries.len() <= HOSTILE);
            assert!(rustflags(text.split(' ')).directories.len() <= HOSTILE);
        }
    }
}
