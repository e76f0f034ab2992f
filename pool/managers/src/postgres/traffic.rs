use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the messages on a connection show of its session.
///
/// The driver tells neither whether a request is under way nor whether a transaction is open. Both
/// follow from the messages: each request ends with `Sync` or `Query`, each answer with
/// `ReadyForQuery`, which carries the state of the transaction.
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    /// Requests sent. The startup is the first.
    sent: u64,
    answered: u64,
    /// Number of the last request that can take time and change the session: not one that only frees
    /// something.
    pub(super) last_work: u64,
    /// Number of the last rollback by a transaction of the driver that was dropped.
    last_rollback: u64,
    /// Number of the last `Query`, which needs no `Sync`.
    last_query: u64,
    /// True while a message is only partly written.
    writing: bool,
    /// The state of the transaction after the last answer.
    pub(super) transaction: Transaction,
    /// Number of times that the session lost its prepared statements.
    pub(super) deallocated: u64,
}

/// The state of a session's transaction, between two requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transaction {
    #[default]
    None,
    Open,
    /// A statement in it failed, so it can only be rolled back.
    Failed,
}

impl Traffic {
    /// Returns true while the server may be executing a request.
    pub(super) const fn is_busy(&self) -> bool {
        self.writing || self.answered < self.last_work
    }

    /// Returns true if the state of the transaction may change without a further request.
    pub(super) const fn is_changing(&self) -> bool {
        self.is_busy() || self.answered < self.last_rollback
    }

    fn on_request(&mut self, message: &Message) {
        match message.tag {
            b'Q' if message.only_rolls_back() => {
                self.sent += 1;
                self.last_rollback = self.sent;
            }
            STARTUP | b'Q' => {
                self.sent += 1;
                (self.last_work, self.last_query) = (self.sent, self.sent);
            }
            b'S' => self.sent += 1,
            b'C' | b'H' | b'X' | b'p' => {}
            _ => self.last_work = self.sent + 1,
        }
    }

    fn on_answer(&mut self, message: &Message) {
        match message.tag {
            b'Z' => {
                self.answered += 1;
                self.transaction = match message.start[0] {
                    b'T' => Transaction::Open,
                    b'E' => Transaction::Failed,
                    _ => Transaction::None,
                };
            }
            // In `COPY FROM STDIN` the server ignores the `Sync` that followed the request.
            b'G' if self.answered + 1 != self.last_query => self.answered += 1,
            b'C' if message.begins_with(b"DEALLOCATE A") || message.begins_with(b"DISCARD ALL") => {
                self.deallocated += 1;
            }
            _ => {}
        }
    }
}

/// Stands for the type of the first message, which has none.
const STARTUP: u8 = 0;

/// The message that one direction of a connection is in.
#[derive(Debug, Default)]
struct Message {
    tag: u8,
    /// Bytes of type and length that have come.
    head: usize,
    left: u32,
    /// The first bytes of its body.
    start: [u8; 32],
    started: usize,
}

impl Message {
    const HEAD: usize = 5;

    /// The first message of a client.
    fn startup() -> Self {
        Self { head: 1, ..Self::default() }
    }

    /// Returns true between two messages.
    const fn is_whole(&self) -> bool {
        self.head == 0
    }

    fn begins_with(&self, text: &[u8]) -> bool {
        self.start[..self.started].starts_with(text)
    }

    /// Returns true for the query that a transaction of the driver sends when it is dropped.
    fn only_rolls_back(&self) -> bool {
        let text = &self.start[..self.started];
        self.begins_with(b"ROLLBACK") && text.ends_with(b"\0") && !text.contains(&b';')
    }

    /// Reads `bytes`, and calls `ended` at the end of each message.
    fn read(&mut self, mut bytes: &[u8], mut ended: impl FnMut(&Self)) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.head < Self::HEAD {
                match self.head {
                    0 => self.tag = first,
                    _ => self.left = (self.left << 8) | u32::from(first),
                }
                self.head += 1;
                if self.head == Self::HEAD {
                    self.left = self.left.saturating_sub(4);
                }
                bytes = rest;
            } else {
                let part = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                let shown = part.min(self.start.len() - self.started);
                self.start[self.started..self.started + shown].copy_from_slice(&bytes[..shown]);
                self.started += shown;
                self.left -= u32::try_from(part).unwrap_or(u32::MAX);
                bytes = &bytes[part..];
            }
            if self.head == Self::HEAD && self.left == 0 {
                ended(self);
                *self = Self::default();
            }
        }
    }
}

/// The [`Traffic`] of a connection, shared by its stream and its user.
pub(super) type SharedTraffic = Arc<Mutex<Traffic>>;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream to a server whose messages are followed.
pub(super) struct Followed<S> {
    pub(super) stream: S,
    traffic: SharedTraffic,
    request: Message,
    answer: Message,
    /// True if a shutdown waits until the server has closed the connection too.
    lingers: bool,
}

impl<S> Followed<S> {
    /// Follows `stream`, on which nothing has been sent yet.
    pub(super) fn new(stream: S, traffic: SharedTraffic, lingers: bool) -> Self {
        *lock(&traffic) = Traffic::default();
        let (request, answer) = (Message::startup(), Message::default());
        Self { stream, traffic, request, answer, lingers }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Followed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let mut traffic = lock(&this.traffic);
        this.answer.read(&buf.filled()[before..], |message| traffic.on_answer(message));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Followed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        let mut traffic = lock(&this.traffic);
        if let Poll::Ready(Ok(written)) = written {
            this.request.read(&buf[..written], |message| traffic.on_request(message));
        }
        traffic.writing = written.is_pending() || !this.request.is_whole();
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        let mut rest = [0; 64];
        while self.lingers {
            let mut buf = ReadBuf::new(&mut rest);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf));
            self.lingers = read.is_ok() && !buf.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }
}
