//! The laws of journals: every journal here keeps to them, and each law finds a journal that does not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use seawall_journal::laws::{self, Law};
use seawall_journal::{
    Journal, JournalError, JournalStats, Kept, MemoryJournal, Page, Query, Record, Retention,
    SqliteJournal,
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

#[test]
fn memory_keeps_to_them() {
    for law in laws::ALL {
        println!("{}", law.name());
        runtime().block_on(law.check(Arc::new(MemoryJournal::new())));
    }
}

#[test]
fn sqlite_keeps_to_them() {
    for law in laws::ALL {
        println!("{}", law.name());
        let folder = tempfile::tempdir().expect("a folder");
        runtime().block_on(async {
            let journal = SqliteJournal::open(folder.path().join("journal.db")).await;
            law.check(Arc::new(journal.expect("a thread"))).await;
        });
    }
}

/// A journal with one deliberate fault.
struct Saboteur {
    inner: MemoryJournal,
    fault: Fault,
    stored: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    SkipsANumber,
    DropsTheNamespace,
    ReturnsTheFirstForUnknownNumbers,
    StoresOneForAnEmptyBatch,
    IgnoresTheComponent,
    EndsPagesTooEarly,
    RemovesTheNewest,
    RemovesThatOfTheLimit,
    RemovesSomethingAlways,
    CountsOneMore,
    KeepsTheFirstValue,
}

/// Each fault, with the law that finds it.
const FAULTS: [(Fault, &str); 11] = [
    (Fault::SkipsANumber, "numbers_begin_at_one_and_have_no_gaps"),
    (Fault::DropsTheNamespace, "what_is_stored_comes_back_as_it_was"),
    (Fault::ReturnsTheFirstForUnknownNumbers, "only_what_is_there_is_returned"),
    (Fault::StoresOneForAnEmptyBatch, "an_empty_batch_changes_nothing"),
    (Fault::IgnoresTheComponent, "queries_find_exactly_what_matches"),
    (Fault::EndsPagesTooEarly, "pages_have_everything_once"),
    (Fault::RemovesTheNewest, "the_oldest_are_removed_and_numbers_go_on"),
    (Fault::RemovesThatOfTheLimit, "what_is_too_old_is_removed"),
    (Fault::RemovesSomethingAlways, "retention_without_limits_keeps_everything"),
    (Fault::CountsOneMore, "stats_say_what_is_stored"),
    (Fault::KeepsTheFirstValue, "a_kept_value_takes_the_place_of_the_earlier_one"),
];

#[async_trait]
impl Journal for Saboteur {
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError> {
        let mut records = records.to_vec();
        if self.fault == Fault::DropsTheNamespace {
            records.iter_mut().for_each(|record| record.namespace = None);
        }
        if self.fault == Fault::StoresOneForAnEmptyBatch && records.is_empty() {
            records.push(Record::new(SystemTime::UNIX_EPOCH, "", "", ""));
        }
        let before = self.stored.fetch_add(1, Ordering::SeqCst);
        let last = self.inner.store_batch(records.into()).await?;
        Ok(if self.fault == Fault::SkipsANumber && before > 1 { last + 1 } else { last })
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        match self.inner.get(number).await? {
            None if self.fault == Fault::ReturnsTheFirstForUnknownNumbers => {
                self.inner.get(1).await
            }
            found => Ok(found),
        }
    }

    async fn query(&self, mut query: Query) -> Result<Page, JournalError> {
        if self.fault == Fault::IgnoresTheComponent {
            query.component = None;
        }
        let mut page = self.inner.query(query).await?;
        if self.fault == Fault::EndsPagesTooEarly {
            page.next = None;
        }
        Ok(page)
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        let mut stats = self.inner.stats().await?;
        stats.records += u64::from(self.fault == Fault::CountsOneMore);
        Ok(stats)
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        let mut retention = retention;
        match self.fault {
            Fault::RemovesTheNewest => {
                retention.max_records = retention.max_records.map(|max| max.max(11) - 1);
            }
            Fault::RemovesThatOfTheLimit => {
                let less = |age: std::time::Duration| age - std::time::Duration::from_secs(1);
                retention.max_age = retention.max_age.map(less);
            }
            Fault::RemovesSomethingAlways => retention = retention.max_records(23),
            _ => (),
        }
        self.inner.prune(retention, now).await
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        let known = self.inner.kept(name.clone()).await?;
        if self.fault == Fault::KeepsTheFirstValue && known.is_some() {
            return Ok(());
        }
        self.inner.keep(name, value).await
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        self.inner.kept(name).await
    }
}

#[test]
fn each_law_finds_a_journal_that_breaks_it() {
    let found: Vec<&str> = FAULTS.iter().map(|(_, law)| *law).collect();
    assert_eq!(found, laws::ALL.iter().map(Law::name).collect::<Vec<_>>(), "one for each");
    for ((fault, name), law) in FAULTS.into_iter().zip(laws::ALL) {
        let saboteur = Saboteur { inner: MemoryJournal::new(), fault, stored: AtomicU64::new(0) };
        let check = || runtime().block_on(law.check(Arc::new(saboteur)));
        let kept = catch_unwind(AssertUnwindSafe(check));
        assert!(kept.is_err(), "`{name}` does not find {fault:?}");
    }
}
