use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::port::Port;
use crate::process::Process;

/// A server with a folder and a port of its own, which runs or was killed.
pub(crate) struct Server {
    /// `None` when it was killed.
    process: Option<Process>,
    port: Port,
    /// After the process, since it is removed as it is dropped.
    folder: TempDir,
}

impl Server {
    /// One that does not run yet.
    pub(crate) fn new(folder: TempDir) -> Self {
        Self { process: None, port: Port::free(), folder }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.number
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Runs `command` until it says `ready`.
    ///
    /// # Panics
    /// If that does not work.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command, ready: &str) {
        let started = Process::start(command, self.folder.path(), ready);
        let why = |why| panic!("{name} did not start: {why}");
        self.process = Some(started.unwrap_or_else(why));
    }

    pub(crate) fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// # Panics
    /// If it was killed.
    pub(crate) fn running(&self) -> &Process {
        self.process().expect("the server was killed and not restarted")
    }
}
