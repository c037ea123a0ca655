//! The screens of experiments: what builds with and without a setting showed, and the list of settings.

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::figure::{self, counted, took};
use super::phrase;
use super::style::{Look, Style};
use crate::experiment::{BuildSetting, ComparedMetric, Effect, Experiment, Outcome};
use crate::metric::Unit;

/// Returns the page of an outcome.
pub fn page(outcome: &Outcome, look: &Look) -> Document {
    let mut page = vec![
        Block::Title {
            text: Text::new("experiment ").join(Text::code(&outcome.setting.name)),
            remark: Text::default(),
        },
        Block::paragraph(rounds(outcome)),
    ];
    page.extend(values(&outcome.setting));
    if !outcome.compared.is_empty() {
        page.extend([Block::Separator, table(outcome, look)]);
    }
    page.push(Block::Separator);
    page.push(Block::paragraph(verdict(outcome)));
    let doubts = outcome.compared.iter().filter_map(|one| {
        let doubt = one.doubt.as_ref()?;
        (one.metric != outcome.metric).then(|| Text::new(format!("{}: {doubt}", one.title)))
    });
    let doubts: Vec<Text> = doubts.collect();
    if !doubts.is_empty() {
        page.push(Block::List(2, doubts));
    }
    if outcome.effect() == Some(Effect::Better) && !outcome.setting.trade_off.is_empty() {
        let trade_off = format!("The price: {}.", outcome.setting.trade_off);
        page.push(Block::paragraph(trade_off));
    }
    page
}

/// Returns the numbers of builds, the sources and the toolchain.
fn rounds(outcome: &Outcome) -> String {
    let provenance = &outcome.provenance;
    let commit = match (&provenance.commit, provenance.dirty) {
        (Some(commit), false) => format!(" of {}", phrase::short(commit)),
        (Some(commit), true) => format!(" of {} with changes", phrase::short(commit)),
        (None, _) => String::new(),
    };
    format!(
        "{} of at most {}{commit}, profile {}, {}; {}",
        counted(outcome.rounds as usize, "round"),
        outcome.most_rounds,
        provenance.profile,
        counted(provenance.host.cores as usize, "core"),
        took(outcome.seconds)
    )
}

/// Returns the parts of a setting, as typed.
fn values(setting: &BuildSetting) -> Vec<Block> {
    let config = setting.config.iter().cloned();
    let variables = setting.env.iter();
    let variables = variables.map(|(name, value)| format!("{name}={value}"));
    let values = config.chain(variables).map(Text::code).collect();
    vec![Block::Lines(2, values)]
}

fn table(outcome: &Outcome, look: &Look) -> Block {
    let rows = outcome.compared.iter().map(|one| row(one, look));
    Block::Table(Table {
        name: "values",
        columns: vec![
            TableColumn::text("median of the rounds").at_most(42),
            TableColumn::number("without"),
            TableColumn::number("with"),
            TableColumn::text("change"),
            TableColumn::text("effect"),
        ],
        has_heads: true,
        rows: rows.collect(),
    })
}

fn row(one: &ComparedMetric, look: &Look) -> TableRow {
    let signs = look.signs();
    let (without, with) = (median(&one.without), median(&one.with));
    let change = match one.ratio {
        Some(ratio) => figure::ratio(&ratio, signs),
        None => figure::change(without, with, signs).unwrap_or_default(),
    };
    let effect = match (&one.doubt, one.effect, &one.unit) {
        (Some(_), ..) => Text::styled(Style::Quiet, "no evidence"),
        (None, Effect::Better, _) => Text::styled(Style::Good, "better"),
        (None, Effect::Worse, _) => Text::styled(Style::Bad, "worse"),
        (None, Effect::Same, _) => Text::new("none"),
        (None, Effect::Open, Unit::Seconds) => Text::styled(Style::Quiet, "open"),
        (None, Effect::Open, _) => Text::default(),
    };
    TableRow {
        cells: vec![
            Text::new(&one.title),
            Text::new(figure::figure(without, &one.unit, signs)),
            Text::new(figure::figure(with, &one.unit, signs)),
            Text::new(change),
            effect,
        ],
        overflow: Overflow::FoldLastCell,
    }
}

/// Returns the middle value, or the mean of the two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n => f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]),
    }
}

fn verdict(outcome: &Outcome) -> Text {
    let deciding = outcome
        .compared
        .iter()
        .find(|one| one.metric == outcome.metric);
    let title = deciding.map_or(outcome.metric.as_str(), |one| one.title.as_str());
    let (style, word, rest) = match (outcome.effect(), outcome.reasons.first()) {
        (Some(Effect::Better), _) => (Style::Good, "BETTER", format!("{title} takes less time")),
        (Some(Effect::Worse), _) => (Style::Bad, "WORSE", format!("{title} takes more time")),
        (Some(_), _) => (
            Style::Plain,
            "NO DIFFERENCE",
            format!("{title}: a difference of 2 % or more is excluded"),
        ),
        (None, Some(reason)) => (Style::Caution, "NO VERDICT", reason.clone()),
        (None, None) => (Style::Caution, "NO VERDICT", undecided(title, deciding)),
    };
    Text::styled(style, word).words(format!(": {rest}"))
}

