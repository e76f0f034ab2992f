use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::{Refusal, Tick, Token};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A backend's answer to a call that asks to be admitted.
///
/// Exhaustive on purpose: a driver must handle each answer.
pub enum Entry {
    /// Admits the call.
    Go(Token),
    /// Admits the call, but not before this time. What the call needs is taken already. The time may
    /// change while the call waits: see [`Backend::poll_start`](crate::Backend::poll_start).
    GoAt(Token, Tick),
    /// Takes nothing; the driver asks again at this time.
    AskAt(Tick),
    /// Refuses the call.
    Refuse(Refusal),
    /// Answers later: a queue, a remote store. Only for the slow path, since it allocates.
    Pending(Pending),
}

/// An answer that is not known yet.
#[non_exhaustive]
pub struct Pending {
    /// Completes with the answer. Dropping it withdraws the question and must lose nothing, also if
    /// the answer had been decided and not yet been read.
    pub answer: BoxFuture<'static, Entry>,
    /// The time until which the layer lets the call wait; [`Tick::MAX`] for ever. The driver enforces
    /// it, and the call's own deadline.
    pub until: Tick,
    /// The refusal if there is no answer by then.
    pub refusal: Refusal,
}

impl Pending {
    /// Creates an answer that `answer` completes with, or `refusal` if that has not happened at
    /// `until`.
    #[must_use]
    pub fn new(answer: BoxFuture<'static, Entry>, until: Tick, refusal: Refusal) -> Self {
        Self { answer, until, refusal }
    }
}

impl fmt::Debug for Entry {
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
