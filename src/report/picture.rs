//! The plan of a campaign as a picture: a chart of the workstreams by milestone, in SVG.
//!
//! The picture has no script and refers to nothing outside of it. Colours are attributes, because some services drop style
//! sheets; the style sheet has those for dark pages only. Every text passes through [`super::xml`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::line::{head, width};
use super::object::{MilestoneState, Number};
use super::plan::{PlanEntry, PlanPage, days, end, name, remark, style_of};
use super::style::Style;
use super::xml::attribute;
use crate::text::escape;

/// The name of the format, which only a plan has.
pub const PICTURE: &str = "svg";

/// The size of the picture and its parts, in pixels.
const WIDTH: i64 = 960;
const HEAD: i64 = 84;
const ROW: i64 = 36;
const FOOT: i64 = 56;
const LEFT: i64 = 296;
const RIGHT: i64 = 816;
const BAR: i64 = 14;

/// The most columns of a name.
const NAME: usize = 42;

/// A colour, for a property of shapes.
struct Paint {
    class: &'static str,
    property: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn fill(class: &'static str, light: &'static str, dark: &'static str) -> Paint {
    Paint {
        class,
        property: "fill",
        light,
        dark,
    }
}

const fn stroke(class: &'static str, light: &'static str, dark: &'static str) -> Paint {
    Paint {
        class,
        property: "stroke",
        light,
        dark,
    }
}

/// Each has a contrast of 4.5 or more to the page, apart from bands and lines.
const PAGE: Paint = fill("page", "#ffffff", "#0d1117");
const TEXT: Paint = fill("text", "#1f2328", "#e6edf3");
const MUTED: Paint = fill("muted", "#59636e", "#9198a1");
const BAND: Paint = fill("band", "#d1d9e0", "#3d444d");
const OPEN: Paint = fill("open", "#a8cbf5", "#1f4a7d");
const MET: Paint = fill("met", "#0550ae", "#58a6ff");
const GOOD: Paint = fill("good", "#1a7f37", "#3fb950");
const CAUTION: Paint = fill("caution", "#9a6700", "#d29922");
const BAD: Paint = fill("bad", "#b42318", "#ff7b72");
const GRID: Paint = stroke("grid", "#d1d9e0", "#3d444d");
const ARROW: Paint = stroke("arrow", "#59636e", "#9198a1");
const CRITICAL: Paint = stroke("critical", "#b42318", "#ff7b72");
const OUTLINE: Paint = stroke("outline", "#1f2328", "#e6edf3");
const PAINTS: [&Paint; 13] = [
    &PAGE, &TEXT, &MUTED, &BAND, &OPEN, &MET, &GOOD, &CAUTION, &BAD, &GRID, &ARROW, &CRITICAL,
    &OUTLINE,
];

impl Paint {
    fn attributes(&self) -> String {
        let (class, property, light) = (self.class, self.property, self.light);
        format!("class=\"{class}\" {property}=\"{light}\"")
    }

    fn of(style: Style) -> &'static Self {
        match style {
            Style::Good => &GOOD,
            Style::Caution => &CAUTION,
            Style::Bad => &BAD,
            _ => &TEXT,
        }
    }
}

/// A row of the chart.
enum PictureRow<'a> {
    Milestone(&'a MilestoneState),
    /// The heading of workstreams without a milestone.
    Others,
    /// The index of a workstream.
    Workstream(usize),
}

/// Where the bar of a workstream is.
#[derive(Clone, Copy)]
struct PictureBar {
    from: i64,
    to: i64,
    y: i64,
}

