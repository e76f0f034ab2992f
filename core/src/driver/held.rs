use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::access::Access;
use super::context::Context;
use super::finish::Finish;
use super::watch::Watch;
use crate::key::OwnedKey;
use crate::policy::{Attempt, NotRetried, Policy};
use crate::protection::Protection;
use crate::protection::sealed::Layers;
use crate::{
    Call, Change, Class, Component, Detail, Driver, Error, Exit, Key, MAX_DEPTH, Refusal,
    RefusalKind, Tick, Token, Topic, Verdict,
};

/// The tokens of a call that has been admitted by some or all layers. Dropping it ends the call at
/// each of them.
pub struct Held<A: Access> {
    pub(super) access: A,
    pub(super) taken: Taken<A::Protection>,
}

/// What a call holds; it does not end by being dropped: see [`Held::detach`].
pub struct Taken<P: Protection> {
    /// A token of each of the first `count` layers.
    tokens: P::Tokens,
    /// At most [`MAX_DEPTH`]; a byte, since a call that suspends moves all of this.
    count: u8,
    pub(super) cost: NonZeroU32,
    running: bool,
    /// The operation panicked.
    pub(super) panicked: bool,
    /// True if a panic that drops this is the operation's.
    blames_unwinding: bool,
    /// What only observers want to know.
    pub(super) seen: Seen,
}

/// What a call keeps for its events and for what is measured. Not set if it is not watched.
#[derive(Default)]
pub(super) struct Seen {
    /// The time at which the call asked to be admitted.
    asked: Tick,
    /// The time from which the operation may run.
    admitted: Tick,
    /// An `Arc`, whose drop is short enough to be inlined: a `Box` costs 18 instructions a call.
    key: Option<Arc<OwnedKey>>,
}

impl Seen {
    pub(super) const fn admitted(&self) -> Tick {
        self.admitted
    }
}

impl<P: Protection> Taken<P> {
    #[inline(always)]
    fn nothing(protection: &P, cost: NonZeroU32) -> Self {
        Self {
            tokens: protection.room(),
            count: 0,
            cost,
            running: false,
            panicked: false,
            blames_unwinding: false,
            seen: Seen::default(),
        }
    }

    /// Removes a layer before its backend is told, so that a backend which panics is not told twice.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<(usize, Token)> {
        self.count = self.count.checked_sub(1)?;
        let index = usize::from(self.count);
        Some((index, self.tokens.as_ref()[index]))
    }
}

impl<A: Access> Held<A> {
    #[inline(always)]
    pub(super) fn nothing(access: A, cost: NonZeroU32) -> Self {
        let taken = Taken::nothing(access.protection(), cost);
        Self { access, taken }
    }

    /// Holds `taken` again.
    #[inline(always)]
    pub(super) fn attach(access: A, taken: Taken<A::Protection>) -> Self {
        Self { access, taken }
    }

    /// Takes everything out, leaving nothing, to hold it by another access to the same protection.
    #[inline(always)]
    pub(super) fn detach(&mut self) -> Taken<A::Protection> {
        let Taken { ref tokens, cost, running, panicked, blames_unwinding, .. } = self.taken;
        let (tokens, count) = (tokens.clone(), std::mem::take(&mut self.taken.count));
        let seen = std::mem::take(&mut self.taken.seen);
        Taken { tokens, count, cost, running, panicked, blames_unwinding, seen }
    }

    /// Remembers for events when the call asked, and its key if events have keys.
    pub(super) fn begin(&mut self, asked: Tick, key: Option<Key<'_>>) {
        let driver = self.access.driver();
        self.taken.seen.asked = asked;
        self.taken.seen.key = key
            .filter(|_| driver.keys_in_events && driver.is_observed())
            .map(|key| Arc::new(OwnedKey::new(key)));
    }

    /// Returns true if a call of which only the end is watched needs more than the times that
    /// [`begin_plain`](Self::begin_plain) sets: it has a key that events have, or emits that it runs once.
    #[inline(always)]
    pub(super) fn is_special(&self) -> bool {
        let (driver, policy) = (self.access.driver(), self.access.policy());
        driver.keys_in_events || (policy.is_some_and(Policy::has_retries) && driver.is_observed())
    }

    /// Begins a call of which only the end is watched. Takes no reference to this out of the caller: on the
    /// plain path, that would keep it in memory.
    #[inline(always)]
    pub(super) fn begin_plain(&mut self, call: &Call<'_>) {
        // Of the ends that are watched, only that of a named protection has times.
        let is_named = self.access.protection().label().component() == Component::Protection;
        if is_named || self.access.measured().is_some() {
            let now = call.now();
            (self.taken.seen.asked, self.taken.seen.admitted) = (now, now);
        }
    }

    /// Begins a call that is observed, and emits that it makes one attempt, if its policy has more.
    pub(super) fn begin_watched(&mut self, call: &Call<'_>) {
        self.begin(call.now(), call.key());
        if self.access.policy().is_some_and(Policy::has_retries) {
            let (driver, label) = (self.access.driver(), self.access.protection().label());
            let detail = || Detail::NotRetried(NotRetried::RunsOnce);
            driver.emit_in(self.context(), Topic::RetrySkipped, label, detail);
        }
    }

