use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::access::Access;
use super::admission::{self, Asked, Halt};
#[cfg(feature = "pool")]
use super::ending::Ending;
use super::ending::PanicMark;
use super::entering::{self, Entered, in_time};
use super::guarded::MaybeKey;
use super::held::{Held, Taken};
use super::limit::Limit;
use super::request::Request;
use super::waiting;
use crate::time::Span;
use crate::{Class, Clock, Error, Refusal, Tick, Verdict};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// One waker per thread, so that a future that is ready at once allocates nothing.
    static WAKER: Waker = unparker();
}

fn unparker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Runs `future` to its end on this thread, which is parked while the future waits.
///
/// # Panics
/// If the future has to wait and `clock`, if there is one, stands still while this thread is blocked.
pub(crate) fn block_on<F: Future>(clock: Option<&Clock>, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut run = |waker: &Waker| park_until_ready(clock, future.as_mut(), waker);
    // The thread-local is gone while a thread ends.
    match WAKER.try_with(&mut run) {
        Ok(output) => output,
        Err(_ended) => run(&unparker()),
    }
}

fn park_until_ready<F: Future>(
    clock: Option<&Clock>,
    mut future: Pin<&mut F>,
    waker: &Waker,
) -> F::Output {
    let mut cx = Context::from_waker(waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                assert!(
                    !clock.is_some_and(Clock::stops_with_this_thread),
                    "a blocking call has to wait on the thread that drives its clock, and would \
                     wait for ever; use the async call, or run it on another thread \
                     (`spawn_blocking`)"
                );
                thread::park();
            }
        }
    }
}

/// Asks the layers, parking this thread while one makes the call wait, and runs `op`.
#[inline(always)]
pub(super) fn run<A: Access, K: MaybeKey, R, T, E>(
    request: Request<A, K>,
    timeout: Span,
    judge: impl FnOnce(&A::Protection, R) -> (Class, Result<T, Error<E>>),
    op: impl FnOnce() -> R,
) -> Result<T, Error<E>> {
    run_attempt(request, timeout, judge, op, |_, _| {})
}

/// Does the same, and reports how the operation ended, if it ran: its class, and true if it took longer
/// than its limit.
#[inline(always)]
pub(super) fn run_attempt<A: Access, K: MaybeKey, R, T, E>(
    mut request: Request<A, K>,
    timeout: Span,
    judge: impl FnOnce(&A::Protection, R) -> (Class, Result<T, Error<E>>),
    op: impl FnOnce() -> R,
    ended: impl FnOnce(Class, bool),
) -> Result<T, Error<E>> {
    let read = request.begin(timeout)?;
    let mut held = Held::nothing(&request.access, request.cost);
    let mut call = request.call(read);
    match admission::ask(&mut held, &mut call) {
        Asked::Admitted(read) => {
            let limit = Limit::new(clock_of(&request.access), timeout, request.deadline, read);
            run_held(held, limit, judge, op, ended)
        }
        Asked::Refused(refusal) => Err(Error::Refused(refusal)),
        Asked::Wait(halt) => {
            let taken = held.detach();
            drop(held);
            let (held, deadline) = block_on_wait(request, taken, halt)?;
            let limit = Limit::new(clock_of(&held.access), timeout, deadline, None);
            run_held(held, limit, judge, op, ended)
        }
    }
}

fn clock_of(access: &impl Access) -> &Clock {
    access.driver().clock()
}

#[inline(always)]
fn run_held<A: Access, R, T, E>(
    mut held: Held<A>,
    limit: Option<Limit>,
    judge: impl FnOnce(&A::Protection, R) -> (Class, Result<T, Error<E>>),
    op: impl FnOnce() -> R,
    ended: impl FnOnce(Class, bool),
) -> Result<T, Error<E>> {
    if limit.is_some_and(Limit::is_over) {
        return Err(Error::Refused(held.refuse_late()));
    }
    let mark = PanicMark::set(&mut held.taken.panicked);
    let output = op();
    let (class, result) = judge(held.access.protection(), output);
    mark.clear();
    if limit.is_some_and(|limit| clock_of(&held.access).now() > limit.until) {
        held.settle(Verdict::Failure.into(), true);
        ended(class, true);
    } else {
        held.settle(class, matches!(result, Err(Error::TimedOut(_))));
        ended(class, false);
    }
    result
}

/// Asks the layers, parking this thread while one makes the call wait.
pub(super) fn enter<A: Access, K: MaybeKey>(
    request: Request<A, K>,
) -> Result<(Held<A>, Tick), Refusal> {
    match entering::enter(request)? {
        Entered::Admitted(held, deadline) => Ok((held, deadline)),
        Entered::Waits(request, taken, halt) => in_time(block_on_wait(request, taken, halt)?),
    }
}

/// Parks this thread until the call is admitted or refused.
fn block_on_wait<A: Access, K: MaybeKey>(
    request: Request<A, K>,
    taken: Taken<A::Protection>,
    halt: Box<Halt>,
) -> Result<(Held<A>, Tick), Refusal> {
    let clock = clock_of(&request.access).clone();
    block_on(Some(&clock), waiting::wait(request, taken, halt))
}

/// Runs `op` and tells `ending` how it ended.
#[cfg(feature = "pool")]
#[inline(always)]
pub(crate) fn drive<R>(
    mut ending: impl Ending,
    clock: &Clock,
    limit: Option<Limit>,
    classify: impl FnOnce(&R) -> Class,
    op: impl FnOnce() -> R,
) -> R {
    let mark = PanicMark::set(ending.panicked());
    let output = op();
    let class = classify(&output);
    mark.clear();
    if limit.is_some_and(|limit| clock.now() > limit.until) {
        ending.end(Verdict::Failure.into(), true);
    } else {
        ending.end(class, false);
    }
    output
}
