use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_postgres::{Client, Connection, Error};

use super::PostgresError;

/// A connection to PostgreSQL. It derefs to the [`Client`] that runs queries.
///
/// When it is dropped, the task that drives it ends, whatever the server does: it terminates the
/// session if no query is running, and closes the socket.
pub struct PostgresConnection {
    // Dropped in this order, so that the task finds the client gone when it hears of it.
    client: Client,
    _alive: oneshot::Sender<Infallible>,
    end: End,
}

/// Why a connection ended by itself, once it has.
type End = Arc<OnceLock<Arc<Error>>>;

impl PostgresConnection {
    /// The handle of `connection`, which a task on `runtime` drives from now on.
    pub(super) fn driven_by<S, T>(
        runtime: &Handle,
        client: Client,
        connection: Connection<S, T>,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (alive, gone) = oneshot::channel();
        let end = End::default();
        runtime.spawn(drive(connection, gone, Arc::clone(&end)));
        Self { client, _alive: alive, end }
    }

    /// Returns why the connection ended by itself, for example the server's last message.
    #[must_use]
    pub fn end(&self) -> Option<&Error> {
        self.end.get().map(|error| &**error)
    }

    /// `error`, or what is behind it: a client knows only that its connection has ended.
    pub(super) fn explain(&self, error: Error) -> PostgresError {
        match self.end.get() {
            Some(end) if error.is_closed() => PostgresError::ended(Arc::clone(end)),
            _ => PostgresError::new(error),
        }
    }
}

async fn drive<S, T>(
    mut connection: Connection<S, T>,
    mut gone: oneshot::Receiver<Infallible>,
    end: End,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    poll_fn(|cx| {
        let is_gone = Pin::new(&mut gone).poll(cx).is_ready();
        match Pin::new(&mut connection).poll(cx) {
            Poll::Ready(ended) => {
                if let Err(error) = ended {
                    end.get_or_init(|| Arc::new(error));
                }
                Poll::Ready(())
            }
            // It has been polled since the client went, so it has said goodbye if it could. To wait
            // for an answer that nobody wants may be to wait for ever.
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
            .finish_non_exhaustive()
    }
}
