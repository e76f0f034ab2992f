//! Measures calls before, after and during reloads of the settings: see the README.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use quanta::Clock;
use seawall::{ConfigSource, Handle, Infrastructure};
use seawall_bench::Table;

const CALLS: usize = 400_000;
const BATCH: usize = 1000;
const RELOADS: usize = 1000;

fn settings(version: usize) -> String {
    let (failures, limit, timeout) = (5 + version % 3, 900 + version % 5, 1 + version % 7);
    format!(
        "[rate_limit.api]\nlimit = '{limit}/us'\n[breaker.payments]\nfailures = {failures}\n\
         [protection.charge]\nrate_limit = 'api'\nbreaker = 'payments'\ntimeout = '{timeout}s'\n"
    )
}

/// Nanoseconds of a call: the median of batches, and the 99th and 99.9th percentile of single ones.
fn measure(clock: &Clock, mut call: impl FnMut()) -> [f64; 3] {
    (0..BATCH * 10).for_each(|_| call());
    let mut batches: Vec<_> = (0..CALLS / BATCH)
        .map(|_| {
            let start = clock.raw();
            (0..BATCH).for_each(|_| call());
            clock.delta_as_nanos(start, clock.raw()) as f64 / BATCH as f64
        })
        .collect();
    let mut single: Vec<_> = (0..CALLS)
        .map(|_| {
            let start = clock.raw();
            call();
            clock.delta_as_nanos(start, clock.raw()) as f64
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    single.sort_by(f64::total_cmp);
    [batches[batches.len() / 2], single[CALLS * 99 / 100], single[CALLS * 999 / 1000]]
}

fn row(table: &mut Table<'_>, name: &str, clock: &Clock, infra: &Infrastructure, handle: &Handle) {
    let op = || Ok::<_, Infallible>(black_box(7));
    let by_handle = measure(clock, || _ = black_box(handle.run_blocking(op)));
    let by_name = measure(clock, || _ = black_box(infra.execute_protected_blocking("charge", op)));
    let cells = by_handle.into_iter().chain(by_name).map(|nanos| format!("{nanos:.0}"));
    table.row(name, &cells.collect::<Vec<_>>());
}

fn main() {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let pin = |nth: usize| cores.get(nth).is_some_and(|core| core_affinity::set_for_current(*core));
    pin(0);
    let file = std::env::temp_dir().join(format!("seawall-bench-{}.toml", std::process::id()));
    let write = |version| std::fs::write(&file, settings(version)).expect("a folder for it");
    write(0);
    let infra = Infrastructure::builder().config(ConfigSource::new().file(&file)).build();
    let infra = infra.expect("valid settings");
    let handle = infra.protection("charge").expect("configured");
    let clock = Clock::new();
    let title = "Calls around reloads, ns";
    let columns = ["", "handle", "p99", "p99.9", "by name", "p99", "p99.9"];
    let mut table = Table::new(title, &columns);
    row(&mut table, "before", &clock, &infra, &handle);
    for version in 1..=RELOADS {
        write(version);
        let _applied = infra.reload().expect("valid settings");
    }
    row(&mut table, "after 1,000 reloads, made before", &clock, &infra, &handle);
    let (newer, new) = (infra.clone(), handle.clone());
    row(&mut table, "after 1,000 reloads, cloned since", &clock, &newer, &new);
    let is_over = AtomicBool::new(false);
    let reloads = thread::scope(|scope| {
        let reloading = scope.spawn(|| {
            pin(1);
            let mut version = RELOADS;
            while !is_over.load(Ordering::Relaxed) {
                version += 1;
                write(version);
                let _applied = infra.reload().expect("valid settings");
            }
            version - RELOADS
        });
        row(&mut table, "during reloads, made before", &clock, &infra, &handle);
        row(&mut table, "during reloads, cloned since", &clock, &newer, &new);
        is_over.store(true, Ordering::Relaxed);
        reloading.join().expect("no panic")
    });
    table.print();
    println!("{reloads} reloads during the last two rows.");
    _ = std::fs::remove_file(&file);
}
