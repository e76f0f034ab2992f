use seawall_core::pool::{Transact, TransactionOptions};

use super::traffic::Transaction;
use super::{Postgres, PostgresConnection, PostgresError, PostgresErrorKind};

impl<T: Send + Sync> Postgres<T> {
    async fn execute(
        &self,
        connection: &mut PostgresConnection,
        statement: &str,
    ) -> Result<(), PostgresError> {
        let executed = connection.batch_execute(statement).await;
        executed.map_err(|error| self.error(connection, error))
    }

    async fn state(&self, connection: &PostgresConnection) -> Result<Transaction, PostgresError> {
        let state = connection.transaction().await;
        state.map_err(|error| self.error(connection, error))
    }
}

impl<T: Send + Sync> Transact<PostgresConnection> for Postgres<T> {
    type Error = PostgresError;

    async fn begin(
        &self,
        connection: &mut PostgresConnection,
        options: &TransactionOptions,
    ) -> Result<(), PostgresError> {
        let mut begin = "BEGIN".to_owned();
        if let Some(isolation) = options.isolation {
            begin.push_str(" ISOLATION LEVEL ");
            begin.push_str(isolation.as_sql());
        }
        if options.read_only {
            begin.push_str(" READ ONLY");
        }
        self.execute(connection, &begin).await
    }

    async fn commit(&self, connection: &mut PostgresConnection) -> Result<(), PostgresError> {
        // The server reports success for a `COMMIT` that commits nothing.
        match self.state(connection).await? {
            Transaction::Open => self.execute(connection, "COMMIT").await,
            Transaction::Failed => Err(PostgresErrorKind::StatementFailed.into()),
            Transaction::None => Err(PostgresErrorKind::NoTransaction.into()),
        }
    }

    async fn rollback(&self, connection: &mut PostgresConnection) -> Result<(), PostgresError> {
        match self.state(connection).await? {
            Transaction::None => Ok(()),
            _ => self.execute(connection, "ROLLBACK").await,
        }
    }
}
