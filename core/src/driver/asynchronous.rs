use std::future::{Future, poll_fn};
use std::pin::Pin;
#[cfg(feature = "pool")]
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::admission::{Admission, Step};
use super::ending::{Ending, PanicMark};
use super::held::Held;
use super::limit::Limit;
use crate::deadline::{Alarm, Deadline};
use crate::protection::Protection;
use crate::{Class, Clock, Elapsed, Error, Refusal, Tick, Verdict};

/// The async shell around an admission: waits for what each step asks for, until the call is admitted
/// or refused.
pub(super) async fn admit<'p, P: Protection>(
    halted: Box<(Admission<'p, '_, P>, Step<'p>)>,
    clock: &Clock,
) -> Result<Held<'p, P>, Refusal> {
    let (mut admission, mut step) = *halted;
    loop {
        step = match step {
            Step::Admitted => return Ok(admission.into_held()),
            Step::Refused(refusal) => return Err(refusal),
            Step::WaitUntil(at) => {
                clock.sleep_until(at).await;
                admission.ask_again()
            }
            Step::WaitToStart(at) => start(&mut admission, clock, at).await,
            Step::WaitFor { answer, until, refusal } => {
                match Deadline::new(clock, until).cut(answer).await {
                    Some(entry) => admission.resume(entry),
                    None => admission.expire(refusal),
                }
            }
        };
    }
}

/// Waits for the start that a layer promised for `at`, and follows it where it moves.
async fn start<'p, P: Protection>(
    admission: &mut Admission<'p, '_, P>,
    clock: &Clock,
    mut at: Tick,
) -> Step<'p> {
    let mut alarm = Alarm::at(clock, at);
    // After the alarm it is `at`, whatever the clock says, so that this ends.
    let mut passed = Tick::ZERO;
    poll_fn(|cx| {
        loop {
            match admission.poll_start(at, clock.now().max(passed), cx.waker()) {
                Err(step) => return Poll::Ready(step),
                Ok(start) if start != at => {
                    at = start;
                    alarm = Alarm::at(clock, at);
                }
                Ok(_) => {}
            }
            if alarm.poll(cx).is_pending() {
                return Poll::Pending;
            }
            passed = at;
            alarm = Alarm::at(clock, at);
        }
    })
    .await
}

/// Runs `op` and tells `ending` how it ended.
///
/// `ending` is declared before the operation, so that a dropped call first drops the operation and
/// then returns what it holds.
#[cfg(feature = "pool")]
pub(crate) async fn drive<T, E, O>(
    mut ending: impl Ending,
    clock: &Clock,
    limit: Option<Limit>,
    judge: impl FnOnce(O::Output) -> (Class, Result<T, Error<E>>),
    op: impl FnOnce() -> O,
) -> Result<T, Error<E>>
where
    O: Future,
{
    // Also if making the future panics. The first poll clears it.
    *ending.panicked() = true;
    let mut running = pin!(Some(op()));
    let mut alarm = limit.map(|limit| Alarm::at(clock, limit.until));
    let output = poll_fn(|cx| advance(&mut ending, running.as_mut(), &mut alarm, cx)).await;
    conclude(ending, running, output, limit, judge)
}

/// Polls the operation. Returns its output, or `None` if the alarm goes off first.
#[inline(always)]
pub(super) fn advance<O: Future>(
    ending: &mut impl Ending,
    running: Pin<&mut Option<O>>,
    alarm: &mut Option<Alarm<'_>>,
    cx: &mut Context<'_>,
) -> Poll<Option<O::Output>> {
    let Some(running) = running.as_pin_mut() else { return Poll::Ready(None) };
    let mark = PanicMark::set(ending.panicked());
    let polled = running.poll(cx);
    mark.clear();
    match (polled, alarm) {
        (Poll::Ready(output), _) => Poll::Ready(Some(output)),
        (Poll::Pending, Some(alarm)) => alarm.poll(cx).map(|()| None),
        (Poll::Pending, None) => Poll::Pending,
    }
}

/// Ends an operation that has returned `output`, or that is cut at its `limit`.
#[inline(always)]
pub(super) fn conclude<T, E, O: Future>(
    mut ending: impl Ending,
    mut running: Pin<&mut Option<O>>,
    output: Option<O::Output>,
    limit: Option<Limit>,
    judge: impl FnOnce(O::Output) -> (Class, Result<T, Error<E>>),
) -> Result<T, Error<E>> {
    let mark = PanicMark::set(ending.panicked());
    match output {
        Some(output) => {
            let (class, result) = judge(output);
            mark.clear();
            // A protected call inside this one may have been cut.
            ending.end(class, matches!(result, Err(Error::TimedOut(_))));
            result
        }
        None => {
            running.set(None);
            mark.clear();
            let limit = limit.map_or(Duration::MAX, |limit| limit.length);
            let elapsed = Elapsed { layer: ending.label().clone(), limit };
            ending.end(Verdict::Failure.into(), true);
            Err(Error::TimedOut(elapsed))
        }
    }
}
