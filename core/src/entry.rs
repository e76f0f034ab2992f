use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::{Refusal, Tick, Token};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A backend's answer to a call that asks to be let through.
pub enum Entry<'a> {
    /// Go on.
    Go(Token),
    /// Go on, but not before this time. The place is taken already. The time may change while the
    /// call waits: see [`Backend::poll_start`](crate::Backend::poll_start).
    GoAt(Token, Tick),
    /// Nothing is taken; ask again at this time.
    AskAt(Tick),
    /// No.
    Refuse(Refusal),
    /// The answer takes a while: a queue, a remote store. Only for the slow path, since it
    /// allocates.
    Pending(Pending<'a>),
}

/// An answer that takes a while.
pub struct Pending<'a> {
    /// Completes with the answer. Dropping it withdraws the question and must lose nothing, also
    /// when the answer had been decided and not yet been fetched.
    pub answer: BoxFuture<'a, Entry<'a>>,
    /// Until when the layer lets a call wait; [`Tick::MAX`] for ever. The driver keeps the time, and
    /// the call's own deadline.
    pub until: Tick,
    /// The refusal if nothing has come by then.
    pub refusal: Refusal,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go(token) => f.debug_tuple("Go").field(token).finish(),
            Self::GoAt(token, at) => f.debug_tuple("GoAt").field(token).field(at).finish(),
            Self::AskAt(at) => f.debug_tuple("AskAt").field(at).finish(),
            Self::Refuse(refusal) => f.debug_tuple("Refuse").field(refusal).finish(),
            Self::Pending(_) => f.write_str("Pending(…)"),
        }
    }
}
