use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_postgres::{Client, Connection, Error, Statement};

use super::PostgresError;
use super::statements::Statements;
use super::traffic::{SharedTraffic, Traffic, Transaction};
use crate::secret::Secret;

/// A connection to PostgreSQL. It derefs to the [`Client`] that runs queries.
///
/// When it is dropped, the task that drives it ends, whatever the server does: it terminates the
/// session if no query is running, and closes the socket.
pub struct PostgresConnection {
    // Dropped in this order, so that the task finds the client gone when it hears of it.
    client: Client,
    _alive: oneshot::Sender<Infallible>,
    driven: Weak<Mutex<Driven>>,
    end: End,
    traffic: SharedTraffic,
    /// The last request when the session was last as it is lent.
    pub(super) clean_at: u64,
    statements: Mutex<Statements>,
    runtime: Handle,
    /// The Unix socket of the server, if that is how it was reached.
    pub(super) socket: Option<PathBuf>,
}

/// Why a connection ended by itself, once it has.
type End = Arc<OnceLock<Arc<Error>>>;

impl PostgresConnection {
    /// The handle of `connection`, which a task on `runtime` drives from now on.
    pub(super) fn driven_by<S, T>(
        runtime: &Handle,
        (client, connection): (Client, Connection<S, T>),
        traffic: SharedTraffic,
        statements: Statements,
        secret: Secret,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (alive, gone) = oneshot::channel();
        let driven = Driven { connection: Box::new(connection), waker: None, ended: None };
        let (driven, end) = (Arc::new(Mutex::new(driven)), End::default());
        let this = Self {
            client,
            _alive: alive,
            driven: Arc::downgrade(&driven),
            end: Arc::clone(&end),
            clean_at: traffic.get().last_work(),
            traffic,
            statements: Mutex::new(statements),
            runtime: runtime.clone(),
            socket: None,
        };
        runtime.spawn(drive(driven, gone, end, secret));
        this
    }

    /// Prepares `query`, or returns the statement that this connection has prepared for it before.
    /// The connection keeps a limited number of them: see
    /// [`Postgres::with_statement_cache`](super::Postgres::with_statement_cache).
    ///
    /// # Errors
    /// If the server cannot prepare the query.
    pub async fn prepare_cached(&self, query: &str) -> Result<Statement, Error> {
        let kept = self.statements().get(query, self.traffic.get().deallocated);
        if let Some(statement) = kept {
            return Ok(statement);
        }
        let statement = self.client.prepare(query).await?;
        self.statements().put(query, statement.clone());
        Ok(statement)
    }

    /// Drops the statements that [`prepare_cached`](Self::prepare_cached) keeps, for example after
    /// a change of the schema.
    pub fn clear_statement_cache(&self) {
        self.statements().clear();
    }

    /// Returns why the connection ended by itself, for example the server's last message.
    #[must_use]
    pub fn end(&self) -> Option<&Error> {
        self.end.get().map(|error| &**error)
    }

    /// Returns what the messages so far show, those included that the task has not come to yet.
    pub(super) fn traffic(&self) -> Traffic {
        if let Some(driven) = self.driven.upgrade() {
            lock(&driven).catch_up();
        }
        self.traffic.get()
    }

    /// Returns the state of the transaction after everything that has been sent.
    pub(super) async fn transaction(&self) -> Result<Transaction, Error> {
        if self.traffic().is_changing() {
            self.client.check_connection().await?;
        }
        Ok(self.traffic().transaction())
    }

    /// Returns true if `traffic` shows that something was executed since the session was last as it is
    /// lent.
    pub(super) fn is_used_by(&self, traffic: &Traffic) -> bool {
        traffic.last_work() != self.clean_at || traffic.transaction() != Transaction::None
    }

    pub(super) const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// `error`, or what is behind it: a client knows only that its connection has ended.
    pub(super) fn explain(&self, error: Error) -> PostgresError {
        match self.end.get() {
            Some(end) if error.is_closed() => PostgresError::ended(Arc::clone(end)),
            _ => error.into(),
        }
    }

    fn statements(&self) -> MutexGuard<'_, Statements> {
        lock(&self.statements)
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection with the task that drives it.
struct Driven {
    connection: Box<dyn Future<Output = Result<(), Error>> + Send + Unpin>,
    /// The task's.
    waker: Option<Waker>,
    ended: Option<Result<(), Error>>,
}

impl Driven {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(ended) = self.ended.take() {
            return Poll::Ready(ended);
        }
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            waker => *waker = Some(cx.waker().clone()),
        }
        Pin::new(&mut self.connection).poll(cx)
    }

    /// Sends what is to be sent and reads what has come, in place of the task.
    fn catch_up(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let waker = self.waker.as_ref().unwrap_or(Waker::noop()).clone();
        let polled = Pin::new(&mut self.connection).poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(ended) = polled {
            self.ended = Some(ended);
            waker.wake();
        }
    }
}

async fn drive(
    driven: Arc<Mutex<Driven>>,
    mut gone: oneshot::Receiver<Infallible>,
    end: End,
    secret: Secret,
) {
    poll_fn(|cx| {
        let is_gone = Pin::new(&mut gone).poll(cx).is_ready();
        match lock(&driven).poll(cx) {
            Poll::Ready(ended) => {
                if let Err(error) = ended
                    && secret.is_kept_by(&error)
                {
                    end.get_or_init(|| Arc::new(error));
                }
                Poll::Ready(())
            }
            // The connection was polled after the client had gone, so it has said goodbye if it
            // could. The answer to a running query may never come.
            Poll::Pending if is_gone => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
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

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("is_closed", &self.client.is_closed())
            .field("end", &self.end.get())
            .field("statements", &self.statements().len())
            .finish_non_exhaustive()
    }
}
