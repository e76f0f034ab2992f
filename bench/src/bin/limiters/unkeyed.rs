//! One limit without keys.

use seawall_bench::rounds::{self, Measure};
use seawall_bench::{Subject, Table, allocations, start};

use crate::peers;

/// The answer of the limit, and the number of threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Allowed,
    Denied,
    /// Allowed, on two threads that share the limit.
    Shared,
}

const ROUNDS: usize = 401;
const CALLS: u64 = 4_000;

pub fn compare() {
    println!("{ROUNDS} rounds of {CALLS} checks, interleaved.\n");
    let subjects = peers::unkeyed();
    show("Without a key, allowed, one thread", &subjects, Situation::Allowed, rounds::alone);
    show("Without a key, denied, one thread", &subjects, Situation::Denied, rounds::alone);
    let title = "Without a key, allowed, two threads on one limiter (each thread's time per check)";
    show(title, &subjects, Situation::Shared, rounds::together);
}

fn show(title: &str, subjects: &[Subject<Situation>], situation: Situation, measure: Measure) {
    let (names, batches) = start(subjects, &situation);
    for (name, batch) in names.iter().zip(&batches) {
        let through = if situation == Situation::Denied { 0 } else { CALLS };
        assert_eq!(batch.run(CALLS), through, "{name}");
    }
    let times = measure(&batches, ROUNDS, CALLS);
    let columns = ["subject", "ns per check", "least", "× governor", "allocations"];
    let mut table = Table::new(title, &columns);
    for ((name, batch), time) in names.iter().zip(&batches).zip(&times) {
        let numbers = [
            time.median,
            time.least,
            time.median / times[peers::GOVERNOR].median,
            allocations::per_call(&**batch, CALLS),
        ];
        table.row(name, &numbers.map(|number| format!("{number:.2}")));
    }
    table.print();
}
