use super::PostgresConnection;
use super::traffic::Transaction;
use crate::ManagerError;

/// Selects what is undone when a connection to PostgreSQL is returned. Whatever is selected, a
/// request that is still under way is cancelled, and its answer awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresReset {
    /// Undoes nothing: borrowers are trusted.
    Keep,
    /// Rolls back an open transaction. Without one, nothing is sent.
    Rollback,
    /// Undoes what `Rollback` does, and everything that `DISCARD ALL` does except prepared
    /// statements: settings, roles, cursors, temporary tables, subscriptions, advisory locks, plans
    /// and sequence values. Takes one round trip, or none if the session was not used. The client
    /// caches prepared statements of its own, so they must not be discarded without its knowledge.
    #[default]
    Everything,
}

const ROLLBACK: &str = "ROLLBACK; ";

/// What `DISCARD ALL` stands for, as its documentation has it, without `DEALLOCATE ALL`.
/// <https://www.postgresql.org/docs/current/sql-discard.html>
const EVERYTHING: &str = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
    SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES; ";

impl PostgresReset {
    /// Undoes what this says, and does `setup` again if its effects are undone too.
    pub(super) async fn apply(
        self,
        connection: &mut PostgresConnection,
        setup: &str,
    ) -> Result<(), ManagerError> {
        let is_open = connection.transaction().await? != Transaction::None;
        let rollback = if is_open { ROLLBACK } else { "" };
        match self {
            Self::Everything => {
                connection.execute_all(&format!("{rollback}{EVERYTHING}{setup}")).await?;
            }
            Self::Rollback if is_open => connection.execute_all(rollback).await?,
            _ => {}
        }
        connection.clean_at = connection.traffic().last_work;
        Ok(())
    }
}
