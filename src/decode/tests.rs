//! Every decoder over damaged copies of recorded streams and documents: whatever comes in, nothing panics.

use super::*;
use crate::decode::libtest::Results;
use crate::tests::damage::{self, Property};
use crate::workspace::{Member, Workspace};

/// Bytes that mean something to a decoder.
const SPICE: [&[u8]; 14] = [
    b"\n",
    b"<",
    b"/>",
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

/// Damages one of the recorded inputs and hands it on, `rounds` times.
fn survives(what: &str, inputs: &[&str], rounds: usize, decode: impl Fn(&[u8]) -> usize) {
    damage::survive(what, rounds, |random, round| {
        decode(&random.spoil(inputs[round % inputs.len()].as_bytes(), &SPICE))
    });
}

const PROPERTIES: [Property; 16] = [
    (damaged_messages_of_cargo_are_survived, 8000),
    (damaged_messages_of_nextest_are_survived, 8000),
    (damaged_records_of_libtest_are_survived, 8000),
    (damaged_doctest_text_is_survived, 8000),
    (damaged_figures_are_survived, 8000),
    (damaged_advisories_are_survived, 8000),
    (damaged_entries_of_an_index_are_survived, 8000),
    (damaged_progress_is_survived, 8000),
    (damaged_documents_of_builds_are_survived, 8000),
    (damaged_comparisons_of_apis_are_survived, 8000),
    (damaged_outcomes_of_mutants_are_survived, 8000),
    (damaged_statistics_of_caches_are_survived, 8000),
    (damaged_counts_of_instructions_are_survived, 8000),
    (damaged_summaries_of_gungraun_are_survived, 8000),
    (damaged_reports_of_times_are_survived, 8000),
    (
        damaged_source_is_survived_and_every_line_is_counted_once,
        8000,
    ),
];

#[test]
fn no_damage_makes_a_decoder_panic() {
    damage::hold(&PROPERTIES, 1);
}

#[test]
#[ignore = "long: 3 minutes"]
fn no_damage_makes_a_decoder_panic_however_often_it_is_tried() {
    damage::hold(&PROPERTIES, damage::LONG);
}

/// Single lines, so that each round is short.
fn lines(stream: &'static str) -> Vec<&'static str> {
    stream.lines().filter(|line| line.len() < 1500).collect()
}

fn damaged_advisories_are_survived(rounds: usize) {
    let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2021-0001\"\npackage = \"a\"\n\
                    cvss = \"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N\"\n\
                    [affected]\nos = [\"windows\"]\n[versions]\n\
                    patched = [\">= 1.2, < 2.0\", \"^3.1\", \"~4\"]\n```\n# Title\n";
    survives("advisory", &[advisory], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        advisory::read(&text).map_or(0, |advisory| {
            let versions = ["0.0.0", "1.2.3-alpha", "18446744073709551615.0.0"];
            let versions = versions.map(|version| version.parse().unwrap());
            versions
                .iter()
                .filter(|version| advisory.affects(version))
                .count()
        })
    });
}

fn damaged_entries_of_an_index_are_survived(rounds: usize) {
    let line = r#"{"name":"a","vers":"1.0.0","yanked":true,"rust_version":"1.70","v":2}"#;
    let cached = format!("\u{3}\u{2}\0\0\0etag: \"1\"\01.0.0\0{line}\0");
    survives("entry of an index", &[line, &cached], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let read = [index::checked_out("a", &text), index::cached("a", &text)];
        read.iter().flatten().map(Vec::len).sum()
    });
}

fn damaged_counts_of_instructions_are_survived(rounds: usize) {
    let recorded = include_str!("../../fixtures/streams/cachegrind/out");
    survives("counts of instructions", &[recorded], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        cachegrind::instructions(&text).map_or(0, |_| 1)
    });
}

fn damaged_summaries_of_gungraun_are_survived(rounds: usize) {
    let recorded = include_str!("../../fixtures/streams/gungraun/summary.json");
    survives("summaries of gungraun", &[recorded], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        gungraun::summary(&text).map_or(0, |_| 1)
    });
}

fn damaged_reports_of_times_are_survived(rounds: usize) {
    let recorded = include_str!("../../fixtures/streams/timings/cargo-timing.html");
    survives("reports of times", &[recorded], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        timings::units(&text).map_or(0, |units| units.len())
    });
}

