use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::begin::{BeginFirst, Extras};
use super::hedged::Copying;
use super::is_success;
use super::lane::{Ended, Lane, Parts};
use super::next::Next;
use super::whole::Whole;
use crate::driver::access::Access;
use crate::driver::finish;
use crate::driver::guarded::MaybeKey;
use crate::driver::judge::Judge;
use crate::driver::run::{Begun, begin};
use crate::policy::{Attempt, Policy};
use crate::protection::Protection;
use crate::{Class, Detail, Error, Sleep, Topic, Verdict};

pin_project! {
    /// A call that may take several attempts. The first poll of a first attempt runs as that of a plain call does,
    /// unless the call is observed; what it is made of stays in place.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct RunAttempts<'p, A, K, C, J, F, O, T, E>
    where
        A: Access,
    {
        #[pin]
        operation: Option<O>,
        parts: Parts<'p, A, K, C, J, F>,
        // Emptied when it is over, so that a call which ends at its first poll has nothing to drop.
        going: ManuallyDrop<Going<A::Protection, O, T, E>>,
    }

    impl<A: Access, K, C, J, F, O, T, E> PinnedDrop for RunAttempts<'_, A, K, C, J, F, O, T, E> {
        #[inline(always)]
        fn drop(this: Pin<&mut Self>) {
            if !matches!(this.going.stage, Stage::New | Stage::Over) {
                this.stop();
            }
        }
    }
}

/// How far a call has come.
struct Going<P: Protection, O, T, E> {
    stage: Stage<P, O, T, E>,
    lane: Lane<P>,
    whole: Whole,
}

/// The attempt that counts, and how it ended.
type Counts<T, E> = (Attempt, Ended<T, E>);

enum Stage<P: Protection, O, T, E> {
    /// Nothing has been asked yet.
    New,
    /// An attempt is under way, and perhaps a copy of it.
    Runs(Copying<P, O, Ended<T, E>>),
    /// The call waits for its next attempt, after one that ended so.
    Sleeps(Sleep, Next, Ended<T, E>),
    /// The call is over. Nothing is to be dropped, as with `New`.
    Over,
}

impl<P: Protection, O, T, E> Going<P, O, T, E> {
    #[inline(always)]
    const fn new(stage: Stage<P, O, T, E>, lane: Lane<P>) -> ManuallyDrop<Self> {
        ManuallyDrop::new(Self { stage, lane, whole: Whole::unseen() })
    }

    /// Drops what there is.
    #[inline(always)]
    fn clear(&mut self) {
        let is_bare = matches!(self.stage, Stage::Runs(Copying::New | Copying::Never));
        if is_bare && self.lane.is_bare() && !self.whole.is_seen() {
            mem::forget(mem::replace(&mut self.stage, Stage::Over));
        } else {
            *self = ManuallyDrop::into_inner(Self::new(Stage::Over, Lane::new()));
        }
    }
}

impl<'p, A: Access, K, C, J, F, O, T, E> RunAttempts<'p, A, K, C, J, F, O, T, E> {
    #[inline(always)]
    pub(super) fn new(parts: Parts<'p, A, K, C, J, F>) -> Self {
        Self { operation: None, parts, going: Going::new(Stage::New, Lane::new()) }
    }

    /// Ends what is under way when the call is dropped.
    #[cold]
    #[inline(never)]
    fn stop(self: Pin<&mut Self>) {
        struct Rest<G: FnMut()>(G);

        impl<G: FnMut()> Drop for Rest<G> {
            fn drop(&mut self) {
                (self.0)();
            }
        }

        let this = self.project();
        let over = Going::new(Stage::Over, Lane::new());
        let Going { mut stage, mut lane, mut whole } =
            ManuallyDrop::into_inner(mem::replace(this.going, over));
        let (access, places) = (&this.parts.request.access, this.parts.places);
        // Also if dropping the operation panics.
        let _whole = Rest(|| whole.abandon(access));
        let _copied = Rest(|| {
            if let Stage::Runs(Copying::Sent(copied)) = &mut stage {
                let copied = copied.as_mut().project();
                copied.lane.stop(copied.operation, access, places, false);
            }
        });
        lane.stop(this.operation, access, places, false);
    }
}

