use rusqlite::{Connection, Result};

/// The number by which SQLite files tell whose they are: the letters `SeaW`.
pub(super) const APPLICATION_ID: i32 = 0x5365_6157;

/// The version of the tables that this code writes.
pub(super) const VERSION: i32 = 1;

/// What leads from each version to the next.
const STEPS: [&str; VERSION as usize] = ["
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ns INTEGER NOT NULL,
        topic TEXT NOT NULL,
        component TEXT NOT NULL,
        name TEXT NOT NULL,
        protection TEXT,
        namespace TEXT,
        key_hash TEXT,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_time ON events (at_ns);
    CREATE INDEX events_by_component ON events (component, name);
    CREATE INDEX events_by_key ON events (key_hash) WHERE key_hash IS NOT NULL;
    CREATE TABLE kept (
        name TEXT PRIMARY KEY,
        at_ns INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW journal AS
        SELECT number, strftime('%Y-%m-%d %H:%M:%f', at_ns / 1e9, 'unixepoch') AS at,
            topic, component, name, protection, namespace, key_hash, detail
        FROM events ORDER BY number;
"];

/// Makes the tables those of this version.
pub(super) fn migrate(connection: &mut Connection, from: i32) -> Result<()> {
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
