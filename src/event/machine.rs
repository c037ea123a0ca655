//! Failures of the machine: a full disk, too many open files, a killed compiler.
//!
//! They are unrelated to the sources, so a result that is incomplete because of one is measured
//! again. The texts that show them also contain names and sources of the user, which do not count.

/// Signs that a program stopped because of the machine, with their meaning. A linker that maps its
/// output into memory ends with a bus error if the disk is full.
const SIGNS: [(&str, &str); 18] = [
    ("No space left on device", FULL_DISK),
    ("There is not enough space on the disk", FULL_DISK),
    ("[Bus error]", FULL_DISK),
    ("Disk quota exceeded", SYSTEM_ERROR),
    ("File too large", SYSTEM_ERROR),
    ("Input/output error", SYSTEM_ERROR),
    ("Read-only file system", SYSTEM_ERROR),
    ("Stale file handle", SYSTEM_ERROR),
    ("Text file busy", SYSTEM_ERROR),
    ("Too many open files", SYSTEM_ERROR),
    ("Resource temporarily unavailable", SYSTEM_ERROR),
    ("Cannot allocate memory", SYSTEM_ERROR),
    ("memory exhausted", SYSTEM_ERROR),
    ("out of memory", SYSTEM_ERROR),
    ("failed: signal: ", KILLED),
    ("terminated with signal", KILLED),
    ("failed due to signal", KILLED),
    ("unable to execute command: Killed", KILLED),
];
const FULL_DISK: &str = "the disk is full";
const SYSTEM_ERROR: &str = "the system reported an error";
const KILLED: &str = "a compiler or linker was killed";

/// The beginning of the compiler's error about a file that the sources name.
const READS: &str = "couldn't read ";

/// Returns whether a process was ended by a signal that others send, such as the system to a
/// process that uses too much memory or processor time: SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM,
/// SIGXCPU or SIGXFSZ. They have these numbers on all systems.
pub fn has_killed(signal: Option<i32>) -> bool {
    matches!(signal, Some(1 | 2 | 3 | 9 | 15 | 24 | 25))
}

/// Returns whether a process ended itself by a signal because of its code: SIGILL, SIGTRAP,
/// SIGABRT, SIGFPE or SIGSEGV. A bus error may be due to a full disk, and an abort to a failed
/// allocation, which is named on stderr.
pub fn has_crashed(signal: Option<i32>, stderr: &str) -> bool {
    let mut lines = stderr.lines();
    matches!(signal, Some(4 | 5 | 6 | 8 | 11))
        && !lines.any(|line| line.starts_with("memory allocation of "))
}

/// Finds a sign of a failure of the machine in a line of cargo, a compiler or a linker.
pub fn sign(line: &str) -> Option<&'static str> {
    find(line).map(|(sign, _)| sign)
}

/// Describes the first failure of the machine in these lines. Warnings, errors with a place in the
/// sources and quoted sources do not count.
pub fn describe<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut lines = lines.into_iter().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let is_placed = lines.peek().is_some_and(|next| next.starts_with("--> "));
        let error = line
            .trim_start_matches("= note: ")
            .trim_start_matches("error: ");
        let unnumbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_aside = line.starts_with("warning") || unnumbered.trim_start().starts_with('|');
        if let Some((_, meaning)) = find(line)
            && !is_aside
            && is_plausible(error, is_placed)
        {
            return Some(format!("{meaning}: {error}"));
        }
    }
    None
}

/// Describes why the machine ended a program, if a line of cargo or the program says so. A program
/// of the toolchain does not end by a signal because of the sources, or not for sure.
pub fn describe_end(line: &str) -> Option<String> {
    match ending_signal(line) {
        Some(number) => Some(format!("it was killed by signal {number}")),
        None => describe([line]),
    }
}

/// Returns the number of the signal that ended a program, as cargo prints it.
fn ending_signal(line: &str) -> Option<&str> {
    let (_, how) = line.split_once("process didn't exit successfully: ")?;
    let (_, signal) = how.rsplit_once(" (signal: ")?;
    Some(signal.split(',').next()?.trim_end_matches(')'))
}

