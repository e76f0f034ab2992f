use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Poll, Waker, ready};

use hashlink::LruCache;
use tokio::runtime::Handle;
use tokio_postgres::{Client, Error, Statement};

use super::traffic::{SharedTraffic, Traffic, Transaction, lock};
use super::{POSTGRES, Postgres};
use crate::secret::Secret;
use crate::{ManagerError, ManagerErrorKind};

/// A connection to PostgreSQL. It derefs to the [`Client`] that runs queries.
///
/// When it is dropped, the task that drives it ends, whatever the server does: it terminates the
/// session if no query is running, and closes the socket.
pub struct PostgresConnection {
    // Dropped first, so that the driver can end the session when it is closed.
    client: Client,
    driver: Driver,
    end: End,
    traffic: SharedTraffic,
    /// The last request when the session was last as it is lent.
    pub(super) clean_at: u64,
    statements: Mutex<Statements>,
    runtime: Handle,
    /// The Unix socket of the server, if that is how it was reached.
    pub(super) socket: Option<PathBuf>,
    secret: Secret,
}

/// Prepared statements by their text, and how often the session had lost all of them.
type Statements = (LruCache<Box<str>, Statement>, u64);

/// Why a connection ended by itself, once it has.
type End = Arc<OnceLock<Arc<Error>>>;

impl Postgres {
    /// Returns the handle of `connection`, which a task on `runtime` drives from now on.
    pub(super) fn drive(
        &self,
        runtime: Handle,
        (client, connection): (Client, impl Future<Output = Result<(), Error>> + Send + 'static),
        traffic: SharedTraffic,
        socket: Option<PathBuf>,
    ) -> PostgresConnection {
        let (end, secret) = (End::default(), self.secret.clone());
        let (ended, kept) = (Arc::clone(&end), secret.clone());
        let connection = Box::pin(async move {
            if let Err(error) = connection.await
                && kept.is_kept_by(&error)
            {
                ended.get_or_init(|| Arc::new(error));
            }
        });
        let driven = Driven { connection: Some(connection), task: Waker::noop().clone() };
        let driven = Arc::new(Mutex::new(driven));
        let driver = Driver(Arc::downgrade(&driven));
        runtime.spawn(poll_fn(move |cx| {
            let mut driven = lock(&driven);
            driven.task.clone_from(cx.waker());
            driven.poll()
        }));
        let clean_at = lock(&traffic).last_work;
        let statements = Mutex::new((LruCache::new(self.statements), 0));
        PostgresConnection {
            client,
            driver,
            end,
            traffic,
            clean_at,
            statements,
            runtime,
            socket,
            secret,
        }
    }
}

impl PostgresConnection {
    /// Prepares `query`, or returns the statement that this connection has prepared for it before.
    /// The connection keeps a limited number of them: see
    /// [`Postgres::with_statement_cache`](super::Postgres::with_statement_cache).
    ///
    /// # Errors
    /// If the server cannot prepare the query.
    pub async fn prepare_cached(&self, query: &str) -> Result<Statement, Error> {
        let deallocated = lock(&self.traffic).deallocated;
        {
            let (kept, since) = &mut *lock(&self.statements);
            if std::mem::replace(since, deallocated) != deallocated {
                kept.clear();
            }
            if let Some(statement) = kept.get(query) {
                return Ok(statement.clone());
            }
        }
        let statement = self.client.prepare(query).await?;
        lock(&self.statements).0.insert(query.into(), statement.clone());
        Ok(statement)
    }

    /// Drops the statements that [`prepare_cached`](Self::prepare_cached) keeps, for example after
    /// a change of the schema.
    pub fn clear_statement_cache(&self) {
        lock(&self.statements).0.clear();
    }

    /// Returns why the connection ended by itself, for example the server's last message.
    #[must_use]
    pub fn end(&self) -> Option<&Error> {
        self.end.get().map(|error| &**error)
    }

    /// Returns what the messages so far show, those included that the task has not come to yet.
    pub(super) fn traffic(&self) -> Traffic {
        self.driver.catch_up();
        *lock(&self.traffic)
    }

    /// Returns the state of the transaction after everything that has been sent.
    pub(super) async fn transaction(&self) -> Result<Transaction, ManagerError> {
        if self.traffic().is_changing() {
            self.client.check_connection().await.map_err(|error| self.explain(error))?;
        }
        Ok(self.traffic().transaction)
    }

    /// Executes `statements`.
    pub(super) async fn execute_all(&self, statements: &str) -> Result<(), ManagerError> {
        self.client.batch_execute(statements).await.map_err(|error| self.explain(error))
    }

    /// Returns true if `traffic` shows that something was executed since the session was last as it is
    /// lent.
    pub(super) fn is_used_by(&self, traffic: &Traffic) -> bool {
        traffic.last_work != self.clean_at || traffic.transaction != Transaction::None
    }

    pub(super) const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Returns `error`, or what is behind it, as far as that is no secret: a client knows only that
    /// its connection has ended.
    pub(super) fn explain(&self, error: Error) -> ManagerError {
        let error = match self.end.get() {
            Some(end) if error.is_closed() => {
                ManagerError::because(POSTGRES, ManagerErrorKind::Ended, Arc::clone(end))
            }
            _ => error.into(),
        };
        error.keeping(&self.secret)
    }
}

/// The driver's connection, which its task polls, and whoever needs to know what has come.
struct Driven {
    /// `None` once it has ended or is closed.
    connection: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    task: Waker,
}

impl Driven {
    /// Sends what is to be sent and reads what has come.
    fn poll(&mut self) -> Poll<()> {
        if let Some(connection) = &mut self.connection {
            ready!(connection.as_mut().poll(&mut Context::from_waker(&self.task)));
            self.connection = None;
        }
        self.task.wake_by_ref();
        Poll::Ready(())
    }
}

/// The handle of a connection's task.
struct Driver(Weak<Mutex<Driven>>);

impl Driver {
    /// Does what the task is to do, in its place.
    fn catch_up(&self) {
        if let Some(driven) = self.0.upgrade() {
            let _has_ended = lock(&driven).poll();
        }
    }
}

impl Drop for Driver {
    /// Says goodbye if the server is not busy, since the client is gone, and closes the connection: the
    /// answer to a running query may never come.
    fn drop(&mut self) {
        self.catch_up();
        if let Some(driven) = self.0.upgrade() {
            let mut driven = lock(&driven);
            driven.connection = None;
            driven.task.wake_by_ref();
        }
    }
}

impl Deref for PostgresConnection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for PostgresConnection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

seawall_core::__debug! {
    impl PostgresConnection: self {
        is_closed: self.client.is_closed(),
        end: self.end.get(),
        statements: lock(&self.statements).0.len(),
    }
}