impl<A, K, C, J, F, O> Future for RunAttempts<'_, A, K, C, J, F, O, J::Value, J::Error>
where
    A: Access,
    K: MaybeKey,
    O: Future,
    F: FnMut(Attempt) -> O,
    J: Judge<C, O::Output>,
{
    type Output = Result<J::Value, Error<J::Error>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        if !matches!(this.going.stage, Stage::New) {
            return self.resume(cx);
        }
        // Nothing is dropped by this, nor below: `New` and `Over` have nothing.
        mem::forget(mem::replace(&mut this.going.stage, Stage::Over));
        let Parts { request, timeout, classify, judge, op, places, .. } = this.parts;
        if request.access.driver().is_observed() || places.is_some() {
            return self.begin_seen(cx);
        }
        let judge = |protection: &_, output| judge.judge(classify, protection, output);
        // Without observers, nothing tells attempts of a call apart before it needs a second one.
        let begun = begin::<_, _, _, _, _, finish::Whole>(
            request,
            *timeout,
            this.operation.as_mut(),
            BeginFirst(op),
            judge,
            cx,
        );
        match begun {
            Begun::Ended(class, result, ()) if is_success(class) => {
                this.parts.note_in_time();
                this.parts.deposit();
                Poll::Ready(result)
            }
            Begun::Ended(class, result, ()) => self.go_on((class, result), cx),
            Begun::Waits(_, taken, halt) => {
                *this.going = Going::new(Stage::Runs(Copying::New), Lane::waiting(taken, halt));
                self.resume(cx)
            }
            Begun::Suspended(taken, limit) => {
                let lane = Lane::suspended(taken, limit);
                *this.going = Going::new(Stage::Runs(Copying::New), lane);
                let Going { stage, lane, .. } = &mut **this.going;
                if let Poll::Ready(ended) = lane.poll_cut(this.operation, this.parts, cx) {
                    return self.go_on(ended, cx);
                }
                if let Stage::Runs(copying) = stage {
                    ready!(copying.poll_due(lane, this.parts, cx));
                }
                self.resume(cx)
            }
        }
    }
}

