//! A place of its own for each test: a copy of a fixture, a home, a cleared environment.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What the environment of a test keeps of ours: where programs are found, and what Windows cannot do without.
const KEPT: [&str; 9] = [
    "PATH",
    "RUSTUP_TOOLCHAIN",
    "SystemRoot",
    "ComSpec",
    "PATHEXT",
    "TEMP",
    "TMP",
    "ProgramFiles",
    "ProgramData",
];
/// Author and committer date of every commit.
const DATE: &str = "2026-01-02T03:04:05+00:00";

/// The repository's own folder.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the fixture workspaces.
pub(crate) fn workspaces() -> PathBuf {
    repository().join("fixtures/workspaces")
}

/// How a program ended and what it wrote, lossily decoded.
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code, or 128 + signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The tools of LLVM, with the variables that name them.
pub(crate) const LLVM_TOOLS: [(&str, &str); 2] =
    [("llvm-profdata", "LLVM_PROFDATA"), ("llvm-cov", "LLVM_COV")];

/// A temporary folder with a workspace (`ws`), a home and a cargo home; removed when dropped.
pub(crate) struct Sandbox {
    base: PathBuf,
    /// The workspace's directory in it.
    folder: String,
    env: BTreeMap<String, OsString>,
}

impl Sandbox {
    /// With an empty workspace folder.
    pub(crate) fn empty() -> Self {
        Self::with_folder("ws")
    }

    fn with_folder(name: &str) -> Self {
        let base = fresh_folder();
        for folder in [name, "home", "cargo-home", "bin", "stage"] {
            fs::create_dir(base.join(folder)).expect("a fresh folder can be written");
        }
        let env = environment(&base);
        let mut sandbox = Self {
            base,
            folder: name.to_owned(),
            env,
        };
        sandbox.program("cargo-semver-checks", "exit 101");
        sandbox.program("cargo-mutants", "exit 101");
        sandbox.program("sccache", "exit 101");
        sandbox.program("valgrind", "exit 101");
        for (name, variable) in LLVM_TOOLS {
            sandbox.program(name, "echo 'LLVM version 99.0'");
            sandbox.set(variable, sandbox.bin().join(name));
        }
        sandbox
    }

