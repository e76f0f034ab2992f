//! What every journal must do, as tests: for those who write a [`Journal`] of their own.
//!
//! ```
//! # seawall_testkit::ManualClock::new().block_on(async {
//! use std::sync::Arc;
//!
//! use seawall_journal::{MemoryJournal, laws};
//!
//! for law in laws::ALL {
//!     law.check(Arc::new(MemoryJournal::new())).await; // each with a journal that is empty
//! }
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::{Journal, Kept, Page, Query, Record, Retention};

/// A test that every journal must pass.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    name: &'static str,
    check: fn(Arc<dyn Journal>) -> Checking,
}

type Checking = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Law {
    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Checks it with a journal that is empty.
    ///
    /// # Panics
    /// If the journal does not keep to it, with what is wrong.
    pub fn check(&self, journal: Arc<dyn Journal>) -> impl Future<Output = ()> + Send {
        (self.check)(journal)
    }
}

macro_rules! laws {
    ($($law:ident)+) => {
        /// All of them.
        pub const ALL: &[Law] = &[$(
            Law { name: stringify!($law), check: |journal| Box::pin($law(journal)) },
        )+];
    };
}

laws! {
    numbers_begin_at_one_and_have_no_gaps
    what_is_stored_comes_back_as_it_was
    only_what_is_there_is_returned
    an_empty_batch_changes_nothing
    queries_find_exactly_what_matches
    pages_have_everything_once
    the_oldest_are_removed_and_numbers_go_on
    what_is_too_old_is_removed
    retention_without_limits_keeps_everything
    stats_say_what_is_stored
    a_kept_value_takes_the_place_of_the_earlier_one
}

const SECOND: Duration = Duration::from_secs(1);

fn second(nth: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + nth)
}

fn record(nth: u64) -> Record {
    Record::new(second(nth), "seawall.circuit_breaker.state_change", "circuit_breaker", "payments")
}

fn records(count: u64) -> Arc<[Record]> {
    (0..count).map(record).collect()
}

/// Records that differ in every field.
fn varied() -> Vec<Record> {
    let mut all = Vec::new();
    for nth in 0..24 {
        let odd = nth % 2 == 1;
        let topic = ["seawall.circuit_breaker.state_change", "seawall.rate_limiter.request_denied"];
        let (topic, component) = match odd {
            true => (topic[1], "rate_limiter"),
            false => (topic[0], "circuit_breaker"),
        };
        let name = if nth % 3 == 1 { "b" } else { "a" };
        let mut record = Record::new(second(nth), topic, component, name);
        record.protection = (nth % 4 == 0).then(|| "charge".to_owned());
        record.namespace = odd.then(|| "eu".to_owned());
        record.key_hash = (nth % 5 == 0).then(|| format!("{nth:032x}"));
        record
            .detail
            .insert("text".to_owned(), json!("'\"\\; DROP TABLE events; \u{0} ünïcode 🦀\n"));
        record.detail.insert("number".to_owned(), json!(nth));
        record.detail.insert("nested".to_owned(), json!({ "list": [1, null, true, 0.5] }));
        all.push(record);
    }
    all
}

async fn store(journal: &dyn Journal, records: Vec<Record>) {
    let stored = journal.store_batch(records.into()).await;
    stored.expect("an empty journal stores records");
}

async fn query(journal: &dyn Journal, query: Query) -> Page {
    journal.query(query).await.expect("a journal can be read")
}

async fn numbers_begin_at_one_and_have_no_gaps(journal: Arc<dyn Journal>) {
    let mut last = 0;
    for count in [1, 3, 1, 20] {
        last += count;
        let number = journal.store_batch(records(count)).await.expect("it stores records");
        assert_eq!(number, last, "the number of the last one of a batch");
    }
    let one = journal.store(record(0)).await.expect("it stores a record");
    assert_eq!(one, last + 1);
    let all = query(&*journal, Query::new().limit(1000)).await.records;
    let numbers: Vec<u64> = all.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=one).collect::<Vec<_>>());
}

async fn what_is_stored_comes_back_as_it_was(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    for (wanted, number) in varied().into_iter().zip(1..) {
        let found = journal.get(number).await.expect("it can be read").expect("it is there");
        assert_eq!(found, Record { number, ..wanted });
    }
}

async fn only_what_is_there_is_returned(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    for number in [0, 25, u64::MAX] {
        assert_eq!(journal.get(number).await.expect("it can be read"), None, "number {number}");
    }
    assert_eq!(journal.kept("nothing".to_owned()).await.expect("it can be read"), None);
}

async fn an_empty_batch_changes_nothing(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    let last = journal.store_batch(Arc::new([])).await.expect("nothing can be stored");
    assert_eq!(last, 24);
    assert_eq!(journal.stats().await.expect("it can be read").records, 24);
}

