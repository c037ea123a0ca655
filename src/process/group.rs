//! A child and all that it starts, as one thing to end.
//!
//! Unix: a process group led by the child. Windows: a job. Cargo does not hand signals on, so ending the child alone would
//! leave compilers and tests behind. What leaves the group on its own accord (`setsid`) is out of reach.

use process_wrap::std::{ChildWrapper, CommandWrap};

/// The group of a child that was started in one of its own.
#[derive(Debug)]
pub(super) struct Group {
    #[cfg(unix)]
    id: nix::unistd::Pid,
}

#[cfg(unix)]
impl Group {
    /// The next child of `command` shall lead a group.
    pub(super) fn wrap(command: &mut CommandWrap) {
        command.wrap(process_wrap::std::ProcessGroup::leader());
    }

    /// The group that `child` leads. `None` for an id that is none (it could mean other groups than the child's).
    pub(super) fn of(child: &dyn ChildWrapper) -> Option<Self> {
        let id = i32::try_from(child.id()).ok().filter(|id| *id > 1)?;
        Some(Self {
            id: nix::unistd::Pid::from_raw(id),
        })
    }

    /// Asks every process of the group to end.
    pub(super) fn ask(&self, _child: &mut dyn ChildWrapper) {
        // An error means that nobody is left.
        let _ = nix::sys::signal::killpg(self.id, nix::sys::signal::SIGTERM);
    }

    /// Ends every process of the group.
    pub(super) fn kill(&self, _child: &mut dyn ChildWrapper) {
        let _ = nix::sys::signal::killpg(self.id, nix::sys::signal::SIGKILL);
    }

    /// Somebody is left (or not yet reaped).
    pub(super) fn is_alive(&self) -> bool {
        nix::sys::signal::killpg(self.id, None).is_ok()
    }
}

#[cfg(windows)]
impl Group {
    /// The next child of `command` shall live in a job.
    pub(super) fn wrap(command: &mut CommandWrap) {
        command.wrap(process_wrap::std::JobObject);
    }

    /// The job of `child`.
    pub(super) fn of(_child: &dyn ChildWrapper) -> Option<Self> {
        Some(Self {})
    }

    /// Windows has no gentle way for a process without a window: ends the job.
    pub(super) fn ask(&self, child: &mut dyn ChildWrapper) {
        self.kill(child);
    }

    /// Ends the job. An error means that nobody is left.
    pub(super) fn kill(&self, child: &mut dyn ChildWrapper) {
        let _ = child.start_kill();
    }

    /// A job that was ended has nobody left.
    pub(super) fn is_alive(&self) -> bool {
        false
    }
}
