//! Pages in HTML: well-formed, closed to the outside, and of the same structure whatever texts are in them.

use std::collections::BTreeSet;

use super::kinds::Sample;
use super::{LIVE, NOW, UNICODE, first};
use crate::report::facts::PageFacts;
use crate::report::history::{HistoryMark, HistoryPoint, MetricHistory, RecordedHistory};
use crate::report::object::OpenAlert;
use crate::report::{Format, KINDS, Site};
use crate::tests::commands_in_disguise;
use crate::text;

fn site() -> Site {
    Format::parse("html")
        .and_then(|format| format.site)
        .unwrap()
}

/// The page of the sample with `count` values of two metrics, and with `suffix` behind every text from outside.
pub(super) fn page(suffix: &str, count: u32) -> String {
    let mut sample = Sample::new(suffix);
    sample.report.alerts = Some(vec![OpenAlert {
        id: format!("build.errors{suffix}"),
        severity: "critical".to_owned(),
        state: "firing".to_owned(),
        since: Some("2026-11-20T13:00:00Z".to_owned()),
        value: format!("3, alert when > 0{suffix}"),
        acknowledged: Some(format!("ana: known{suffix}")),
    }]);
    (site().render)(&PageFacts {
        facts: sample.facts(),
        history: &history(suffix, count),
    })
}

fn history(suffix: &str, count: u32) -> RecordedHistory {
    let start = NOW - 40 * 86_400;
    let times = (0..count).map(|at| start + i64::from(at) * 40 * 86_400 / i64::from(count));
    let metric = |name: &str, scale: f64| MetricHistory {
        metric: name.to_owned(),
        points: (0_u32..)
            .zip(times.clone())
            .map(|(at, time)| HistoryPoint {
                time,
                value: f64::from(at * 7919 % 31) * scale,
                commit: Some(format!("9be1d0277f{suffix}")),
                dirty: at % 3 == 0,
            })
            .collect(),
    };
    RecordedHistory {
        metrics: vec![
            metric("clippy.warnings", 1.0),
            metric("build.time", 3.5),
            metric("test.time", 2.0),
        ],
        marks: vec![
            HistoryMark {
                time: NOW - 30 * 86_400,
                text: format!("v1.9.0{suffix}"),
            },
            HistoryMark {
                time: NOW - 3 * 86_400,
                text: format!("rustc 1.95.0{suffix}"),
            },
        ],
        runs: count as usize,
    }
}

/// Every page of the sample: of the report with and without its history, and of each kind of report.
fn all_pages(suffix: &str) -> Vec<String> {
    let format = Format::parse("html").unwrap();
    let sample = Sample::new(suffix);
    let mut pages = vec![
        page(suffix, 12),
        (format.render)(&sample.report, NOW, &UNICODE),
    ];
    for kind in KINDS {
        let document = kind.page(&sample.facts());
        pages.extend(format.page.map(|render| render(&document, &UNICODE)));
    }
    pages
}

/// The tags of a page in their order: names of elements, and the names of their attributes.
///
/// # Panics
/// If the page is not well-formed: with tags that are not balanced, attributes without quotes, or text with a `<`.
fn tags(page: &str) -> Vec<String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let (mut open, mut tags) = (Vec::new(), Vec::new());
    while let Some((text, after)) = rest.split_once('<') {
        assert!(
            open.last() == Some(&"style") || !text.contains('>'),
            "{text}"
        );
        let (tag, after) = after.split_once('>').expect("the tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let is_void = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
        tags.push(format!("{name} {}", names(attributes).join(" ")));
        if !is_void {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    tags
}

/// Returns the names of attributes. Each has a value in quotes without a character that would need an escape.
fn names(attributes: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut parts = attributes.split('"');
    while let Some(name) = parts.next().filter(|name| !name.trim().is_empty()) {
        let name = name
            .trim()
            .strip_suffix('=')
            .expect("an attribute has a value");
        assert!(!names.contains(&name), "`{name}` is given twice");
        names.push(name);
        let value = parts.next().expect("a value ends");
        assert!(!value.contains(['<', '>']), "{value}");
    }
    names
}

/// Returns the values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let parts = page.split(start.as_str()).skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

#[test]
fn pages_are_well_formed_and_refer_to_themselves_only() {
    let mut little = Sample::new("");
    little.report = first();
    let little = (site().render)(&PageFacts {
        facts: little.facts(),
        history: &RecordedHistory::default(),
    });
    for page in all_pages("").into_iter().chain([little]) {
        let tags = tags(&page);
        let ids = values(&page, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        for link in values(&page, "href") {
            let id = link.strip_prefix('#').expect("a link within the page");
            assert!(unique.contains(id), "{link}");
        }
        let labels = values(&page, "aria-labelledby").into_iter();
        for id in labels
            .flat_map(|ids| ids.split(' '))
            .chain(values(&page, "for"))
        {
            assert!(unique.contains(id), "{id}");
        }
        for tag in &tags {
            let (name, attributes) = tag.split_once(' ').unwrap();
            assert!(!["script", "img", "iframe", "base", "form", "object"].contains(&name));
            for attribute in attributes.split(' ') {
                let is_live = attribute.starts_with("on") || ["src", "style"].contains(&attribute);
                assert!(!is_live, "{tag}");
            }
        }
        assert_eq!(tags.iter().filter(|tag| tag.starts_with("h1")).count(), 1);
        assert!(!page.contains("://"), "no address outside of the page");
    }
}

#[test]
fn no_text_changes_the_structure_of_a_page() {
    let disguised = commands_in_disguise();
    let texts: Vec<&str> = disguised.iter().map(String::as_str).chain(LIVE).collect();
    assert!(texts.len() >= 200, "{}", texts.len());
    let expected: Vec<Vec<String>> = all_pages("x").iter().map(|page| tags(page)).collect();
    for (round, suffix) in texts.iter().enumerate() {
        // Each kind of page meets every text of some round; the whole report meets all of them.
        let pages = match round % 10 {
            0 => all_pages(suffix),
            _ => vec![page(suffix, 12)],
        };
        for (page, expected) in pages.iter().zip(&expected) {
            assert!(text::is_safe(page), "{suffix:?}");
            assert_eq!(tags(page), *expected, "{suffix:?}");
        }
    }
}

#[test]
fn page_with_its_style_beside_it_has_none_of_its_own() {
    let files = (site().files)(&page("", 12));
    let [("index.html", page), ("style.css", style)] = files.as_slice() else {
        panic!("{files:?}");
    };
    assert!(!page.contains("<style>") && !page.contains("sha256-"));
    assert!(page.contains("\n<link rel=\"stylesheet\" href=\"style.css\"/>"));
    assert!(page.contains("style-src &apos;self&apos; file:;"));
    assert!(style.contains("--ground: #ffffff"));
}

#[test]
fn ten_thousand_runs_fit_into_a_megabyte_with_their_extremes() {
    let page = page("", 10_000);
    assert!(page.len() < 1_000_000, "{}", page.len());
    let remark = "240 of 10 000 values: the first, the last, and the lowest and highest of each stretch of time";
    assert!(page.contains(remark), "{}", page.len());
    assert!(
        page.contains("first 0, last 21, lowest 0, highest 30."),
        "{}",
        page.len()
    );
}

#[test]
#[ignore = "prints how long a page takes"]
fn measure_the_page_of_ten_thousand_runs() {
    let start = std::time::Instant::now();
    let page = page("", 10_000);
    println!("{} bytes in {:?}", page.len(), start.elapsed());
}