    /// A program in [`Sandbox::bin`], as a shell script. Of tools that a machine may have or not, every sandbox begins with
    /// ones that do nothing.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a fresh folder can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
    }

    /// With a copy of a fixture, its manifests armed.
    pub(crate) fn of(fixture: &str) -> Self {
        let sandbox = Self::empty();
        arm(&workspaces().join(fixture), &sandbox.root());
        sandbox
    }

    /// The folder that everything lies in.
    pub(crate) fn base(&self) -> &Path {
        &self.base
    }

    /// The same in a folder of the fixture's name: where people put it.
    pub(crate) fn named(fixture: &str) -> Self {
        let sandbox = Self::with_folder(fixture);
        arm(&workspaces().join(fixture), &sandbox.root());
        sandbox
    }

    /// The same with the first commit of a campaign, and its tools first on PATH.
    pub(crate) fn of_campaign(name: &str) -> Self {
        let sandbox = Self::with_folder(name);
        let fixture = repository().join("fixtures/campaigns").join(name);
        arm(&fixture.join("in"), &sandbox.root());
        let tools = fixture.join("tools");
        if tools.is_dir() {
            arm(&tools, &sandbox.bin());
        }
        let advisories = fixture.join("advisories");
        if advisories.is_dir() {
            let database = sandbox.cargo_home().join("advisory-db");
            arm(&advisories, &database);
            let database = database.to_str().expect("a path of ASCII");
            sandbox.git(&["-C", database, "init", "-q"]);
            sandbox.git(&["-C", database, "add", "-A"]);
            sandbox.git(&["-C", database, "commit", "-q", "-m", "advisories"]);
        }
        sandbox
    }

    /// The workspace's directory.
    pub(crate) fn root(&self) -> PathBuf {
        self.base.join(&self.folder)
    }

    /// A path in the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// A folder for programs, first on PATH.
    pub(crate) fn bin(&self) -> PathBuf {
        self.base.join("bin")
    }

    /// Cargo's home: empty, but for the subcommands that a fake cargo has.
    pub(crate) fn cargo_home(&self) -> PathBuf {
        self.base.join("cargo-home")
    }

    /// Where the fake cargo's script, log and signal files lie.
    pub(crate) fn stage(&self) -> PathBuf {
        self.base.join("stage")
    }

    /// Reads a file of the workspace.
    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
    }

    /// Writes a file of the workspace and the folders above it.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        let folder = path.parent().expect("it has the workspace above it");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .unwrap_or_else(|e| panic!("{relative}: {e}"));
    }

    /// Appends to a file of the workspace after an empty line, or creates it. A new file that begins with `#!` is made
    /// executable.
    pub(crate) fn append(&self, relative: &str, text: &str) {
        let before = fs::read_to_string(self.path(relative)).unwrap_or_default();
        let gap = if before.is_empty() { "" } else { "\n" };
        self.write(relative, &format!("{before}{gap}{text}"));
        #[cfg(unix)]
        if before.is_empty() && text.starts_with("#!") {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.path(relative), fs::Permissions::from_mode(0o755))
                .expect("it was just written");
        }
    }

    /// Replaces text that occurs exactly once.
    pub(crate) fn replace(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {relative}");
        self.write(relative, &text.replace(from, to));
    }

    /// Replaces text in the baseline and its digest with it, as somebody would who knows how.
    pub(crate) fn edit_pin(&self, from: &str, to: &str) {
        const PIN: &str = ".campaign/baseline.json";
        self.replace(PIN, from, to);
        let text = self.read(PIN);
        let rest: String = text.split_inclusive('\n').skip(3).collect();
        self.write("../stage/rest", &rest);
        let digest = self.output("sha256sum", &["../stage/rest"]).stdout;
        self.write(
            PIN,
            &format!(
                "{{\n\"format\": 1,\n\"sha256\": \"{}\",\n{rest}",
                &digest[..64]
            ),
        );
    }

    /// Sets a variable for all that is started from here on.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.env.insert(name.to_owned(), value.into());
    }

    /// Removes a variable for all that is started from here on.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// A program in the workspace's directory, in the cleared environment, with nothing on stdin.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        self.prepared(Command::new(program.into()))
    }

    fn prepared(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .envs(&self.env)
            .current_dir(self.root())
            .stdin(Stdio::null());
        command
    }

    /// The program under test.
    pub(crate) fn campaign(&self, args: &[&str]) -> Output {
        self.output(env!("CARGO_BIN_EXE_cargo-campaign"), args)
    }

    /// The same, not yet started.
    pub(crate) fn campaign_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-campaign"));
        command.args(args);
        command
    }

    /// The same in another directory.
    pub(crate) fn campaign_command_in(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = self.campaign_command(args);
        command.current_dir(dir);
        command
    }

    /// Any program.
    pub(crate) fn output(&self, program: impl Into<OsString>, args: &[&str]) -> Output {
        output(self.command(program).args(args))
    }

    /// Any program, its two streams in one, as a terminal shows them.
    pub(crate) fn screen(&self, program: impl Into<OsString>, args: &[&str]) -> (i32, String) {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = self.command(program);
        command
            .args(args)
            .stdout(writer.try_clone().expect("a pipe"))
            .stderr(writer);
        let mut child = command
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        drop(command);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut bytes).expect("a pipe");
        let status = child.wait().expect("it was started");
        (code(status), String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What `$CARGO` is: the real one, or the fake one after [`Sandbox::fake_cargo`].
    pub(crate) fn dollar_cargo(&self, args: &[&str]) -> Output {
        output(&mut self.dollar_cargo_command(args))
    }

    /// The same, not yet started.
    pub(crate) fn dollar_cargo_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(
            self.env
                .get("CARGO")
                .cloned()
                .unwrap_or_else(|| "cargo".into()),
        );
        command.args(args);
        command
    }

    /// The real cargo.
    pub(crate) fn cargo(&self, args: &[&str]) -> Output {
        output(
            self.prepared(escargot::Cargo::new().into_command())
                .args(args),
        )
    }

    /// Git; fails the test when git fails.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let out = self.output("git", args);
        assert_eq!(out.code, 0, "git {args:?}: {}", out.stderr);
        out.stdout
    }

    /// Makes the workspace a repository with everything in one commit.
    pub(crate) fn git_init(&self) {
        self.git(&["-c", "init.defaultBranch=main", "init", "-q"]);
        self.commit("all of it");
    }

    /// Commits everything, by the same author at the same time whenever it runs.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Text with this sandbox's paths and all that differs from run to run made the same.
    pub(crate) fn redact(&self, text: &str) -> String {
        super::redact(&self.places(text))
    }

    /// Text with this sandbox's paths made the same.
    pub(crate) fn places(&self, text: &str) -> String {
        let root = self.root();
        text.replace(&*root.to_string_lossy(), "[ROOT]")
            .replace(&*self.base.to_string_lossy(), "[BASE]")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Nothing depends on its success: a test on Windows may still hold a file.
        let _ = fs::remove_dir_all(&self.base);
    }
}

