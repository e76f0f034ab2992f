use seawall_core::pool::{Transact, TransactionOptions};

use super::traffic::Transaction;
use super::{POSTGRES, Postgres, PostgresConnection};
use crate::{ManagerError, ManagerErrorKind};

impl Transact<PostgresConnection> for Postgres {
    type Error = ManagerError;

    async fn begin(
        &self,
        connection: &mut PostgresConnection,
        options: &TransactionOptions,
    ) -> Result<(), ManagerError> {
        let level = options.isolation.map(|level| format!(" ISOLATION LEVEL {}", level.as_sql()));
        let access = if options.read_only { " READ ONLY" } else { "" };
        connection.execute_all(&format!("BEGIN{}{access}", level.unwrap_or_default())).await
    }

    async fn commit(&self, connection: &mut PostgresConnection) -> Result<(), ManagerError> {
        // The server reports success for a `COMMIT` that commits nothing.
        let kind = match connection.transaction().await? {
            Transaction::Open => return connection.execute_all("COMMIT").await,
            Transaction::Failed => ManagerErrorKind::StatementFailed,
            Transaction::None => ManagerErrorKind::NoTransaction,
        };
        Err(ManagerError::new(POSTGRES, kind))
    }

    async fn rollback(&self, connection: &mut PostgresConnection) -> Result<(), ManagerError> {
        match connection.transaction().await? {
            Transaction::None => Ok(()),
            _ => connection.execute_all("ROLLBACK").await,
        }
    }
}
