//! Tables of the reference that are written by hand name what the code knows, and nothing else.
//! `reference.rs` holds those that are generated.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_campaign::cli;
use cargo_campaign::collector;
use cargo_campaign::condition;
use cargo_campaign::metric::Unit;
use cargo_campaign::options::config::keys::TABLES;

use crate::harness::{Sandbox, example, quoted, repository, table};

const COMMANDS: &str = "docs/reference/commands.md";

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .replace("\r\n", "\n")
}

/// Returns the text between a heading and the next one of the same or a higher rank.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page
        .find(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no section {heading}"))
        + 1;
    let rank = heading.len() - heading.trim_start_matches('#').len();
    let ends =
        (2..=rank).filter_map(|rank| page[from + 3..].find(&format!("\n{} ", "#".repeat(rank))));
    let to = ends.min().map_or(page.len(), |at| from + 3 + at);
    &page[from..to]
}

/// Returns the commands and subcommands that the reference lists.
fn commands() -> Vec<String> {
    table(&read(COMMANDS), "command")
        .iter()
        .map(|row| quoted(&row[0])[0].clone())
        .collect()
}

#[test]
fn help_lists_every_exit_code() {
    let help = Sandbox::empty().campaign(&["--help"]).stdout;
    let listed: Vec<&str> = help
        .split("Exit codes:\n")
        .nth(1)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.trim_start().split(' ').next())
        .collect();
    let documented: Vec<String> = table(&read(COMMANDS), "exit")
        .iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(listed, documented);
}

#[test]
fn every_collector_is_documented_and_no_other() {
    let shown: Vec<String> = table(&read("docs/reference/metrics.md"), "collector")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .collect();
    assert_eq!(shown, collector::names().collect::<Vec<_>>());
}

#[test]
fn summary_of_the_report_agrees_with_its_module() {
    let source = read("src/report/mod.rs").replace("//! ", "");
    let page = read("docs/reference/report.md");
    assert_eq!(table(&page, "key"), table(&source, "key"));
}

#[test]
fn every_operator_operand_and_unit_is_documented_and_no_other() {
    let page = read("docs/reference/configuration.md");
    let parse = |text: &str, unit: &Unit| {
        condition::parse(text, unit).unwrap_or_else(|problem| panic!("`{text}`: {problem:?}"))
    };
    for operator in quoted_in(&page, "operator") {
        parse(&format!("{operator} 1"), &Unit::Count);
    }
    for operand in quoted_in(&page, "operand") {
        let unit = match operand.trim_start_matches(|c: char| c.is_ascii_digit()) {
            "%" => Unit::Percent,
            "s" => Unit::Seconds,
            "GB" => Unit::Bytes,
            _ => Unit::Count,
        };
        parse(&format!("<= {operand}"), &unit);
    }
    let source = read("src/condition/unit.rs");
    let known: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("(\"")?
                .split_once("\", Quantity::")
        })
        .map(|(unit, _)| unit)
        .collect();
    let documented = quoted_in(&page, "measure");
    let documented: BTreeSet<&str> = documented.iter().map(String::as_str).collect();
    assert_eq!(documented, known);
}

/// Returns the words in backticks of a table.
fn quoted_in(page: &str, heading: &str) -> Vec<String> {
    let rows = table(page, heading);
    rows.iter()
        .flatten()
        .flat_map(|cell| quoted(cell))
        .collect()
}

/// Keys that the readers of `campaign.toml` know: the texts that they match on.
fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in [
        "mod", "collect", "gates", "waivers", "own", "release", "declared",
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

/// The keys of `[collect.NAME]` for all built-in collectors.
fn collector_keys() -> BTreeSet<&'static str> {
    collector::ALL.iter().flat_map(|one| one.keys()).collect()
}