/// Runs to the end.
pub(crate) fn output(command: &mut Command) -> Output {
    let out = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    Output {
        code: code(out.status),
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}

#[cfg(unix)]
pub(super) fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or_else(|| status.signal().map(|s| 128 + s))
        .unwrap_or(-1)
}

#[cfg(not(unix))]
fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

fn fresh_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let temp = std::env::temp_dir();
    // The spelling that a child sees as its working directory.
    let temp = if cfg!(unix) {
        temp.canonicalize().unwrap_or(temp)
    } else {
        temp
    };
    loop {
        let name = format!(
            "campaign-it-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let base = temp.join(name);
        match fs::create_dir(&base) {
            Ok(()) => return base,
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => panic!("{}: {e}", base.display()),
        }
    }
}

/// Fixtures need nothing from a registry, so cargo's home is an empty one of the sandbox's own: no configuration of the
/// machine gets in, no lock is shared. Toolchains are the machine's.
fn environment(base: &Path) -> BTreeMap<String, OsString> {
    let mut env: BTreeMap<String, OsString> = KEPT
        .iter()
        .filter_map(|name| std::env::var_os(name).map(|value| ((*name).to_owned(), value)))
        .chain(std::env::var_os("CARGO").map(|cargo| ("CARGO".to_owned(), cargo)))
        .collect();
    let path = env.get("PATH").cloned().unwrap_or_default();
    let folders = std::iter::once(base.join("bin")).chain(std::env::split_paths(&path));
    env.insert(
        "PATH".to_owned(),
        std::env::join_paths(folders).expect("they came from PATH"),
    );
    if let Some(rustup) = rustup_home() {
        env.insert("RUSTUP_HOME".to_owned(), rustup.into());
    }
    for (name, folder) in [
        ("HOME", "home"),
        ("USERPROFILE", "home"),
        ("CARGO_HOME", "cargo-home"),
    ] {
        env.insert(name.to_owned(), base.join(folder).into());
    }
    env.insert("GIT_CEILING_DIRECTORIES".to_owned(), base.into());
    for (name, value) in FIXED {
        env.insert(name.to_owned(), value.into());
    }
    env
}

const FIXED: [(&str, &str); 10] = [
    ("CARGO_NET_OFFLINE", "true"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Ana"),
    ("GIT_AUTHOR_EMAIL", "ana@example.invalid"),
    ("GIT_AUTHOR_DATE", DATE),
    ("GIT_COMMITTER_NAME", "Ana"),
    ("GIT_COMMITTER_EMAIL", "ana@example.invalid"),
    ("GIT_COMMITTER_DATE", DATE),
    ("LC_ALL", "C"),
    ("TZ", "UTC"),
];

fn rustup_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|h| h.join(".rustup"));
    std::env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .filter(|p| p.is_dir())
}

/// Copies a fixture; `NAME.in` becomes `NAME`, what is expected of it stays behind.
fn arm(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the sandbox can be written");
    let entries = fs::read_dir(from).unwrap_or_else(|e| panic!("fixture {}: {e}", from.display()));
    for entry in entries {
        let path = entry.expect("a fixture can be read").path();
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy();
        let target = to.join(name.strip_suffix(".in").unwrap_or(&name));
        if path.is_dir() {
            arm(&path, &target);
        } else if name != "expected.json" {
            fs::copy(&path, &target).expect("the sandbox can be written");
        }
    }
}

/// The exit code of a gate, and each verdict with its reason.
pub(crate) fn judged(sandbox: &Sandbox, args: &[&str]) -> (i32, Vec<String>) {
    let out = sandbox.campaign(&[&["gate", "--format", "json"], args].concat());
    let report: serde_json::Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let gates = report["gates"].as_array().expect("gates").iter();
    let gates = gates.map(|gate| {
        let id = gate["id"].as_str().unwrap_or_default();
        let verdict = gate["verdict"].as_str().unwrap_or_default();
        let reason = gate["reason"].as_str().unwrap_or_default();
        format!("{id} {verdict} {reason}").trim_end().to_owned()
    });
    (out.code, gates.collect())
}