    /// Returns what all events of this call have in common.
    pub(super) fn context(&self) -> Context<'_> {
        context(&self.access, &self.taken.seen)
    }

    /// Returns the index of the layer to ask next.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.taken.count.into()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, token: Token) {
        let count = self.count();
        self.taken.tokens.as_mut()[count] = token;
        self.taken.count += 1;
    }

    /// Returns the index and the token of the layer that admitted the call last.
    pub(super) fn last(&mut self) -> (usize, &mut Token) {
        let index = self.count().saturating_sub(1);
        (index, &mut self.taken.tokens.as_mut()[index])
    }

    /// Begins the operation: from now on, dropping this means that it ran.
    #[inline(always)]
    pub(super) fn run(&mut self) {
        self.taken.running = true;
    }

    /// Begins an operation whose time is measured or observed.
    pub(super) fn run_timed(&mut self, admitted: Tick) {
        self.taken.seen.admitted = admitted;
        self.taken.running = true;
    }

    /// Takes a panic that drops this for the operation's, unless it has begun already. For operations
    /// that run on one thread while this is held, and that no mark is kept of.
    pub(super) fn blame_unwinding(mut self) -> Self {
        self.taken.blames_unwinding = !std::thread::panicking();
        self
    }

    /// Ends a call that has not run.
    #[cold]
    #[inline(never)]
    pub(super) fn give_back(&mut self) {
        self.settle(Verdict::Unused.into(), false);
    }

    /// Emits the change of state of the layer that the call asked last, if there is one.
    pub(super) fn emit_change(&self, call: &Call<'_>) {
        let layer = self.access.protection().layer_at(self.count());
        self.access.driver().emit_change_in(self.context(), layer, call.take_change());
    }

    /// Gives back what is held because a layer refused, and marks `refusal` if that layer is held.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_by_layer(&mut self, call: &Call<'_>, mut refusal: Refusal) -> Refusal {
        self.emit_change(call);
        let protection = self.access.protection();
        let mut held = (0..self.count()).map(|index| protection.layer_at(index));
        if held.any(|layer| layer == refusal.by()) {
            refusal.set_nested();
        }
        self.refuse(refusal)
    }

    /// Gives back what is held, and then emits `refusal`.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Refusal {
        self.give_back();
        self.emit_refusal(&refusal);
        refusal
    }

    /// Refuses a call whose time is over before any layer was asked.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_unasked(&mut self, key: Option<Key<'_>>) -> Refusal {
        let driver = self.access.driver();
        if driver.is_observed() {
            let now = driver.clock().now();
            self.begin(now, key);
        }
        self.refuse_late()
    }

    /// Refuses a call of a protection that refuses every call.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_always(&mut self, refusal: Refusal, key: Option<Key<'_>>) -> Refusal {
        let driver = self.access.driver();
        // No protection has an unknown name, so that none has an event of it.
        if driver.is_observed() && refusal.kind() != RefusalKind::UnknownName {
            let now = driver.clock().now();
            self.begin(now, key);
            self.emit_refusal(&refusal);
        }
        refusal
    }

    /// Ends a call whose time was over before its operation could start.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_late(&mut self) -> Refusal {
        let label = self.access.protection().label();
        self.refuse(Refusal::new(RefusalKind::Deadline, label))
    }

    /// Emits a refusal of this call: by the layer that refused, and by the protection.
    pub(super) fn emit_refusal(&self, refusal: &Refusal) {
        let (driver, context) = (self.access.driver(), self.context());
        driver.emit_refusal_in(context, refusal);
        if let Some(protection) = context.protection {
            let topic = match self.access.attempt() {
                Some(_) => Topic::AttemptRejected,
                None => Topic::ProtectionRejected,
            };
            driver.emit_in(context, topic, protection, || Detail::Refused(refusal));
        }
    }

    /// Ends the call: returns everything, innermost first. Does nothing the second time.
    ///
    /// Events come after that, so that an observer finds all layers up to date.
    #[inline(always)]
    pub(super) fn settle(&mut self, class: Class, timed_out: bool) {
        if self.taken.count == 0 {
            return;
        }
        if !timed_out && self.access.keep(&mut self.taken, class) {
            return;
        }
        self.access.ended(class.verdict);
        let driver = self.access.driver();
        let exit = exit(driver, class, self.taken.cost).timed_out(timed_out);
        match self.access.watch() {
            Watch::Nothing => {}
            Watch::Ends if !timed_out => measure(&self.access, &self.taken.seen, &exit),
            _ => return settle_watched(&self.access, &mut self.taken, &exit),
        }
        let protection = self.access.protection();
        while let Some((index, token)) = self.taken.pop() {
            protection.exit_at(index, token, &exit);
            if exit.is_noted() {
                return settle_changed(&self.access, &mut self.taken, index, &exit);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        let Taken { running, panicked, blames_unwinding, .. } = self.taken;
        let panicked = panicked || (blames_unwinding && std::thread::panicking());
        let verdict = match (running, panicked) {
            (false, _) => Verdict::Unused,
            (true, true) => Verdict::Panicked,
            (true, false) => self.access.dropped(),
        };
        self.settle(verdict.into(), false);
    }
}

impl<A: Access> Held<&A> {
    /// Ends a call whose driver and protection are held elsewhere, as `F` does. There is nothing left to
    /// drop then, which spares the fast path a call.
    #[inline(always)]
    pub(super) fn finish<F: Finish, V, E>(
        mut self,
        class: Class,
        result: &Result<V, Error<E>>,
    ) -> F::Kept {
        let kept = F::finish(&mut self, class, result);
        if self.taken.seen.key.is_none() {
            std::mem::forget(self);
        }
        kept
    }
}

/// Returns the end of a call, as its layers learn of it.
#[inline(always)]
pub(super) fn exit(driver: &Driver, class: Class, cost: NonZeroU32) -> Exit<'_> {
    let exit = Exit::on(driver.clock(), class.verdict);
    exit.with_cost(cost).with_retry_after(class.retry_after)
}