fn damaged_messages_of_cargo_are_survived(rounds: usize) {
    let core = Member {
        id: "path+file:///ws/core#tide-core@0.1.0".to_owned(),
        name: "tide-core".to_owned(),
        ..Member::default()
    };
    let workspace = Workspace {
        root: "/ws".into(),
        members: vec![core],
        ..Workspace::default()
    };
    survives(
        "messages of cargo",
        &lines(include_str!("../../fixtures/streams/clippy/stdout.jsonl")),
        rounds,
        |bytes| {
            let mut reader = cargo::CargoReader::new(&workspace);
            let mut events = 0;
            bytes
                .split(|byte| *byte == b'\n')
                .for_each(|line| _ = reader.line(line, &mut |_| events += 1));
            events
        },
    );
}

fn damaged_messages_of_nextest_are_survived(rounds: usize) {
    survives(
        "messages of nextest",
        &[include_str!("../../fixtures/streams/nextest/stdout.jsonl")],
        rounds / 20,
        |bytes| {
            let mut reader = nextest::NextestReader::new(&[]);
            bytes
                .split(|byte| *byte == b'\n')
                .for_each(|line| reader.line(line));
            reader.finish(&String::from_utf8_lossy(bytes)).len()
        },
    );
    let stderr = include_str!("../../fixtures/streams/nextest/stderr.txt");
    survives("stderr of nextest", &[stderr], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut reader = nextest::NextestReader::new(&[]);
        text.lines().for_each(|line| reader.hear(line));
        reader.finish(&text).len()
    });
}

fn damaged_comparisons_of_apis_are_survived(rounds: usize) {
    let text = "--- failure struct_missing: pub struct removed ---\nFailed in:\n  \
                struct a::B, previously in file /w/a.rs:3\n\
                FAIL [   0.001s]       major        struct_missing\n\
                Checked [   0.003s] 2 checks: 1 pass, 1 fail, 0 warn, 1 skip\n\
                Summary semver requires new major version: 1 major and 0 minor checks failed\n";
    survives("comparison of an API", &[text], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        api::read(&text, &text).map_or(0, |found| found.changes.len())
    });
}

fn damaged_outcomes_of_mutants_are_survived(rounds: usize) {
    let document = include_str!("../../fixtures/streams/mutants/outcomes.json");
    survives("outcomes of mutants", &[document], rounds / 20, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let found = mutants::read(&text).map_or(0, |found| found.mutants.len());
        found + usize::from(mutants::is_without_mutants(&text))
    });
}

fn damaged_statistics_of_caches_are_survived(rounds: usize) {
    let document = include_str!("../../fixtures/streams/sccache/after.json");
    survives("statistics of sccache", &[document], rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        sccache::read(&text).map_or(0, |found| found.uncached.len())
    });
}

/// The decoders of documents that cargo, the compiler and LLVM write.
fn damaged_documents_of_builds_are_survived(rounds: usize) {
    let documents = [
        "a v0.1.0 (/w/a)\nb v1.2.3\nb v1.2.3 (*)\nc v0.1.0 (proc-macro) (/w/c)\n",
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b 1.2.3\",\n]\n",
        "/t/a.d: src/lib.rs src/a\\ b.rs\n\nsrc/lib.rs:\n\n# env-dep:HOME=/root\n# checksum:1 file_len:2 src/lib.rs\n",
        "cargo:rerun-if-changed=a\ncargo::rustc-link-arg=-Wl,x\ncargo:rustc-link-lib=static=z\n",
        r#"{"data":[{"files":[{"filename":"/w/a.rs"}],"functions":[{"count":1,"filenames":["/w/a.rs"],"name":"f","regions":[[1,2,3,4,5,0,0,0]]}]}],"type":"llvm.coverage.json.export","version":"2.0.1"}"#,
        "TN:\nSF:/w/a.rs\nFN:1,2,f\nFNDA:1,f\nFNL:0,3\nFNA:0,1,g\nDA:1,1\nDA:2,0\nend_of_record\n",
        "<?xml version=\"1.0\"?><!DOCTYPE coverage SYSTEM \"x\"><coverage><sources><source>/w</source></sources><class filename=\"a&lt;.rs\"><methods><method name='f'><lines><line number=\"1\" hits=\"0\"/></lines></method></methods><lines><line number='3' hits='1'/></lines></class></coverage>",
        "\u{7f}ELF\u{2}\u{1}\u{1}\0\0\0\0\0\0\0\0\0\u{3}\0>\0\u{1}\0\0\0",
    ];
    survives("documents of builds", &documents, rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let counts = [
            tree::packages(&text).map_or(0, |found| found.len()),
            lockfile::packages(&text).len(),
            lockfile::number_of_packages(&text).unwrap_or(0),
            coverage::document(&text).map_or(0, |found| found.files.len()),
            sections::sizes(std::io::Cursor::new(bytes)).map_or(0, |found| found.len()),
        ];
        let read = [
            format!("{:?}", built::dep_info(&text)),
            format!("{:?}", built::build_script(&text)),
            format!("{:?}", linking::build_script(&text)),
        ];
        counts.iter().sum::<usize>() + read.iter().map(String::len).sum::<usize>()
    });
}

