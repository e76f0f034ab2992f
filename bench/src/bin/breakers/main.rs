//! Compares circuit breakers: see the README.

mod floor;
mod peers;
mod subject;

use std::process::ExitCode;

use seawall_bench::rounds::{self, Measure};
use seawall_bench::{Table, allocations, batch, start};

use subject::{Situation, Subject};

/// Number of rounds, and of calls per round. Rounds are short, so a disturbance affects all
/// subjects.
const ROUNDS: usize = 401;
const CALLS: u64 = 4_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(&peers::all()),
        ["only", name] => {
            let wanted = |subject: &Subject| subject.name == "floor" || subject.name.contains(name);
            compare(&peers::all().into_iter().filter(wanted).collect::<Vec<_>>());
        }
        ["list"] => peers::all().iter().for_each(|subject| println!("{}", subject.name)),
        ["count", name, calls] => return count(name, calls, Situation::Closed),
        ["count", name, calls, "open"] => return count(name, calls, Situation::Open),
        _ => {
            eprintln!("usage: breakers [list | only PART_OF_A_NAME | count SUBJECT CALLS [open]]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compare(subjects: &[Subject]) {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved.\n");
    speed("Closed, success, one thread", subjects, Situation::Closed, rounds::alone);
    speed("Open, refused, one thread", subjects, Situation::Open, rounds::alone);
    let title = "Closed, success, two threads on one breaker (each thread's time per call)";
    speed(title, subjects, Situation::Closed, rounds::together);
    allocated(subjects);
    growth(subjects);
    for left_out in peers::LEFT_OUT {
        println!("{left_out}");
    }
}

fn speed(title: &str, subjects: &[Subject], situation: Situation, measure: Measure) {
    let (names, batches) = start(subjects, &situation);
    let times = measure(&batches, ROUNDS, CALLS);
    let floor = times[0].median;
    let mut table = Table::new(title, &["subject", "ns per call", "least", "× floor"]);
    for (name, times) in names.iter().zip(&times) {
        let ratio = times.median / floor;
        table.row(name, &[times.median, times.least, ratio].map(|value| format!("{value:.2}")));
    }
    table.print();
}

fn allocated(subjects: &[Subject]) {
    let mut table = Table::new("Allocations per call", &["subject", "success", "refusal"]);
    for subject in subjects {
        let per_call = |situation| {
            let batch = (subject.start)(situation)?;
            let through = if situation == Situation::Closed { CALLS } else { 0 };
            assert_eq!(batch.run(CALLS), through, "{}", subject.name);
            Some(allocations::per_call(&*batch, CALLS))
        };
        let cells = [Situation::Closed, Situation::Open].map(per_call);
        let cells = cells.map(|cell| cell.map_or("–".into(), |value| format!("{value:.2}")));
        table.row(subject.name, &cells);
    }
    table.print();
}

/// Measures whether calls slow down, or a breaker grows, with the number of earlier calls.
fn growth(subjects: &[Subject]) {
    const FEW: u64 = 100;
    const MANY: u64 = 1_000_000;
    let after = |calls, rounds, measured| {
        let start = |subject: &Subject| {
            let make = || {
                let batch = (subject.start)(Situation::Closed)?;
                batch.run(calls);
                Some(batch)
            };
            let (bytes, batch) = allocations::bytes(make);
            Some((subject.name, bytes, batch?))
        };
        let started: Vec<_> = subjects.iter().filter_map(start).collect();
        let (about, batches): (Vec<_>, Vec<_>) =
            started.into_iter().map(|(name, bytes, batch)| ((name, bytes), batch)).unzip();
        let times = rounds::alone(&batches, rounds, measured);
        about.into_iter().zip(times)
    };
    let few = after(FEW, 5, FEW);
    let many = after(MANY, ROUNDS, CALLS / 10);
    let columns = [
        "subject",
        "ns after 100",
        "ns after 1,000,000",
        "bytes after 100",
        "bytes after 1,000,000",
    ];
    let mut table = Table::new("Calls already in the window: time and memory", &columns);
    for (((name, few_bytes), few), ((_, many_bytes), many)) in few.zip(many) {
        let [few, many] = [few, many].map(|times| format!("{:.1}", times.median));
        table.row(name, &[few, many, few_bytes.to_string(), many_bytes.to_string()]);
    }
    table.print();
}

/// Runs one batch for a profiler: see `instructions`.
fn count(name: &str, calls: &str, situation: Situation) -> ExitCode {
    let subject = peers::all().into_iter().find(|subject| subject.name == name);
    let batch = subject.and_then(|subject| (subject.start)(situation));
    let (Some(batch), Ok(calls)) = (batch, calls.parse()) else {
        eprintln!("no such subject, or no number: see `list`");
        return ExitCode::FAILURE;
    };
    batch.run(1_000);
    batch::counted(&*batch, calls);
    ExitCode::SUCCESS
}
