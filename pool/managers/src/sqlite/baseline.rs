use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::SQLITE;
use crate::{ManagerError, ManagerErrorKind};

/// What a connection was like after its setup, and is to be like for each borrower.
#[derive(Debug)]
pub(super) struct Baseline {
    /// Sets the pragmas that belong to a connection, not to its database.
    pragmas: String,
    attached: Vec<String>,
    temporary: Vec<(String, String)>,
}

/// The pragmas of a connection whose value can be read and set again.
/// <https://www.sqlite.org/pragma.html>
const PRAGMAS: [&str; 22] = [
    // First, since others can be set only without it.
    "query_only",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "cell_size_check",
    "checkpoint_fullfsync",
    "defer_foreign_keys",
    "foreign_keys",
    "fullfsync",
    "ignore_check_constraints",
    "journal_size_limit",
    "legacy_alter_table",
    "locking_mode",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "synchronous",
    "temp_store",
    "trusted_schema",
    "wal_autocheckpoint",
    "writable_schema",
];

impl Baseline {
    pub(super) fn of(connection: &Connection) -> Result<Self> {
        let mut pragmas = String::new();
        for name in PRAGMAS {
            let mut statement = connection.prepare(&format!("PRAGMA {name}"))?;
            let mut rows = statement.query(())?;
            // Without a value, the pragma is not compiled in.
            let Some(row) = rows.next()? else { continue };
            let value = match row.get_ref(0)? {
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                value => value.as_i64().unwrap_or_default().to_string(),
            };
            pragmas.push_str(&format!("PRAGMA {name}={value};"));
        }
        let (attached, temporary) = (attached(connection)?, temporary(connection)?);
        Ok(Self { pragmas, attached, temporary })
    }

    /// Makes `connection` as it was.
    pub(super) fn restore(&self, connection: &Connection) -> Result<(), ManagerError> {
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        let is_exclusive =
            connection.query_row("PRAGMA locking_mode", (), |row| Ok(row.get_ref(0)? == EXCLUSIVE));
        let is_exclusive = is_exclusive?;
        connection.execute_batch(&self.pragmas)?;
        if is_exclusive {
            // The lock is released when the file is next read.
            connection.query_row("PRAGMA schema_version", (), |_| Ok(()))?;
        }
        for name in attached(connection)?.iter().filter(|name| !self.attached.contains(name)) {
            connection.execute_batch(&format!("DETACH {}", quoted(name)))?;
        }
        for kept in temporary(connection)?.iter().filter(|kept| !self.temporary.contains(kept)) {
            let (kind, name) = kept;
            connection.execute_batch(&format!("DROP {kind} IF EXISTS temp.{}", quoted(name)))?;
        }
        if attached(connection)? == self.attached && temporary(connection)? == self.temporary {
            return Ok(());
        }
        Err(ManagerError::new(SQLITE, ManagerErrorKind::NotReset))
    }
}

const EXCLUSIVE: ValueRef<'_> = ValueRef::Text(b"exclusive");

fn attached(connection: &Connection) -> Result<Vec<String>> {
    let names = "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')";
    connection.prepare_cached(names)?.query_map((), |row| row.get(0))?.collect()
}

fn temporary(connection: &Connection) -> Result<Vec<(String, String)>> {
    let objects = "SELECT type, name FROM temp.sqlite_schema WHERE type IN ('table', 'view', 'trigger') \
                   AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name";
    let object = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    connection.prepare_cached(objects)?.query_map((), object)?.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
