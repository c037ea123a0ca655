//! Generates the workflow that `init --ci github` writes.

use std::collections::BTreeSet;

use super::refused::Refused;
use crate::relative_path;
use crate::text::{excerpt, is_safe};

/// The properties of a workspace that the workflow depends on.
#[derive(Clone, Debug, Default)]
pub struct WorkflowFacts {
    /// The branch that pull requests are merged into.
    pub branch: String,
    /// Directory of the workspace in the repository, with `/`; empty for the root.
    pub directory: String,
    /// The IANA name of the schedule's time zone; `None` without a schedule.
    pub zone: Option<String>,
    /// The file of `--config`, relative to the directory.
    pub config: Option<String>,
    /// The environment variables with the addresses of channels.
    pub variables: BTreeSet<String>,
}

/// The action in workflows. The owner is unknown as long as the package has no repository.
const ACTION: &str = "OWNER/cargo-campaign";

/// Version of the action, which is that of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the action with its version, and whether the user has to fill in its owner.
pub fn action() -> (String, bool) {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let name = repository.strip_prefix("https://github.com/");
    let name = name.map(|name| name.trim_end_matches('/').trim_end_matches(".git"));
    let action = name.unwrap_or(ACTION);
    (format!("{action}@v{VERSION}"), name.is_none())
}

/// Returns the text of the workflow.
///
/// # Errors
/// If the name of the branch or the directory would be an expression or a pattern in a workflow, or is not shown as it is.
pub fn github(facts: &WorkflowFacts) -> Result<String, Refused> {
    check_name("branch", &facts.branch)?;
    check_directory(&facts.directory)?;
    let (action, _) = action();
    let branch = quoted(&literal_pattern(&facts.branch));
    let config = facts.config.as_deref().unwrap_or_default();
    check_name("file of `--config`", config)?;
    if config.trim() != config {
        return Err(Refused::with_help(
            format!(
                "cannot write a workflow for the file of `--config` `{}`: the action leaves out blanks around an argument",
                excerpt(config)
            ),
            "rename the file",
        ));
    }
    check_variables(facts)?;
    let options = match config {
        "" => String::new(),
        file => format!("            --config={file}\n"),
    };
    let args = match options.as_str() {
        "" => String::new(),
        options => format!("          args: |\n{options}"),
    };
    let directory = working_directory(facts);
    let with = match format!("{args}{directory}") {
        inputs if inputs.is_empty() => inputs,
        inputs => format!("        with:\n{inputs}"),
    };
    let schedule = facts.zone.as_deref().map(schedule).unwrap_or_default();
    let text = with_paths(TEMPLATE, facts)
        .replace("{branch}", &branch)
        .replace("{schedule}", &schedule)
        .replace("{action}", &action)
        .replace("{with}", &with)
        .replace("{options}", &options)
        .replace("{variables}", &variables(facts, TRUSTED))
        .replace("{directory}", &directory)
        .replace(
            "{baseline}",
            &quoted(&in_repository(facts, ".campaign/baseline.json")),
        );
    Ok(text)
}

/// Returns the text of a workflow that only measures the jobs that are due, with these options. Neither
/// options nor the directory may contain line ends.
///
/// # Errors
/// If the directory or an option would be an expression or a pattern in a workflow, or is not shown as it is.
pub fn github_schedule(facts: &WorkflowFacts, options: &[String]) -> Result<String, Refused> {
    check_directory(&facts.directory)?;
    check_variables(facts)?;
    for option in options {
        check_name("option", option)?;
    }
    let (action, _) = action();
    let zone = facts.zone.as_deref().unwrap_or("Etc/UTC");
    let options = options.iter().map(|word| format!("            {word}\n"));
    let text = with_paths(SCHEDULED, facts)
        .replace("{schedule}", &schedule(zone))
        .replace("{action}", &action)
        .replace("{options}", &options.collect::<String>())
        .replace("{variables}", &variables(facts, ""))
        .replace("{directory}", &working_directory(facts));
    Ok(text)
}

/// Checks that GitHub does not evaluate a name as an expression, which it does in quoted strings too, and that a reader of
/// the workflow sees all of it.
fn check_name(what: &str, name: &str) -> Result<(), Refused> {
    let problem = if name.contains("${{") {
        "GitHub evaluates `${{` as an expression"
    } else if !is_safe(name) || name.contains('\n') {
        "it contains a character that is not shown as it is"
    } else {
        return Ok(());
    };
    Err(Refused::with_help(
        format!(
            "cannot write a workflow for the {what} `{}`: {problem}",
            excerpt(name)
        ),
        format!("rename the {what}"),
    ))
}