/// Returns the picture.
pub fn picture(page: &PlanPage) -> String {
    let rows = rows(page);
    let bottom = HEAD + ROW * rows.len() as i64;
    let height = bottom + FOOT;
    let scale = DayScale::of(page);
    let bars = bars(page, &rows, &scale);

    let mut svg = Svg::default();
    let size = format!("width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\"");
    let font = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
    svg.line(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" {size} font-family=\"{font}\">"
    ));
    let title = format!("{}: plan", page.campaign);
    let summary = format!("On {}: {}", page.today, end(page));
    svg.titled(&title);
    svg.line(&format!("<desc>{}</desc>", attribute(&summary)));
    svg.line(&style_sheet());
    svg.rect(&PAGE, (0, 0), (WIDTH, height));
    svg.text(
        &TEXT,
        (16, 28),
        "font-size=\"16\" font-weight=\"bold\"",
        &cut(&title, 96),
    );
    svg.text(&MUTED, (16, 48), "font-size=\"12\"", &summary);

    svg.axis(&scale, bottom);
    svg.arrows(page, &bars);
    for (at, row) in rows.iter().enumerate() {
        let y = HEAD + ROW * at as i64;
        match row {
            PictureRow::Milestone(one) => svg.milestone(one, y, &scale),
            PictureRow::Others => svg.label(y, true, "Other workstreams", ""),
            PictureRow::Workstream(at) => svg.workstream(&page.entries[*at], bars[*at], y),
        }
    }
    svg.today(page, &scale, bottom);
    svg.legend(bottom + 42);
    svg.line("</svg>");
    svg.0
}

/// Returns the rows: each milestone with its workstreams, then all others.
fn rows(page: &PlanPage) -> Vec<PictureRow<'_>> {
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in page.entries.iter().enumerate() {
        at.entry(&entry.id).or_insert(index);
    }
    let mut rows = Vec::new();
    let mut is_placed = vec![false; page.entries.len()];
    for milestone in &page.milestones {
        rows.push(PictureRow::Milestone(milestone));
        for id in &milestone.workstreams {
            if let Some(&index) = at.get(id.as_str()) {
                rows.push(PictureRow::Workstream(index));
                is_placed[index] = true;
            }
        }
    }
    let others = (0..page.entries.len()).filter(|index| !is_placed[*index]);
    let others: Vec<PictureRow<'_>> = others.map(PictureRow::Workstream).collect();
    if !rows.is_empty() && !others.is_empty() {
        rows.push(PictureRow::Others);
    }
    rows.extend(others);
    rows
}

