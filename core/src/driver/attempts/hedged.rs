use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::Duration;

use super::access::InAttempt;
use super::begin::BeginShared;
use super::judge::{Keeping, Sharing};
use super::next::accepts_extra;
use super::places::KeptBy;
use super::whole::Whole;
use crate::deadline::Alarm;
use crate::driver::access::Access;
use crate::driver::guarded::MaybeKey;
use crate::driver::judge::Judge;
use crate::driver::request::Request;
use crate::driver::run::Run;
use crate::policy::{Attempt, Extra, Hedging, Measured, Policy};
use crate::sync::Mutex;
use crate::time::Span;
use crate::{Class, Detail, Error, Tick, Topic, Verdict};

/// A first attempt of which a copy may be sent.
pub(super) struct Hedged<'s, A: Access, K> {
    pub(super) request: &'s Request<A, K>,
    pub(super) policy: &'s Policy,
    pub(super) hedging: &'s Hedging,
    /// The time after which the copy is sent.
    pub(super) delay: Duration,
    pub(super) limit: Span,
    pub(super) read: Option<Tick>,
    pub(super) places: KeptBy<'s>,
}

/// How it ended: which attempt counts, and what came of it.
pub(super) type Ended<T, E> = (Attempt, Option<Class>, Result<T, Error<E>>);

impl<A: Access, K: MaybeKey> Hedged<'_, A, K> {
    /// Runs the first attempt, and the copy if one is sent, and drops the one that loses.
    pub(super) async fn run<C, J, O: Future>(
        self,
        classify: &mut C,
        judge: J,
        op: &mut impl FnMut(Attempt) -> O,
        whole: &mut Whole<'_, A>,
    ) -> Ended<J::Value, J::Error>
    where
        J: Judge<C, O::Output> + Copy,
    {
        let (request, limit) = (self.request, self.limit);
        let clock = request.access.driver().clock();
        let (op, classify, answered) =
            (Mutex::new(op), Mutex::new(classify), AtomicBool::new(false));
        let attempt = |attempt, read, extra| {
            let answered = Some(&answered);
            let places = self.places;
            let access = InAttempt { access: &request.access, attempt, read, answered, places };
            let start = BeginShared { op: &op, attempt, extra, clock };
            let judge = Keeping::new(judge);
            Run::new(request.again(access), limit, Sharing(&classify), judge, start)
        };
        let first = attempt(Attempt::FIRST, self.read, None);
        let mut copy = pin!(none_like(&first));
        let mut first = pin!(Some(first));
        let mut alarm: Option<Alarm> = None;
        let mut failed = None;
        let mut is_decided = false;
        poll_fn(|cx| {
            loop {
                whole.is_running = true;
                if let Some(run) = first.as_mut().as_pin_mut()
                    && let Poll::Ready(result) = run.poll(cx)
                {
                    let class = first.as_ref().as_pin_ref().and_then(|run| run.judge().class());
                    first.set(None);
                    if !is_decided {
                        self.hedging.note(false);
                    }
                    if is_answer(class) || copy.is_none() {
                        copy.set(None);
                        whole.is_running = false;
                        return Poll::Ready((Attempt::FIRST, class, result));
                    }
                    failed = Some((Attempt::FIRST, class, result));
                }
                if let Some(run) = copy.as_mut().as_pin_mut()
                    && let Poll::Ready(result) = run.poll(cx)
                {
                    let class = copy.as_ref().as_pin_ref().and_then(|run| run.judge().class());
                    copy.set(None);
                    let answer = is_answer(class);
                    if answer {
                        first.set(None);
                        whole.emit(Topic::HedgeWon, Detail::None);
                        failed = Some((whole.attempt, class, result));
                    }
                    if let Some(ended) = failed.take() {
                        whole.is_running = false;
                        return Poll::Ready(ended);
                    }
                }
                whole.is_running = false;
                if is_decided {
                    return Poll::Pending;
                }
                let alarm = alarm.get_or_insert_with(|| Alarm::at(clock.now() + self.delay));
                if alarm.poll(clock, cx).is_pending() {
                    return Poll::Pending;
                }
                is_decided = true;
                let now = clock.now();
                let Some(extra) = self.decide(now) else { return Poll::Pending };
                whole.attempt = Attempt::FIRST.hedge();
                whole.emit(Topic::Hedge, Detail::None);
                copy.set(Some(attempt(whole.attempt, Some(now), Some(extra))));
            }
        })
        .await
    }

    /// Takes a copy from the budget and from the share, unless something speaks against it.
    fn decide(&self, now: Tick) -> Option<[Extra; 2]> {
        let measured = self.request.access.measured();
        let median = measured.map_or(Duration::ZERO, Measured::median);
        let few_are_late = self.hedging.note(true);
        if !few_are_late
            || measured.is_some_and(|measured| measured.is_overloaded(now))
            || now + median >= self.request.deadline
            || !accepts_extra(self.request, now)
            || self.policy.observes_hedge()
        {
            return None;
        }
        let clock = self.request.access.driver().clock();
        let withdraw = |budget: &crate::policy::Budget| budget.withdraw(budget.now(clock));
        let share = withdraw(self.hedging.share())?;
        Some([withdraw(self.policy.budget())?, share])
    }
}

/// Returns nothing, of a type that cannot be written down.
const fn none_like<T>(_: &T) -> Option<T> {
    None
}

fn is_answer(class: Option<Class>) -> bool {
    class.is_some_and(|class| matches!(class.verdict, Verdict::Success | Verdict::Ignored))
}
