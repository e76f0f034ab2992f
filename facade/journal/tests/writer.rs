//! How events get into a journal, and what happens while it is away.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use seawall_core::{Component, Detail, Driver, Interest, Layer, Refusal, RefusalKind, Topic};
use seawall_journal::{
    Journal, JournalError, JournalStats, JournalWriter, Kept, Lost, MemoryJournal, Page, Query,
    Record, Retention, WriterOptions,
};
use seawall_testkit::ManualClock;

const MS: Duration = Duration::from_millis(1);

/// A journal that can be away.
#[derive(Default)]
struct Away {
    inner: MemoryJournal,
    is_away: AtomicBool,
    batches: Mutex<Vec<usize>>,
    pruned: AtomicUsize,
    /// True if removing old records takes for ever.
    prunes_slowly: AtomicBool,
    /// True if storing takes for ever.
    hangs: AtomicBool,
}

#[async_trait]
impl Journal for Away {
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(JournalError::unavailable("the disk is full"));
        }
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if records.iter().any(|record| record.name == "too large") {
            return Err(JournalError::invalid("a record is too large"));
        }
        self.batches.lock().expect("no panic").push(records.len());
        self.inner.store_batch(records).await
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        self.inner.get(number).await
    }

    async fn query(&self, query: Query) -> Result<Page, JournalError> {
        self.inner.query(query).await
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        self.inner.stats().await
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        self.pruned.fetch_add(1, Ordering::SeqCst);
        if self.prunes_slowly.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.inner.prune(retention, now).await
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        self.inner.keep(name, value).await
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        self.inner.kept(name).await
    }
}

struct Fixture {
    time: ManualClock,
    journal: Arc<Away>,
    writer: JournalWriter,
    driver: Driver,
    run: Run,
}

type Run = Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send>>;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn woken(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn running(writer: &JournalWriter) -> Run {
    let writer = writer.clone();
    Box::pin(async move { writer.run().await })
}

impl Fixture {
    fn new(options: WriterOptions) -> Self {
        let (time, journal) = (ManualClock::new(), Arc::<Away>::default());
        let writer = JournalWriter::shared(journal.clone(), options, time.clock());
        let driver = Driver::new().with_clock(time.clock()).with_observer(writer.clone());
        let run = running(&writer);
        let mut it = Self { time, journal, writer, driver, run };
        it.work();
        it
    }

    fn work(&mut self) {
        let polled = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "{polled:?}");
    }

    fn wait(&mut self, time: Duration) {
        self.time.advance(time);
        self.work();
    }

    fn change(&self, name: &str) {
        let layer = Layer::new(Component::CircuitBreaker, name);
        let change = seawall_core::Change::new("closed", "open", "failures");
        self.driver.emit(Topic::BreakerChanged, &layer, || Detail::Changed(change));
    }

    fn refuse(&self, name: &str) {
        let layer = Layer::new(Component::CircuitBreaker, name);
        self.driver.emit_refusal(&Refusal::new(RefusalKind::CircuitOpen, &layer));
    }

    fn records(&self) -> Vec<Record> {
        self.time.block_on(self.journal.query(Query::new().limit(10_000))).expect("read").records
    }

    fn names(&self) -> Vec<String> {
        self.records().into_iter().map(|record| record.name).collect()
    }

    fn batches(&self) -> Vec<usize> {
        self.journal.batches.lock().expect("no panic").clone()
    }
}

fn lost(changes: u64, calls: u64) -> Lost {
    let mut lost = Lost::default();
    (lost.changes, lost.calls) = (changes, calls);
    lost
}

#[test]
fn events_are_written_in_their_order_and_with_their_details() {
    let mut it = Fixture::new(WriterOptions::new());
    it.change("one");
    it.refuse("two");
    it.change("three");
    assert!(it.records().is_empty(), "nothing is written by the call");
    it.work();
    it.wait(100 * MS);
    assert_eq!(it.names(), ["one", "two", "three"]);
    let [one, two, _] = &it.records()[..] else { panic!("three of them") };
    assert_eq!(one.topic, "seawall.circuit_breaker.state_change");
    assert_eq!((&one.detail["from"], &one.detail["to"]), (&"closed".into(), &"open".into()));
    assert_eq!(two.topic, "seawall.circuit_breaker.call_rejected");
    assert_eq!(two.detail["refusal"], "circuit_open");
    assert_eq!(it.batches(), [3], "all at once");
}

