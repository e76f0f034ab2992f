use seawall_core::pool::{TransactBlocking, TransactionOptions};

use super::{SQLITE, Sqlite, SqliteConnection};
use crate::{ManagerError, ManagerErrorKind};

/// Transactions of SQLite are serializable, whatever isolation is asked for. One that may write
/// takes the lock when it begins, since SQLite does not wait for a lock that a transaction needs
/// only later. One that may not write takes `query_only` until the connection is reset.
impl TransactBlocking<SqliteConnection> for Sqlite {
    type Error = ManagerError;

    fn begin(
        &self,
        connection: &mut SqliteConnection,
        options: &TransactionOptions,
    ) -> Result<(), ManagerError> {
        let begin = match (options.read_only, self.writes()) {
            (true, _) => "PRAGMA query_only = on; BEGIN",
            (false, true) => "BEGIN IMMEDIATE",
            (false, false) => "BEGIN",
        };
        Ok(connection.execute_batch(begin)?)
    }

    fn commit(&self, connection: &mut SqliteConnection) -> Result<(), ManagerError> {
        if connection.is_autocommit() {
            return Err(ManagerError::new(SQLITE, ManagerErrorKind::NoTransaction));
        }
        Ok(connection.execute_batch("COMMIT")?)
    }

    fn rollback(&self, connection: &mut SqliteConnection) -> Result<(), ManagerError> {
        if connection.is_autocommit() {
            return Ok(());
        }
        Ok(connection.execute_batch("ROLLBACK")?)
    }
}
