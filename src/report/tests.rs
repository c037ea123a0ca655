use super::sample;
use super::*;
use std::collections::BTreeMap;

#[test]
fn tmp_show() {
    let width: usize = std::option_env!("X").map_or(80, |_| 80);
    let _ = width;
    for (width, unicode, color) in [(80, true, true), (140, true, true), (80, false, false), (60, true, false)] {
        let look = Look { width, unicode, color };
        let r = sample::report();
        let src = sample::source("");
        let mut all: Vec<(&str, String)> = vec![];
        all.push(("status", status::screen(&r, sample::NOW, &look)));
        all.push((
            "gate",
            gate::screen(&r, &gate::Around { source: &src, unchanged: false, verbose: false }, sample::NOW, &look),
        ));
        all.push((
            "gate pass",
            gate::screen(
                &sample::passing(),
                &gate::Around { source: &src, unchanged: true, verbose: false },
                sample::NOW,
                &look,
            ),
        ));
        all.push((
            "gate -v",
            gate::screen(
                &sample::passing(),
                &gate::Around { source: &src, unchanged: true, verbose: true },
                sample::NOW,
                &look,
            ),
        ));
        all.push(("diff", diff::screen(&r, &diff::Around { commits: Some(41), verbose: false }, &look)));
        all.push((
            "diff none",
            diff::screen(&sample::first(), &diff::Around { commits: Some(41), verbose: false }, &look),
        ));
        all.push(("baseline", baseline::screen(&r, &look)));
        all.push(("baseline first", baseline::screen(&sample::first(), &look)));
        for asked in ["clippy.warnings", "clippy.new", "bench.api/parse.time", "test.failed", "build.time", "loc.code"]
        {
            let trend = [(1, 8.0), (2, 9.0), (3, 14.0), (4, 12.0), (5, 11.0), (6, 14.0)];
            let a = explain::Around {
                asked,
                source: &src,
                trend: &trend,
                command: Some("cargo clippy --workspace --all-targets --message-format=json"),
                by_hand: Some("cargo clippy --workspace --all-targets"),
            };
            all.push(("explain", explain::screen(&r, &a, sample::NOW, &look).unwrap()));
        }
        let e = |id: &str, n: i64, mark: &str| history::Entry {
            id: id.into(),
            started: sample::NOW - n,
            commit: "9be1d02".into(),
            dirty: n > 10000,
            seconds: 112.0,
            collectors: vec!["clippy".into(), "test".into()],
            mark: mark.into(),
        };
        all.push((
            "history",
            history::screen(
                &[e("20261120-141209-9be1d02c", 720, ""), e("20261114-101502-4f2c91ab", 600000, "baseline")],
                &[history::Trend {
                    title: "clippy warnings".into(),
                    unit: crate::metric::Unit::Count,
                    points: vec![(1, 12.0), (2, 14.0), (3, 11.0)],
                }],
                sample::NOW,
                &look,
            ),
        ));
        for (n, t) in all {
            println!("===== {n} {width}\n{t}");
        }
    }
    println!("{}", markdown::report(&sample::report(), 0, &Look::PLAIN));
    println!(
        "{}",
        markdown::completion(&markdown::Completion {
            report: &sample::report(),
            before: &["cargo clippy".into()],
            after: &["cargo clippy".into()]
        })
    );
    println!("{}", json::report(&sample::report(), 0, &Look::PLAIN));
    let h = sample::hostile("\x1b[2J\u{202e}`|@a #1 <b>\n\r| http://x");
    println!("{}", status::screen(&h, sample::NOW, &Look::PLAIN));
    println!("{}", markdown::report(&h, 0, &Look::PLAIN));
    let _: BTreeMap<u8, u8> = BTreeMap::new();
}
