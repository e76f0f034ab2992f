use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// Selects what is reset before a connection to PostgreSQL is lent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresReset {
    /// Resets nothing: borrowers are trusted.
    Keep,
    /// Rolls back a transaction that was left open by an explicit `BEGIN`. One that
    /// [`Client::transaction`] began is rolled back when it is dropped.
    #[default]
    Rollback,
    /// Resets what `Rollback` does, and everything that `DISCARD ALL` does except prepared
    /// statements: settings, roles, cursors, temporary tables, subscriptions, advisory locks, plans
    /// and sequence values. The client caches prepared statements of its own, so they must not be
    /// discarded without its knowledge.
    Everything,
}

/// Ends a transaction if there is one, and otherwise is none: PostgreSQL warns of a `ROLLBACK` without
/// a transaction, into its log too, where this is warned of only when there is one.
const ROLLBACK: &str = "BEGIN; ROLLBACK";

/// What `DISCARD ALL` stands for, as its documentation has it, without `DEALLOCATE ALL`.
/// <https://www.postgresql.org/docs/current/sql-discard.html>
const EVERYTHING: &str = "BEGIN; ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; \
    UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; \
    DISCARD SEQUENCES";

impl PostgresReset {
    pub(super) async fn apply(self, client: &Client) -> Result<(), Error> {
        let statements = match self {
            Self::Keep => return Ok(()),
            Self::Rollback => ROLLBACK,
            Self::Everything => EVERYTHING,
        };
        let done = client.batch_execute(statements).await;
        let Err(error) = done else { return Ok(()) };
        if error.code() != Some(&SqlState::IN_FAILED_SQL_TRANSACTION) {
            return Err(error);
        }
        // A transaction that has failed takes no `BEGIN`.
        client.batch_execute("ROLLBACK").await?;
        client.batch_execute(statements).await
    }
}
