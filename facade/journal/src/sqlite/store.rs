use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::limits;
use super::lock::lock;
use super::open::{self, NotOpened};
use super::rows;
use crate::memory::age_ns;
use crate::record::nanos;
use crate::{JournalError, JournalStats, Kept, Page, Query, Record, Retention, SetAside};

/// The file of a journal. It is opened again after a failure, or if another one has taken its place.
pub(super) struct Store {
    path: PathBuf,
    /// True if the file is neither created nor set aside.
    inspects: bool,
    opened: Option<Opened>,
    set_aside: Vec<SetAside>,
    is_closed: bool,
}

struct Opened {
    connection: Connection,
    identity: Option<Identity>,
}

impl Opened {
    /// Closes the file, and returns what it was.
    fn leave(self) -> Option<Identity> {
        // Of a file that was moved, SQLite leaves the log behind, and would take it for that of the next one.
        let _moved = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        self.identity
    }
}

/// What tells a file from others of the same name.
type Identity = (u64, u64);

impl Store {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, inspects: false, opened: None, set_aside: Vec::new(), is_closed: false }
    }

    pub(super) const fn inspecting(path: PathBuf) -> Self {
        Self { path, inspects: true, opened: None, set_aside: Vec::new(), is_closed: false }
    }

    /// Opens the file unless it is open and still in its place.
    pub(super) fn ensure_open(&mut self) -> Result<(), JournalError> {
        match self.is_in_place() {
            true => Ok(()),
            false if self.is_closed => Err(JournalError::closed()),
            false => self.open(None),
        }
    }

    /// Closes the file for good.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.opened = None;
    }

    /// Returns true if the file that is open is still the one of its name.
    fn is_in_place(&self) -> bool {
        self.opened.as_ref().is_some_and(|opened| self.is_there(opened.identity))
    }

    fn is_there(&self, file: Option<Identity>) -> bool {
        file.is_some() && identity(&self.path) == file
    }

    /// Opens the file anew, or another one in its place if it cannot be a journal. One that turned out to
    /// be `torn`, and is still there, is set aside.
    fn open(&mut self, torn: Option<String>) -> Result<(), JournalError> {
        if self.inspects {
            return self.open_to_inspect();
        }
        let was = self.opened.take().and_then(Opened::leave);
        let _lock = lock(&self.path).map_err(|error| self.unavailable(&error.to_string()))?;
        if let Some(reason) = torn.filter(|_| self.is_there(was)) {
            self.set_aside(reason)?;
        }
        let connection = match open::open(&self.path) {
            Err(NotOpened::Foreign(reason)) => {
                self.set_aside(reason)?;
                open::open(&self.path)
            }
            opened => opened,
        };
        self.opened(connection)
    }

    /// Opens the file as it is.
    fn open_to_inspect(&mut self) -> Result<(), JournalError> {
        self.opened = None;
        let connection = open::inspect(&self.path);
        self.opened(connection)
    }

    fn opened(&mut self, connection: Result<Connection, NotOpened>) -> Result<(), JournalError> {
        let connection = connection.map_err(|error| match error {
            NotOpened::Foreign(about) | NotOpened::Unavailable(about) => self.unavailable(&about),
        })?;
        self.opened = Some(Opened { connection, identity: identity(&self.path) });
        Ok(())
    }

    fn set_aside(&mut self, reason: String) -> Result<(), JournalError> {
        let path = open::set_aside(&self.path);
        let path = path.map_err(|error| self.unavailable(&format!("{reason}; {error}")))?;
        self.set_aside.push(SetAside { path, reason });
        Ok(())
    }

    fn unavailable(&self, about: &str) -> JournalError {
        JournalError::unavailable(format!("the journal {}: {about}", self.path.display()))
    }

    /// Does something with the open file. If the file turns out to be torn, it is set aside, and the same
    /// is done once more with a new one.
    fn with<T>(
        &mut self,
        mut job: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.ensure_open()?;
        match self.attempt(&mut job) {
            Err(error) if open::is_torn(&error) && !self.inspects => {
                self.open(Some(format!("it is torn: {error}")))?;
                self.attempt(&mut job)
            }
            done => done,
        }
        .map_err(|error| {
            // What failed once may only work with a file that is opened anew.
            self.opened = None;
            self.unavailable(&error.to_string())
        })
    }

    fn attempt<T>(
        &mut self,
        job: &mut impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let opened = self.opened.as_mut().expect("BUG: it was opened");
        job(&mut opened.connection)
    }

    pub(super) fn insert(&mut self, records: &[Record]) -> Result<u64, JournalError> {
        records.iter().try_for_each(limits::check)?;
        let last = self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let last = rows::insert(&transaction, records)?;
            transaction.commit()?;
            Ok(last)
        })?;
        // SQLite goes on writing to a file that was removed.
        match self.is_in_place() {
            true => Ok(last),
            false => Err(self.unavailable("the file was removed")),
        }
    }

    pub(super) fn get(&mut self, number: u64) -> Result<Option<Record>, JournalError> {
        self.with(|connection| rows::get(connection, number))
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<Page, JournalError> {
        self.with(|connection| rows::query(connection, query))
    }

    pub(super) fn stats(&mut self) -> Result<JournalStats, JournalError> {
        let mut stats = self.with(|connection| {
            let last_number = rows::last_number(connection)?;
            let bytes = Some(used_bytes(connection)?);
            let sql = "SELECT count(*), min(at_ns), max(at_ns) FROM events";
            connection.query_row(sql, [], |row| {
                let records = rows::natural(row, 0)?;
                let time =
                    |column| row.get::<_, Option<i64>>(column).map(|at| at.map(i64::unsigned_abs));
                let (oldest_ns, newest_ns, set_aside) = (time(1)?, time(2)?, Vec::new());
                Ok(JournalStats { records, last_number, oldest_ns, newest_ns, bytes, set_aside })
            })
        })?;
        stats.set_aside.clone_from(&self.set_aside);
        Ok(stats)
    }

    /// Removes at most `limit` records that `retention` does not keep, and returns their number.
    pub(super) fn prune(
        &mut self,
        retention: &Retention,
        now: SystemTime,
        limit: u64,
    ) -> Result<u64, JournalError> {
        let oldest = retention.max_age.map(|age| nanos(now).saturating_sub(age_ns(age)));
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut pruned = 0;
            let mut remove = |which: &str, bound: u64, at_most: u64| -> rusqlite::Result<u64> {
                let sql = format!(
                    "DELETE FROM events WHERE number IN \
                     (SELECT number FROM events WHERE {which} LIMIT ?2)"
                );
                let limit = (limit - pruned).min(at_most);
                let removed = transaction.execute(&sql, [bound, limit].map(rows::signed))? as u64;
                pruned += removed;
                Ok(removed)
            };
            if let Some(oldest) = oldest {
                remove("at_ns < ?1 ORDER BY at_ns", oldest, limit)?;
            }
            if let Some(max) = retention.max_records {
                let surplus = "number <= (SELECT max(number) FROM events) - ?1 ORDER BY number";
                remove(surplus, max, limit)?;
            }
            if let Some(max) = retention.max_bytes {
                // A few at a time: how much room they take shows afterwards.
                while used_bytes(&transaction)? > max
                    && remove("number >= ?1 ORDER BY number", 0, 100)? > 0
                {}
            }
            transaction.commit()?;
            if pruned > 0 {
                give_room_back(connection)?;
            }
            Ok(pruned)
        })
    }

    pub(super) fn keep(&mut self, name: &str, value: &Kept) -> Result<(), JournalError> {
        self.with(|connection| {
            let sql = "INSERT INTO kept (name, at_ns, json) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (name) DO UPDATE SET at_ns = ?2, json = ?3";
            connection.execute(sql, params![name, rows::signed(value.at_ns), value.json]).map(drop)
        })
    }

    pub(super) fn kept(&mut self, name: &str) -> Result<Option<Kept>, JournalError> {
        self.with(|connection| {
            let sql = "SELECT at_ns, json FROM kept WHERE name = ?1";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Kept { at_ns: rows::natural(row, 0)?, json: row.get(1)? })
            };
            connection.query_row(sql, [name], read).optional()
        })
    }
}

/// Gives the room of what was removed back to the disk, a page at each step.
fn give_room_back(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("PRAGMA incremental_vacuum")?;
    let mut steps = statement.query([])?;
    while steps.next()?.is_some() {}
    Ok(())
}

#[cfg(test)]
impl Store {
    /// Makes the disk full, until the file is opened anew.
    pub(super) fn limit_pages(&mut self, pages: Option<u32>) {
        self.ensure_open().expect("it can be opened");
        let opened = self.opened.as_ref().expect("it is open");
        opened.connection.pragma_update(None, "max_page_count", pages).expect("a number");
    }
}

/// The size of the pages that are in use.
fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let number =
        |name: &str| connection.pragma_query_value(None, name, |row| rows::natural(row, 0));
    Ok((number("page_count")? - number("freelist_count")?) * number("page_size")?)
}

/// Returns what tells the file at `path` from others; `None` if it is gone, or was emptied.
fn identity(path: &Path) -> Option<Identity> {
    let file = fs::metadata(path).ok().filter(|file| file.len() > 0)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((file.dev(), file.ino()))
    }
    // Elsewhere, a file that is in use cannot be removed.
    #[cfg(not(unix))]
    Some((0, 0))
}
