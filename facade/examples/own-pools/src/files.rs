use rusqlite::{Connection, Error};

/// The application's own manager of SQLite connections, for bb8 and for r2d2.
pub(crate) struct Files;

impl bb8::ManageConnection for Files {
    type Connection = Connection;
    type Error = Error;

    async fn connect(&self) -> Result<Connection, Error> {
        Connection::open_in_memory()
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        connection.execute_batch("SELECT 1")
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

impl r2d2::ManageConnection for Files {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection, Error> {
        Connection::open_in_memory()
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        connection.execute_batch("SELECT 1")
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}
