//! The wait of a call that its layers do not admit at once.

use std::future::poll_fn;
use std::task::Poll;

use super::access::Access;
use super::admission::{Admission, Halt, Step};
use super::guarded::MaybeKey;
use super::held::{Held, Taken};
use super::request::Request;
use crate::deadline::{Alarm, Deadline};
use crate::{Clock, Refusal, Tick};

/// Waits for what each step asks for, until the call is admitted or refused.
pub(super) async fn wait<A: Access, K: MaybeKey>(
    request: Request<A, K>,
    taken: Taken<A::Protection>,
    halt: Box<Halt>,
) -> Result<(Held<A>, Tick), Refusal> {
    let taken = {
        let access = &request.access;
        let clock = access.driver().clock();
        let mut held = Held::attach(access, taken);
        let Halt { mut step, since, times } = *halt;
        let mut call = request.call(None).with_times(times);
        let mut admission = Admission { held: &mut held, call: &mut call, since };
        loop {
            step = match step {
                Step::Admitted => break admission.admitted(),
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
        held.detach()
    };
    Ok((Held::attach(request.access, taken), request.deadline))
}

/// Waits for the start that a layer promised for `at`, and follows it where it moves.
async fn start<A: Access>(
    admission: &mut Admission<'_, '_, A>,
    clock: &Clock,
    mut at: Tick,
) -> Step {
    let mut alarm = Alarm::at(at);
    // After the alarm it is `at`, whatever the clock says, so that this ends.
    let mut passed = Tick::ZERO;
    poll_fn(|cx| {
        loop {
            match admission.poll_start(at, clock.now().max(passed), cx.waker()) {
                Err(step) => return Poll::Ready(step),
                Ok(start) if start != at => {
                    at = start;
                    alarm = Alarm::at(at);
                }
                Ok(_) => {}
            }
            if alarm.poll(clock, cx).is_pending() {
                return Poll::Pending;
            }
            passed = at;
            alarm = Alarm::at(at);
        }
    })
    .await
}
