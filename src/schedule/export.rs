//! Files for the platform's own scheduler, which then calls `run --due` again and again.
//!
//! A timer only wakes the program; the record decides which jobs are due. So one timer serves all jobs, and a
//! missed or doubled call changes nothing. Every format is one function and one line of [`SCHEDULERS`].

use jiff::SignedDuration;

use super::{Job, Recurrence, Schedule};
use crate::plan::quote;

/// The longest time between two calls, in minutes.
const LONGEST: i64 = 15;

/// A timer for a workspace.
///
/// No text may contain control characters: the formats consist of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Its name: letters, digits and hyphens.
    pub name: String,
    /// Absolute path of the workspace.
    pub directory: String,
    /// Absolute path of this program.
    pub program: String,
    /// Options of `run --due`, one word each.
    pub options: Vec<String>,
    /// The value of `PATH`, by which cargo and its tools are found.
    pub path: String,
    /// Minutes between two calls, from 1 to [`LONGEST`].
    pub minutes: i64,
    /// How many minutes after the full hour the first call is made, less than `minutes`. Calls of many
    /// workspaces at the same minute would disturb each other.
    pub offset: i64,
}

/// The arguments of the program.
const ARGUMENTS: [&str; 4] = ["campaign", "run", "--due", "--quiet"];

impl Timer {
    /// Returns the arguments of the program, each as a scheduler reads it.
    fn arguments(&self, quote: impl Fn(&str) -> String) -> Vec<String> {
        let options = self.options.iter().map(String::as_str);
        ARGUMENTS.into_iter().chain(options).map(quote).collect()
    }
}

/// Returns whether a word has the same meaning with and without quotes for every scheduler.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c))
}

/// A scheduler.
#[derive(Debug)]
pub struct Scheduler {
    /// Its name on the command line.
    pub name: &'static str,
    /// Returns the text of its file, with the commands that install it as comments.
    pub text: fn(&Timer) -> String,
}

/// The schedulers.
pub const SCHEDULERS: &[Scheduler] = &[
    Scheduler {
        name: "systemd",
        text: systemd,
    },
    Scheduler {
        name: "launchd",
        text: launchd,
    },
    Scheduler {
        name: "cron",
        text: cron,
    },
    Scheduler {
        name: "windows",
        text: windows,
    },
];

/// Returns how many minutes may lie between two calls: no more than the shortest interval of a job.
pub fn minutes(schedule: &Schedule) -> i64 {
    let intervals = schedule.jobs.iter().filter_map(interval);
    let shortest = intervals.map(|interval| interval.as_mins()).min();
    let shortest = shortest.unwrap_or(LONGEST).clamp(1, LONGEST);
    // Calls every 7 minutes would come at odd times after each full hour.
    let divisors = [15, 12, 10, 6, 5, 4, 3, 2, 1];
    divisors.into_iter().find(|n| *n <= shortest).unwrap_or(1)
}

fn interval(job: &Job) -> Option<SignedDuration> {
    match job.recurrence {
        Recurrence::Every(interval) => Some(interval),
        Recurrence::Calendar(..) | Recurrence::OnDemand => None,
    }
}

fn systemd(timer: &Timer) -> String {
    let Timer {
        name,
        directory,
        minutes,
        offset,
        ..
    } = timer;
    let in_unit = |text: &str| text.replace('%', "%%");
    let quoted = |text: &str| {
        let text = in_unit(text).replace('\\', r"\\").replace('"', "\\\"");
        format!("\"{text}\"")
    };
    // systemd refuses a program with these characters, and does not read `$$` in its name.
    let is_special = timer.program.contains(['\'', '"', '\\', '$']);
    let by = if is_special { "/usr/bin/env " } else { "" };
    let program = quoted(&timer.program).replace('$', "$$");
    let environment = quoted(&format!("PATH={}", timer.path));
    let arguments = timer.arguments(|word| match is_plain(word) {
        true => word.to_owned(),
        false => quoted(word).replace('$', "$$"),
    });
    let (arguments, directory) = (arguments.join(" "), in_unit(directory));
    format!(
        "\
# Write this part to ~/.config/systemd/user/{name}.service
[Unit]
Description=Measure what is due in {directory}

[Service]
Type=oneshot
WorkingDirectory={directory}
Environment={environment}
ExecStart={by}{program} {arguments}
Nice=10

# Write this part to ~/.config/systemd/user/{name}.timer, then run:
#   systemctl --user daemon-reload
#   systemctl --user enable --now {name}.timer
[Unit]
Description=Measure what is due in {directory}

[Timer]
OnCalendar=*-*-* *:{offset}/{minutes}:00
Persistent=true

[Install]
WantedBy=timers.target
"
    )
}

fn launchd(timer: &Timer) -> String {
    let Timer { name, minutes, .. } = timer;
    let (program, directory) = (xml(&timer.program), xml(&timer.directory));
    let (path, seconds) = (xml(&timer.path), minutes * 60);
    let arguments = timer.arguments(|word| format!("        <string>{}</string>\n", xml(word)));
    let arguments = arguments.concat();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Write this to ~/Library/LaunchAgents/{name}.plist, then run:
     launchctl bootstrap gui/$UID ~/Library/LaunchAgents/{name}.plist -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{name}</string>
    <key>ProgramArguments</key>
    <array>
        <string>{program}</string>
{arguments}    </array>
    <key>WorkingDirectory</key>
    <string>{directory}</string>
    <key>EnvironmentVariables</key>
    <dict>
        <key>PATH</key>
        <string>{path}</string>
    </dict>
    <key>StartInterval</key>
    <integer>{seconds}</integer>
    <key>ProcessType</key>
    <string>Background</string>
</dict>
</plist>
"#
    )
}