/// Returns why the rounds show nothing: which differences they do not exclude.
fn undecided(title: &str, deciding: Option<&ComparedMetric>) -> String {
    let hidden = deciding.and_then(|one| one.ratio).map(|ratio| {
        let widest = (1.0 - ratio.lower).max(ratio.upper - 1.0) * 100.0;
        format!("; a difference of up to {widest:.1} % is possible, and more rounds could show it")
    });
    format!("{title} is not decided{}", hidden.unwrap_or_default())
}

/// Returns the list of settings that can be tried.
pub fn list(experiments: &[Experiment]) -> Document {
    let rows = experiments.iter().map(|one| TableRow {
        cells: vec![
            Text::code(&one.setting.name),
            Text::new(one.setting.trade_off.as_str()),
        ],
        overflow: Overflow::FoldLastCell,
    });
    vec![Block::Table(Table {
        name: "experiments",
        columns: vec![
            TableColumn::text("setting").at_most(64),
            TableColumn::text("its price"),
        ],
        has_heads: true,
        rows: rows.collect(),
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::render;
    use crate::report::tests::ASCII;
    use crate::run::Ratio;
    use crate::snapshot::Provenance;

    fn outcome(effect: Effect, doubt: Option<&str>) -> Outcome {
        let compared = |metric: &str, title: &str, unit: &Unit| ComparedMetric {
            metric: metric.to_owned(),
            title: title.to_owned(),
            unit: unit.clone(),
            without: vec![12.0, 10.0, 11.0],
            with: vec![9.0, 8.0, 10.0],
            ratio: (unit == &Unit::Seconds).then_some(Ratio {
                estimate: 0.82,
                lower: 0.8,
                upper: 0.9,
            }),
            effect: match unit {
                Unit::Seconds => effect,
                _ => Effect::Open,
            },
            doubt: None,
        };
        let mut outcome = Outcome {
            setting: BuildSetting {
                name: "line-tables".to_owned(),
                config: vec!["profile.dev.debug=\"line-tables-only\"".to_owned()],
                trade_off: "a debugger shows no variables".to_owned(),
                ..BuildSetting::default()
            },
            started: 0,
            seconds: 312.0,
            provenance: Provenance {
                commit: Some("0123456789abcdef".to_owned()),
                profile: "dev".to_owned(),
                ..Provenance::default()
            },
            rounds: 7,
            most_rounds: 14,
            metric: "build.clean.time".to_owned(),
            compared: vec![
                compared("build.clean.time", "clean build", &Unit::Seconds),
                compared("build.clean.cpu", "CPU time", &Unit::Seconds),
                compared("target.size", "size of a clean build", &Unit::Bytes),
            ],
            reasons: Vec::new(),
        };
        outcome.provenance.host.cores = 2;
        outcome.compared[1].doubt = doubt.map(str::to_owned);
        outcome
    }

    #[test]
    fn page_has_the_verdict_and_the_price() {
        let text = render(&page(&outcome(Effect::Better, None), &ASCII), &ASCII);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let expected = [
            "experiment line-tables",
            "7 rounds of at most 14 of 0123456, profile dev, 2 cores; 5m 12s",
            "  profile.dev.debug=\"line-tables-only\"",
            "",
            "  median of the rounds   without  with  change                      effect",
            "  clean build              11.0s  9.0s  -18.0 % (-20.0 .. -10.0 %)  better",
            "  CPU time                 11.0s  9.0s  -18.0 % (-20.0 .. -10.0 %)  better",
            "  size of a clean build     11 B   9 B  -18.2 %",
            "",
            "BETTER: clean build takes less time",
            "The price: a debugger shows no variables.",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn doubts_and_open_results_are_explained() {
        let verdict = |outcome: &Outcome| {
            let text = render(&page(outcome, &ASCII), &ASCII);
            let from = text.find("NO ").map_or("", |at| &text[at..]);
            from.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let wrapper = outcome(Effect::Open, Some("the wrapper may leave work to a daemon"));
        assert_eq!(
            verdict(&wrapper),
            "NO VERDICT: clean build is not decided; a difference of up to 20.0 % is possible, and \
             more rounds could show it CPU time: the wrapper may leave work to a daemon"
        );
        let mut failed = outcome(Effect::Better, None);
        failed.reasons = vec!["a build with the setting failed: no".to_owned()];
        assert_eq!(
            verdict(&failed),
            "NO VERDICT: a build with the setting failed: no"
        );
        assert_eq!(
            verdict(&outcome(Effect::Same, None)),
            "NO DIFFERENCE: clean build: a difference of 2 % or more is excluded"
        );
    }
}
