//! A child process and its descendants, which are ended together.
//!
//! On Unix this is a process group led by the child, on Windows a job. Cargo does not forward
//! signals, so ending the child alone would leave compilers and tests running. A process that
//! leaves the group (`setsid`) cannot be reached.

use process_wrap::std::{ChildWrapper, CommandWrap};

#[cfg(target_os = "linux")]
use crate::store;

/// The group of a child process that was started as its leader.
#[derive(Debug)]
pub(super) struct ProcessGroup {
    #[cfg(unix)]
    id: nix::unistd::Pid,
}

#[cfg(unix)]
impl ProcessGroup {
    /// Makes the child of `command` the leader of a new group.
    pub(super) fn wrap(command: &mut CommandWrap) {
        command.wrap(process_wrap::std::ProcessGroup::leader());
    }

    /// Returns the group that `child` leads.
    ///
    /// Returns `None` for ids up to 1, which `killpg` would apply to other groups.
    pub(super) fn of(child: &dyn ChildWrapper) -> Option<Self> {
        let id = i32::try_from(child.id()).ok().filter(|id| *id > 1)?;
        Some(Self {
            id: nix::unistd::Pid::from_raw(id),
        })
    }

    /// Sends SIGTERM to every process of the group.
    pub(super) fn terminate(&self, _child: &mut dyn ChildWrapper) {
        // An error means that the group is empty.
        let _ = nix::sys::signal::killpg(self.id, nix::sys::signal::SIGTERM);
    }

    /// Sends SIGKILL to every process of the group.
    pub(super) fn kill(&self, _child: &mut dyn ChildWrapper) {
        let _ = nix::sys::signal::killpg(self.id, nix::sys::signal::SIGKILL);
    }

    /// Returns whether a process of the group still runs. Where the system does not show the states
    /// of processes, one that ended and was not waited for counts as well.
    pub(super) fn is_alive(&self) -> bool {
        nix::sys::signal::killpg(self.id, None).is_ok() && !self.has_only_zombies()
    }

    /// Returns whether all processes of the group have ended. In a container, the first process may
    /// never wait for them.
    #[cfg(target_os = "linux")]
    fn has_only_zombies(&self) -> bool {
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return false;
        };
        let stats = processes.flatten().filter_map(|process| {
            store::read_file(&process.path().join("stat"), store::TEXT_LIMIT).ok()
        });
        let mut states = stats
            .filter_map(|stat| state_in_group(&stat, self.id.as_raw()))
            .peekable();
        // Those of other users may be hidden.
        states.peek().is_some() && states.all(|state| matches!(state, b'Z' | b'X'))
    }

    #[cfg(not(target_os = "linux"))]
    fn has_only_zombies(&self) -> bool {
        false
    }
}

/// Returns the state in the content of `/proc/PID/stat` if the process belongs to a group. The name
/// before it can contain anything.
#[cfg(target_os = "linux")]
fn state_in_group(stat: &[u8], group: i32) -> Option<u8> {
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
    let mut fields = fields.split_ascii_whitespace();
    let (state, _parent) = (fields.next()?, fields.next()?);
    let is_member = fields.next()?.parse() == Ok(group);
    is_member.then(|| state.as_bytes()[0])
}

#[cfg(windows)]
impl ProcessGroup {
    /// Puts the child of `command` into a job.
    pub(super) fn wrap(command: &mut CommandWrap) {
        command.wrap(process_wrap::std::JobObject);
    }

    /// Returns the job of `child`.
    pub(super) fn of(_child: &dyn ChildWrapper) -> Option<Self> {
        Some(Self {})
    }

    /// Ends the job, because Windows has no gentle request for a process without a window.
    pub(super) fn terminate(&self, child: &mut dyn ChildWrapper) {
        self.kill(child);
    }

    /// Ends the job.
    pub(super) fn kill(&self, child: &mut dyn ChildWrapper) {
        // An error means that the job is empty.
        let _ = child.start_kill();
    }

    /// Returns false: a job that was ended has no processes.
    pub(super) fn is_alive(&self) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn state_of_a_process_is_read_after_its_name() {
        for (stat, state) in [
            (&b"7 (rustc) Z 1 42 42 0 -1"[..], Some(b'Z')),
            (b"7 (a) S 1 (b) R 1 42 42 0", Some(b'R')),
            (b"7 (\xff) S 1 42 42", Some(b'S')),
            (b"7 (rustc) S 1 43 42", None),
            (b"7 (rustc) S", None),
            (b"", None),
        ] {
            assert_eq!(state_in_group(stat, 42), state, "{stat:?}");
        }
    }
}
