//! Generates the workflow that `init --ci github` writes.

/// The properties of a workspace that the workflow depends on.
#[derive(Clone, Debug, Default)]
pub struct WorkflowFacts {
    /// The branch that pull requests are merged into.
    pub branch: String,
    /// Directory of the workspace in the repository, with `/`; empty for the root.
    pub directory: String,
    /// The IANA name of the schedule's time zone; `None` without a schedule.
    pub zone: Option<String>,
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
pub fn github(facts: &WorkflowFacts) -> String {
    let (action, _) = action();
    let branch = quoted(&facts.branch);
    let directory = working_directory(facts);
    let with = match directory.as_str() {
        "" => String::new(),
        directory => format!("        with:\n{directory}"),
    };
    let schedule = facts.zone.as_deref().map(schedule).unwrap_or_default();
    let path = |file: &str| quoted(&in_repository(facts, file));
    TEMPLATE
        .replace("{branch}", &branch)
        .replace("{schedule}", &schedule)
        .replace("{action}", &action)
        .replace("{with}", &with)
        .replace("{directory}", &directory)
        .replace("{runs}", &path(".campaign/runs"))
        .replace("{baseline}", &path(".campaign/baseline.json"))
}

/// Returns the text of a workflow that only measures the jobs that are due, with these options. Neither
/// options nor the directory may contain line ends.
pub fn github_schedule(facts: &WorkflowFacts, options: &[String]) -> String {
    let (action, _) = action();
    let zone = facts.zone.as_deref().unwrap_or("Etc/UTC");
    let options = options.iter().map(|word| format!("            {word}\n"));
    SCHEDULED
        .replace("{schedule}", &schedule(zone))
        .replace("{action}", &action)
        .replace("{runs}", &quoted(&in_repository(facts, ".campaign/runs")))
        .replace("{alerts}", &in_repository(facts, ".campaign/index/alerts"))
        .replace("{outbox}", &in_repository(facts, ".campaign/index/outbox"))
        .replace("{options}", &options.collect::<String>())
        .replace("{directory}\n", &working_directory(facts))
}

/// Returns the input of the action for a workspace that is not at the root of the repository.
fn working_directory(facts: &WorkflowFacts) -> String {
    match facts.directory.as_str() {
        "" => String::new(),
        directory => format!("          working-directory: {}\n", quoted(directory)),
    }
}

/// Returns the path of a file of the workspace in the repository.
fn in_repository(facts: &WorkflowFacts, file: &str) -> String {
    match facts.directory.as_str() {
        "" => file.to_owned(),
        directory => format!("{directory}/{file}"),
    }
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

/// The workflow that only measures what is due, with placeholders.
const SCHEDULED: &str = include_str!("scheduled.yml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheduled_workflow_has_no_placeholder_left() {
        let facts = WorkflowFacts {
            directory: "tools/a".to_owned(),
            zone: Some("Europe/Berlin".to_owned()),
            ..WorkflowFacts::default()
        };
        let options = ["--config", "my rules.toml"].map(str::to_owned);
        let text = github_schedule(&facts, &options);
        for lines in [
            "      timezone: \"Europe/Berlin\"\n",
            "          path: \"tools/a/.campaign/runs\"\n",
            "            tools/a/.campaign/index/alerts\n",
            "            --due\n            --config\n            my rules.toml\n          working-directory: \"tools/a\"\n",
        ] {
            assert!(text.contains(lines), "{lines}: {text}");
        }
        for name in ["schedule", "action", "directory", "runs", "options"] {
            assert!(!text.contains(&format!("{{{name}}}")), "{name}");
        }
        let plain = github_schedule(&WorkflowFacts::default(), &[]);
        assert!(plain.ends_with("            --due\n"), "{plain}");
    }

    #[test]
    fn workflow_has_no_placeholder_left_and_quotes_names() {
        let facts = WorkflowFacts {
            branch: "release: \"2\"".to_owned(),
            directory: "tools/a b".to_owned(),
            zone: Some("Europe/Berlin".to_owned()),
        };
        let text = github(&facts);
        for line in [
            "    branches: [\"release: \\\"2\\\"\"]\n",
            "      timezone: \"Europe/Berlin\"\n",
            "          working-directory: \"tools/a b\"\n",
            "          path: \"tools/a b/.campaign/runs\"\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        for name in ["branch", "schedule", "action", "with", "directory", "runs"] {
            assert!(!text.contains(&format!("{{{name}}}")), "{name}");
        }
        let plain = github(&WorkflowFacts::default());
        assert!(!plain.contains("schedule:") && !plain.contains("working-directory"));
    }
}
