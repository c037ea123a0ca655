//! A child process and its descendants, which are ended together.
//!
//! On Unix this is a process group led by the child, on Windows a job. Cargo does not forward
//! signals, so ending the child alone would leave compilers and tests running. A process that
//! leaves the group (`setsid`) cannot be reached.

use process_wrap::std::{ChildWrapper, CommandWrap};

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

    /// Returns whether the group still has processes, including those not yet waited for.
    pub(super) fn is_alive(&self) -> bool {
        nix::sys::signal::killpg(self.id, None).is_ok()
    }
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