#[test]
fn a_batch_is_written_when_it_is_full_or_has_waited() {
    let mut it = Fixture::new(WriterOptions::new().batches(10, 50 * MS));
    (0..25).for_each(|_| it.change("one"));
    it.work();
    assert_eq!(it.batches(), [10, 10, 5], "what is there goes with what is full");
    it.change("one");
    it.work();
    it.wait(49 * MS);
    assert_eq!(it.batches().len(), 3);
    it.wait(MS);
    assert_eq!(it.batches(), [10, 10, 5, 1]);
}

#[test]
fn the_writer_is_woken_by_the_first_event_and_by_a_full_batch() {
    let mut it = Fixture::new(WriterOptions::new().batches(3, 50 * MS));
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut poll = || assert!(it.run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    poll();
    let woken = || count.woken();
    let layer = Layer::new(Component::CircuitBreaker, "one");
    let change = || Detail::Changed(seawall_core::Change::new("closed", "open", "failures"));
    it.driver.emit(Topic::BreakerChanged, &layer, change);
    assert_eq!(woken(), 1, "by the first");
    poll();
    it.driver.emit(Topic::BreakerChanged, &layer, change);
    assert_eq!(woken(), 1, "not by the second");
    it.driver.emit(Topic::BreakerChanged, &layer, change);
    assert_eq!(woken(), 2, "by the last of a batch");
    poll();
    assert_eq!(it.batches(), [3]);
}

#[test]
fn while_the_journal_is_away_the_oldest_events_of_calls_are_lost_and_changes_last() {
    let mut it = Fixture::new(WriterOptions::new().room(4, 3).batches(1, 10 * MS));
    it.journal.is_away.store(true, Ordering::SeqCst);
    it.change("held");
    it.work();
    it.work();
    assert_eq!(it.writer.status().error.as_deref(), Some("the disk is full"));
    (0..4).for_each(|nth| it.change(&format!("change {nth}")));
    (0..10).for_each(|nth| it.refuse(&format!("refusal {nth}")));
    let status = it.writer.status();
    assert_eq!((status.waiting, status.lost), (7, lost(0, 7)));
    it.change("change 4");
    assert_eq!(it.writer.status().lost, lost(1, 7));
    it.journal.is_away.store(false, Ordering::SeqCst);
    for _ in 0..200 {
        it.wait(100 * MS);
    }
    assert_eq!(it.writer.status().error, None);
    let records = it.records();
    let told: Vec<_> = records.iter().filter(|one| one.topic.ends_with("events_lost")).collect();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&told.detail["changes"], &told.detail["calls"]), (&1.into(), &7.into()));
    let names: Vec<_> = records.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("change")).count(), 4);
    assert!(
        names.contains(&"held") && names.contains(&"refusal 9") && !names.contains(&"refusal 6")
    );
    let numbers: Vec<_> = records.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
}

