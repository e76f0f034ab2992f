use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::access::Access;
use super::admission::{self, Asked, Halt};
use super::guarded::MaybeKey;
use super::held::{Held, Taken};
use super::limit::Limit;
use super::permit::PermitVia;
use super::request::Request;
use super::waiting;
use crate::time::Span;
use crate::{Refusal, Tick};

/// A wait for admission, with the deadline of the call that waits.
pub(super) type Admitting<'a, A> =
    Pin<Box<dyn Future<Output = Result<(Held<A>, Tick), Refusal>> + Send + 'a>>;

/// Boxes the wait of a call that its layers do not admit at once.
#[cold]
#[inline(never)]
pub(super) fn admitting<'a, A: Access + 'a, K: MaybeKey + 'a>(
    request: Request<A, K>,
    taken: Taken<A::Protection>,
    halt: Box<Halt>,
) -> Admitting<'a, A> {
    Box::pin(waiting::wait(request, taken, halt))
}

/// The admission of a call: completes with a [`PermitVia`]. It allocates only if a layer makes the call
/// wait. Dropping it gives back what the call holds.
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'a, A: Access, K> {
    stage: Stage<'a, A, K>,
    /// For the permit.
    timeout: Span,
}

enum Stage<'a, A: Access, K> {
    New(Request<A, K>),
    Waiting(Admitting<'a, A>),
    Done,
}

// Nothing in it is pinned but what is boxed.
impl<A: Access, K> Unpin for Entering<'_, A, K> {}

impl<A: Access, K> Entering<'_, A, K> {
    #[inline]
    pub(super) fn new(request: Request<A, K>, timeout: Span) -> Self {
        Self { stage: Stage::New(request), timeout }
    }
}

impl<'a, A: Access + 'a, K: MaybeKey + 'a> Future for Entering<'a, A, K> {
    type Output = Result<PermitVia<A>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if matches!(self.stage, Stage::New(_)) {
            let Stage::New(request) = std::mem::replace(&mut self.stage, Stage::Done) else {
                unreachable!("looked at just now")
            };
            match enter(request)? {
                Entered::Admitted(held, deadline) => {
                    return Poll::Ready(Ok(PermitVia::new((held, deadline), self.timeout)));
                }
                Entered::Waits(request, taken, halt) => {
                    self.stage = Stage::Waiting(admitting(request, taken, halt));
                }
            }
        }
        let Stage::Waiting(admitting) = &mut self.stage else {
            panic!("an admission was polled after it had completed")
        };
        let admitted = ready!(admitting.as_mut().poll(cx));
        self.stage = Stage::Done;
        let permit = |admitted| PermitVia::new(admitted, self.timeout);
        Poll::Ready(admitted.and_then(in_time).map(permit))
    }
}

impl<A: Access, K> std::fmt::Debug for Entering<'_, A, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage = match self.stage {
            Stage::New(_) => "not polled yet",
            Stage::Waiting(_) => "waiting to be admitted",
            Stage::Done => "completed",
        };
        f.debug_tuple("Entering").field(&stage).finish()
    }
}

/// What came of asking all layers for a call whose operation cannot be handed over.
pub(super) enum Entered<A: Access, K> {
    /// With the call's deadline.
    Admitted(Held<A>, Tick),
    Waits(Request<A, K>, Taken<A::Protection>, Box<Halt>),
}

/// Asks all layers.
///
/// # Errors
/// If a layer refuses, or the deadline has passed.
#[inline]
pub(super) fn enter<A: Access, K: MaybeKey>(
    mut request: Request<A, K>,
) -> Result<Entered<A, K>, Refusal> {
    let read = request.begin(Span::NONE)?;
    let mut held = Held::nothing(&request.access, request.cost);
    let mut call = request.call(read);
    match admission::ask(&mut held, &mut call) {
        Asked::Admitted(_) => {
            let taken = held.detach();
            drop(held);
            Ok(Entered::Admitted(Held::attach(request.access, taken), request.deadline))
        }
        Asked::Refused(refusal) => Err(refusal),
        Asked::Wait(halt) => {
            let taken = held.detach();
            drop(held);
            Ok(Entered::Waits(request, taken, halt))
        }
    }
}

/// Refuses a call whose deadline passed while it waited.
///
/// # Errors
/// With that refusal; what the call held is given back.
pub(super) fn in_time<A: Access>(
    (mut held, deadline): (Held<A>, Tick),
) -> Result<(Held<A>, Tick), Refusal> {
    match Limit::new(held.access.driver().clock(), Span::NONE, deadline, None) {
        Some(limit) if limit.is_over() => Err(held.refuse_late()),
        _ => Ok((held, deadline)),
    }
}
