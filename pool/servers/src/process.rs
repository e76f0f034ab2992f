use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::hurry;
use crate::log::Log;

/// A server that runs. Dropping it kills it, and so does the end of the test's own process.
pub(crate) struct Process {
    child: Child,
    log: Log,
    guard: Child,
}

/// Waits for the end of its input, which comes when the test's process ends without having said
/// that all is well: by a signal, say. Then it ends the server and removes its folder.
const GUARD: &str = r#"read -r _ || {
    pkill -CONT -P "$1" 2>/dev/null
    kill -KILL "$1" 2>/dev/null
    rm -rf "$2"
}"#;

impl Process {
    /// Runs `command`, whose files are in `folder`, until it says `ready`.
    ///
    /// # Errors
    /// Why it does not run, and its log.
    pub(crate) fn start(command: &mut Command, folder: &Path, ready: &str) -> Result<Self, String> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that an interrupt at the terminal is for the test alone.
        let mut child =
            command.process_group(0).spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let log = Log::default();
        log.read(child.stdout.take().expect("it is piped"));
        log.read(child.stderr.take().expect("it is piped"));
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("no shell to guard the server");
        let process = Self { child, log, guard };
        process.log.wait_for(0, ready)?;
        Ok(process)
    }

    /// Sends `signal` to the main process and waits until the server says `answer`.
    ///
    /// # Panics
    /// If it does not.
    pub(crate) fn ask(&self, signal: Signal, answer: &str) {
        let from = self.log.len();
        send(self.main(), signal);
        self.log
            .wait_for(from, answer)
            .unwrap_or_else(|why| panic!("the server did not do what it was told: {why}"));
    }

    /// All that it has said.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// Stops all its processes where they are.
    pub(crate) fn stop(&self) {
        // The main one first, so that no more come.
        send(self.main(), Signal::STOP);
        wait_until(self.main(), is_stopped_or_gone);
        for process in self.others() {
            send(process, Signal::STOP);
            wait_until(process, is_stopped_or_gone);
        }
    }

    /// Lets all its processes go on.
    pub(crate) fn resume(&self) {
        for process in self.others() {
            send(process, Signal::CONT);
        }
        send(self.main(), Signal::CONT);
    }

    fn end(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        self.stop();
        let others = self.others();
        send(self.main(), Signal::KILL);
        for process in &others {
            send(*process, Signal::KILL);
        }
        self.child.wait().expect("a child can be waited for");
        for process in others {
            wait_until(process, |state| state.is_none_or(|state| state == 'Z'));
        }
    }

    fn main(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The processes that the main one has started.
    fn others(&self) -> Vec<Pid> {
        let main = self.main();
        let entries = fs::read_dir("/proc")
            .expect("/proc is needed to find the server's processes")
            .flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let pids = ids.filter_map(Pid::from_raw);
        pids.filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == main.as_raw_nonzero().get()))
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        if let Some(mut input) = self.guard.stdin.take() {
            // If nobody reads, there is no guard to call off.
            let called_off = input.write_all(b"\n");
            drop((called_off, input));
        }
        let ended = self.guard.wait();
        drop(ended);
    }
}

struct Stat {
    state: char,
    parent: i32,
}

/// What the system says about a process: the third and fourth field of its line, which come after
/// its name in parentheses.
fn stat(pid: Pid) -> Option<Stat> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = line.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some(Stat { state, parent: fields.next()?.parse().ok()? })
}

fn is_stopped_or_gone(state: Option<char>) -> bool {
    state.is_none_or(|state| "TZX".contains(state))
}

fn wait_until(pid: Pid, is_so: impl Fn(Option<char>) -> bool) {
    hurry::until(
        || is_so(stat(pid).map(|stat| stat.state)),
        || format!("process {pid} has not heard its signal"),
    );
}

/// One that has ended needs no signal.
fn send(pid: Pid, signal: Signal) {
    let sent = kill_process(pid, signal);
    assert!(matches!(sent, Ok(()) | Err(rustix::io::Errno::SRCH)), "signal {signal:?}: {sent:?}");
}