#[test]
fn every_key_of_the_configuration_is_documented_and_no_other() {
    let page = read("docs/reference/configuration.md");
    let shown: BTreeSet<String> = quoted(&page).into_iter().collect();
    let sections = [
        "campaign",
        "store",
        "release",
        "workstream",
        "milestone",
        "risk",
        "decisions",
        "document",
        "schedule",
        "alert",
        "notify",
    ];
    let silent: Vec<String> = keys()
        .into_iter()
        .chain(collector_keys().into_iter().map(str::to_owned))
        .filter(|key| !shown.contains(key) && !sections.contains(&key.as_str()))
        .collect();
    assert!(
        silent.is_empty(),
        "configuration.md does not document {silent:?}"
    );
    let sources: String = [
        "mod",
        "collect",
        "gates",
        "waivers",
        "own",
        "release",
        "replace",
        "workstreams",
        "milestones",
        "risks",
        "documents",
        "declared",
        "schedule",
        "alerts",
        "notifications",
        "experiments",
    ]
    .map(|f| read(&format!("src/options/config/{f}.rs")))
    .concat();
    let is_channel = |key: &str| repository().join(format!("src/notify/{key}.rs")).is_file();
    for table in TABLES {
        for key in table.names() {
            assert!(
                sources.contains(&format!("\"{key}\""))
                    || collector_keys().contains(key)
                    || is_channel(key),
                "{} has no key `{key}`",
                table.heading
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
    let page = read(COMMANDS);
    let mut global = BTreeSet::new();
    for command in commands() {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let (own, of_all) = flags(&sandbox.campaign(&words).stdout);
        global.extend(of_all);
        let section = section(&page, &format!("### {command}"));
        let documented: BTreeSet<String> = if own.is_empty() && !section.contains("\n| argument |")
        {
            BTreeSet::new()
        } else {
            table(section, "argument")
                .iter()
                .flat_map(|row| quoted(&row[0]))
                .filter_map(|word| Some(word.split(' ').next()?.to_owned()))
                .filter(|word| word.starts_with("--"))
                .collect()
        };
        assert_eq!(documented, own, "{command}");
    }
    let documented = section(&page, "## Common options");
    let silent: Vec<&String> = global
        .iter()
        .filter(|flag| !documented.contains(&format!("`{flag}")))
        .collect();
    assert!(
        silent.is_empty() && global.len() > 10,
        "{COMMANDS} does not document {silent:?}"
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
fn schema_is_printed_without_a_workspace() {
    let out = Sandbox::empty().campaign(&["schema"]);
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&out.stdout).expect("it is JSON");
    let keys = &schema["properties"]["collect"]["properties"]["test"]["properties"];
    assert_eq!(
        keys["runner"]["enum"],
        serde_json::json!(["cargo", "nextest"])
    );
    let out = Sandbox::empty().campaign(&["schema", "--report"]);
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&out.stdout).expect("it is JSON");
    assert_eq!(schema["title"], "cargo-campaign/report");
}

#[test]
fn every_command_of_the_help_is_documented() {
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
    let documented: Vec<String> = self::commands()
        .into_iter()
        .filter(|command| !command.contains(' '))
        .collect();
    assert_eq!(documented, commands);
}

#[test]
fn help_fits_into_eighty_columns_and_is_the_same_either_way() {
    let mut sandbox = Sandbox::empty();
    sandbox.set("COLUMNS", "80");
    for command in commands() {
        let words: Vec<&str> = command.split(' ').collect();
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

/// Runs `examples/completions.rs` in a sandbox.
fn completions() -> Sandbox {
    let sandbox = Sandbox::empty();
    let program = Path::new(env!("CARGO_BIN_EXE_cargo-campaign"));
    let status = Command::new(example("completions", &[program]))
        .arg(sandbox.root())
        .status();
    assert!(status.expect("the example runs").success());
    sandbox
}

#[test]
fn manual_pages_cover_every_command() {
    let sandbox = completions();
    for command in cli::parser().get_subcommands() {
        let page = format!("man/cargo-campaign-{}.1", command.get_name());
        let text = fs::read_to_string(sandbox.root().join(&page)).expect("there is a page");
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_options_of_a_command() {
    let sandbox = completions();
    let script = "source completions/cargo-campaign.bash; COMP_WORDS=(cargo-campaign gate --re); \
        COMP_CWORD=2; _cargo-campaign cargo-campaign --re gate; echo ${COMPREPLY[@]}";
    let bash = Command::new("bash")
        .args(["-c", script])
        .current_dir(sandbox.root())
        .output();
    let bash = bash.expect("bash runs");
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "--release\n");
}
