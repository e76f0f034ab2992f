use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// What is wiped away before a connection to PostgreSQL is lent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresReset {
    /// Nothing: borrowers are trusted.
    Keep,
    /// A transaction that was left open. One that [`Client::transaction`] began is rolled back as it
    /// is dropped; this is for a `BEGIN` by hand.
    #[default]
    Rollback,
    /// That, and all that `DISCARD ALL` wipes away, save prepared statements: settings, roles,
    /// cursors, temporary tables, subscriptions, advisory locks, plans, and values of sequences. The
    /// client keeps prepared statements of its own, which must not be discarded behind its back.
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
