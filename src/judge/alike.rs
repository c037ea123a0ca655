//! Comparability of two runs, decided field by field from their provenance.

use crate::collector::{self, Influence, LintFile};
use crate::metric::Alike;
use crate::plan::Collector;
use crate::snapshot::{Provenance, Refusal};

/// Returns the first relevant field in which two runs differ. `None` if their values are comparable.
///
/// Commit, tree, lock file and `--locked --offline --frozen` are never relevant. Scope, the collector's own settings and
/// whether it measured or read files of another tool always are. Target, profile, features and flags of cargo are relevant for
/// collectors whose commands get them, and flags of the compilers for those that may build. Compiler and lint settings are relevant for values that
/// depend on the toolchain. Compiler, class of machine and variables that affect times are relevant
/// for times.
pub fn unlike(
    alike: Alike,
    base: &Provenance,
    head: &Provenance,
    collector: &Collector,
) -> Option<Refusal> {
    let definition = collector::of(collector);
    let options: &[Field] = if definition.takes_build_options() {
        &OPTIONS
    } else {
        &[]
    };
    let build: &[Field] = match definition.builds {
        false => &[],
        true if alike == Alike::Machine && definition.uses_compiler_cache => {
            &[flags, configuration]
        }
        true => &[flags, configuration_without_cache],
    };
    let fields: &[Field] = match alike {
        Alike::Settings => &[],
        Alike::Toolchain => &[toolchain],
        Alike::Machine => &[toolchain, machine, times],
    };
    let lint_files: &[LintFile] = if alike == Alike::Toolchain {
        definition.lint_files
    } else {
        &[]
    };
    let lint_fields: Vec<Field> = lint_files.iter().map(|file| lint_field(*file)).collect();
    strangers(base, head)
        .or_else(|| {
            [scope as Field]
                .iter()
                .chain(options)
                .chain(build)
                .chain(fields)
                .chain(&lint_fields)
                .find_map(|f| refusal(*f, base, head, collector))
        })
        .or_else(|| refusal(origin, base, head, collector))
        .or_else(|| {
            refusal_of(
                "settings",
                digest(settings(base, collector)),
                digest(settings(head, collector)),
            )
        })
}

/// Returns the first field that differs and matters to times, or `None` if the times of all collectors may be compared.
pub fn unlike_machines(base: &Provenance, head: &Provenance) -> Option<Refusal> {
    let mut timed = collector::ALL
        .iter()
        .filter(|one| one.alike == Alike::Machine);
    timed.find_map(|one| unlike(Alike::Machine, base, head, &one.collector()))
}

/// Returns the field of a file that decides which findings there can be.
fn lint_field(file: LintFile) -> Field {
    match file {
        LintFile::Manifests => lints,
        LintFile::Clippy => clippy_toml,
        LintFile::Rustfmt => rustfmt_toml,
    }
}

/// Returns the refusal for two workspaces without a common member. The name of the directory is not
/// compared, because each clone may have another.
pub fn strangers(base: &Provenance, head: &Provenance) -> Option<Refusal> {
    let known = !base.members.is_empty() && !head.members.is_empty();
    let common = base
        .members
        .iter()
        .any(|member| head.members.contains(member));
    if known && !common {
        refusal_of("workspace", first_members(base), first_members(head))
    } else {
        None
    }
}

fn first_members(p: &Provenance) -> String {
    words(p.members.iter().take(3).cloned())
}