/// Returns where the bar of each workstream is. One that is complete has none, because the day on which it ended is not
/// recorded.
fn bars(page: &PlanPage, rows: &[PictureRow<'_>], scale: &DayScale) -> Vec<Option<PictureBar>> {
    let mut bars = vec![None; page.entries.len()];
    for (at, row) in rows.iter().enumerate() {
        let PictureRow::Workstream(index) = row else {
            continue;
        };
        let Some((start, end)) = span(&page.entries[*index]) else {
            continue;
        };
        let (from, to) = (scale.x(start), scale.x(next(end)));
        bars[*index] = Some(PictureBar {
            from,
            to: to.max(from + 4),
            y: HEAD + ROW * at as i64 + (ROW - BAR) / 2,
        });
    }
    bars
}

/// Returns the first and the last day of a workstream that is not complete.
fn span(entry: &PlanEntry) -> Option<(Date, Date)> {
    if entry.status == "complete" {
        return None;
    }
    let start = entry.started.as_ref().unwrap_or(&entry.days.0);
    let (start, end): (Date, Date) = (start.parse().ok()?, entry.days.1.parse().ok()?);
    Some((start, end.max(start)))
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// Returns the days of a milestone that are known: the first one, its target, and the one on which it ends.
fn days_of(one: &MilestoneState) -> [Option<Date>; 3] {
    [&one.start, &one.target, &one.end].map(|day| day.as_ref()?.parse().ok())
}

/// The days that the chart shows.
struct DayScale {
    first: Date,
    days: i64,
}

impl DayScale {
    /// Returns a scale with all days of the plan.
    fn of(page: &PlanPage) -> Self {
        let mut all: Vec<Date> = page.today.parse().into_iter().collect();
        for (start, end) in page.entries.iter().filter_map(span) {
            all.extend([start, next(end)]);
        }
        for milestone in &page.milestones {
            for day in days_of(milestone).into_iter().flatten() {
                all.extend([day, next(day)]);
            }
        }
        let first = all.iter().min().copied().unwrap_or_default();
        let last = all.iter().max().copied().unwrap_or_default();
        let days = between(first, last).max(1);
        Self {
            first,
            days: days + days / 40,
        }
    }

    /// Returns where a day begins.
    fn x(&self, day: Date) -> i64 {
        LEFT + between(self.first, day) * (RIGHT - LEFT) / self.days
    }

    /// Returns the days that have a label, with it: at most eight.
    fn labels(&self) -> Vec<(Date, String)> {
        const MOST: i64 = 7;
        let is_short = self.days <= 10 * MOST;
        let step = match is_short {
            true => (self.days / MOST + 1).days(),
            false => (self.days / (30 * MOST) + 1).months(),
        };
        // Months are labelled where they begin.
        let mut day = match is_short || self.first.day() == 1 {
            true => self.first,
            false => next(self.first.last_of_month()),
        };
        let mut labels = Vec::new();
        while between(self.first, day) < self.days && labels.len() <= MOST as usize {
            let label = day.to_string();
            let columns = if is_short {
                label.len()
            } else {
                label.len() - 3
            };
            labels.push((day, label[..columns].to_owned()));
            match day.checked_add(step) {
                Ok(later) => day = later,
                Err(_) => break,
            }
        }
        labels
    }
}

/// Returns the number of days from one to another.
fn between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// Returns text of at most this many columns.
fn cut(text: &str, columns: usize) -> String {
    let text = escape(text);
    match width(&text) > columns {
        true => format!("{}…", head(&text, columns - 1)),
        false => text,
    }
}

/// Returns the colours for dark pages.
fn style_sheet() -> String {
    let mut rules = String::new();
    for paint in PAINTS {
        let _ = write!(
            rules,
            " .{} {{ {}: {} }}",
            paint.class, paint.property, paint.dark
        );
    }
    format!("<style>@media (prefers-color-scheme: dark) {{{rules} }}</style>")
}

/// The text of a picture.
#[derive(Default)]
struct Svg(String);

impl Svg {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Adds the description of a shape, which is read out and shown below the pointer.
    fn titled(&mut self, text: &str) {
        self.line(&format!("<title>{}</title>", attribute(text)));
    }

    fn rect(&mut self, paint: &Paint, (x, y): (i64, i64), (width, height): (i64, i64)) {
        let paint = paint.attributes();
        self.line(&format!(
            "<rect {paint} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    fn path(&mut self, paint: &Paint, more: &str, path: &str) {
        let paint = paint.attributes();
        self.line(&format!("<path {paint} {more} d=\"{path}\"/>"));
    }

    fn text(&mut self, paint: &Paint, (x, y): (i64, i64), more: &str, text: &str) {
        let (paint, text) = (paint.attributes(), attribute(text));
        self.line(&format!(
            "<text {paint} x=\"{x}\" y=\"{y}\" {more}>{text}</text>"
        ));
    }

    /// Adds the name of a row and a line below it. Names that are too long are cut.
    fn label(&mut self, y: i64, is_strong: bool, name: &str, below: &str) {
        let (x, room) = if is_strong {
            (16, NAME)
        } else {
            (28, NAME - 2)
        };
        let weight = if is_strong { "bold" } else { "normal" };
        // A picture of its own cuts wide letters off.
        self.line(&format!(
            "<svg y=\"{y}\" width=\"{}\" height=\"{ROW}\">",
            LEFT - 8
        ));
        let font = format!("font-size=\"12\" font-weight=\"{weight}\"");
        self.text(&TEXT, (x, 16), &font, &cut(name, room));
        if !below.is_empty() {
            self.text(&MUTED, (x, 29), "font-size=\"10\"", &cut(below, 50));
        }
        self.line("</svg>");
    }

    /// Adds the remark at the end of a row and a line below it.
    fn remark(&mut self, y: i64, style: Style, words: &str, below: &str) {
        let font = "font-size=\"12\" font-weight=\"bold\"";
        self.text(Paint::of(style), (RIGHT + 16, y + 16), font, words);
        self.text(&MUTED, (RIGHT + 16, y + 29), "font-size=\"10\"", below);
    }

    /// Adds a line and a label for some days.
    fn axis(&mut self, scale: &DayScale, bottom: i64) {
        for (day, label) in scale.labels() {
            let x = scale.x(day);
            self.path(
                &GRID,
                "stroke-width=\"1\"",
                &format!("M{x} {} V{bottom}", HEAD - 6),
            );
            self.text(&MUTED, (x, HEAD - 12), "font-size=\"10\"", &label);
        }
    }

    /// Adds an arrow from each workstream to those that wait for it. Nothing waits for one that is complete.
    fn arrows(&mut self, page: &PlanPage, bars: &[Option<PictureBar>]) {
        let ids = page.entries.iter().map(|entry| entry.id.as_str());
        let at: BTreeMap<&str, usize> = ids.enumerate().map(|(at, id)| (id, at)).collect();
        for (entry, to) in page.entries.iter().zip(bars) {
            let needs = entry.needs.iter();
            let needs = needs.filter_map(|need| bars[*at.get(need.as_str())?]);
            for from in needs {
                if let Some(to) = to {
                    self.arrow(from, *to);
                }
            }
        }
    }

    fn arrow(&mut self, from: PictureBar, to: PictureBar) {
        let middle = from.y + BAR / 2;
        let x = (from.to + 6)
            .max(to.from + 6)
            .min((to.to - 6).max(to.from + 2));
        // The tip is at the bar, above or below it.
        let (tip, wing) = match from.y < to.y {
            true => (to.y - 1, to.y - 7),
            false => (to.y + BAR + 1, to.y + BAR + 7),
        };
        let path = format!("M{} {middle} H{x} V{tip}", from.to);
        self.path(&ARROW, "fill=\"none\" stroke-width=\"1.5\"", &path);
        let (left, right) = (x - 4, x + 4);
        let path = format!("M{left} {wing} L{x} {tip} L{right} {wing}");
        self.path(&ARROW, "fill=\"none\" stroke-width=\"1.5\"", &path);
    }

    fn milestone(&mut self, one: &MilestoneState, y: i64, scale: &DayScale) {
        let name = name(&one.id, one.title.as_deref());
        let health = one.health.replace('-', " ");
        let [start, target, end] = days_of(one);
        let until = match (&one.end, &one.target) {
            (Some(end), _) if one.ahead.is_some_and(|Number(ahead)| ahead < 0.0) => {
                format!("ends {end}")
            }
            (_, Some(target)) => format!("target {target}"),
            (Some(end), None) => format!("ends {end}"),
            (None, None) => String::new(),
        };
        self.line("<g>");
        self.titled(&format!("{name}: {health} {until}"));
        self.label(y, true, &name, one.objective.as_deref().unwrap_or_default());
        let middle = y + ROW / 2;
        if let (Some(start), Some(target)) = (start, target) {
            let (from, to) = (scale.x(start), scale.x(next(target)));
            self.rect(&BAND, (from, middle - 2), ((to - from).max(0), 4));
        }
        let paint = Paint::of(style_of(&one.health));
        if let Some(target) = target {
            self.path(paint, "", &diamond(scale.x(next(target)), middle, 7));
        }
        if let Some(end) = end.filter(|end| target != Some(*end)) {
            let outline = "fill=\"none\" stroke-width=\"1.5\"";
            self.path(&OUTLINE, outline, &diamond(scale.x(next(end)), middle, 6));
        }
        self.remark(y, style_of(&one.health), &health, &until);
        self.line("</g>");
    }

    fn workstream(&mut self, entry: &PlanEntry, bar: Option<PictureBar>, y: i64) {
        let name = name(&entry.id, entry.title.as_deref());
        let (met, all) = entry.met;
        let (style, words) = match remark(entry) {
            Some((style, words)) => (style, words.to_owned()),
            None => (Style::Plain, format!("{} slack", days(entry.slack))),
        };
        let until = match entry.status.as_str() {
            "complete" => String::new(),
            _ if entry.is_at_least => format!("{} or later", entry.days.1),
            _ => format!("ends {}", entry.days.1),
        };
        let status = entry.status.replace('_', " ");
        let met_of = match all {
            0 => "no criteria".to_owned(),
            all => format!("{met} of {all} met"),
        };
        let owner = entry.owner.iter().map(String::as_str);
        let below: Vec<&str> = owner.chain([status.as_str(), met_of.as_str()]).collect();
        self.line("<g>");
        self.titled(&format!("{name}: {status}, {met_of}, {words} {until}"));
        self.label(y, false, &name, &below.join(" · "));
        if let Some(bar) = bar {
            self.bar(entry, bar);
        }
        self.remark(y, style, &words, &until);
        self.line("</g>");
    }

    /// Adds the bar of a workstream, dark as far as its criteria are met.
    fn bar(&mut self, entry: &PlanEntry, bar: PictureBar) {
        let length = bar.to - bar.from;
        self.rect(&OPEN, (bar.from, bar.y), (length, BAR));
        let (met, all) = entry.met;
        if met > 0 {
            let done = length * met as i64 / all.max(1) as i64;
            self.rect(&MET, (bar.from, bar.y), (done, BAR));
        }
        if entry.is_critical {
            let path = format!("M{} {} h{length} v{BAR} h-{length} z", bar.from, bar.y);
            self.path(&CRITICAL, "fill=\"none\" stroke-width=\"2\"", &path);
        }
    }

    fn today(&mut self, page: &PlanPage, scale: &DayScale, bottom: i64) {
        let Ok(today) = page.today.parse() else {
            return;
        };
        let x = scale.x(today);
        let dashes = "stroke-width=\"1.5\" stroke-dasharray=\"4 3\"";
        self.path(
            &OUTLINE,
            dashes,
            &format!("M{x} {} V{}", HEAD - 6, bottom + 4),
        );
        let label = format!("today {}", page.today);
        self.text(&TEXT, (x, bottom + 16), "font-size=\"10\"", &label);
    }

    /// Adds the meaning of the signs.
    fn legend(&mut self, y: i64) {
        let top = y - 9;
        self.rect(&MET, (16, top), (20, 10));
        self.text(&MUTED, (42, y), "font-size=\"10\"", "criteria met");
        self.rect(&OPEN, (116, top), (20, 10));
        self.text(&MUTED, (142, y), "font-size=\"10\"", "criteria open");
        let path = format!("M222 {top} h20 v10 h-20 z");
        self.path(&CRITICAL, "fill=\"none\" stroke-width=\"2\"", &path);
        self.text(
            &MUTED,
            (248, y),
            "font-size=\"10\"",
            "critical: decides the end",
        );
        self.path(&MUTED, "", &diamond(382, y - 4, 6));
        self.text(
            &MUTED,
            (394, y),
            "font-size=\"10\"",
            "target of a milestone",
        );
        let outline = "fill=\"none\" stroke-width=\"1.5\"";
        self.path(&OUTLINE, outline, &diamond(512, y - 4, 5));
        self.text(
            &MUTED,
            (524, y),
            "font-size=\"10\"",
            "its end as planned, if it is another day",
        );
    }
}

/// Returns the path of a diamond.
fn diamond(x: i64, y: i64, size: i64) -> String {
    let (left, right, top, bottom) = (x - size, x + size, y - size, y + size);
    format!("M{x} {top} L{right} {y} L{x} {bottom} L{left} {y} z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plan::samples::page;
    use crate::report::tests::HOSTILE;
    use crate::report::xml::tests::tags;
    use crate::tests::commands_in_disguise;
    use crate::text;

    /// Returns the plan of the tests, with `suffix` behind every text from outside.
    fn sample(suffix: &str) -> PlanPage {
        let text = |text: &str| format!("{text}{suffix}");
        let mut page = page();
        page.campaign = text("Phase 7");
        for entry in &mut page.entries {
            entry.id = text(&entry.id);
            entry.title = Some(text("Work"));
            entry.owner = Some(text("ana"));
            entry.needs = entry.needs.iter().map(|id| text(id)).collect();
        }
        for milestone in &mut page.milestones {
            milestone.id = text(&milestone.id);
            milestone.title = Some(text("Quality"));
            milestone.objective = Some(text("few warnings"));
            milestone.workstreams = milestone.workstreams.iter().map(|id| text(id)).collect();
        }
        page
    }

    #[test]
    fn picture_has_the_same_shapes_whatever_the_text_is() {
        let plain = tags(&picture(&sample("")));
        let markup = [
            "</title><script>alert(1)</script>",
            "<![CDATA[",
            "&#0;",
            "\" onload='x()'",
            "</svg>",
            "<!--",
            "<style>*{fill:red}",
            "\u{ffff}\0",
        ];
        let disguised = commands_in_disguise();
        let texts = markup.into_iter().chain(HOSTILE.iter().copied());
        for suffix in texts.chain(disguised.iter().map(String::as_str)) {
            let svg = picture(&sample(suffix));
            assert_eq!(tags(&svg), plain, "{suffix:?}");
            assert!(text::is_safe(&svg), "{suffix:?}");
            assert!(!svg.contains("\n::"), "{suffix:?}");
        }
    }

    #[test]
    fn picture_runs_nothing_and_refers_to_nothing() {
        let shapes = ["svg", "title", "desc", "style", "g", "rect", "path", "text"];
        let svg = picture(&sample(""));
        for tag in tags(&svg) {
            let mut words = tag.split(' ');
            let name = words.next().unwrap_or_default();
            assert!(shapes.contains(&name), "{tag}");
            assert!(
                !words.any(|word| word.starts_with("on") || word.contains("href")),
                "{tag}"
            );
        }
        for text in [
            "url(",
            "@import",
            "<script",
            "<image",
            "<foreignObject",
            "<use",
        ] {
            assert!(!svg.contains(text), "{text}");
        }
        assert_eq!(
            svg.matches("://").count(),
            1,
            "that of the name of the format"
        );
    }

    #[test]
    fn picture_says_in_words_what_it_shows() {
        let svg = picture(&sample(""));
        for expected in [
            "<title>Phase 7: plan</title>",
            "<desc>On 2026-11-30: ends 2026-12-02, in 2.4 d",
            "<title>phase-7 Quality: at risk ends 2026-12-02</title>",
            "<title>7.1 Work: in progress, 3 of 4 met, critical ends 2026-12-02</title>",
            ">ana · in progress · 3 of 4 met</text>",
            ">today 2026-11-30</text>",
            ">0.2 d slack</text>",
            ">2026-12-01 or later</text>",
            ">complete</text>",
            ">Other workstreams</text>",
        ] {
            assert!(svg.contains(expected), "{expected}\n{svg}");
        }
    }

    /// The bars of a plan, by the ids of its workstreams.
    #[test]
    fn bars_are_on_one_scale_and_within_the_chart() {
        let page = sample("");
        let (rows, scale) = (rows(&page), DayScale::of(&page));
        let bars = bars(&page, &rows, &scale);
        let of = |index: usize| bars[index].expect("it is not complete");
        assert!(bars[3].is_none(), "it is complete");
        // 7.1 was started on the Friday before, 7.3 starts today, and 7.4 on the day on which that ends.
        assert!(of(0).from < of(1).from && of(1).to > of(2).from);
        assert!(of(0).to > of(1).to);
        for bar in bars.iter().flatten() {
            assert!(LEFT <= bar.from && bar.from < bar.to && bar.to <= RIGHT);
        }
    }

    #[test]
    fn axis_has_at_most_eight_labels() {
        for (first, last) in [
            ("2026-11-30", "2026-11-30"),
            ("2026-11-30", "2026-12-02"),
            ("2026-11-30", "2027-02-07"),
            ("2026-11-30", "2027-02-09"),
            ("2026-01-01", "2028-01-01"),
            ("2026-11-30", "2040-01-02"),
            ("0001-01-01", "9999-12-31"),
        ] {
            let mut page = PlanPage {
                today: first.to_owned(),
                ..PlanPage::default()
            };
            page.milestones.push(MilestoneState {
                target: Some(last.to_owned()),
                ..MilestoneState::default()
            });
            let scale = DayScale::of(&page);
            let labels = scale.labels();
            assert!(
                (1..=8).contains(&labels.len()),
                "{first} {last}: {labels:?}"
            );
            for (day, _) in labels {
                assert!(
                    (LEFT..RIGHT).contains(&scale.x(day)),
                    "{first} {last}: {day}"
                );
            }
        }
    }
}
