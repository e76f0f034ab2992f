//! Limits per key.

use std::sync::Arc;

use seawall_bench::{Batch, Subject, Table, allocations, rounds};

use crate::keys::Keys;
use crate::peers;

const ROUNDS: usize = 201;
const CALLS: u64 = 10_000;

pub fn compare(count: usize) {
    let keys = Keys::new(count);
    let (mut names, mut bytes, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    for Subject { name, start } in peers::keyed() {
        let (all, batch) = allocations::bytes(|| start(Arc::clone(&keys)));
        names.push(name);
        bytes.push(all as f64 / count as f64);
        batches.extend(batch);
    }
    // One warm-up pass over all keys.
    batches.iter().for_each(|batch| _ = batch.run(count as u64));
    let times = rounds::alone(&batches, ROUNDS, CALLS);
    let allocated = |batch: &dyn Batch| allocations::per_call(batch, CALLS);
    let title = format!("{count} keys of text, allowed, one thread");
    let columns = [
        "subject",
        "ns per check",
        "least",
        "× governor, from a &str",
        "× governor, String at hand",
        "allocations",
        "bytes a key",
    ];
    let mut table = Table::new(&title, &columns);
    for index in 0..names.len() {
        let times_of = |other: usize| times[index].median / times[other].median;
        table.row(
            names[index],
            &[
                format!("{:.1}", times[index].median),
                format!("{:.1}", times[index].least),
                format!("{:.2}", times_of(peers::FROM_STR)),
                format!("{:.2}", times_of(peers::AT_HAND)),
                format!("{:.2}", allocated(&*batches[index])),
                format!("{:.0}", bytes[index]),
            ],
        );
    }
    println!("{ROUNDS} rounds of {CALLS} checks, interleaved.\n");
    table.print();
}
