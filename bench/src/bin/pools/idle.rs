//! Borrows while an idle connection is always available.

use seawall_bench::{Batch, Subject, Table, allocations, batch, rounds, start};

use crate::peers;

const ROUNDS: usize = 401;
const CALLS: u64 = 2_000;

/// Compares the sections whose title contains `part`.
pub fn compare(part: &str) {
    println!("{ROUNDS} rounds of {CALLS} checkouts, interleaved.\n");
    let sections = sections(part);
    let sizes: Vec<_> = sections.iter().map(|(_, subjects)| subjects.len()).collect();
    let (names, batches) = start(&flat(part), &());
    let mut times = rounds::alone(&batches, ROUNDS, CALLS).into_iter();
    let mut rows = names.into_iter().zip(&batches);
    for ((title, _), size) in sections.iter().zip(sizes) {
        let columns = ["subject", "ns per checkout", "least", "× raw", "allocations"];
        let mut table = Table::new(title, &columns);
        let times: Vec<_> = times.by_ref().take(size).collect();
        for ((name, batch), time) in rows.by_ref().take(size).zip(&times) {
            let allocations = allocations::per_call(&**batch, CALLS);
            let ratio = time.median / times[0].median;
            let numbers = [time.median, time.least, ratio, allocations];
            table.row(name, &numbers.map(|number| format!("{number:.2}")));
        }
        table.print();
    }
}

pub fn list() {
    flat("").iter().for_each(|subject| println!("{}", subject.name));
}

/// Runs one subject for a profiler; returns false if it does not exist or the number is not valid.
pub fn count(name: &str, calls: &str) -> bool {
    let find = flat("").into_iter().find(|subject| subject.name == name);
    let found: Option<Box<dyn Batch>> = find.and_then(|subject| (subject.start)(()));
    let (Some(found), Ok(calls)) = (found, calls.parse()) else { return false };
    found.run(1_000);
    batch::counted(&*found, calls);
    true
}

fn sections(part: &str) -> Vec<peers::Section<Subject<()>>> {
    peers::idle().into_iter().filter(|(title, _)| title.contains(part)).collect()
}

fn flat(part: &str) -> Vec<Subject<()>> {
    sections(part).into_iter().flat_map(|(_, subjects)| subjects).collect()
}