fn context<'e>(access: &'e impl Access, seen: &'e Seen) -> Context<'e> {
    let label = access.protection().label();
    Context {
        protection: Some(label).filter(|label| label.component() == Component::Protection),
        key: seen.key.as_ref().map(|key| key.key()),
        attempt: access.attempt().map_or(1, Attempt::number),
    }
}

#[cold]
#[inline(never)]
fn settle_watched<A: Access>(access: &A, taken: &mut Taken<A::Protection>, exit: &Exit<'_>) {
    measure(access, &taken.seen, exit);
    Ends::default().end_all(access, taken, exit);
    emit_end(access, &taken.seen, exit);
}

/// Ends a call whose end has changed the state of the layer at `index`.
#[cold]
#[inline(never)]
fn settle_changed<A: Access>(
    access: &A,
    taken: &mut Taken<A::Protection>,
    index: usize,
    exit: &Exit<'_>,
) {
    let mut ends = Ends::default();
    ends.0[index] = Some(exit.take_change());
    ends.end_all(access, taken, exit);
}

/// Measures the time of a call that has ended, if the policy wants that.
#[inline(always)]
pub(super) fn measure<A: Access>(access: &A, seen: &Seen, exit: &Exit<'_>) {
    if let Some(measured) = access.measured() {
        measured.end(exit.now(), exit.verdict(), exit.was_timed_out(), seen.admitted);
    }
}

/// Emits the end of the whole call, if it ran under a named protection.
pub(super) fn emit_end<A: Access>(access: &A, seen: &Seen, exit: &Exit<'_>) {
    let context = context(access, seen);
    let ran = exit.verdict() != Verdict::Unused;
    if let Some(protection) = context.protection.filter(|_| ran) {
        let topic = match (access.attempt(), exit.was_timed_out()) {
            (Some(_), _) => Topic::AttemptExecuted,
            (None, true) => Topic::ProtectionTimedOut,
            (None, false) => Topic::ProtectionExecuted,
        };
        let waited = Some(seen.admitted.since(seen.asked));
        let detail = || executed(exit, seen.asked, waited);
        access.driver().emit_in(context, topic, protection, detail);
    }
}

fn executed<'e>(exit: &Exit<'_>, since: Tick, waited: Option<Duration>) -> Detail<'e> {
    Detail::Executed {
        verdict: exit.verdict(),
        timed_out: exit.was_timed_out(),
        elapsed: exit.now().since(since),
        waited,
    }
}

/// The layers at which a call has ended, and the changes of state that this caused.
#[derive(Default)]
pub(super) struct Ends([Option<Option<Change>>; MAX_DEPTH]);

impl Ends {
    /// Ends the call at a layer.
    pub(super) fn end<A: Access>(
        &mut self,
        access: &A,
        index: usize,
        token: Token,
        exit: &Exit<'_>,
    ) {
        access.protection().exit_at(index, token, exit);
        self.0[index] = Some(exit.take_change());
    }

    /// Ends the call at the layers that are left, and emits the events of all ends.
    fn end_all<A: Access>(mut self, access: &A, taken: &mut Taken<A::Protection>, exit: &Exit<'_>) {
        while let Some((index, token)) = taken.pop() {
            self.end(access, index, token, exit);
        }
        self.emit(access, &taken.seen, exit);
    }

    /// Emits the events of these ends, innermost first.
    pub(super) fn emit<A: Access>(self, access: &A, seen: &Seen, exit: &Exit<'_>) {
        let (driver, context) = (access.driver(), context(access, seen));
        let ran = exit.verdict() != Verdict::Unused;
        for (index, end) in self.0.into_iter().enumerate().rev() {
            let Some(change) = end else { continue };
            let layer = access.protection().layer_at(index);
            if let Some(topic) = Topic::executed(layer.component()).filter(|_| ran) {
                driver.emit_in(context, topic, layer, || executed(exit, seen.admitted, None));
            }
            driver.emit_change_in(context, layer, change);
        }
    }
}

impl<A: Access> Drop for Held<A> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.taken.count > 0 {
            self.abandon();
        }
    }
}
