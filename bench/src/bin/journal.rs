//! Measures what a journal costs a call, and how many events a second it takes: see the README.

use std::convert::Infallible;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use seawall::{Component, ConfigSource, Driver, Infrastructure, Layer, Refusal, RefusalKind};
use seawall_bench::rounds;
use seawall_bench::{Batch, Table, allocations, batch};
use seawall_journal::{JournalWriter, SqliteJournal, WriterOptions};
use tokio::runtime::Runtime;

const ROUNDS: usize = 101;
const CALLS: u64 = 2_000;

const SETTINGS: &str = "[rate_limit.api]\nlimit = '1000/us'\n[breaker.payments]\nfailures = 5\n\
     [protection.charge]\nrate_limit = 'api'\nbreaker = 'payments'\ntimeout = '1s'\n";

fn calls(writer: Option<&JournalWriter>) -> Box<dyn Batch> {
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let builder = match writer {
        Some(writer) => builder.observer(writer.clone()),
        None => builder,
    };
    let handle = builder.build().expect("valid").protection("charge").expect("configured");
    batch::each(move || handle.run_blocking(|| Ok::<_, Infallible>(black_box(7))).is_ok())
        .expect("each call succeeds")
}

fn writer(runtime: &Runtime, path: &Path, options: WriterOptions) -> JournalWriter {
    let journal = runtime.block_on(SqliteJournal::open(path)).expect("a thread");
    let writer = JournalWriter::new(journal, options, seawall::Clock::fast());
    runtime.spawn(writer.run());
    writer
}

fn cost_of_a_call(writer: &JournalWriter) {
    let names = ["no journal", "a journal of changes and refusals"];
    let batches = vec![calls(None), calls(Some(writer))];
    let times = rounds::alone(&batches, ROUNDS, CALLS);
    let mut table = Table::new(
        "A call that is admitted, by limit, breaker and timeout",
        &["subject", "least, ns", "× none", "allocations"],
    );
    for ((name, times_of), batch) in names.iter().zip(&times).zip(&batches) {
        let allocated = allocations::per_call(&**batch, CALLS);
        let ratio = times_of.least / times[0].least;
        table.row(name, &[times_of.least, ratio, allocated].map(|value| format!("{value:.2}")));
    }
    table.print();
}

/// Emits refusals for some seconds, at a rate of 100,000 a second.
fn sustained(runtime: &Runtime, writer: &JournalWriter) {
    const SECONDS: u32 = 5;
    let driver = Driver::new().with_observer(writer.clone());
    let layer = Layer::new(Component::CircuitBreaker, "payments");
    let refusal = Refusal::new(RefusalKind::CircuitOpen, &layer);
    let begun = Instant::now();
    for milli in 0..SECONDS * 1000 {
        (0..100).for_each(|_| driver.emit_refusal(&refusal));
        let due = begun + Duration::from_millis(u64::from(milli) + 1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let emitted = begun.elapsed();
    runtime.block_on(writer.flush());
    let status = writer.status();
    println!(
        "\n{} events in {:.2} s, written after {:.2} s; lost: {} of calls, {} changes",
        status.written,
        emitted.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
        status.lost.calls,
        status.lost.changes
    );
}

/// What an event costs the call that causes it, with the journal there and away, in turns.
fn refusals(runtime: &Runtime, folder: &Path) {
    const TURNS: usize = 20;
    let healthy = writer(runtime, &folder.join("healthy.db"), WriterOptions::new());
    // A file where a folder would have to be: the journal cannot be opened.
    std::fs::write(folder.join("blocked"), "").expect("written");
    let away = writer(runtime, &folder.join("blocked/journal.db"), WriterOptions::new());
    let layer = Layer::new(Component::CircuitBreaker, "payments");
    let refusal = Refusal::new(RefusalKind::CircuitOpen, &layer);
    let drivers = [&healthy, &away].map(|writer| Driver::new().with_observer(writer.clone()));
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..TURNS {
        for (driver, times) in drivers.iter().zip(&mut times) {
            times.extend((0..10_000).map(|_| {
                let begun = Instant::now();
                driver.emit_refusal(&refusal);
                begun.elapsed().as_nanos() as f64
            }));
        }
        runtime.block_on(healthy.flush());
    }
    let [there, away] = times.map(|mut times| {
        times.sort_unstable_by(f64::total_cmp);
        [0.5, 0.99].map(|share| times[(times.len() as f64 * share) as usize])
    });
    let columns = ["journal", "p50", "× there", "p99", "× there"];
    let mut table = Table::new("An event of a refusal, ns", &columns);
    for (name, [p50, p99]) in [("there", there), ("away", away)] {
        let row =
            [format!("{p50:.0}"), ratio(p50, there[0]), format!("{p99:.0}"), ratio(p99, there[1])];
        table.row(name, &row);
    }
    table.print();
}

fn ratio(one: f64, other: f64) -> String {
    format!("{:.2}", one / other)
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = Runtime::new().expect("a runtime");
    let options = WriterOptions::new();
    let writer = writer(&runtime, &folder.path().join("journal.db"), options);
    cost_of_a_call(&writer);
    refusals(&runtime, folder.path());
    sustained(&runtime, &writer);
}