async fn queries_find_exactly_what_matches(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    let all = || Query::new().limit(1000);
    let queries = [
        all(),
        all().topic("state_change"),
        all().topic("seawall.circuit_breaker.state_change"),
        all().topic("change"),
        all().topic("denied_request"),
        all().component("rate_limiter"),
        all().name("b"),
        all().name("B"),
        all().protection("charge"),
        all().key_hash(format!("{:032x}", 10)),
        all().since(second(5)),
        all().until(second(5)),
        all().since(second(5)).until(second(6)),
        all().since(second(3)).component("circuit_breaker").name("a"),
        all().name("' OR 1 = 1 --"),
    ];
    for asked in queries {
        let found = query(&*journal, asked.clone()).await.records;
        let wanted = varied().into_iter().zip(1..);
        let wanted = wanted.map(|(record, number)| Record { number, ..record });
        let wanted: Vec<_> = wanted.filter(|record| asked.matches(record)).collect();
        assert_eq!(found, wanted, "{asked:?}");
        let mut latest = query(&*journal, asked.clone().latest_first()).await.records;
        latest.reverse();
        assert_eq!(latest, wanted, "the latest first: {asked:?}");
    }
}

async fn pages_have_everything_once(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    for latest_first in [false, true] {
        let asked = Query::new().component("circuit_breaker").limit(5);
        let asked = if latest_first { asked.latest_first() } else { asked };
        let mut numbers = Vec::new();
        let mut after = None;
        for _ in 0..10 {
            let asked = after.map_or_else(|| asked.clone(), |after| asked.clone().after(after));
            let page = query(&*journal, asked).await;
            assert!(page.records.len() <= 5, "a page has no more than was asked for");
            numbers.extend(page.records.iter().map(|record| record.number));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut wanted: Vec<u64> = (1..=24).step_by(2).collect();
        if latest_first {
            wanted.reverse();
        }
        assert_eq!(numbers, wanted, "the latest first: {latest_first}");
    }
    let page = query(&*journal, Query::new().limit(24)).await;
    assert_eq!((page.records.len(), page.next), (24, None), "the last page says so");
}

async fn the_oldest_are_removed_and_numbers_go_on(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    let retention = Retention::everything().max_records(10);
    let removed = journal.prune(retention, second(100)).await.expect("it can be pruned");
    assert_eq!(removed, 14);
    let left = query(&*journal, Query::new()).await.records;
    let numbers: Vec<u64> = left.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (15..=24).collect::<Vec<_>>());
    assert_eq!(journal.get(14).await.expect("it can be read"), None);
    let none = Retention::everything().max_records(0);
    assert_eq!(journal.prune(none, second(100)).await.expect("it can be pruned"), 10);
    let next = journal.store(record(0)).await.expect("it stores a record");
    assert_eq!(next, 25, "a number is given once");
}

async fn what_is_too_old_is_removed(journal: Arc<dyn Journal>) {
    // From the future, by a clock that was wrong: it keeps no other record from being removed.
    store(&*journal, vec![record(1_000_000)]).await;
    store(&*journal, varied()).await;
    let retention = Retention::everything().max_age(10 * SECOND);
    let removed = journal.prune(retention, second(15)).await.expect("it can be pruned");
    assert_eq!(removed, 5, "those of 10 s ago are still kept");
    let removed = journal.prune(retention, second(15)).await.expect("it can be pruned");
    assert_eq!(removed, 0);
    let removed = journal.prune(retention, second(1000)).await.expect("it can be pruned");
    assert_eq!(removed, 19);
    assert_eq!(query(&*journal, Query::new()).await.records[0].number, 1);
}

async fn retention_without_limits_keeps_everything(journal: Arc<dyn Journal>) {
    store(&*journal, varied()).await;
    let removed = journal.prune(Retention::everything(), second(1_000_000)).await;
    assert_eq!(removed.expect("it can be pruned"), 0);
    assert_eq!(query(&*journal, Query::new()).await.records.len(), 24);
}

async fn stats_say_what_is_stored(journal: Arc<dyn Journal>) {
    let empty = journal.stats().await.expect("it can be read");
    assert_eq!((empty.records, empty.last_number, empty.oldest_ns), (0, 0, None));
    store(&*journal, varied()).await;
    let stats = journal.stats().await.expect("it can be read");
    assert_eq!((stats.records, stats.last_number), (24, 24));
    let times = [0, 23].map(|nth| Some(record(nth).at_ns));
    assert_eq!([stats.oldest_ns, stats.newest_ns], times);
    let retention = Retention::everything().max_records(4);
    journal.prune(retention, second(100)).await.expect("it can be pruned");
    let stats = journal.stats().await.expect("it can be read");
    assert_eq!((stats.records, stats.last_number), (4, 24));
}

async fn a_kept_value_takes_the_place_of_the_earlier_one(journal: Arc<dyn Journal>) {
    let value = |at_ns, json: &str| Kept { at_ns, json: json.to_owned() };
    let keep = |name: &str, value| journal.keep(name.to_owned(), value);
    keep("one", value(1, "{}")).await.expect("it is kept");
    keep("two", value(2, "[\"🦀'\"]")).await.expect("it is kept");
    keep("one", value(3, "null")).await.expect("it is kept");
    let kept = |name: &str| journal.kept(name.to_owned());
    assert_eq!(kept("one").await.expect("it can be read"), Some(value(3, "null")));
    assert_eq!(kept("two").await.expect("it can be read"), Some(value(2, "[\"🦀'\"]")));
    assert_eq!(journal.stats().await.expect("it can be read").records, 0, "it is no record");
}