impl<A, K, C, J, F, O> RunAttempts<'_, A, K, C, J, F, O, J::Value, J::Error>
where
    A: Access,
    K: MaybeKey,
    O: Future,
    F: FnMut(Attempt) -> O,
    J: Judge<C, O::Output>,
{
    /// Begins a call that is observed, or that keeps places.
    #[cold]
    #[inline(never)]
    fn begin_seen(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        let this = self.as_mut().project();
        let Parts { request, timeout, .. } = this.parts;
        let read = request.begin(*timeout)?;
        let lane = Lane::begun(Attempt::FIRST, read, Extras::default());
        *this.going = Going::new(Stage::Runs(Copying::New), lane);
        this.going.whole = Whole::new(request);
        self.resume(cx)
    }

    /// Goes on after the first attempt was no success.
    #[cold]
    #[inline(never)]
    fn go_on(
        mut self: Pin<&mut Self>,
        ended: Ended<J::Value, J::Error>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        self.parts.note_in_time();
        match self.as_mut().end(Attempt::FIRST, ended) {
            Some(result) => Poll::Ready(result),
            None => self.resume(cx),
        }
    }

    /// Polls a call that was suspended.
    #[inline(never)]
    fn resume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        loop {
            let this = self.as_mut().project();
            let going = &mut **this.going;
            match &mut going.stage {
                Stage::Runs(_) => {
                    let (attempt, ended) = ready!(self.as_mut().poll_attempts(cx));
                    if let Some(result) = self.as_mut().end(attempt, ended) {
                        return Poll::Ready(result);
                    }
                }
                Stage::Sleeps(sleep, ..) => {
                    ready!(Pin::new(sleep).poll(cx));
                    let stage = mem::replace(&mut going.stage, Stage::Runs(Copying::New));
                    let Stage::Sleeps(_, next, ended) = stage else {
                        unreachable!("looked at just now")
                    };
                    let Parts { request, attempts, .. } = this.parts;
                    let Some((now, extra)) = attempts.begin(request, &mut going.whole, next) else {
                        going.whole.end(&request.access, ended.0, &ended.1);
                        going.clear();
                        return Poll::Ready(ended.1);
                    };
                    let extras = [Some(extra), None];
                    going.lane = Lane::begun(going.whole.attempt, Some(now), extras);
                }
                Stage::New | Stage::Over => {
                    panic!("a protected call was polled after it had completed")
                }
            }
        }
    }

    /// Polls the attempt and its copy. Returns the attempt that counts and how it ended.
    #[inline(always)]
    fn poll_attempts(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Counts<J::Value, J::Error>> {
        loop {
            let mut this = self.as_mut().project();
            let Going { stage: Stage::Runs(copying), lane, whole } = &mut **this.going else {
                unreachable!("looked at just now")
            };
            whole.is_running = true;
            if lane.is_busy()
                && let Poll::Ready(ended) = lane.poll(this.operation.as_mut(), this.parts, cx)
            {
                whole.is_running = false;
                match copying {
                    Copying::Sent(copied) => {
                        let copied = copied.as_mut().project();
                        if !is_answer(ended.0) {
                            *copied.failed = Some((lane.attempt, ended));
                            whole.is_running = true;
                        } else {
                            let Parts { request, places, .. } = this.parts;
                            copied.lane.stop(copied.operation, &request.access, *places, true);
                            return Poll::Ready((lane.attempt, ended));
                        }
                    }
                    Copying::Never => return Poll::Ready((lane.attempt, ended)),
                    Copying::New | Copying::At(_) => {
                        if !lane.attempt.is_extra() {
                            this.parts.note_in_time();
                        }
                        return Poll::Ready((lane.attempt, ended));
                    }
                }
            }
            if let Copying::Sent(_) = copying
                && let Poll::Ready(counts) = self.as_mut().poll_copied(cx)
            {
                return Poll::Ready(counts);
            }
            let this = self.as_mut().project();
            let Going { stage: Stage::Runs(copying), lane, whole } = &mut **this.going else {
                unreachable!("looked at just now")
            };
            whole.is_running = false;
            ready!(copying.poll_due(lane, this.parts, cx));
            *copying = Copying::Never;
            let Some((now, extras)) = this.parts.decide_copy() else { return Poll::Pending };
            whole.attempt = Attempt::FIRST.hedge();
            whole.emit(&this.parts.request.access, Topic::Hedge, Detail::None);
            copying.send(whole.attempt, now, extras);
        }
    }

    /// Polls the copy that was sent. Returns the attempt that counts and how it ended.
    #[cold]
    #[inline(never)]
    fn poll_copied(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Counts<J::Value, J::Error>> {
        let this = self.project();
        let Going { stage: Stage::Runs(copying), lane, whole } = &mut **this.going else {
            return Poll::Pending;
        };
        let Copying::Sent(copied) = copying else { return Poll::Pending };
        let copied = copied.as_mut().project();
        let ended = ready!(copied.lane.poll(copied.operation, this.parts, cx));
        let Parts { request, places, .. } = this.parts;
        let counts = match is_answer(ended.0) {
            true => {
                lane.stop(this.operation, &request.access, *places, true);
                whole.emit(&request.access, Topic::HedgeWon, Detail::None);
                Some((copied.lane.attempt, ended))
            }
            false => copied.failed.take(),
        };
        *copying = Copying::Never;
        whole.is_running = false;
        counts.map_or(Poll::Pending, Poll::Ready)
    }

    /// Ends the call with `attempt`, or makes it wait for the next one.
    #[inline(always)]
    fn end(
        self: Pin<&mut Self>,
        attempt: Attempt,
        (class, result): Ended<J::Value, J::Error>,
    ) -> Option<Result<J::Value, Error<J::Error>>> {
        let this = self.project();
        let (parts, going) = (this.parts, &mut **this.going);
        let Parts { request, attempts, places, .. } = parts;
        if let Some(places) = places {
            places.keep_only(attempt);
        }
        if !is_success(class) {
            if let Some(next) = attempts.next(request, &going.whole, class, &result) {
                if let Some(places) = places {
                    places.free();
                }
                let sleep = request.access.driver().clock().sleep_until(next.at);
                going.lane = Lane::new();
                going.stage = Stage::Sleeps(sleep, next, (class, result));
                return None;
            }
        } else if !attempt.is_extra() {
            parts.deposit();
        }
        going.whole.end(&parts.request.access, class, &result);
        going.clear();
        Some(result)
    }
}

impl<A: Access, K, C, J, F> Parts<'_, A, K, C, J, F> {
    /// Counts a first attempt that succeeded.
    #[inline(always)]
    fn deposit(&self) {
        let access = &self.request.access;
        if let Some(policy) = access.policy() {
            policy.deposit(access.driver().clock());
        }
    }

    /// Notes that a first attempt ended before a copy of it was due.
    #[inline(always)]
    fn note_in_time(&self) {
        let hedging = self.request.access.policy().and_then(Policy::hedging);
        if let Some(hedging) = hedging.filter(|hedging| hedging.has_late())
            && self.attempts.hedging(&self.request, Attempt::FIRST).is_some()
        {
            hedging.note(false);
        }
    }
}

fn is_answer(class: Option<Class>) -> bool {
    class.is_some_and(|class| matches!(class.verdict, Verdict::Success | Verdict::Ignored))
}
