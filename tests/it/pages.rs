//! What README says in tables is what the code says.

use std::collections::BTreeSet;
use std::fs;

use cargo_campaign::metric::{Better, Catalogue};
use cargo_campaign::plan::Collector;

use crate::harness::{Sandbox, quoted, repository, table};

fn page() -> String {
    read("README.md")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .replace("\r\n", "\n")
}

/// The text between a heading and the next of the same rank.
fn chapter<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page
        .find(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("README has no chapter {heading}"))
        + 1;
    let to = page[from + 3..]
        .find("\n## ")
        .map_or(page.len(), |at| from + 3 + at);
    &page[from..to]
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let source = read("src/cli/exit.rs");
    let mut said = String::new();
    let mut codes = Vec::new();
    for line in source
        .lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with("pub(super) enum Exit"))
    {
        if let Some(doc) = line.strip_prefix("/// ") {
            said = doc.to_lowercase();
        } else if let Some((_, code)) = line.split_once(" = ") {
            codes.push([
                code.trim_end_matches(',').to_owned(),
                said.trim_end_matches('.').to_owned(),
            ]);
        } else if line == "}" {
            break;
        }
    }
    assert_eq!(table(&page(), "exit"), codes);
    let help = Sandbox::empty().campaign(&["--help"]).stdout;
    let listed = help
        .split("Exit codes:\n")
        .nth(1)
        .unwrap_or_default()
        .lines();
    let listed: Vec<&str> = listed
        .filter_map(|line| line.trim_start().split(' ').next())
        .collect();
    assert_eq!(
        listed,
        codes
            .iter()
            .map(|[code, _]| code.as_str())
            .collect::<Vec<_>>()
    );
}

