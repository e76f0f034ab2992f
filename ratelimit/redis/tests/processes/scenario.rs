//! One run: four processes, their servers, and faults.

use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::{self, nanos, wait_until};
use crate::fault::{Fault, Servers};
use crate::instance;
use crate::judge::{RECOVERY, Report, Run, SLICE, Strike};
use crate::records::Records;

const PROCESSES: usize = 4;

/// A server of this age can vouch for the burst of each limit.
const AGED: Duration = Duration::from_secs(4);
/// After this time the bursts are spent, and the server gives shares: all processes that it does not know have
/// been silent for six seconds.
const SETTLED: Duration = Duration::from_secs(5);
/// How long a server is away: shorter than leases last, and longer, but for less than the six seconds after which
/// shares end.
const OUTAGES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(2500)];

/// Runs processes for about `length` while `fault` happens to their servers, at least once.
///
/// # Errors
/// With what is wrong.
pub(crate) fn run(test: &str, fault: Fault, length: Duration) -> Result<Report, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let stalls = Arc::new(Mutex::new(Vec::new()));
    let watched = Arc::clone(&stalls);
    instance::watch_for_stalls(move |from, until| {
        watched.lock().expect("no panic").push((from, until));
    });
    let mut servers = Servers::start(fault);
    wait_until(clock::now() + nanos(AGED));
    let begin = clock::now();
    let files: Vec<_> = (0..PROCESSES).map(|n| folder.path().join(n.to_string())).collect();
    let store = servers.store();
    let processes: Vec<_> = files.iter().map(|file| instance::spawn(test, file, &store)).collect();
    wait_until(begin + nanos(SETTLED));
    let mut strikes = Vec::new();
    for (n, outage) in OUTAGES.iter().cycle().enumerate() {
        let is_over = n >= OUTAGES.len() && clock::now() > begin + nanos(length);
        if is_over || n > 0 && !fault.is_of_one_server() {
            break;
        }
        let from = clock::now();
        let answered = servers.strike(fault, *outage);
        wait_until(answered + nanos(RECOVERY + SLICE));
        strikes.push(Strike { from, answered, is_noticed: fault.is_noticed(*outage) });
    }
    wait_until(begin + nanos(length));
    processes.into_iter().try_for_each(end)?;
    let records: Vec<_> = files.iter().map(|file| Records::read(file)).collect();
    let mut stalls = stalls.lock().expect("no panic").clone();
    stalls.extend(records.iter().flat_map(|records| &records.stalls));
    Run { fault, time: begin..clock::now(), strikes, records, stalls }.judge()
}

/// Closes the input of a process, with which it ends.
fn end(mut process: Child) -> Result<(), String> {
    drop(process.stdin.take());
    let status = process.wait().expect("it is a child");
    if status.success() { Ok(()) } else { Err(format!("a process has failed: {status}")) }
}