fn damaged_records_of_libtest_are_survived(rounds: usize) {
    let texts = [
        include_str!("../../fixtures/streams/libtest/log.txt"),
        include_str!("../../fixtures/streams/libtest/stdout.txt"),
        include_str!("../../fixtures/streams/json/stdout.txt"),
    ];
    survives("records of libtest", &texts, rounds / 4, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let record = |libtest, results| libtest::Execution {
            package: "p",
            target_kind: "lib",
            target: "p",
            libtest,
            code: Some(0),
            signal: None,
            seconds: 0.0,
            results,
            stdout: &text,
            stdout_cut: false,
            terse: false,
            selects: false,
            stderr: &text,
        };
        let (log, stdout) = (Results::Log(Some(&text)), Results::Stdout);
        [(true, log), (true, stdout), (false, log)]
            .map(|(libtest, results)| libtest::suite(&record(libtest, results)).cases.len())
            .iter()
            .sum()
    });
}

fn damaged_doctest_text_is_survived(rounds: usize) {
    survives(
        "doctest text",
        &[include_str!("../../fixtures/streams/doctest/stdout.txt")],
        rounds / 4,
        |bytes| {
            let mut reader = doctest::DoctestReader::new();
            bytes
                .split(|byte| *byte == b'\n')
                .for_each(|line| reader.line(line));
            reader.finish(&Workspace::default(), false).len()
        },
    );
}

fn damaged_figures_are_survived(rounds: usize) {
    let estimates = include_str!("../../fixtures/streams/criterion/func/estimates.json");
    let texts = [
        estimates,
        "{\"full_id\":\"x\"}",
        "test a ... bench:  1,234.5 ns/iter (+/- 6)",
        "a 1 count\nb 2\n",
    ];
    let names = ["a".to_owned(), "b".to_owned()];
    survives("figures", &texts, rounds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let criterion = usize::from(
            bench::criterion("p", "t", "{\"full_id\":\"x\"}", &text, Some(&text)).is_err(),
        ) + usize::from(bench::criterion("p", "t", &text, estimates, None).is_ok());
        criterion
            + bench::libtest("p", "t", &text).len()
            + figures::read(&text, &names).map_or(0, |figures| figures.len())
    });
}

fn damaged_progress_is_survived(rounds: usize) {
    let texts = [
        "\u{1b}[K    Building [====>      ] 12/41: serde, foo(build)...",
        "    Blocking waiting for file lock on build directory",
    ];
    survives("progress", &texts, rounds, |bytes| {
        usize::from(progress::read(&String::from_utf8_lossy(bytes)) != progress::ProgressLine::Text)
    });
}

fn damaged_source_is_survived_and_every_line_is_counted_once(rounds: usize) {
    let texts = [
        "mod a { /* é */ impl<'a> X<'a> for Y { fn z(&self) -> char { '\\'' } } }\n",
        "/// doc\n#[a]\nconst A: &str = r#\"\n\"#;\nstatic B: u8 = b'x';\nmacro_rules! m { () => {} }\n",
        "fn f(n: &str) { env::var(n); [\"A\"].map(env::var); for n in [N] {} let g = |n| var(n); }\n",
        "struct A { #[arg(env = \"A\")] a: u8 } use env::{var}; const N: &str = format!(\"{}\", concat!());\n",
        "unsafe { todo!() } // TODO\n\nfn f<const N: usize>() where T: Fn() -> Foo<{ N }> {}\n",
    ];
    survives("source", &texts, rounds / 2, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let counted = source::counts(&text);
        let total = usize::try_from(counted.code + counted.comments + counted.blank).unwrap_or(0);
        assert_eq!(total, text.lines().count(), "{text:?}");
        let items = source::outline(&text);
        assert!(
            items.iter().all(|item| item.first <= item.last),
            "{items:?} in {text:?}"
        );
        let facts = [source::variables::facts(&text)];
        items.len() + total + source::variables::resolve(&facts).len()
    });
}
