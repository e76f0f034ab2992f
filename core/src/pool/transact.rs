use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// Begins and ends the SQL transactions of the connections of type `R`.
///
/// Managers implement it for their connections, and pools for what they lend, so that
/// [`Lend::transaction`](super::Lend::transaction) works with any of them. It is not a trait of the
/// connection, because most connections are types of other crates.
pub trait Transact<R: ?Sized>: Send + Sync {
    /// The reason why a transaction could not begin or end.
    type Error: StdError + Send + Sync + 'static;

    /// Begins a transaction with `options`.
    fn begin(
        &self,
        resource: &mut R,
        options: &TransactionOptions,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Commits the transaction. After an error, the transaction may have been committed or not; the
    /// resource is closed.
    fn commit(&self, resource: &mut R) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Rolls the transaction back. After an error, the resource is closed.
    fn rollback(&self, resource: &mut R) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Begins and ends the SQL transactions of connections with calls that block their thread; the
/// blocking counterpart of [`Transact`].
pub trait TransactBlocking<R: ?Sized>: Send + Sync {
    /// The reason why a transaction could not begin or end.
    type Error: StdError + Send + Sync + 'static;

    /// Begins a transaction with `options`.
    ///
    /// # Errors
    /// If it could not begin.
    fn begin(&self, resource: &mut R, options: &TransactionOptions) -> Result<(), Self::Error>;

    /// Commits the transaction.
    ///
    /// # Errors
    /// If it may not have been committed; the resource is then closed.
    fn commit(&self, resource: &mut R) -> Result<(), Self::Error>;

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// If it may still be open; the resource is then closed.
    fn rollback(&self, resource: &mut R) -> Result<(), Self::Error>;
}

/// Passes the SQL transactions of its resources on: a pool to its manager, a manager that wraps another to
/// that one. It implements [`Transact`] if the other value does.
pub trait TransactBy: Send + Sync {
    /// What begins and ends the transactions, if it implements [`Transact`].
    type Sql: Send + Sync;

    /// Returns what begins and ends the transactions.
    fn sql(&self) -> &Self::Sql;
}

impl<R: ?Sized, T: TransactBy<Sql: Transact<R>>> Transact<R> for T {
    type Error = <T::Sql as Transact<R>>::Error;

    fn begin(
        &self,
        resource: &mut R,
        options: &TransactionOptions,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.sql().begin(resource, options)
    }

    fn commit(&self, resource: &mut R) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.sql().commit(resource)
    }

    fn rollback(&self, resource: &mut R) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.sql().rollback(resource)
    }
}

impl<T: Send + Sync> TransactBy for Arc<T> {
    type Sql = T;

    fn sql(&self) -> &T {
        self
    }
}

/// Configures one SQL transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// Isolation from other transactions. Default: as the database is configured.
    pub isolation: Option<Isolation>,
    /// Whether writing is refused by the database. Default: false.
    pub read_only: bool,
}

impl TransactionOptions {
    /// Returns the defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { isolation: None, read_only: false }
    }

    /// Sets the isolation from other transactions.
    #[must_use]
    pub const fn with_isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Makes the database refuse to write.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

/// The isolation levels of the SQL standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Sees what others have not committed yet.
    ReadUncommitted,
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see what was committed before the first of them.
    RepeatableRead,
    /// Transactions behave as if they ran one after the other.
    Serializable,
}

impl Isolation {
    /// Returns the level as it is written in SQL: `READ COMMITTED`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// The reason why a SQL transaction that has begun was not committed.
///
/// Exhaustive on purpose: a caller that handles both knows whether its changes were undone.
#[derive(Clone)]
pub enum TransactionError<E> {
    /// The operation failed with this error of its own, and its changes were rolled back.
    Operation(E),
    /// The operation succeeded and `COMMIT` failed with this error. If the connection was lost, the
    /// database may have committed all the same.
    Commit(Arc<dyn StdError + Send + Sync>),
}

impl<E> TransactionError<E> {
    /// Returns the operation's own error, if that was the reason.
    #[must_use]
    pub fn into_operation(self) -> Option<E> {
        match self {
            Self::Operation(error) => Some(error),
            Self::Commit(_) => None,
        }
    }

    /// Returns true if `COMMIT` failed.
    #[must_use]
    pub const fn is_commit(&self) -> bool {
        matches!(self, Self::Commit(_))
    }
}

impl<E: fmt::Debug> fmt::Debug for TransactionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(error) => f.debug_tuple("Operation").field(error).finish(),
            Self::Commit(error) => f.debug_tuple("Commit").field(error).finish(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for TransactionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(error) => error.fmt(f),
            Self::Commit(_) => f.write_str("the transaction could not be committed"),
        }
    }
}

impl<E: StdError + 'static> StdError for TransactionError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Operation(error) => error.source(),
            Self::Commit(error) => Some(&**error),
        }
    }
}
