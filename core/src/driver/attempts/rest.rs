use std::future::{Future, poll_fn};
use std::pin::pin;

use super::access::InAttempt;
use super::begin::Begin;
use super::hedged::Hedged;
use super::is_success;
use super::judge::{Borrowing, Keeping};
use super::places::KeptBy;
use super::run::{First, Parts};
use super::whole::Whole;
use crate::Error;
use crate::driver::access::Access;
use crate::driver::guarded::MaybeKey;
use crate::driver::judge::Judge;
use crate::driver::run::Run;
use crate::policy::Attempt;

/// Makes the attempts that are left after the first one has come as far as `first` says, until there is no
/// next one.
pub(super) async fn rest<A: Access, K: MaybeKey, C, J, F, O: Future>(
    parts: Parts<A, K, C, J, F>,
    first: First<A::Protection, J::Value, J::Error>,
    places: KeptBy<'_>,
) -> Result<J::Value, Error<J::Error>>
where
    J: Judge<C, O::Output> + Copy,
    F: FnMut(Attempt) -> O,
{
    let Parts { mut request, timeout, mut classify, judge, mut attempts, mut op } = parts;
    let mut read = match first {
        First::New => request.begin(timeout)?,
        _ => None,
    };
    let (mut waits, mut ended) = match first {
        First::New => (None, None),
        First::Waits(taken, halt) => (Some((taken, halt)), None),
        First::Ended(class, result) => (None, Some((Attempt::FIRST, class, result))),
    };
    let request = request;
    let clock = request.access.driver().clock();
    let mut whole = Whole::new(&request);
    let mut extra = None;
    loop {
        let attempt = whole.attempt;
        let limit = attempts.limit(&request, timeout, attempt);
        let ended = match (ended.take(), attempts.hedging(&request, attempt)) {
            (Some(ended), _) => ended,
            (None, Some((policy, hedging, delay))) => {
                let request = &request;
                let hedged = Hedged { request, policy, hedging, delay, limit, read, places };
                let ended = hedged.run(&mut classify, judge, &mut op, &mut whole).await;
                if let Some(places) = places {
                    places.keep_only(ended.0);
                }
                ended
            }
            (None, None) => {
                let start = Begin { op: &mut op, attempt, extra: extra.take(), clock };
                let judge = Keeping::new(judge);
                let access = InAttempt::new(&request.access, attempt, read, places);
                let classify = Borrowing(&mut classify);
                let run = Run::new(request.again(access), limit, classify, judge, start);
                let run = match waits.take() {
                    Some((taken, halt)) => run.waiting(taken, halt),
                    None => run,
                };
                let mut run = pin!(run);
                let result = poll_fn(|cx| {
                    whole.is_running = true;
                    let polled = run.as_mut().poll(cx);
                    whole.is_running = false;
                    polled
                })
                .await;
                (attempt, run.as_ref().get_ref().judge().class(), result)
            }
        };
        let (attempt, class, result) = ended;
        if is_success(class) {
            if let Some(policy) = request.access.policy().filter(|_| !attempt.is_extra()) {
                policy.deposit(clock);
            }
            whole.end(class, &result);
            return result;
        }
        let Some(next) = attempts.next(&request, &whole, class, &result) else {
            whole.end(class, &result);
            return result;
        };
        if let Some(places) = places {
            places.free();
        }
        clock.sleep_until(next.at).await;
        match attempts.begin(&request, &mut whole, next) {
            Some((now, granted)) => (read, extra) = (Some(now), Some(granted)),
            None => {
                whole.end(class, &result);
                return result;
            }
        }
    }
}
