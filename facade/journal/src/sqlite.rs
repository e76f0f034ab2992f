//! A journal in a file of SQLite.
//!
//! | file | holds |
//! |---|---|
//! | `worker` | the thread that uses the file, and what is asked of it |
//! | `store` | the file as long as it is there and whole |
//! | `lock` | how processes take turns to open it |
//! | `open` | how a file is opened, or set aside and replaced |
//! | `schema` | the tables, and how those of earlier versions become these |
//! | `rows`, `limits` | records as rows, and which can be |

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

mod limits;
mod lock;
mod open;
mod rows;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod worker;

use self::store::Store;
use self::worker::Worker;
use crate::{Journal, JournalError, JournalStats, Kept, Page, Query, Record, Retention};

/// The number of records that are removed at once.
const PORTION: u64 = 2000;

/// A journal in a file of SQLite, in the mode WAL, where each batch is on the disk (`synchronous = FULL`)
/// before [`store_batch`](Journal::store_batch) returns. A thread of its own uses the file.
///
/// A person can read it with any SQLite tool: the view `journal` has readable times.
///
/// A file in its place that is no journal, that a later version has written, or that is torn, is renamed
/// to `NAME.set-aside-N`, never overwritten, and [`stats`](Journal::stats) lists it. If the file is
/// removed while it is in use, a new one takes its place with the next batch.
#[derive(Debug)]
pub struct SqliteJournal(Worker);

impl SqliteJournal {
    /// Opens the journal in the file at `path`, which is created if it is not there, with the folders
    /// above it. Nothing waits for that: a large file takes a while to be checked. If it cannot be opened
    /// now, because the disk is full, read-only or away, that is tried again with each batch: a service
    /// starts without its journal.
    ///
    /// # Errors
    /// If no thread can be started.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let journal = Self(Worker::start(Store::new(path.into()))?);
        journal.0.tell(|store| _ = store.ensure_open());
        Ok(journal)
    }

    /// Closes the file once everything is done that was asked before: everything is in it then, and nothing
    /// beside it. Whatever is asked later fails with an error that [`is_closed`](JournalError::is_closed).
    ///
    /// A journal that is dropped closes its file too, some time later.
    pub async fn close(&self) {
        // Without its thread, it is closed.
        let _closed = self
            .0
            .ask(|store| {
                store.close();
                Ok(())
            })
            .await;
    }

    /// Opens the file of a journal as a tool does, beside the service that writes it or without one:
    /// a file that is not there is not created, and one that is no journal stays as it is.
    ///
    /// # Errors
    /// If there is no such file, it is no journal of this version or cannot be read, or no thread can be
    /// started.
    pub async fn inspect(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let journal = Self(Worker::start(Store::inspecting(path.into()))?);
        journal.0.ask(Store::ensure_open).await?;
        Ok(journal)
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn store_batch(&self, records: Arc<[Record]>) -> Result<u64, JournalError> {
        self.0.ask(move |store| store.insert(&records)).await
    }

    async fn get(&self, number: u64) -> Result<Option<Record>, JournalError> {
        self.0.ask(move |store| store.get(number)).await
    }

    async fn query(&self, query: Query) -> Result<Page, JournalError> {
        self.0.ask(move |store| store.query(&query)).await
    }

    async fn stats(&self) -> Result<JournalStats, JournalError> {
        self.0.ask(Store::stats).await
    }

    async fn prune(&self, retention: Retention, now: SystemTime) -> Result<u64, JournalError> {
        // In portions, so that what is to be written or read meanwhile waits for one of them only.
        let mut pruned = 0;
        loop {
            let portion = self.0.ask(move |store| store.prune(&retention, now, PORTION)).await?;
            pruned += portion;
            if portion < PORTION {
                return Ok(pruned);
            }
        }
    }

    async fn keep(&self, name: String, value: Kept) -> Result<(), JournalError> {
        self.0.ask(move |store| store.keep(&name, &value)).await
    }

    async fn kept(&self, name: String) -> Result<Option<Kept>, JournalError> {
        self.0.ask(move |store| store.kept(&name)).await
    }
}
