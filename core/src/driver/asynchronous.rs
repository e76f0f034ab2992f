use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::ending::{Ending, PanicMark};
use super::limit::Limit;
use crate::deadline::Alarm;
use crate::{Class, Clock, Elapsed, Error, Verdict};

/// Runs `op` on a lent resource and tells `ending` how it ended.
///
/// The ending is declared before the operation, so that a dropped call first drops the operation
/// and then gives the resource back.
#[inline(always)]
#[expect(clippy::manual_async_fn, reason = "a block moves what it captures once less")]
pub(crate) fn drive<T, E, O>(
    mut ending: impl Ending,
    clock: &Clock,
    limit: Option<Limit>,
    judge: impl FnOnce(O::Output) -> (Class, Result<T, Error<E>>),
    op: impl FnOnce() -> O,
) -> impl Future<Output = Result<T, Error<E>>>
where
    O: Future,
{
    async move {
        // Also if making the future panics. The first poll clears it.
        *ending.panicked() = true;
        let mut running = pin!(Some(op()));
        let mut alarm = limit.map(|limit| Alarm::at(limit.until));
        let output = poll_fn(|cx| {
            let Some(running) = running.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            let mark = PanicMark::set(ending.panicked());
            let polled = running.poll(cx);
            mark.clear();
            match (polled, &mut alarm) {
                (Poll::Ready(output), _) => Poll::Ready(Some(output)),
                (Poll::Pending, Some(alarm)) => alarm.poll(clock, cx).map(|()| None),
                (Poll::Pending, None) => Poll::Pending,
            }
        })
        .await;
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
                let limit = limit.map_or(Duration::MAX, Limit::length);
                let elapsed = Elapsed { layer: ending.label().clone(), limit };
                ending.end(Verdict::Failure.into(), true);
                Err(Error::TimedOut(elapsed))
            }
        }
    }
}