#[test]
fn while_the_journal_is_away_the_writer_makes_room_so_that_calls_need_not() {
    let mut it = Fixture::new(WriterOptions::new().room(100, 1000).batches(1, 10 * MS));
    it.journal.is_away.store(true, Ordering::SeqCst);
    it.change("held");
    it.work();
    it.work();
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let poll = |run: &mut Run| {
        assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    };
    poll(&mut it.run);
    (0..50).for_each(|_| it.change("one"));
    (0..749).for_each(|_| it.refuse("one"));
    assert_eq!(count.woken(), 0, "a quarter of the room is free");
    it.refuse("one");
    assert_eq!(count.woken(), 1);
    assert_eq!(it.writer.status().lost, Lost::default(), "the call has removed nothing");
    let mut total = 801;
    for _ in 0..20 {
        it.time.advance(MS);
        poll(&mut it.run);
        let lost = it.writer.status().lost;
        (0..250).for_each(|_| it.refuse("one"));
        total += 250;
        assert_eq!(it.writer.status().lost, lost, "there was room for all of them");
    }
    poll(&mut it.run);
    let mut flush = pin!(it.writer.flush());
    it.journal.is_away.store(false, Ordering::SeqCst);
    for _ in 0..1000 {
        it.wait(100 * MS);
    }
    assert!(flush.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    let status = it.writer.status();
    assert_eq!((status.waiting, status.lost.changes), (0, 0));
    assert_eq!(status.written + status.lost.calls, total, "each is written or counted");
    assert!(status.written > 688 && status.written <= 801, "{status:?}");
}

#[test]
fn a_journal_that_hangs_leaves_room_too_and_changes_have_their_own() {
    let mut it = Fixture::new(WriterOptions::new().room(100, 1000).batches(1, 10 * MS));
    it.journal.hangs.store(true, Ordering::SeqCst);
    it.change("held");
    it.work();
    it.work();
    (0..1000).for_each(|_| it.refuse("one"));
    (0..70).for_each(|_| it.change("one"));
    it.work();
    let status = it.writer.status();
    assert_eq!(status.lost, lost(0, 312), "there are few changes");
    assert_eq!(status.waiting, 688 + 70);
    (0..30).for_each(|_| it.change("one"));
    it.work();
    assert_eq!(it.writer.status().lost, lost(31, 312));
}

#[test]
fn a_journal_that_is_away_is_tried_again_later_and_later() {
    let mut it = Fixture::new(WriterOptions::new());
    it.journal.is_away.store(true, Ordering::SeqCst);
    it.change("one");
    it.work();
    it.wait(100 * MS);
    for wait in [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000] {
        it.wait(wait * MS - MS);
        it.wait(MS);
    }
    it.journal.is_away.store(false, Ordering::SeqCst);
    it.wait(10_000 * MS);
    assert_eq!(it.names(), ["one"]);
}

#[test]
fn an_event_that_can_never_be_stored_is_lost_alone() {
    let mut it = Fixture::new(WriterOptions::new());
    ["one", "too large", "two"].iter().for_each(|name| it.change(name));
    it.refuse("too large");
    it.refuse("three");
    it.work();
    it.wait(100 * MS);
    assert_eq!(it.names(), ["one", "two", "three"]);
    let status = it.writer.status();
    assert_eq!((status.written, status.lost, status.error), (3, lost(1, 1), None));
    it.change("four");
    it.work();
    it.wait(100 * MS);
    let records = it.records();
    let told = records.last().expect("a record");
    assert_eq!((&told.detail["changes"], &told.detail["calls"]), (&1.into(), &1.into()));
}

#[test]
fn a_flush_waits_for_what_happened_before() {
    let mut it = Fixture::new(WriterOptions::new());
    let poll = |flush: Pin<&mut dyn Future<Output = ()>>| {
        flush.poll(&mut Context::from_waker(Waker::noop()))
    };
    assert_eq!(poll(pin!(it.writer.flush())), Poll::Ready(()), "nothing waits");
    it.change("one");
    it.change("two");
    let mut flush = pin!(it.writer.flush());
    it.change("three");
    assert_eq!(poll(flush.as_mut()), Poll::Pending);
    it.work();
    assert_eq!(poll(flush.as_mut()), Poll::Ready(()), "without waiting for more");
    assert_eq!(it.names(), ["one", "two", "three"]);
}

#[test]
fn a_flush_waits_for_a_batch_that_is_under_way_although_later_events_are_lost() {
    let mut it = Fixture::new(WriterOptions::new().room(2, 2).batches(1, 10 * MS));
    it.journal.is_away.store(true, Ordering::SeqCst);
    it.change("held");
    it.work();
    it.work();
    let mut flush = pin!(it.writer.flush());
    (0..5).for_each(|_| it.change("later"));
    let polled = flush.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "three were lost, but the first one is not written");
    it.journal.is_away.store(false, Ordering::SeqCst);
    it.wait(1000 * MS);
    assert!(flush.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn what_is_under_way_when_the_writing_is_dropped_is_written_later() {
    let mut it = Fixture::new(WriterOptions::new());
    it.journal.is_away.store(true, Ordering::SeqCst);
    it.change("one");
    it.work();
    it.wait(100 * MS);
    it.run = Box::pin(std::future::pending());
    it.change("two");
    it.journal.is_away.store(false, Ordering::SeqCst);
    it.run = running(&it.writer);
    it.work();
    assert_eq!(it.names(), ["one", "two"]);
    let other = running(&it.writer).as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(other, Poll::Ready(Err(_))), "one future writes");
}

#[test]
fn old_records_are_removed_once_a_minute() {
    let retention = Retention::everything().max_records(2);
    let mut it = Fixture::new(WriterOptions::new().retention(retention));
    let begun = it.journal.pruned.load(Ordering::SeqCst);
    (0..5).for_each(|_| it.change("one"));
    it.work();
    it.wait(100 * MS);
    assert_eq!(it.records().len(), 5);
    it.wait(60_000 * MS);
    it.work();
    assert_eq!(it.records().len(), 2);
    assert_eq!(it.journal.pruned.load(Ordering::SeqCst), begun + 1);
}

#[test]
fn events_are_written_while_old_records_are_removed() {
    let mut it = Fixture::new(WriterOptions::new());
    it.journal.prunes_slowly.store(true, Ordering::SeqCst);
    let begun = it.journal.pruned.load(Ordering::SeqCst);
    for nth in 1..4 {
        it.wait(60_000 * MS);
        it.change("one");
        it.work();
        it.wait(100 * MS);
        assert_eq!(it.records().len(), nth);
    }
    assert_eq!(it.journal.pruned.load(Ordering::SeqCst), begun + 1, "one at a time");
}

#[test]
fn events_of_other_calls_are_not_even_built() {
    let it = Fixture::new(WriterOptions::new().interest(Interest::Changes));
    it.refuse("one");
    assert_eq!(it.writer.status().waiting, 0);
}

#[test]
fn a_journal_that_never_answers_blocks_no_call_and_costs_no_allocation() {
    struct Stuck(Mutex<mpsc::Receiver<()>>);
    #[async_trait]
    impl Journal for Stuck {
        /// Keeps its thread, as a disk does that hangs.
        async fn store_batch(&self, _: Arc<[Record]>) -> Result<u64, JournalError> {
            let _end = self.0.lock().expect("no panic").recv();
            Err(JournalError::closed())
        }

        async fn get(&self, _: u64) -> Result<Option<Record>, JournalError> {
            unreachable!("nothing reads it")
        }

        async fn query(&self, _: Query) -> Result<Page, JournalError> {
            unreachable!("nothing reads it")
        }

        async fn stats(&self) -> Result<JournalStats, JournalError> {
            unreachable!("nothing reads it")
        }

        async fn prune(&self, _: Retention, _: SystemTime) -> Result<u64, JournalError> {
            Ok(0)
        }

        async fn keep(&self, _: String, _: Kept) -> Result<(), JournalError> {
            Ok(())
        }

        async fn kept(&self, _: String) -> Result<Option<Kept>, JournalError> {
            Ok(None)
        }
    }
    let (end, stuck) = mpsc::channel();
    let (time, options) = (ManualClock::new(), WriterOptions::new().room(10, 1000).batches(1, MS));
    let writer = JournalWriter::new(Stuck(Mutex::new(stuck)), options, time.clock());
    let driver = Driver::new().with_clock(time.clock()).with_observer(writer.clone());
    let layer = Layer::new(Component::CircuitBreaker, "one");
    let refusal = Refusal::new(RefusalKind::CircuitOpen, &layer);
    let change = || {
        let change = seawall_core::Change::new("closed", "open", "failures");
        driver.emit(Topic::BreakerChanged, &layer, || Detail::Changed(change));
    };
    std::thread::scope(|scope| {
        driver.emit_refusal(&refusal);
        let writes = scope.spawn(|| time.block_on(writer.run()));
        while writer.status().waiting > 0 {
            std::thread::yield_now();
        }
        let allocated = allocation_counter::measure(|| {
            (0..10_000).for_each(|_| driver.emit_refusal(&refusal));
            (0..100).for_each(|_| change());
        });
        assert_eq!(allocated.count_total, 0);
        let status = writer.status();
        assert_eq!((status.waiting, status.written), (1010, 0));
        assert_eq!((status.lost.calls, status.lost.changes), (9000, 90));
        drop(end);
        assert!(writes.join().expect("no panic").is_err_and(|error| error.is_closed()));
    });
}

#[test]
fn threads_lose_nothing_that_fits() {
    let time = ManualClock::new();
    let writer = JournalWriter::new(
        MemoryJournal::new(),
        WriterOptions::new().room(100, 40_000),
        time.clock(),
    );
    let driver = Driver::new().with_clock(time.clock()).with_observer(writer.clone());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let driver = &driver;
            scope.spawn(move || {
                let layer = Layer::new(Component::CircuitBreaker, format!("thread {thread}"));
                for _ in 0..10_000 {
                    driver.emit_refusal(&Refusal::new(RefusalKind::CircuitOpen, &layer));
                }
            });
        }
    });
    let mut run = running(&writer);
    let mut flush = pin!(writer.flush());
    for _ in 0..100 {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(run.as_mut().poll(&mut cx).is_pending());
        if flush.as_mut().poll(&mut cx).is_ready() {
            break;
        }
    }
    let stats = time.block_on(writer.journal().stats()).expect("it can be read");
    assert_eq!((stats.records, writer.status().lost), (40_000, Lost::default()));
}
