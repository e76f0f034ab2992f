//! Whole protected calls side by side, as a service makes them: see the README.

mod operation;
mod peers;
mod tasks;

use std::process::ExitCode;

use seawall_bench::rounds::{self, Measure};
use seawall_bench::{Batch, Table, allocations, batch};

use operation::{Ready, Suspends};
use peers::Peer;

/// Rounds, and calls in a round. Rounds are short, so that a disturbance hits neighbouring subjects alike.
const ROUNDS: usize = 201;
const CALLS: u64 = 2_000;

/// The same for 64 tasks: 200 calls each, so that the workers run side by side for most of a round.
const TASK_CALLS: u64 = 64 * 200;

/// The subject that all ratios refer to.
const REFERENCE: &str = "by hand: governor + recloser + Tokio";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(&peers::all()),
        ["list"] => peers::all().iter().for_each(|peer| println!("{}", peer.name)),
        ["count", name, calls] => return count(name, calls, |peer| (peer.ready)()),
        ["count", name, calls, "suspends"] => {
            return count(name, calls, |peer| (peer.suspends)());
        }
        _ => {
            eprintln!("usage: calls [list | count SUBJECT CALLS [suspends]]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compare(peers: &[Peer]) {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved.\n");
    let ready = |peer: &Peer| (peer.ready)();
    let suspends = |peer: &Peer| (peer.suspends)();
    let tasks = |peer: &Peer| (peer.tasks)();
    speed("Ready at once, one thread", peers, ready, rounds::alone, CALLS);
    speed("Suspends once, one thread", peers, suspends, rounds::alone, CALLS);
    speed("Ready at once, two threads", peers, ready, rounds::together, CALLS);
    speed("Suspends once, two threads", peers, suspends, rounds::together, CALLS);
    let title = "Suspends once, 64 tasks on two threads (wall time per call of all)";
    speed(title, peers, tasks, rounds::alone, TASK_CALLS);
    allocated(peers);
}

/// Starts the batch of a peer that a table is about.
type Start = fn(&Peer) -> Box<dyn Batch>;

fn speed(title: &str, peers: &[Peer], start: Start, measure: Measure, calls: u64) {
    let batches: Vec<_> = peers.iter().map(start).collect();
    let times = measure(&batches, ROUNDS, calls);
    let reference = peers.iter().position(|peer| peer.name == REFERENCE).expect("among the peers");
    let reference = times[reference];
    let columns = ["subject", "least, ns", "× by hand", "median, ns", "× by hand"];
    let mut table = Table::new(title, &columns);
    for (peer, times) in peers.iter().zip(&times) {
        let ratios = (times.least / reference.least, times.median / reference.median);
        let cells = [(times.least, 1), (ratios.0, 2), (times.median, 1), (ratios.1, 2)];
        table.row(peer.name, &cells.map(|(value, digits)| format!("{value:.digits$}")));
    }
    table.print();
}

fn allocated(peers: &[Peer]) {
    let mut table = Table::new("Allocations per call", &["subject", "ready", "suspends"]);
    for peer in peers {
        let cells = [(peer.ready)(), (peer.suspends)()].map(|batch| {
            assert_eq!(batch.run(CALLS), CALLS, "{}: every call succeeds", peer.name);
            format!("{:.2}", allocations::per_call(&*batch, CALLS))
        });
        table.row(peer.name, &cells);
    }
    table.print();
}

/// Makes `calls` calls for a tool that counts instructions: see `instructions`.
fn count(name: &str, calls: &str, start: Start) -> ExitCode {
    let peer = peers::all().into_iter().find(|peer| peer.name == name);
    let (Some(peer), Ok(calls)) = (peer, calls.parse()) else {
        eprintln!("unknown subject or invalid number: see `calls list`");
        return ExitCode::FAILURE;
    };
    let batch = start(&peer);
    batch.run(1_000);
    batch::counted(&*batch, calls);
    ExitCode::SUCCESS
}

/// Two kinds of operation, as types, so that each subject's loop is compiled for each.
trait Kinds: Sized {
    fn ready(self) -> Box<dyn Batch>;
    fn suspends(self) -> Box<dyn Batch>;
    fn tasks(self) -> Box<dyn Batch>;
}

impl<C: peers::Caller> Kinds for C {
    fn ready(self) -> Box<dyn Batch> {
        Box::new(tasks::OneTask::<C, Ready>::new(self))
    }

    fn suspends(self) -> Box<dyn Batch> {
        Box::new(tasks::OneTask::<C, Suspends>::new(self))
    }

    fn tasks(self) -> Box<dyn Batch> {
        Box::new(tasks::ManyTasks::<C, Suspends>::new(self))
    }
}
