//! A program that is still running: signals, and what it leaves behind.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Output, Sandbox};

/// The program under test, started and not yet ended; killed when dropped.
pub(crate) struct Running {
    child: Child,
}

impl Sandbox {
    /// Starts the program under test.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::of(self.campaign_command(args))
    }

    /// Does the same with a signal that the program ignores from the start.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_ignoring(&self, signal: Signal, args: &[&str]) -> Running {
        let mut command = self.command("sh");
        let script = format!("trap '' {}; exec \"$@\"", &signal.as_str()["SIG".len()..]);
        let program = env!("CARGO_BIN_EXE_cargo-campaign");
        command.args(["-c", &script, "sh", program]).args(args);
        Running::of(command)
    }

    /// Waits until the fake cargo has come to a step `touch`.
    #[cfg(target_os = "linux")]
    pub(crate) fn await_stage(&self, name: &str) {
        let path = self.stage().join(name);
        while !path.exists() {
            thread::yield_now();
        }
    }

    /// Processes that were started in this sandbox and are alive: pid and name. They are told by their environment.
    #[cfg(target_os = "linux")]
    pub(crate) fn alive(&self) -> Vec<String> {
        use std::{fs, path::Path};
        let mark = self.bin().to_string_lossy().into_owned().into_bytes();
        let entries = fs::read_dir("/proc")
            .map(|entries| entries.flatten().collect::<Vec<_>>())
            .unwrap_or_default();
        let ours = |dir: &Path| {
            let environ = fs::read(dir.join("environ")).unwrap_or_default();
            environ.windows(mark.len()).any(|window| window == mark)
        };
        let ours = entries
            .into_iter()
            .map(|entry| entry.path())
            .filter(|dir| ours(dir));
        ours.map(|dir| {
            format!(
                "{} {}",
                dir.display(),
                fs::read_to_string(dir.join("comm")).unwrap_or_default()
            )
        })
        .collect()
    }
}

impl Running {
    fn of(mut command: Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self {
            child: child.unwrap_or_else(|e| panic!("{command:?}: {e}")),
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal)
            .expect("it is not yet waited for");
    }

    /// Reads what it writes to stderr up to this text.
    pub(crate) fn await_stderr(&mut self, text: &str) {
        let pipe = self.child.stderr.as_mut().expect("it is piped");
        let (mut said, mut byte) = (Vec::new(), [0]);
        while !String::from_utf8_lossy(&said).contains(text) {
            assert_eq!(
                pipe.read(&mut byte).expect("a pipe"),
                1,
                "it ended: {}",
                String::from_utf8_lossy(&said)
            );
            said.push(byte[0]);
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its end and all that it wrote.
    pub(crate) fn finish(mut self) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (self.child.stdout.take(), self.child.stderr.take());
        thread::scope(|scope| {
            scope.spawn(|| out.map(|mut pipe| pipe.read_to_end(&mut stdout)));
            scope.spawn(|| err.map(|mut pipe| pipe.read_to_end(&mut stderr)));
        });
        let status = self.child.wait().expect("it is ours");
        Output {
            code: super::sandbox::code(status),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing depends on its success: as a rule it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
