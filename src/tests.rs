//! What tests share: a folder of one's own, and damage that is the same every time.
#![expect(clippy::disallowed_methods, reason = "tests set their own files up")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) mod json_schema;

/// Removed with all that is in it when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// In memory where that is to be had: for tests of hundreds of writes that wait for the disk.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() {
            Self::below(memory)
        } else {
            Self::new()
        }
    }

    /// With these files, in a path without links.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let scratch = Self::below(&std::env::temp_dir().canonicalize().unwrap());
        files
            .iter()
            .for_each(|(name, content)| drop(scratch.write(name, content)));
        scratch
    }

    fn below(parent: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = parent.join(format!(
            "cargo-campaign-test-{}-{count}",
            std::process::id()
        ));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders on the way to it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Bytes of the text that [`hostile`] makes of each piece. Linear work on so many takes a moment, quadratic work minutes.
pub(crate) const HOSTILE: usize = 150_000;

/// Returns long texts that repeat each piece. Parsers are tested with pieces that begin something and never end it, because
/// a parser that searches for the end of each takes quadratic time. No time is measured: the test would not end.
pub(crate) fn hostile<'a>(pieces: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    pieces
        .iter()
        .map(|piece| piece.repeat(HOSTILE / piece.len()))
}

/// Returns the lines in which GitHub's runner would find a workflow command, as its `ActionCommand` reads them: the line
/// without white space before it begins with `::` and has another `::` behind, or holds `##[` anywhere.
pub(crate) fn workflow_commands(log: &str) -> Vec<&str> {
    let command = |line: &&str| {
        line.trim_start()
            .strip_prefix("::")
            .is_some_and(|rest| rest.contains("::"))
            || ["##[", "##vso["].iter().any(|legacy| line.contains(legacy))
    };
    log.split(['\n', '\r']).filter(command).collect()
}

/// Returns strings that would be workflow commands if they got to the beginning of a line, or anywhere for the old form.
pub(crate) fn commands_in_disguise() -> Vec<String> {
    let filler = "word ".repeat(30);
    let before = [
        "",
        "\n",
        "\r\n",
        " \t ",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "\x1b[1m",
        &filler,
        &filler[..70],
    ];
    let commands = [
        "error",
        "warning file=a,line=1",
        "add-mask",
        "stop-commands",
        "set-output name=x",
        "group",
    ];
    let forms = commands.iter().flat_map(|name| {
        [
            format!("::{name}::x y"),
            format!("##[{name}]x y"),
            format!("##vso[{name}]x"),
        ]
    });
    let forms: Vec<String> = forms
        .chain([
            "::error::".repeat(20),
            "#".repeat(9) + "[error]",
            ":: error::".to_owned(),
        ])
        .collect();
    before
        .iter()
        .flat_map(|before| forms.iter().map(move |form| format!("{before}{form}")))
        .collect()
}

/// Owns the random numbers, the ways of spoiling and the count of what was tried; knows no format.
pub(crate) mod damage {
    use std::time::{Duration, Instant};

    /// How many times more the long tests try. They are ignored by default; CONTRIBUTING.md says how to run them.
    pub(crate) const LONG: usize = 300;

    /// What must hold however the input is spoiled, and how often that is tried in passing.
    pub(crate) type Property = (fn(rounds: usize), usize);

    /// Tries all of them as often as they ask for, times `factor`.
    pub(crate) fn hold(properties: &[Property], factor: usize) {
        properties
            .iter()
            .for_each(|(property, rounds)| property(rounds * factor));
    }

    /// xorshift64*.
    pub(crate) struct Random(u64);

    impl Random {
        pub(crate) fn new(seed: usize) -> Self {
            // Spread over all bits, and never 0.
            Self((seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
        }

        pub(crate) fn next(&mut self) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
        }

        /// Below `bound`; 0 when that is 0.
        pub(crate) fn below(&mut self, bound: usize) -> usize {
            usize::try_from(self.next() >> 33).unwrap_or(0) % bound.max(1)
        }

        pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
            &from[self.below(from.len())]
        }

        /// Up to `most` pieces in a row.
        pub(crate) fn chain(&mut self, pieces: &[&str], most: usize) -> String {
            (0..self.below(most + 1))
                .map(|_| *self.pick(pieces))
                .collect()
        }

        /// Cuts, removes, doubles, overwrites, flips and inserts, up to four times.
        pub(crate) fn spoil(&mut self, input: &[u8], spice: &[&[u8]]) -> Vec<u8> {
            let mut bytes = input.to_vec();
            for _ in 0..=self.below(4) {
                let at = self.below(bytes.len() + 1);
                let to = (at + self.below(40)).min(bytes.len());
                match self.below(6) {
                    0 => bytes.truncate(at),
                    1 => drop(bytes.drain(at..to)),
                    2 => bytes.extend_from_within(at..to),
                    3 => bytes
                        .iter_mut()
                        .skip(at)
                        .take(1)
                        .for_each(|byte| *byte = (self.next() >> 56) as u8),
                    4 => bytes
                        .iter_mut()
                        .skip(at)
                        .take(1)
                        .for_each(|byte| *byte ^= 1 << self.below(8)),
                    _ => drop(bytes.splice(at..to, self.pick(spice).iter().copied())),
                }
            }
            bytes
        }

        /// The same for text, at character boundaries: cuts, removes, doubles, swaps and inserts.
        pub(crate) fn garble(&mut self, text: &str, spice: &[&str]) -> String {
            let mut chars: Vec<char> = text.chars().collect();
            for _ in 0..=self.below(4) {
                let at = self.below(chars.len() + 1);
                let to = (at + self.below(40)).min(chars.len());
                match self.below(5) {
                    0 => chars.truncate(at),
                    1 => drop(chars.drain(at..to)),
                    2 => chars.extend_from_within(at..to),
                    3 if to > at => chars.swap(at, to - 1),
                    _ => drop(chars.splice(at..at, self.pick(spice).chars())),
                }
            }
            chars.into_iter().collect()
        }
    }

    /// Tries `rounds` times, with the number of the round. What comes back tells how much was read: of all rounds together it
    /// must be something, or the inputs are of no use. Says (`--nocapture`) how often it was tried and the longest it took.
    pub(crate) fn survive(
        what: &str,
        rounds: usize,
        mut once: impl FnMut(&mut Random, usize) -> usize,
    ) {
        let mut random = Random::new(rounds);
        let (mut read, mut longest, clock) = (0, Duration::ZERO, Instant::now());
        for round in 0..rounds {
            let begin = Instant::now();
            read += once(&mut random, round);
            longest = longest.max(begin.elapsed());
        }
        println!(
            "{what}: {rounds} tried in {:.1?}, the longest took {longest:.1?}",
            clock.elapsed()
        );
        assert!(read > 0, "{what}: nothing was read");
    }
}

#[test]
fn the_same_seed_makes_the_same_damage_and_most_of_it_differs() {
    use damage::Random;
    let spoiled = |seed| {
        let mut random = Random::new(seed);
        (0..100)
            .map(|_| {
                (
                    random.spoil(b"some bytes", &[b"x"]),
                    random.garble("some text", &["x"]),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(spoiled(7), spoiled(7));
    let distinct: std::collections::BTreeSet<_> = spoiled(7).into_iter().collect();
    assert!(distinct.len() > 80, "{}", distinct.len());
    let mut random = Random::new(0);
    assert_eq!(
        (random.below(0), random.spoil(b"", &[b"y"]).len() < 9),
        (0, true)
    );
}