#[test]
fn metrics_are_those_of_the_catalogue() {
    let direction = |better| match better {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::None => "none",
    };
    let catalogue = Catalogue::default();
    let rows: Vec<Vec<String>> = catalogue
        .rows()
        .iter()
        .map(|row| {
            let marks: Vec<&str> = [(row.per_package, "package"), (row.derived, "derived")]
                .iter()
                .filter_map(|(on, mark)| on.then_some(*mark))
                .collect();
            [
                &format!("`{}`", row.name),
                row.unit.name(),
                direction(row.better),
                row.collector.name(),
                &marks.join(", "),
                &row.title,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    let page = page();
    let shown = table(chapter(&page, "Metrics"), "metric");
    for (shown, row) in shown.iter().zip(&rows) {
        assert_eq!(shown, row);
    }
    assert_eq!(shown.len(), rows.len());
}

#[test]
fn collectors_are_those_there_are() {
    let shown: Vec<String> = table(&page(), "collector")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .collect();
    assert_eq!(
        shown,
        Collector::BUILT_IN
            .iter()
            .map(|c| c.name().to_owned())
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_json_report_s_keys_are_those_of_its_module() {
    let source = read("src/report/mod.rs").replace("//! ", "");
    assert_eq!(table(&page(), "key"), table(&source, "key"));
}

/// Keys that the readers of `campaign.toml` know: the texts that they match on.
fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in [
        "mod", "collect", "gates", "waivers", "own", "release", "later",
    ] {
        let source = read(&format!("src/options/config/{file}.rs"));
        for line in source
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with('"'))
        {
            let Some((patterns, _)) = line.split_once(" => ") else {
                continue;
            };
            keys.extend(patterns.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    keys
}

#[test]
fn every_key_of_the_configuration_is_documented_and_no_other() {
    let page = page();
    let chapter = chapter(&page, "Configuration");
    let shown: BTreeSet<String> = quoted(chapter).into_iter().collect();
    let sections = [
        "campaign",
        "store",
        "release",
        "workstream",
        "schedule",
        "alert",
    ];
    let silent: Vec<String> = keys()
        .into_iter()
        .filter(|key| !shown.contains(key) && !sections.contains(&key.as_str()))
        .collect();
    assert!(silent.is_empty(), "README says nothing of {silent:?}");
    let sources: String = ["mod", "collect", "gates", "waivers", "own", "release"]
        .map(|f| read(&format!("src/options/config/{f}.rs")))
        .concat();
    for heading in [
        "`[campaign]`",
        "`[collect]`",
        "`[collect.NAME]`",
        "metric",
        "`[gates]`",
        "`[[waiver]]`",
        "`[store]`",
        "`[release]`",
    ] {
        for key in table(chapter, heading)
            .iter()
            .flat_map(|row| quoted(&row[0]))
        {
            assert!(
                sources.contains(&format!("\"{key}\"")),
                "{heading} has no key `{key}`"
            );
        }
    }
}

/// The long flags of a help text that are described there: those of the command, and the global ones.
fn flags(help: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (own, global) = help.split_once("\nGlobal options:\n").unwrap_or((help, ""));
    let named = |text: &str| {
        let lines = text
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with('-'));
        let flags = lines.filter_map(|line| Some(format!("--{}", line.split_once("--")?.1)));
        let word = |flag: String| {
            flag.split([' ', '.', ','])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        flags
            .map(word)
            .filter(|flag| flag != "--help" && flag != "--version")
            .collect()
    };
    (named(own), named(global))
}

#[test]
fn every_flag_is_documented_and_no_other() {
    let sandbox = Sandbox::empty();
    let help = |words: &[&str]| sandbox.campaign(&[words, &["--help"]].concat()).stdout;
    let page = page();
    let mut global = BTreeSet::new();
    for row in table(&page, "command") {
        let command = quoted(&row[0])[0]
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        let (mut own, of_all) = flags(&help(&[&command]));
        if command == "history" {
            own.extend(flags(&help(&["history", "prune"])).0);
        }
        global.extend(of_all);
        assert_eq!(
            quoted(&row[2]).into_iter().collect::<BTreeSet<_>>(),
            own,
            "{command}"
        );
    }
    let shown: BTreeSet<String> = quoted(chapter(&page, "Commands"))
        .into_iter()
        .filter(|word| word.starts_with("--"))
        .collect();
    let silent: Vec<&String> = global.difference(&shown).collect();
    assert!(
        silent.is_empty() && global.len() > 10,
        "README says nothing of {silent:?}"
    );
}

#[test]
fn options_without_effect_are_hidden_and_refused() {
    let sandbox = Sandbox::empty();
    let help = |command: &str| sandbox.campaign(&[command, "--help"]).stdout;
    for (command, shown, hidden) in [
        (
            "gate",
            &["--package", "--features", "--locked", "--format"][..],
            &[][..],
        ),
        ("status", &["--package", "--features", "--format"], &[]),
        (
            "release",
            &["--package", "--features", "--locked", "--format"],
            &[],
        ),
        ("run", &["--package", "--features", "--locked"], &[]),
        (
            "bump",
            &["--package", "--exclude", "--locked", "--format"],
            &["--features", "--target", "--target-dir", "--profile"],
        ),
        (
            "changelog",
            &["--package", "--offline"],
            &["--features", "--all-features", "--profile"],
        ),
        (
            "history",
            &["--format", "--config"],
            &[
                "--package",
                "--exclude",
                "--workspace",
                "--profile",
                "--locked",
            ],
        ),
        (
            "doctor",
            &["--locked", "--format"],
            &["--package", "--no-default-features"],
        ),
        (
            "init",
            &["--offline", "--manifest-path"],
            &["--package", "--target"],
        ),
    ] {
        let help = help(command);
        for option in shown {
            assert!(
                help.contains(&format!("{option} ")) || help.contains(&format!("{option}\n")),
                "{command} {option}"
            );
        }
        for option in hidden {
            assert!(
                !help.contains(&format!("{option} ")) && !help.contains(&format!("{option}\n")),
                "{command} {option}"
            );
        }
    }
}

#[test]
fn option_without_effect_is_an_error_wherever_it_stands() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    for (args, option) in [
        ("history -p a", "--package"),
        ("-p a history", "--package"),
        ("history prune --keep 1 --profile release", "--profile"),
        ("changelog draft --all-features", "--all-features"),
        ("bump patch --target x86_64-unknown-linux-gnu", "--target"),
        ("init --workspace", "--workspace"),
        ("doctor --exclude a", "--exclude"),
    ] {
        let words: Vec<&str> = args.split(' ').collect();
        let out = sandbox.campaign(&words);
        assert_eq!(out.code, 2, "{args}: {}{}", out.stdout, out.stderr);
        assert!(
            out.stderr
                .contains(&format!("`{option}` has no effect on `")),
            "{args}: {}",
            out.stderr
        );
    }
    let bump = sandbox.campaign(&["bump", "patch", "--dry-run", "-p", "a", "--offline"]);
    assert_eq!(bump.code, 0, "{}", bump.stderr);
}

#[test]
fn every_command_of_the_help_is_in_the_table() {
    let help = Sandbox::empty().campaign(&["--help"]).stdout;
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .unwrap_or_default();
    let named = |line: &str| {
        line.strip_prefix("  ")
            .filter(|l| !l.starts_with(' '))
            .map(|l| l.split(' ').next().unwrap_or_default().to_owned())
    };
    let commands: Vec<String> = listed
        .lines()
        .filter_map(named)
        .filter(|name| name != "help")
        .collect();
    let shown: Vec<String> = table(&page(), "command")
        .iter()
        .map(|row| {
            quoted(&row[0])[0]
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(shown, commands);
}

#[test]
fn help_fits_into_eighty_columns_and_is_the_same_either_way() {
    let mut sandbox = Sandbox::empty();
    sandbox.set("COLUMNS", "80");
    let mut commands: Vec<String> = table(&page(), "command")
        .iter()
        .map(|row| quoted(&row[0])[0].clone())
        .collect();
    commands.push("history prune".to_owned());
    for command in commands {
        let words: Vec<&str> = command
            .split(' ')
            .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
            .collect();
        let asked = sandbox.campaign(&[words.as_slice(), &["--help"]].concat());
        assert_eq!((asked.code, asked.stderr.as_str()), (0, ""), "{command}");
        let wide: Vec<&str> = asked
            .stdout
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(wide.is_empty(), "{command}: {wide:?}");
        if let [command] = words.as_slice() {
            for form in [
                ["campaign", "help", command],
                ["campaign", command, "--help"],
            ] {
                assert_eq!(sandbox.campaign(&form).stdout, asked.stdout, "{form:?}");
            }
        }
    }
}
