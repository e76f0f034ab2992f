use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::{JournalError, Page, Query, Record};

/// A store of records that survives a restart, or one that does not.
///
/// What [`store`](Self::store) or [`store_batch`](Self::store_batch) has returned for is durable, as far
/// as the store is. Numbers are given in the order in which records are stored, without gaps. All of a
/// batch is stored, or nothing.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Stores records in their order, and returns the number of the last one. Their own numbers do not
    /// matter.
    ///
    /// # Errors
    /// If they could not be stored; then none of them is.
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError>;

    /// Stores one record, and returns its number.
    ///
    /// # Errors
    /// If it could not be stored.
    async fn store(&self, record: Record) -> Result<u64, JournalError> {
        self.store_batch(Arc::new([record])).await
    }

    /// Returns the record with a number, if it is kept.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError>;

    /// Returns a page of what a query looks for.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn query(&self, query: Query) -> Result<Page, JournalError>;

    /// Returns what is stored.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn stats(&self) -> Result<JournalStats, JournalError>;

    /// Forgets the records that `retention` does not keep at the time `now`: those that are too old, and the
    /// oldest of those that are too many. Returns their number. The writer stores records meanwhile.
    ///
    /// # Errors
    /// If they could not be removed.
    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError>;

    /// Keeps a value under a name, in place of an earlier one.
    ///
    /// # Errors
    /// If it could not be stored.
    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError>;

    /// Returns the value that is kept under a name.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError>;
}

/// A value that is kept beside the records, such as the state of a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When it was true, in nanoseconds since 1970 (UTC).
    pub at_ns: u64,
    /// The value, as JSON.
    pub json: String,
}

/// How many records are kept. What is not set does not limit them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// The largest age.
    pub max_age: Option<Duration>,
    /// The largest number.
    pub max_records: Option<u64>,
    /// The largest size in bytes, where records are in a file.
    pub max_bytes: Option<u64>,
}

impl Retention {
    /// Creates one that keeps everything.
    #[must_use]
    pub const fn everything() -> Self {
        Self { max_age: None, max_records: None, max_bytes: None }
    }

    /// Sets the largest age.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets the largest number of records.
    #[must_use]
    pub const fn max_records(mut self, records: u64) -> Self {
        self.max_records = Some(records);
        self
    }

    /// Sets the largest size in bytes.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

/// What is stored in a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalStats {
    /// The number of records.
    pub records: u64,
    /// The number of the last record that was stored, whether it is still kept or not.
    pub last_number: u64,
    /// The time of the oldest record, in nanoseconds since 1970.
    pub oldest_ns: Option<u64>,
    /// The time of the newest record, in nanoseconds since 1970.
    pub newest_ns: Option<u64>,
    /// The size in bytes, where records are in a file.
    pub bytes: Option<u64>,
    /// Files that could not be read and were set aside, each with the reason, since the journal was
    /// opened.
    pub set_aside: Vec<SetAside>,
}

/// A file that stood in the journal's place and was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now.
    pub path: PathBuf,
    /// Why it was renamed.
    pub reason: String,
}
