//! The workspace that is edited, over and over, and its tree before and after.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::Digest;

use super::trace::{self, CALLS, Call};
use crate::harness::{Output, example};

/// Path, then what is there. Folders end with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(BTreeMap<String, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(u32, Vec<u8>),
    Link(PathBuf),
}

/// The names of the members whose manifests are edited.
pub(super) fn members() -> impl Iterator<Item = String> {
    (0..50).map(|number| format!("m{number:02}"))
}

/// Binds a journal to the directory it lies in now: this tree stands for the very place in which the process died.
fn rebind(journal: &Path) {
    for file in fs::read_dir(journal)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
    {
        let bytes = fs::read(&file).expect("a file of ours");
        let Some(at) = bytes.iter().position(|byte| *byte == b'\n') else {
            continue;
        };
        let (Ok(line), body) = (std::str::from_utf8(&bytes[..=at]), &bytes[at + 1..]) else {
            continue;
        };
        let Some((start, rest)) = line.split_once("\"inode\":") else {
            continue;
        };
        let inode = fs::metadata(journal).expect("it was listed").ino();
        let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let sealed = format!("{start}\"inode\":{inode}{end}");
        let (_, sealed) = sealed.split_once("\",").expect("the digest ends so");
        let digest = sha2::Sha256::digest(sealed)
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let whole = [
            format!("{{\"sha256\":\"{digest}\",{sealed}").as_bytes(),
            body,
        ]
        .concat();
        fs::write(&file, whole).expect("a file of ours");
    }
}

/// One workspace, in memory where that is to be had: nothing here depends on a real disk but the time it takes.
pub(super) struct Bench {
    base: PathBuf,
    old: Tree,
    new: Tree,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.base);
    }
}

impl Bench {
    /// With the old tree.
    pub(super) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let memory = Some(PathBuf::from("/dev/shm")).filter(|dir| dir.is_dir());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cargo-campaign-sweep-{}-{count}", process::id());
        let base = memory.unwrap_or_else(std::env::temp_dir).join(name);
        fs::create_dir_all(&base).expect("a fresh folder");
        let bench = Self {
            base,
            old: workspace(false),
            new: workspace(true),
        };
        bench.reset();
        bench
    }

    fn root(&self) -> PathBuf {
        self.base.join("ws")
    }

    /// Brings the old tree back.
    pub(super) fn reset(&self) {
        self.set(&self.old);
    }

    /// Makes the workspace this tree.
    pub(super) fn set(&self, tree: &Tree) {
        let root = self.root();
        let _ = fs::remove_dir_all(&root);
        fs::create_dir(&root).expect("a folder of ours");
        for (path, entry) in &tree.0 {
            let path = root.join(path);
            let set = match entry {
                Entry::Folder => fs::create_dir(&path),
                Entry::Link(target) => symlink(target, &path),
                Entry::File(mode, content) => fs::write(&path, content)
                    .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(*mode))),
            };
            set.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
        rebind(&root.join(".campaign/journal"));
    }

    /// The workspace as it is.
    pub(super) fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        read(&self.root(), "", &mut tree);
        tree
    }

    /// Is all new (or all old)? An error says what is mixed, or litter. An empty folder of journals is neither.
    pub(super) fn judge(&self) -> Result<bool, String> {
        let mut tree = self.tree();
        let journals = tree
            .0
            .keys()
            .filter(|path| path.starts_with(".campaign/journal/"))
            .count();
        if journals == 1 {
            tree.0.remove(".campaign/journal/");
        }
        if tree == self.new || tree == self.old {
            return Ok(tree == self.new);
        }
        let odd = tree
            .0
            .iter()
            .filter(|(path, entry)| self.old.0.get(*path) != Some(entry))
            .map(|(path, _)| path.clone());
        Err(format!(
            "differs from the old tree in {}",
            odd.take(5).collect::<Vec<_>>().join(" ")
        ))
    }

    /// Runs `examples/transact.rs`, with these faults.
    pub(super) fn run(&self, act: &str, faults: &[String]) -> Output {
        static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
        let program = Path::new(env!("CARGO_BIN_EXE_cargo-campaign"));
        let program = EXAMPLE.get_or_init(|| example("transact", &[program]));
        let mut command = Command::new("strace");
        command
            .args(["-f", "-y", "-o"])
            .arg(self.base.join("log"))
            .args(["-e", &format!("trace={CALLS}")]);
        for fault in faults {
            command.args(["-e", &format!("inject={fault}")]);
        }
        command
            .arg(program)
            .arg(act)
            .arg(self.root())
            .stdin(Stdio::null());
        let out = command.output().expect("strace starts");
        let code = out
            .status
            .code()
            .or(out.status.signal().map(|signal| 128 + signal));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output {
            code: code.unwrap_or_default(),
            stdout: text(&out.stdout),
            stderr: text(&out.stderr),
        }
    }

    /// What the last run called.
    pub(super) fn calls(&self) -> Vec<Call> {
        trace::calls(&fs::read_to_string(self.base.join("log")).expect("strace writes its log"))
    }
}

/// 50 manifests of many kinds, one of them behind a link; a file that comes and one that goes.
fn workspace(new: bool) -> Tree {
    let version = if new { "2.0.0" } else { "1.0.0" };
    let mut tree = Tree::default();
    let mut put = |path: &str, entry| tree.0.insert(path.to_owned(), entry);
    let file = |text: String| Entry::File(0o644, text.into_bytes());
    let manifests: Vec<String> = members()
        .map(|member| format!("crates/{member}/Cargo.toml"))
        .collect();
    for folder in [".campaign/", "crates/", "links/"] {
        put(folder, Entry::Folder);
    }
    put(
        "bump.list",
        file(format!("links/m00.toml\n{}\n", manifests[1..].join("\n"))),
    );
    put(
        "links/m00.toml",
        Entry::Link("../crates/m00/Cargo.toml".into()),
    );
    put(
        if new { "NEW.md" } else { "OLD.md" },
        file(format!("{}\n", if new { version } else { "old" })),
    );
    for (number, manifest) in manifests.iter().enumerate() {
        put(manifest.trim_end_matches("Cargo.toml"), Entry::Folder);
        let end = ["\n", "\r\n", ""][number % 3];
        let text = format!(
            "\u{feff}[package]{end}version = \"{version}\" # {number}{end}{}",
            "x".repeat(number * 40)
        );
        put(
            manifest,
            Entry::File(if number == 7 { 0o755 } else { 0o644 }, text.into_bytes()),
        );
    }
    tree
}

fn read(dir: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(dir).expect("a folder of ours").flatten() {
        let (name, path) = (
            format!("{prefix}{}", entry.file_name().to_string_lossy()),
            entry.path(),
        );
        let meta = fs::symlink_metadata(&path).expect("it was listed");
        if meta.is_dir() {
            read(&path, &format!("{name}/"), tree);
            tree.0.insert(format!("{name}/"), Entry::Folder);
        } else if meta.is_symlink() {
            tree.0.insert(
                name,
                Entry::Link(fs::read_link(&path).expect("it is a link")),
            );
        } else {
            let mode = meta.permissions().mode() & 0o7777;
            tree.0.insert(
                name,
                Entry::File(mode, fs::read(&path).expect("it is a file")),
            );
        }
    }
}