fn cron(timer: &Timer) -> String {
    let (minutes, offset) = (timer.minutes, timer.offset);
    let [directory, program] = [&timer.directory, &timer.program].map(|text| quote(text));
    let path = quote(&timer.path);
    let command = format!(
        "cd {directory} && PATH={path} {program} {}",
        timer.arguments(quote).join(" ")
    );
    // An unescaped `%` ends the command.
    let command = command.replace('%', r"\%");
    let when = match minutes {
        1 => "*".to_owned(),
        minutes => format!("{offset}-59/{minutes}"),
    };
    format!(
        "\
# Add this line with `crontab -e`. cron sends what the command prints by mail.
{when} * * * * {command}
"
    )
}

fn windows(timer: &Timer) -> String {
    let Timer {
        name,
        minutes,
        offset,
        ..
    } = timer;
    let (program, directory) = (xml(&timer.program), xml(&timer.directory));
    let arguments = timer.arguments(|word| match is_plain(word) {
        true => word.to_owned(),
        false => format!("\"{}\"", word.replace('"', "\\\"")),
    });
    let arguments = xml(&arguments.join(" "));
    format!(
        r#"<?xml version="1.0"?>
<!-- Write this to {name}.xml, then run in PowerShell:
     Register-ScheduledTask -TaskName {name} -Xml (Get-Content {name}.xml -Raw) -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:{offset:02}:00</StartBoundary>
      <Repetition>
        <Interval>PT{minutes}M</Interval>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>true</DisallowStartIfOnBatteries>
  </Settings>
  <Actions>
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{directory}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"#
    )
}

/// Escapes a text for an element of XML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;

    use super::super::Days;
    use super::super::tests::job;
    use super::*;

    fn timer() -> Timer {
        Timer {
            name: "cargo-campaign-riptide".to_owned(),
            directory: r#"/home/ana/50% "of" <a> & it's $HOME\n"#.to_owned(),
            program: "/opt/$bin/cargo-campaign".to_owned(),
            options: vec!["--config".to_owned(), "/a <b> $c%".to_owned()],
            path: "/home/ana/.cargo/bin:/usr/bin".to_owned(),
            minutes: 15,
            offset: 7,
        }
    }

    #[test]
    fn text_from_outside_is_escaped_in_every_format() {
        let lines = [
            (
                "systemd",
                vec![
                    r#"WorkingDirectory=/home/ana/50%% "of" <a> & it's $HOME\n"#,
                    r#"ExecStart=/usr/bin/env "/opt/$$bin/cargo-campaign" campaign run --due --quiet --config "/a <b> $$c%%""#,
                    r#"Environment="PATH=/home/ana/.cargo/bin:/usr/bin""#,
                    "OnCalendar=*-*-* *:7/15:00",
                ],
            ),
            (
                "launchd",
                vec![
                    r#"    <string>/home/ana/50% "of" &lt;a&gt; &amp; it's $HOME\n</string>"#,
                    "    <integer>900</integer>",
                    "        <string>/a &lt;b&gt; $c%</string>",
                ],
            ),
            (
                "cron",
                vec![
                    r#"7-59/15 * * * * cd '/home/ana/50\% "of" <a> & it'\''s $HOME\n' && PATH=/home/ana/.cargo/bin:/usr/bin '/opt/$bin/cargo-campaign' campaign run --due --quiet --config '/a <b> $c\%'"#,
                ],
            ),
            (
                "windows",
                vec![
                    r#"      <WorkingDirectory>/home/ana/50% "of" &lt;a&gt; &amp; it's $HOME\n</WorkingDirectory>"#,
                    "      <StartBoundary>2026-01-01T00:07:00</StartBoundary>",
                    "        <Interval>PT15M</Interval>",
                    r#"      <Arguments>campaign run --due --quiet --config "/a &lt;b&gt; $c%"</Arguments>"#,
                ],
            ),
        ];
        let names: Vec<&str> = SCHEDULERS.iter().map(|format| format.name).collect();
        assert_eq!(names, lines.each_ref().map(|(name, _)| *name));
        for (name, expected) in lines {
            let format = SCHEDULERS.iter().find(|format| format.name == name);
            let text = (format.unwrap().text)(&timer());
            for line in expected {
                assert!(text.lines().any(|other| other == line), "{name}: {text}");
            }
        }
    }

    #[test]
    fn calls_are_as_frequent_as_the_shortest_interval() {
        let every = |minutes| job(Recurrence::Every(SignedDuration::from_mins(minutes)));
        let daily = job(Recurrence::Calendar(
            Days::DAILY,
            vec![Time::constant(3, 0, 0, 0)],
        ));
        let table = [
            (vec![], 15),
            (vec![daily.clone()], 15),
            (vec![every(60), every(120)], 15),
            (vec![every(7), daily], 6),
            (vec![every(0)], 1),
        ];
        for (jobs, expected) in table {
            let schedule = Schedule {
                jobs,
                ..Schedule::default()
            };
            assert_eq!(minutes(&schedule), expected);
        }
    }
}