/// Checks that a directory matches only itself in the paths of a cache, which are patterns.
fn check_directory(directory: &str) -> Result<(), Refused> {
    check_name("directory", directory)?;
    let is_pattern = directory.starts_with(['!', '~', '#'])
        || directory.contains(['*', '?', '[', ']'])
        || directory.trim() != directory;
    if !is_pattern {
        return Ok(());
    }
    Err(Refused::with_help(
        format!(
            "cannot write a workflow for the directory `{}`: the paths of a cache in GitHub cannot name it",
            excerpt(directory)
        ),
        "rename the directory",
    ))
}

/// Checks that the variables of channels have no meaning for the step, which would lose their values.
fn check_variables(facts: &WorkflowFacts) -> Result<(), Refused> {
    let mut names = facts.variables.iter();
    let Some(name) = names.find(|name| has_meaning(name)) else {
        return Ok(());
    };
    Err(Refused::with_help(
        format!(
            "cannot write a workflow that sets ${name} for `[[notify]]`: the variable has another meaning there"
        ),
        "name another variable in `[[notify]]`",
    ))
}

/// Variables that shells, tools or the steps of the workflow obey.
const OBEYED: [&str; 54] = [
    "ALL_PROXY",
    "AR",
    "BASHOPTS",
    "CC",
    "CDPATH",
    "CFLAGS",
    "CI",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "COMSPEC",
    "CXX",
    "CXXFLAGS",
    "EDITOR",
    "ENV",
    "FTP_PROXY",
    "HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "IFS",
    "LANG",
    "LANGUAGE",
    "LDFLAGS",
    "LINES",
    "LOGNAME",
    "MAKEFLAGS",
    "MFLAGS",
    "NO_COLOR",
    "NO_PROXY",
    "OLDPWD",
    "PAGER",
    "PATH",
    "PATHEXT",
    "POSIXLY_CORRECT",
    "PROGRAM",
    "PROMPT_COMMAND",
    "PS4",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "SOURCE_DATE_EPOCH",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TF_BUILD",
    "TMP",
    "TMPDIR",
    "TZ",
    "UID",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "VISUAL",
    "WINDIR",
    "ZDOTDIR",
];

/// Beginnings of such variables.
const OBEYED_BEGINNINGS: [&str; 27] = [
    "ACTIONS_",
    "BASH_",
    "CARGO",
    "CC_",
    "CLIPPY_",
    "CURL_",
    "CXX_",
    "DYLD_",
    "GIT_",
    "GITHUB_",
    "GLIBC_",
    "INPUT_",
    "LC_",
    "LD_",
    "LIBCLANG_",
    "LLVM_",
    "MALLOC_",
    "NEXTEST_",
    "NODE_",
    "PERL5",
    "PKG_CONFIG",
    "PYTHON",
    "RUBY",
    "RUNNER_",
    "RUST",
    "SSL_",
    "XDG_",
];

/// Returns whether a variable has a meaning. The names of secrets and, on Windows, those of variables have no case.
fn has_meaning(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    OBEYED.contains(&name.as_str())
        || OBEYED_BEGINNINGS
            .iter()
            .any(|begin| name.starts_with(begin))
}

