//! The wait of a call that its layers do not admit at once.

use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use super::access::Access;
use super::admission::{Admission, Halt, Step};
use super::guarded::MaybeKey;
use super::held::{Held, Taken};
use super::request::Request;
use crate::{Call, Clock, Refusal, Sleep, Tick};

/// Waits until the call is admitted or refused.
pub(super) async fn wait<A: Access, K: MaybeKey>(
    request: Request<A, K>,
    taken: Taken<A::Protection>,
    mut halt: Box<Halt>,
) -> Result<(Held<A>, Tick), Refusal> {
    let taken = {
        let access = &request.access;
        let mut held = Held::attach(access, taken);
        poll_fn(|cx| halt.poll(&mut held, request.call(None), cx)).await?;
        held.detach()
    };
    Ok((Held::attach(request.access, taken), request.deadline))
}

impl Halt {
    /// Waits for what each step asks for, until the call is admitted or refused.
    pub(super) fn poll<'c, A: Access>(
        &mut self,
        held: &mut Held<&'c A>,
        call: Call<'c>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Refusal>> {
        let clock = held.access.driver().clock();
        let mut call = call.with_times(self.times);
        let mut admission = Admission { held, call: &mut call, since: self.since };
        loop {
            let polled = self.poll_step(&mut admission, clock, cx);
            (self.since, self.times) = (admission.since, admission.call.times());
            self.sleep = self.sleep.take_if(|_| polled.is_pending());
            self.step = ready!(polled);
            match mem::replace(&mut self.step, Step::Admitted) {
                Step::Admitted => {
                    admission.admitted();
                    return Poll::Ready(Ok(()));
                }
                Step::Refused(refusal) => return Poll::Ready(Err(refusal)),
                step => self.step = step,
            }
        }
    }

    /// Returns the next step once what this one waits for has come.
    fn poll_step<A: Access>(
        &mut self,
        admission: &mut Admission<'_, '_, A>,
        clock: &Clock,
        cx: &mut Context<'_>,
    ) -> Poll<Step> {
        let Self { step, sleep, .. } = self;
        match step {
            Step::Admitted | Step::Refused(_) => Poll::Ready(mem::replace(step, Step::Admitted)),
            Step::WaitUntil(at) => {
                ready!(poll_until(sleep, *at, clock, cx));
                Poll::Ready(admission.ask_again())
            }
            Step::WaitToStart(at) => {
                // After the sleep it is `at`, whatever the clock says, so that this ends.
                let mut passed = Tick::ZERO;
                loop {
                    match admission.poll_start(*at, clock.now().max(passed), cx.waker()) {
                        Err(step) => return Poll::Ready(step),
                        Ok(start) if start != *at => (*at, *sleep) = (start, None),
                        Ok(_) => {}
                    }
                    ready!(poll_until(sleep, *at, clock, cx));
                    (passed, *sleep) = (*at, None);
                }
            }
            Step::WaitFor { answer, until, refusal } => {
                if let Poll::Ready(entry) = answer.as_mut().poll(cx) {
                    return Poll::Ready(admission.resume(entry));
                }
                ready!(poll_until(sleep, *until, clock, cx));
                Poll::Ready(admission.expire(refusal.clone()))
            }
        }
    }
}

/// Waits until `at`; for ever until [`Tick::MAX`].
fn poll_until(
    sleep: &mut Option<Sleep>,
    at: Tick,
    clock: &Clock,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if at == Tick::MAX {
        return Poll::Pending;
    }
    pin!(sleep.get_or_insert_with(|| clock.sleep_until(at))).poll(cx)
}
