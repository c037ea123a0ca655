//! Peak memory of ours while children print without end.
#![expect(clippy::print_stdout, reason = "it prints the row")]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::cost::cost;
use super::workspace::{Side, begin, write};

/// A test that prints 100 MB past libtest's capture.
const TEST: &str = "\
#[test]
fn prints() {
    use std::io::Write as _;
    let line = [[b'x'; 99].as_slice(), b\"\\n\"].concat();
    let mut out = std::io::stdout().lock();
    (0..1_000_000).for_each(|_| out.write_all(&line).unwrap());
}
";

/// A command of the team's own that does so too.
const CAMPAIGN: &str = "\
[campaign]
name = \"memory\"
[collect.flood]
command = [\"sh\", \"-c\", \"head -c 100000000 /dev/zero | tr '\\\\0' x | fold -w 99\"]
metrics = { \"flood.size\" = { unit = \"count\", better = \"lower\" } }
";

/// A test's output goes through the runner, a command's through the driver.
pub(crate) fn memory(dir: &Path) {
    let side = Side {
        ws: dir.join("ws"),
        target: dir.join("target"),
    };
    let manifest = "[package]\nname = \"prints\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ndoctest = false\n";
    write(&side.ws, "Cargo.toml", manifest);
    write(&side.ws, "src/lib.rs", TEST);
    begin(&side.ws);
    write(&side.ws, "campaign.toml", CAMPAIGN);
    cost(&mut side.cargo(&["test", "--workspace", "--no-run"]));
    for (name, collector) in [
        ("100 MB printed by a test", "test"),
        ("100 MB printed by a command", "flood"),
    ] {
        let mut run = side.campaign(&["run", collector, "--quiet"]);
        run.stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = run.spawn().expect("this program starts");
        let mut peak = 0.0_f64;
        while child.try_wait().is_ok_and(|status| status.is_none()) {
            peak = peak.max(ours());
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("{name:<36} {peak:>8.1} MB at most, of the driver and of the runner   <= 64 MB");
    }
}

/// The largest peak of this program's processes, as far as the system tells.
fn ours() -> f64 {
    let program = Path::new(env!("CARGO_BIN_EXE_cargo-campaign"));
    let mine = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mine = mine.filter(|dir| fs::read_link(dir.join("exe")).is_ok_and(|exe| exe == program));
    mine.map(|dir| super::decode::peak(&dir))
        .fold(0.0, f64::max)
}