/// Returns the filter pattern of GitHub that matches this branch only.
fn literal_pattern(branch: &str) -> String {
    let mut pattern = String::new();
    for c in branch.chars() {
        if matches!(c, '!' | '*' | '+' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Fills in the paths that are kept in a cache.
fn with_paths(template: &str, facts: &WorkflowFacts) -> String {
    template
        .replace("{runs}", &in_repository(facts, ".campaign/runs"))
        .replace("{alerts}", &in_repository(facts, ".campaign/index/alerts"))
        .replace("{outbox}", &in_repository(facts, ".campaign/index/outbox"))
}

/// Returns the input of the action for a workspace that is not at the root of the repository.
fn working_directory(facts: &WorkflowFacts) -> String {
    match facts.directory.as_str() {
        "" => String::new(),
        directory => format!("          working-directory: {}\n", quoted(directory)),
    }
}

/// The condition of an expression that is true except for pull requests and merge queues, whose code must not see secrets.
const TRUSTED: &str =
    "github.event_name != 'pull_request' && github.event_name != 'merge_group' && ";

/// Returns the variables that channels need, from the secrets of the repository with the same names.
fn variables(facts: &WorkflowFacts, condition: &str) -> String {
    if facts.variables.is_empty() {
        return String::new();
    }
    let lines = facts.variables.iter();
    let lines = lines.map(|name| {
        let otherwise = if condition.is_empty() { "" } else { " || ''" };
        format!("          {name}: ${{{{ {condition}secrets.{name}{otherwise} }}}}\n")
    });
    format!("        env:\n{}", lines.collect::<String>())
}

/// Returns the path of a file of the workspace in the repository.
fn in_repository(facts: &WorkflowFacts, file: &str) -> String {
    relative_path::join(&facts.directory, file)
}

/// Returns the trigger of the schedule. Every hour is enough: the record decides which jobs are due.
fn schedule(zone: &str) -> String {
    format!(
        "  schedule:\n    - cron: \"17 * * * *\" # off the full hour, when many workflows start\n      timezone: {}\n",
        quoted(zone)
    )
}

/// Returns text as a YAML string. JSON strings are YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The workflow with placeholders. Actions of others are pinned by commit, because a tag can be moved.
const TEMPLATE: &str = include_str!("workflow.yml");

/// The workflow that only measures due jobs, with placeholders.
const SCHEDULED: &str = include_str!("scheduled.yml");

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths that are restored and saved for the workspace `tools/a`.
    const KEPT: &str = "          path: |\n            tools/a/.campaign/runs\n            \
        tools/a/.campaign/index/alerts\n            tools/a/.campaign/index/outbox\n";

    #[test]
    fn branch_of_a_workflow_is_not_a_pattern() {
        for (branch, expected) in [
            ("main", "branches: [\"main\"]"),
            ("!main", r#"branches: ["\\!main"]"#),
            ("c++", r#"branches: ["c\\+\\+"]"#),
            ("a/[b]*?", r#"branches: ["a/\\[b\\]\\*\\?"]"#),
        ] {
            let facts = WorkflowFacts {
                branch: branch.to_owned(),
                ..WorkflowFacts::default()
            };
            let text = github(&facts).unwrap();
            assert!(text.contains(expected), "{branch}: {text}");
        }
    }

    #[test]
    fn name_with_a_meaning_in_workflows_is_an_error() {
        let directories = [
            "a/${{ github.token }}",
            "!a",
            "~",
            "#a",
            "a*",
            "[a]",
            "a ",
            "a\nb",
            "a\u{202e}b",
        ];
        let branches = ["${{x}}", "a\u{202e}b"];
        let directories = directories.map(|name| ("main", name));
        for (branch, directory) in directories
            .into_iter()
            .chain(branches.map(|name| (name, "")))
        {
            let facts = WorkflowFacts {
                branch: branch.to_owned(),
                directory: directory.to_owned(),
                ..WorkflowFacts::default()
            };
            let error = github(&facts).unwrap_err().to_string();
            let what = match branch {
                "main" => "the directory `",
                "${{x}}" => "the branch `${{x}}`",
                _ => "the branch `a\\u{202e}b`: it contains",
            };
            assert!(error.contains(what), "{error}");
            assert_eq!(
                github_schedule(&facts, &[]).is_err(),
                branch == "main",
                "{directory}"
            );
        }
        for config in [" a.toml", "a.toml "] {
            let facts = WorkflowFacts {
                config: Some(config.to_owned()),
                ..WorkflowFacts::default()
            };
            github(&facts).unwrap_err();
        }
        for (variable, is_refused) in [
            ("CI", true),
            ("PATH", true),
            ("GITHUB_OUTPUT", true),
            ("github_token", true),
            ("Path", true),
            ("LD_PRELOAD", true),
            ("DYLD_INSERT_LIBRARIES", true),
            ("BASH_ENV", true),
            ("RUSTFLAGS", true),
            ("RUSTC_WRAPPER", true),
            ("HTTPS_PROXY", true),
            ("HOME", true),
            ("CARGO_HOME", true),
            ("XDG_CONFIG_HOME", true),
            ("SLACK_URL", false),
            ("TEAM_PATH", false),
        ] {
            let facts = WorkflowFacts {
                variables: [variable.to_owned()].into(),
                ..WorkflowFacts::default()
            };
            assert_eq!(github(&facts).is_err(), is_refused, "{variable}");
            let scheduled = github_schedule(&facts, &[]);
            assert_eq!(scheduled.is_err(), is_refused, "{variable}");
        }
        let option = ["${{ github.token }}".to_owned()];
        github_schedule(&WorkflowFacts::default(), &option).unwrap_err();
    }

    #[test]
    fn state_is_restored_and_saved_after_a_failure_except_for_pull_requests() {
        let facts = WorkflowFacts::default();
        let [gate, due] = [
            github(&facts).unwrap(),
            github_schedule(&facts, &[]).unwrap(),
        ];
        for text in [&gate, &due] {
            for use_of in ["actions/cache/restore@", "actions/cache/save@"] {
                assert_eq!(text.matches(use_of).count(), 1, "{text}");
            }
            assert!(!text.contains("actions/cache@"), "{text}");
            // A cache is found only by the paths that it was saved with.
            let paths: Vec<&str> = text.split("path: |\n").skip(1).collect();
            let paths = paths.iter().map(|text| text.split("key:").next());
            let paths: Vec<_> = paths.collect();
            assert_eq!(paths[0], paths[1]);
        }
        for condition in ["", "always() && "] {
            let line = format!(
                "- if: {condition}github.event_name != 'pull_request' && github.event_name != 'merge_group'\n"
            );
            assert!(gate.contains(&line), "{gate}");
        }
        assert!(
            due.contains("- if: always()\n        uses: actions/cache/save@"),
            "{due}"
        );
    }

    #[test]
    fn webhooks_get_their_variables_except_for_pull_requests() {
        let facts = WorkflowFacts {
            variables: BTreeSet::from(["HOOK", "OTHER"].map(str::to_owned)),
            ..WorkflowFacts::default()
        };
        let trusted = "${{ github.event_name != 'pull_request' && github.event_name != 'merge_group' && secrets";
        let gate = github(&facts).unwrap();
        let env = format!(
            "        env:\n          HOOK: {trusted}.HOOK || '' }}}}\n          OTHER: {trusted}.OTHER || '' }}}}\n      # A"
        );
        assert!(gate.contains(&env), "{gate}");
        assert_eq!(gate.matches("secrets.").count(), 2, "{gate}");
        let due = github_schedule(&facts, &[]).unwrap();
        let env = "            --due\n        env:\n          HOOK: ${{ secrets.HOOK }}\n          OTHER: ${{ secrets.OTHER }}\n      # A";
        assert!(due.contains(env), "{due}");
    }

    #[test]
    fn scheduled_workflow_has_no_placeholder_left() {
        let facts = WorkflowFacts {
            directory: "tools/a".to_owned(),
            zone: Some("Europe/Berlin".to_owned()),
            ..WorkflowFacts::default()
        };
        let options = ["--config", "my rules.toml"].map(str::to_owned);
        let text = github_schedule(&facts, &options).unwrap();
        for lines in [
            "      timezone: \"Europe/Berlin\"\n",
            KEPT,
            "            --due\n            --config\n            my rules.toml\n          working-directory: \"tools/a\"\n",
        ] {
            assert!(text.contains(lines), "{lines}: {text}");
        }
        for name in [
            "schedule",
            "action",
            "directory",
            "runs",
            "options",
            "variables",
        ] {
            assert!(!text.contains(&format!("{{{name}}}")), "{name}");
        }
        let plain = github_schedule(&WorkflowFacts::default(), &[]).unwrap();
        assert!(plain.contains("            --due\n      # "), "{plain}");
    }

    #[test]
    fn workflow_has_no_placeholder_left_and_quotes_names() {
        let facts = WorkflowFacts {
            branch: "release: \"2\"".to_owned(),
            directory: "tools/a b".to_owned(),
            zone: Some("Europe/Berlin".to_owned()),
            config: Some("rules/ci.toml".to_owned()),
            variables: BTreeSet::from(["HOOK".to_owned()]),
        };
        let text = github(&facts).unwrap();
        for line in [
            "    branches: [\"release: \\\"2\\\"\"]\n",
            "      timezone: \"Europe/Berlin\"\n",
            "          working-directory: \"tools/a b\"\n",
            &KEPT.replace("tools/a", "tools/a b"),
            "        with:\n          args: |\n            --config=rules/ci.toml\n          working-directory: ",
            "            --ratchet\n            --config=rules/ci.toml\n          working-directory: ",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        for name in [
            "branch",
            "schedule",
            "action",
            "options",
            "with",
            "directory",
            "runs",
            "variables",
        ] {
            assert!(!text.contains(&format!("{{{name}}}")), "{name}");
        }
        let plain = github(&WorkflowFacts::default()).unwrap();
        assert!(!plain.contains("schedule:") && !plain.contains("working-directory"));
    }
}
