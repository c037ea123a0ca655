//! Every decoder over damaged copies of recorded streams: whatever comes in, nothing panics.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::workspace::Workspace;

/// xorshift64*: the same mutations on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % bound.max(1)
    }
}

/// Bytes that mean something to a decoder.
const SPICE: [&[u8]; 12] = [
    b"\n",
    b"{",
    b"}",
    b"\"",
    b"\\",
    b"\xff",
    b"'",
    b"/*",
    b"running 9 tests\n",
    b"test result: ok. ",
    b"99999999999",
    b"\x1b[",
];

/// Cuts, doubles, overwrites and inserts.
fn mutate(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => bytes.extend_from_within(at..to),
            3 => {
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = u8::try_from(random.below(256)).unwrap_or(0))
            }
            _ => drop(bytes.splice(at..to, SPICE[random.below(SPICE.len())].iter().copied())),
        }
    }
    bytes
}

/// Damages one of the recorded inputs `rounds` times and hands it on; a sum of what came out shows that something was read.
fn survives(inputs: &[&str], rounds: usize, decode: impl Fn(&[u8]) -> usize) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let read: usize =
        (0..rounds).map(|round| decode(&mutate(inputs[round % inputs.len()].as_bytes(), &mut random))).sum();
    assert!(read > 0);
}

const ROUNDS: usize = 20_000;

/// Single lines, so that each round is short.
fn lines(stream: &'static str) -> Vec<&'static str> {
    stream.lines().filter(|line| line.len() < 1500).collect()
}

#[test]
fn damaged_messages_of_cargo_are_survived() {
    let names = BTreeMap::from([("path+file:///ws/core#tide-core@0.1.0".to_owned(), "tide-core".to_owned())]);
    survives(&lines(include_str!("../../fixtures/streams/clippy/stdout.jsonl")), ROUNDS, |bytes| {
        let mut reader = cargo::Reader::new(names.clone(), Path::new("/ws"));
        let mut events = 0;
        bytes.split(|byte| *byte == b'\n').for_each(|line| _ = reader.line(line, &mut |_| events += 1));
        events
    });
}

#[test]
fn damaged_messages_of_nextest_are_survived() {
    survives(&[include_str!("../../fixtures/streams/nextest/stdout.jsonl")], ROUNDS / 20, |bytes| {
        let mut reader = nextest::Reader::new();
        bytes.split(|byte| *byte == b'\n').for_each(|line| reader.line(line));
        reader.finish(&String::from_utf8_lossy(bytes)).len()
    });
    let stderr = include_str!("../../fixtures/streams/nextest/stderr.txt");
    survives(&[stderr], ROUNDS, |bytes| nextest::Reader::new().finish(&String::from_utf8_lossy(bytes)).len());
}

#[test]
fn damaged_records_of_libtest_are_survived() {
    let texts = [
        include_str!("../../fixtures/streams/libtest/log.txt"),
        include_str!("../../fixtures/streams/libtest/stdout.txt"),
        include_str!("../../fixtures/streams/json/stdout.txt"),
    ];
    survives(&texts, ROUNDS / 4, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let record = |libtest| libtest::Record {
            package: "p",
            target_kind: "lib",
            target: "p",
            libtest,
            code: Some(0),
            signal: None,
            seconds: 0.0,
            log: Some(&text),
            stdout: &text,
            stdout_cut: false,
            stderr: &text,
        };
        [true, false].map(|libtest| libtest::suite(&record(libtest)).cases.len()).iter().sum()
    });
}

#[test]
fn damaged_doctest_text_is_survived() {
    survives(&[include_str!("../../fixtures/streams/doctest/stdout.txt")], ROUNDS / 4, |bytes| {
        let mut reader = doctest::Reader::new();
        bytes.split(|byte| *byte == b'\n').for_each(|line| reader.line(line));
        reader.finish(&Workspace::default()).len()
    });
}

#[test]
fn damaged_figures_are_survived() {
    let estimates = include_str!("../../fixtures/streams/criterion/func/estimates.json");
    let texts = [estimates, "{\"full_id\":\"x\"}", "test a ... bench:  1,234.5 ns/iter (+/- 6)", "a 1 count\nb 2\n"];
    let names = ["a".to_owned(), "b".to_owned()];
    survives(&texts, ROUNDS, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let criterion = usize::from(bench::criterion("p", "t", "{\"full_id\":\"x\"}", &text, Some(&text)).is_err())
            + usize::from(bench::criterion("p", "t", &text, estimates, None).is_ok());
        criterion
            + bench::libtest("p", "t", &text).len()
            + figures::read(&text, &names).map_or(0, |figures| figures.len())
    });
}

#[test]
fn damaged_progress_is_survived() {
    let texts = [
        "\u{1b}[K    Building [====>      ] 12/41: serde, foo(build)...",
        "    Blocking waiting for file lock on build directory",
    ];
    survives(&texts, ROUNDS, |bytes| {
        usize::from(progress::read(&String::from_utf8_lossy(bytes)) != progress::Said::Text)
    });
}

#[test]
fn damaged_source_is_survived_and_every_line_is_counted_once() {
    let texts = [
        "mod a { /* é */ impl<'a> X<'a> for Y { fn z(&self) -> char { '\\'' } } }\n",
        "/// doc\n#[a]\nconst A: &str = r#\"\n\"#;\nstatic B: u8 = b'x';\nmacro_rules! m { () => {} }\n",
        "unsafe { todo!() } // TODO\n\nfn f<const N: usize>() where T: Fn() -> Foo<{ N }> {}\n",
    ];
    survives(&texts, ROUNDS / 2, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let counted = source::counts(&text);
        let total = usize::try_from(counted.code + counted.comments + counted.blank).unwrap_or(0);
        assert_eq!(total, text.lines().count(), "{text:?}");
        let items = source::outline(&text);
        assert!(items.iter().all(|item| item.first <= item.last), "{items:?} in {text:?}");
        items.len() + total
    });
}
