//! Puts the fake cargo (`examples/fake-cargo.rs`) in a sandbox and reads its log.
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{Sandbox, repository};

/// A script of rules `(arguments, steps)`.
pub(crate) fn script(rules: &[(&str, Value)]) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .map(|(args, steps)| json!({ "args": args.split_whitespace().collect::<Vec<_>>(), "steps": steps }))
        .collect();
    json!({ "rules": rules })
}

impl Sandbox {
    /// From here on `$CARGO` is the fake one. Paths in the script are relative to [`Sandbox::stage`], `${root}` is the
    /// workspace's directory written with `/`, and the step `real` reaches the real cargo.
    pub(crate) fn fake_cargo(&mut self, mut script: Value) {
        script["root"] = json!(self.root().to_string_lossy().replace('\\', "/"));
        let file = self.stage().join("script.json");
        fs::write(&file, script.to_string()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let real = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.set("FAKE_CARGO_REAL", real);
        self.set("FAKE_CARGO_SCRIPT", file);
        self.set("FAKE_CARGO_LOG", self.stage().join("log.jsonl"));
        self.set("CARGO", executable());
        for subcommand in ["clippy", "fmt", "nextest"] {
            let path = self
                .cargo_home()
                .join("bin")
                .join(format!("cargo-{subcommand}{EXE_SUFFIX}"));
            fs::create_dir_all(path.parent().expect("it has a directory"))
                .expect("the sandbox can be written");
            let linked = path.exists() || fs::hard_link(executable(), &path).is_ok();
            assert!(
                linked || fs::copy(executable(), &path).is_ok(),
                "{}",
                path.display()
            );
        }
    }

    /// Other steps for the rule that fits exactly these arguments.
    pub(crate) fn replace_rule(&self, args: &str, steps: &Value) {
        let file = self.stage().join("script.json");
        let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut script: Value = serde_json::from_str(&text).expect("the script is JSON");
        let args = json!(args.split_whitespace().collect::<Vec<_>>());
        let rules = script["rules"].as_array_mut().expect("a script has rules");
        let rule = rules
            .iter_mut()
            .find(|rule| rule["args"] == args)
            .unwrap_or_else(|| panic!("no rule for {args}"));
        rule["steps"] = steps.clone();
        fs::write(&file, script.to_string()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }

    /// The fake one under another name, first on PATH: `git`, `rustc`, `cargo-nextest`.
    pub(crate) fn fake_tool(&self, name: &str) -> PathBuf {
        let path = self.bin().join(format!("{name}{EXE_SUFFIX}"));
        fs::copy(executable(), &path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path
    }

    /// Each start of the fake one so far: `program args cwd pid pgid env`.
    pub(crate) fn fake_log(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.stage().join("log.jsonl")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("the log is JSON lines"))
            .collect()
    }
}

fn executable() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| example("fake-cargo", &[]))
}

/// An example, beside the program, not older than its source and these files. Plain `cargo test` has built it;
/// `cargo test --test it` has not, or not since it was changed.
pub(crate) fn example(name: &str, parts: &[&Path]) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_cargo-campaign"));
    let folder = program.parent().expect("cargo puts it in a folder");
    let path = folder.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    let changed = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    let source = repository().join("examples").join(format!("{name}.rs"));
    if parts
        .iter()
        .chain([&&*source])
        .any(|part| changed(&path) < changed(part))
    {
        build(name, folder);
    }
    path
}

fn build(name: &str, folder: &Path) {
    let target = folder
        .parent()
        .expect("the profile's folder lies in the target folder");
    let build = escargot::CargoBuild::new()
        .example(name)
        .target_dir(target)
        .args(["--locked", "--offline"]);
    let build = if folder.ends_with("release") {
        build.release()
    } else {
        build
    };
    let out = build
        .into_command()
        .current_dir(repository())
        .output()
        .expect("cargo starts");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}
