//! Measures what a journal costs a call, and how many events a second it takes: see the README.

use std::convert::Infallible;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;

use seawall::{Component, ConfigSource, Driver, Infrastructure, Layer, Refusal, RefusalKind};
use seawall_bench::rounds;
use seawall_bench::{Batch, Table, allocations, batch};
use seawall_journal::{
    Journal, JournalError, JournalStats, JournalWriter, Kept, MemoryJournal, Page, Query, Record,
    Retention, SqliteJournal, WriterOptions,
};
use tokio::runtime::Runtime;

const ROUNDS: usize = 101;
const CALLS: u64 = 2_000;

const SETTINGS: &str = "[rate_limit.api]\nlimit = '1000/us'\n[breaker.payments]\nfailures = 5\nreset_after = '1h'\n\
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

/// A journal that never answers, like a disk that hangs.
struct Hangs(MemoryJournal);

#[async_trait]
impl Journal for Hangs {
    async fn store_batch(&self, _: Arc<[Record]>) -> Result<u64, JournalError> {
        std::future::pending().await
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        self.0.get(number).await
    }

    async fn query(&self, query: Query) -> Result<Page, JournalError> {
        self.0.query(query).await
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        self.0.stats().await
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        self.0.prune(retention, now).await
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        self.0.keep(name, value).await
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        self.0.kept(name).await
    }
}

/// Returns what emits an event of a refusal, and what makes a call that an open circuit refuses.
fn subjects(writer: &JournalWriter) -> [Box<dyn Fn()>; 2] {
    let driver = Driver::new().with_observer(writer.clone());
    let layer = Layer::new(Component::CircuitBreaker, "payments");
    let refusal = Refusal::new(RefusalKind::CircuitOpen, &layer);
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let infra = builder.observer(writer.clone()).build().expect("valid");
    let handle = infra.protection("charge").expect("configured");
    for _ in 0..5 {
        handle.run_blocking(|| Err::<(), _>("down")).expect_err("it fails");
    }
    let call = move || {
        let refused = handle.run_blocking(|| Ok::<_, Infallible>(black_box(7)));
        assert!(refused.is_err(), "the circuit is open");
    };
    [Box::new(move || driver.emit_refusal(&refusal)), Box::new(call)]
}

/// What refusals cost the calls that cause them while the journal is there, away and hangs, in turns, at
/// a rate of 100,000 a second.
fn refusals(runtime: &Runtime, folder: &Path) {
    const TURNS: usize = 30;
    let there = writer(runtime, &folder.join("there.db"), WriterOptions::new());
    // A file where a folder would have to be: the journal cannot be opened.
    std::fs::write(folder.join("blocked"), "").expect("written");
    let away = writer(runtime, &folder.join("blocked/journal.db"), WriterOptions::new());
    let hangs = Hangs(MemoryJournal::new());
    let hangs = JournalWriter::new(hangs, WriterOptions::new(), seawall::Clock::fast());
    runtime.spawn(hangs.run());
    let phases = [&there, &away, &hangs];
    let subjects = phases.map(subjects);
    // Until the queues of those that do not write are full.
    for [event, _] in &subjects {
        (0..80_000).for_each(|_| event());
    }
    runtime.block_on(there.flush());
    for (nth, what) in ["An event of a refusal", "A call that is refused"].iter().enumerate() {
        let mut times = [const { Vec::new() }; 3];
        // Each phase begins as many turns as the others.
        for phase in (0..TURNS).flat_map(|turn| (0..3).map(move |phase| (turn + phase) % 3)) {
            let subject = &subjects[phase][nth];
            for _ in 0..5 {
                let begun = Instant::now();
                times[phase].extend((0..1000).map(|_| {
                    let begun = Instant::now();
                    subject();
                    begun.elapsed().as_nanos() as f64
                }));
                let due = begun + Duration::from_millis(10);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        let times = times.map(|mut times| {
            times.sort_unstable_by(f64::total_cmp);
            [0.5, 0.99, 0.999].map(|share| times[(times.len() as f64 * share) as usize])
        });
        let title = format!("{what}, ns");
        let columns = ["journal", "p50", "× there", "p99", "× there", "p999", "× there"];
        let mut table = Table::new(&title, &columns);
        for (name, quantiles) in ["there", "away", "hangs"].iter().zip(&times) {
            let cells = quantiles.iter().zip(&times[0]);
            let cells = cells.flat_map(|(one, there)| [format!("{one:.0}"), ratio(*one, *there)]);
            table.row(name, &cells.collect::<Vec<_>>());
        }
        table.print();
    }
    let lost = phases.map(|writer| writer.status().lost.calls);
    println!("lost: {} there, {} away, {} where it hangs", lost[0], lost[1], lost[2]);
}

fn ratio(one: f64, other: f64) -> String {
    format!("{:.2}", one / other)
}

/// `journal outage` measures refusals while the journal is away only.
fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = Runtime::new().expect("a runtime");
    if std::env::args().nth(1).is_none_or(|part| part != "outage") {
        let writer = writer(&runtime, &folder.path().join("journal.db"), WriterOptions::new());
        cost_of_a_call(&writer);
        sustained(&runtime, &writer);
    }
    refusals(&runtime, folder.path());
}
