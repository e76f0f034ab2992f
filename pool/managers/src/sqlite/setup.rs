use rusqlite::{Connection, ErrorCode, Row, ToSql};

use super::error::bad_pragma;
use crate::ManagerError;

/// Sets the pragma `name`, which has to exist.
pub(super) fn set(
    connection: &Connection,
    name: &str,
    value: &dyn ToSql,
) -> Result<(), ManagerError> {
    if !is_known(connection, name)? {
        return Err(bad_pragma(format!("SQLite has no pragma `{name}`")));
    }
    if name.eq_ignore_ascii_case("journal_mode") {
        return set_journal_mode(connection, value);
    }
    Ok(connection.pragma_update(None, name, value)?)
}

/// The answer is the mode that there is now, whatever was asked for.
fn set_journal_mode(connection: &Connection, value: &dyn ToSql) -> Result<(), ManagerError> {
    let now = journal_mode(connection, value)?;
    let wanted = connection.query_row("SELECT CAST(? AS TEXT)", [value], |row| row.get(0));
    let wanted: String = wanted?;
    if wanted.eq_ignore_ascii_case(&now) {
        return Ok(());
    }
    Err(bad_pragma(format!("SQLite kept the journal mode `{now}` instead of `{wanted}`")))
}

/// How often the mode is set at most, where others begin to write between one time and the next.
const TRIES: u32 = 10;

fn journal_mode(connection: &Connection, value: &dyn ToSql) -> rusqlite::Result<String> {
    let set = || {
        let mode = |row: &Row<'_>| row.get(0);
        connection.pragma_update_and_check(None, "journal_mode", value, mode)
    };
    for _ in 1..TRIES {
        match set() {
            // Whatever the busy timeout is, SQLite does not wait here for another connection that
            // writes, and be it one that sets the same mode. By this, it does.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            }
            done => return done,
        }
    }
    set()
}

fn is_known(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let known = "SELECT count(*) FROM pragma_pragma_list WHERE name = ? COLLATE NOCASE";
    connection.query_row(known, [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}