/// Returns whether an error of the compiler or linker is due to the machine. `is_placed` is whether
/// it has a place in the sources.
pub(super) fn is_to_blame(error: &str, is_placed: bool) -> bool {
    // The manifest or a source can name a file that does not exist.
    let is_of_system = system_error(error).is_some() && !error.starts_with(READS);
    is_plausible(error, is_placed) && (is_of_system || sign(error).is_some())
}

/// Returns whether an error can be due to the machine. Of those with a place in the sources, only
/// that about an unreadable file can: others may quote any text of the sources.
fn is_plausible(error: &str, is_placed: bool) -> bool {
    !is_placed || (error.starts_with(READS) && system_error(error).is_some())
}

fn find(line: &str) -> Option<(&'static str, &'static str)> {
    let words = without_quotes(line);
    let told = system_error(&words).unwrap_or(&words);
    SIGNS.into_iter().find(|(sign, _)| told.contains(sign))
}

/// Returns the text of the system's error that ends a message: `File too large` in
/// `cannot write x: File too large (os error 27)`.
fn system_error(message: &str) -> Option<&str> {
    let (before, _) = message.rsplit_once(" (os error ")?;
    Some(before.rsplit_once(": ").map_or(before, |(_, error)| error))
}

/// Returns a line without the names that it quotes. A quote without an end stays.
fn without_quotes(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(['`', '"']) {
        let quote = &rest[start..=start];
        let Some((_, after)) = rest[start + 1..].split_once(quote) else {
            break;
        };
        kept.push_str(&rest[..start]);
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each error is one without a place, and with one.
    #[test]
    fn names_and_sources_of_the_user_are_not_signs() {
        for (error, blamed) in [
            (
                "failed to write to `a.rmeta`: No space left on device (os error 28)",
                [true, false],
            ),
            (
                "couldn't create a temp dir: No space left on device (os error 28) at path \"/t/x\"",
                [true, false],
            ),
            (
                "failed to create `a.o`: File name too long (os error 36)",
                [true, false],
            ),
            (
                "couldn't read `src/x.txt`: Input/output error (os error 5)",
                [true, true],
            ),
            (
                "couldn't read src/x.txt: Too many open files (os error 24)",
                [true, true],
            ),
            (
                "couldn't read `src/No space left on device.txt`: No such file or directory (os error 2)",
                [false, false],
            ),
            (
                "couldn't read src/No space left on device (os error 28).md: No such file or directory (os error 2)",
                [false, false],
            ),
            (
                "couldn't read `src/Too many open files.txt`: stream did not contain valid UTF-8",
                [false, false],
            ),
            (
                "invalid character ' ' in crate name: `No_space left on device`",
                [false, false],
            ),
            ("No space left on device (os error 28)", [true, false]),
            (
                "linking with `cc` failed: signal: 9 (SIGKILL)",
                [true, false],
            ),
            ("linking with `cc` failed: exit status: 1", [false, false]),
        ] {
            assert_eq!(
                [false, true].map(|is_placed| is_to_blame(error, is_placed)),
                blamed,
                "{error}"
            );
        }
    }

    #[test]
    fn first_failure_of_the_machine_is_described() {
        for (text, expected) in [
            (
                "error: failed to write x: Disk quota exceeded (os error 122)",
                Some(
                    "the system reported an error: failed to write x: Disk quota exceeded (os error 122)",
                ),
            ),
            (
                "error: couldn't read `x`: Too many open files (os error 24)\n --> src/lib.rs:1:1",
                Some(
                    "the system reported an error: couldn't read `x`: Too many open files (os error 24)",
                ),
            ),
            (
                "collect2: fatal error: ld terminated with signal 9 [Killed]",
                Some(
                    "a compiler or linker was killed: collect2: fatal error: ld terminated with signal 9 [Killed]",
                ),
            ),
            ("error: No space left on device\n --> src/lib.rs:1:1", None),
            (
                "error: couldn't read x: No space left on device\n --> src/lib.rs:1:1",
                None,
            ),
            (
                "error: could not compile `a` (test \"No space left on device\") due to 1 previous error",
                None,
            ),
            (
                "warning: cannot write the cache: Read-only file system (os error 30)",
                None,
            ),
            ("12 | // out of memory", None),
            (
                "an `unfinished quote: out of memory",
                Some("the system reported an error: an `unfinished quote: out of memory"),
            ),
        ] {
            assert_eq!(describe(text.lines()).as_deref(), expected, "{text}");
        }
    }
}
