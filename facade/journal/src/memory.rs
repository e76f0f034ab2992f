use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;

use crate::record::nanos;
use crate::{Journal, JournalError, JournalStats, Kept, Page, Query, Record, Retention};

/// A journal that lasts as long as the process: for tests, and where losing it is fine.
#[derive(Default)]
pub struct MemoryJournal(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    records: VecDeque<Record>,
    last_number: u64,
    kept: BTreeMap<String, Kept>,
}

impl MemoryJournal {
    /// Creates an empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError> {
        let mut inner = self.lock();
        for record in &*records {
            inner.last_number += 1;
            let number = inner.last_number;
            inner.records.push_back(Record { number, ..record.clone() });
        }
        Ok(inner.last_number)
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        let inner = self.lock();
        let at = inner.records.binary_search_by_key(&number, |record| record.number);
        Ok(at.ok().map(|at| inner.records[at].clone()))
    }

    async fn query(&self, query: Query) -> Result<Page, JournalError> {
        let inner = self.lock();
        let is_after = |record: &&Record| match (query.after, query.latest_first) {
            (None, _) => true,
            (Some(after), false) => record.number > after,
            (Some(after), true) => record.number < after,
        };
        let matching = |record: &&Record| is_after(record) && query.matches(record);
        let size = query.page_size();
        let mut records: Vec<Record> = if query.latest_first {
            inner.records.iter().rev().filter(matching).take(size + 1).cloned().collect()
        } else {
            inner.records.iter().filter(matching).take(size + 1).cloned().collect()
        };
        let has_more = records.len() > size;
        records.truncate(size);
        let next = records.last().filter(|_| has_more).map(|record| record.number);
        Ok(Page { records, next })
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        let inner = self.lock();
        Ok(JournalStats {
            records: inner.records.len() as u64,
            last_number: inner.last_number,
            oldest_ns: inner.records.iter().map(|record| record.at_ns).min(),
            newest_ns: inner.records.iter().map(|record| record.at_ns).max(),
            ..JournalStats::default()
        })
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        let mut inner = self.lock();
        let before = inner.records.len();
        if let Some(age) = retention.max_age {
            let oldest = nanos(now).saturating_sub(age_ns(age));
            inner.records.retain(|record| record.at_ns >= oldest);
        }
        if let Some(max) = retention.max_records {
            let surplus = (inner.records.len() as u64).saturating_sub(max);
            inner.records.drain(..usize::try_from(surplus).unwrap_or(usize::MAX));
        }
        Ok((before - inner.records.len()) as u64)
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        self.lock().kept.insert(name, value);
        Ok(())
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        Ok(self.lock().kept.get(&name).cloned())
    }
}

pub(crate) fn age_ns(age: std::time::Duration) -> u64 {
    u64::try_from(age.as_nanos()).unwrap_or(u64::MAX)
}
