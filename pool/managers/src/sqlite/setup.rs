use std::fmt;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, Row, ToSql};

use super::SqliteError;

/// What is done to a connection once it is open.
#[derive(Clone, Default)]
pub(super) struct Setup(Vec<Step>);

#[derive(Clone)]
enum Step {
    Pragma(String, Arc<Setting>),
    Call(Arc<Call>),
}

type Setting = dyn ToSql + Send + Sync;

type Call = dyn Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync;

impl Setup {
    pub(super) fn pragma(&mut self, name: String, value: impl ToSql + Send + Sync + 'static) {
        self.0.push(Step::Pragma(name, Arc::new(value)));
    }

    pub(super) fn call(
        &mut self,
        call: impl Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) {
        self.0.push(Step::Call(Arc::new(call)));
    }

    pub(super) fn apply(&self, connection: &mut Connection) -> Result<(), SqliteError> {
        for step in &self.0 {
            match step {
                Step::Pragma(name, value) => set(connection, name, &**value)?,
                Step::Call(call) => call(connection)?,
            }
        }
        Ok(())
    }
}

fn set(connection: &Connection, name: &str, value: &dyn ToSql) -> Result<(), SqliteError> {
    if !is_known(connection, name)? {
        return Err(SqliteError::unknown_pragma(name));
    }
    if name.eq_ignore_ascii_case("journal_mode") {
        return set_journal_mode(connection, value);
    }
    Ok(connection.pragma_update(None, name, value)?)
}

/// The answer is the mode that there is now, whatever was asked for.
fn set_journal_mode(connection: &Connection, value: &dyn ToSql) -> Result<(), SqliteError> {
    let now = journal_mode(connection, value)?;
    let wanted = connection.query_row("SELECT CAST(? AS TEXT)", [value], |row| row.get(0));
    let wanted: String = wanted?;
    if wanted.eq_ignore_ascii_case(&now) {
        return Ok(());
    }
    Err(SqliteError::other_journal_mode(&wanted, &now))
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
    let mut all = connection.prepare("PRAGMA pragma_list")?;
    let mut all = all.query(())?;
    while let Some(row) = all.next()? {
        if row.get_ref(0)?.as_str().is_ok_and(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl fmt::Debug for Setup {
    /// The value of a pragma may be a secret, and is not part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|step| match step {
                Step::Pragma(name, _) => name,
                Step::Call(_) => "a call",
            }))
            .finish()
    }
}