/// The name of a field and its value for people, as far as it matters to a collector.
type Field = fn(&Provenance, &Collector) -> (&'static str, String);

/// The options of the command line.
const OPTIONS: [Field; 4] = [
    |p, _| {
        (
            "target",
            // Cargo builds for the host unless a target is set.
            p.target.clone().unwrap_or_else(|| p.toolchain.host.clone()),
        )
    },
    |p, _| ("profile", p.profile.clone()),
    |p, _| ("features", p.features.clone()),
    |p, _| {
        (
            "cargo flags",
            words(
                p.cargo_flags
                    .iter()
                    .filter(|f| !HARMLESS.contains(&f.as_str()))
                    .cloned(),
            ),
        )
    },
];

/// Returns the variables that a command gets from the environment.
fn flags(p: &Provenance, collector: &Collector) -> (&'static str, String) {
    let set = p.env.iter().filter(|(name, _)| is_flag(name, collector));
    let set = set.map(|(name, value)| format!("{name}={value}"));
    ("environment", words(set))
}

/// Returns the settings that a command gets from cargo's configuration.
fn configuration(p: &Provenance, _: &Collector) -> (&'static str, String) {
    let set = p.config.iter();
    let set = set.map(|(key, value)| format!("{key} = {value}"));
    ("cargo configuration", words(set))
}

/// Does the same without a compiler cache, which gives the results of the compiler, only earlier.
fn configuration_without_cache(p: &Provenance, collector: &Collector) -> (&'static str, String) {
    let mut without = p.clone();
    let is_cache = |value: &String| value == "sccache" || value.ends_with("/sccache");
    without
        .config
        .retain(|key, value| key != "build.rustc-wrapper" || !is_cache(value));
    configuration(&without, collector)
}

/// Flags that affect the source of dependencies and not the build.
const HARMLESS: [&str; 3] = ["--locked", "--offline", "--frozen"];

/// Where the values come from.
fn origin(p: &Provenance, collector: &Collector) -> (&'static str, String) {
    let format = p.imported.get(collector);
    (
        "origin",
        format.map_or_else(
            || "measured".to_owned(),
            |format| format!("read from {format}"),
        ),
    )
}

/// Packages measured, in words.
fn scope(p: &Provenance, _: &Collector) -> (&'static str, String) {
    let all = if p.scope.is_empty() {
        "the workspace".to_owned()
    } else {
        p.scope.join(", ")
    };
    ("scope", all)
}

/// The compiler decides; cargo comes with it.
fn toolchain(p: &Provenance, _: &Collector) -> (&'static str, String) {
    ("toolchain", p.toolchain.rustc.clone())
}

fn lints(p: &Provenance, _: &Collector) -> (&'static str, String) {
    ("lint configuration", digest(Some(&p.lints)))
}

fn clippy_toml(p: &Provenance, _: &Collector) -> (&'static str, String) {
    ("clippy.toml", digest(Some(&p.clippy_toml)))
}

fn rustfmt_toml(p: &Provenance, _: &Collector) -> (&'static str, String) {
    ("rustfmt.toml", digest(Some(&p.rustfmt_toml)))
}

/// Variables that change only how long something takes. Cargo builds incrementally unless `CI` is set.
const OF_TIMES: [&str; 5] = [
    "CARGO_BUILD_JOBS",
    "CARGO_INCREMENTAL",
    "CI",
    "RUST_TEST_THREADS",
    "TF_BUILD",
];

fn is_of_times(variable: &(&String, &String)) -> bool {
    OF_TIMES.contains(&variable.0.as_str())
}

/// Returns the provenance with the machine and the variables of another one that affect only times.
pub fn with_times_of(one: &Provenance, other: &Provenance) -> Provenance {
    let env = one.env.iter().filter(|variable| !is_of_times(variable));
    let env = env.chain(other.env.iter().filter(is_of_times));
    Provenance {
        host: other.host.clone(),
        env: env
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        ..one.clone()
    }
}

/// Returns the variables that affect only times.
fn times(p: &Provenance, _: &Collector) -> (&'static str, String) {
    let set = p.env.iter().filter(is_of_times);
    (
        "environment",
        words(set.map(|(name, value)| format!("{name}={value}"))),
    )
}

/// The machine class: times compare only within one.
fn machine(p: &Provenance, _: &Collector) -> (&'static str, String) {
    let host = &p.host;
    let parts = [host.os.as_str(), &host.arch, &host.cpu]
        .into_iter()
        .filter(|part| !part.is_empty());
    (
        "machine",
        format!(
            "{}, {} cores",
            parts.collect::<Vec<_>>().join(" "),
            host.cores
        ),
    )
}

/// Returns the digest of the collector's own arguments and table, if values with another digest cannot be compared.
fn settings<'a>(p: &'a Provenance, collector: &Collector) -> Option<&'a String> {
    p.settings
        .get(collector)
        .filter(|_| collector::of(collector).compares_settings)
}

fn digest(whole: Option<&String>) -> String {
    whole.map_or_else(|| "unknown".to_owned(), Clone::clone)
}

/// Returns whether a variable hands flags to the compilers, changes the profile or configures nextest, where the collector
/// may start that. Unlike most of cargo's variables, these affect values. Nextest's is recorded only if it runs the tests.
pub(super) fn is_flag(name: &str, collector: &Collector) -> bool {
    let may_be_nextest = collector::of(collector)
        .influences
        .contains(&Influence::Nextest);
    name.ends_with("RUSTFLAGS")
        || name.ends_with("RUSTDOCFLAGS")
        || name.starts_with("CARGO_PROFILE_")
        || may_be_nextest && name.starts_with("NEXTEST_")
}

fn words(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(" ")
    }
}

/// The refusal over one field, if the sides differ in it.
fn refusal(
    field: Field,
    base: &Provenance,
    head: &Provenance,
    collector: &Collector,
) -> Option<Refusal> {
    let ((name, base), (_, head)) = (field(base, collector), field(head, collector));
    refusal_of(name, base, head)
}

fn refusal_of(field: &str, base: String, head: String) -> Option<Refusal> {
    if base == head {
        return None;
    }
    let [base, head] = [base, head].map(|text| match text.as_str() {
        "" => "none".to_owned(),
        _ => text,
    });
    let (base, head) = shortened(base, head);
    Some(Refusal {
        field: field.to_owned(),
        base,
        head,
    })
}

/// Shortens `1.94.0 (4a4ef493e 2026-03-02)` to `1.94.0`, and a digest to its first twelve characters.
fn short(text: &str) -> String {
    let is_digest = text.len() > 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    match text.split_once(" (") {
        _ if is_digest => text.chars().take(12).collect(),
        Some((version, _)) => version.to_owned(),
        None => text.to_owned(),
    }
}

/// Shortens both values, unless they would then be equal.
fn shortened(base: String, head: String) -> (String, String) {
    let (short_base, short_head) = (short(&base), short(&head));
    if short_base == short_head {
        (base, head)
    } else {
        (short_base, short_head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Host, Toolchain};

    fn here() -> Provenance {
        Provenance {
            workspace: "riptide".to_owned(),
            members: vec!["riptide".to_owned()],
            commit: Some("4f2c9e1".to_owned()),
            lints: "0f0f0f0f0f0f0f0f0f0f".to_owned(),
            toolchain: Toolchain {
                rustc: "1.95.0 (59807616e 2026-04-14)".to_owned(),
                cargo: "1.95.0".to_owned(),
                host: "x86_64-unknown-linux-gnu".to_owned(),
            },
            host: Host {
                os: "linux".to_owned(),
                arch: "x86_64".to_owned(),
                cpu: String::new(),
                cores: 8,
            },
            profile: "dev".to_owned(),
            features: "default".to_owned(),
            settings: ["clippy", "test", "bench", "fmt", "doc"]
                .map(Collector::named)
                .map(|c| (c, "s".to_owned()))
                .into(),
            ..Provenance::default()
        }
    }

    type Change = fn(&mut Provenance);

    const ALL: [bool; 5] = [true; 5];
    const BUILDS: [bool; 5] = [true, true, true, false, true];

    /// Which of clippy's counts, test results, bench times, format counts and warnings of rustdoc refuse a change, and in
    /// which words.
    const CHANGES: &[(Change, [bool; 5], &str)] = &[
        (|_| (), [false; 5], ""),
        (|p| p.commit = None, [false; 5], ""),
        (
            |p| p.cargo_flags = vec!["--locked".to_owned(), "--offline".to_owned()],
            [false; 5],
            "",
        ),
        (
            |p| p.env = [("CARGO_TERM_COLOR".to_owned(), "never".to_owned())].into(),
            [false; 5],
            "",
        ),
        (
            |p| p.target = Some("x86_64-unknown-linux-gnu".to_owned()),
            [false; 5],
            "",
        ),
        (
            |p| p.members = vec!["other".to_owned()],
            ALL,
            "workspace: riptide, other",
        ),
        (
            |p| p.target = Some("wasm32-wasip1".to_owned()),
            BUILDS,
            "target: x86_64-unknown-linux-gnu, wasm32-wasip1",
        ),
        (
            |p| p.profile = "release".to_owned(),
            BUILDS,
            "profile: dev, release",
        ),
        (
            |p| p.features = "all".to_owned(),
            BUILDS,
            "features: default, all",
        ),
        (
            |p| p.scope = vec!["a".to_owned(), "b".to_owned()],
            ALL,
            "scope: the workspace, a, b",
        ),
        (
            |p| p.cargo_flags = vec!["-Zx".to_owned()],
            BUILDS,
            "cargo flags: none, -Zx",
        ),
        (
            |p| p.env = [("RUSTFLAGS".to_owned(), "-Awarnings".to_owned())].into(),
            BUILDS,
            "environment: none, RUSTFLAGS=-Awarnings",
        ),
        (
            |p| p.env = [("NEXTEST_PROFILE".to_owned(), "ci".to_owned())].into(),
            [false, true, false, false, false],
            "environment: none, NEXTEST_PROFILE=ci",
        ),
        (
            |p| p.config = [("build.rustflags".to_owned(), "-Aclippy::all".to_owned())].into(),
            BUILDS,
            "cargo configuration: none, build.rustflags = -Aclippy::all",
        ),
        (
            |p| p.config = [("build.rustc-wrapper".to_owned(), "sccache".to_owned())].into(),
            [false, false, true, false, false],
            "cargo configuration: none, build.rustc-wrapper = sccache",
        ),
        (
            |p| p.config = [("build.rustc-wrapper".to_owned(), "./wrap".to_owned())].into(),
            BUILDS,
            "cargo configuration: none, build.rustc-wrapper = ./wrap",
        ),
        (
            |p| p.env = [("CI".to_owned(), "true".to_owned())].into(),
            [false, false, true, false, false],
            "environment: none, CI=true",
        ),
        (
            |p| p.toolchain.rustc = "1.94.0 (4a4ef493e 2026-03-02)".to_owned(),
            [true, false, true, true, true],
            "toolchain: 1.95.0, 1.94.0",
        ),
        (
            |p| p.toolchain.rustc = "1.95.0 (000000000 2026-04-15)".to_owned(),
            [true, false, true, true, true],
            "toolchain: 1.95.0 (59807616e 2026-04-14), 1.95.0 (000000000 2026-04-15)",
        ),
        (
            |p| p.lints = "1f0f0f0f0f0f0f0f0f0f".to_owned(),
            [true, false, false, false, true],
            "lint configuration: 0f0f0f0f0f0f, 1f0f0f0f0f0f",
        ),
        (
            |p| p.clippy_toml = "1f0f0f0f0f0f0f0f0f0f".to_owned(),
            [true, false, false, false, false],
            "clippy.toml: none, 1f0f0f0f0f0f",
        ),
        (
            |p| p.rustfmt_toml = "1f0f0f0f0f0f0f0f0f0f".to_owned(),
            [false, false, false, true, false],
            "rustfmt.toml: none, 1f0f0f0f0f0f",
        ),
        (
            |p| p.host.cores = 2,
            [false, false, true, false, false],
            "machine: linux x86_64, 8 cores, linux x86_64, 2 cores",
        ),
        (
            |p| {
                let test = Collector::named("test");
                p.imported = [(test, "lcov".to_owned())].into();
            },
            [false, true, false, false, false],
            "origin: measured, read from lcov",
        ),
        (|p| p.settings.clear(), ALL, "settings: s, unknown"),
    ];

    /// It compiles with the compiler itself.
    #[test]
    fn compiler_cache_does_not_matter_to_timed_builds() {
        let timing = Collector::named("timing");
        let mut base = here();
        base.settings.insert(timing.clone(), "s".to_owned());
        let mut head = base.clone();
        head.config = [("build.rustc-wrapper".to_owned(), "sccache".to_owned())].into();
        assert_eq!(unlike(Alike::Machine, &base, &head, &timing), None);
    }

    /// Its command does not get the options, and its results stay current when they change.
    #[test]
    fn options_of_the_build_do_not_matter_to_custom_collectors() {
        let collector = Collector::named("todo");
        let mut base = here();
        base.settings.insert(collector.clone(), "s".to_owned());
        let with = |change: Change| {
            let mut head = base.clone();
            change(&mut head);
            unlike(Alike::Settings, &base, &head, &collector).map(|refusal| refusal.field)
        };
        assert_eq!(with(|p| p.target = Some("wasm32-wasip1".to_owned())), None);
        assert_eq!(with(|p| p.profile = "release".to_owned()), None);
        assert_eq!(with(|p| p.features = "all".to_owned()), None);
        assert_eq!(with(|p| p.cargo_flags = vec!["-Zx".to_owned()]), None);
        let flags = with(|p| p.env = [("RUSTFLAGS".to_owned(), "-Awarnings".to_owned())].into());
        assert_eq!(flags.as_deref(), Some("environment"));
    }

    #[test]
    fn each_field_matters_to_the_figures_it_changes_and_to_no_others() {
        for (change, expected, words) in CHANGES {
            let mut head = here();
            change(&mut head);
            for (collector, refused) in ["clippy", "test", "bench", "fmt", "doc"]
                .map(Collector::named)
                .into_iter()
                .zip(*expected)
            {
                let got = unlike(collector::of(&collector).alike, &here(), &head, &collector);
                let got = got.map(|r| format!("{}: {}, {}", r.field, r.base, r.head));
                assert_eq!(got.as_deref(), refused.then_some(*words), "{collector}");
            }
        }
    }
}
