use std::num::NonZeroU32;
use std::sync::Arc;

use super::context::Context;
use super::ending::Ending;
use crate::key::OwnedKey;
use crate::protection::Protection;
use crate::{
    Class, Component, Detail, Driver, Exit, Key, Layer, MAX_DEPTH, Refusal, RefusalKind, Tick,
    Token, Topic, Verdict,
};

/// What a call has been given so far: a token of each of the first `count` layers. Dropping it returns
/// all of them.
pub(super) struct Held<'p, P: Protection> {
    pub(super) driver: &'p Driver,
    pub(super) protection: &'p P,
    tokens: P::Tokens,
    count: usize,
    cost: NonZeroU32,
    running: bool,
    /// The operation panicked.
    panicked: bool,
    /// True if a panic that drops this is the operation's.
    blames_unwinding: bool,
    /// What only observers want to know.
    seen: Seen,
}

/// What a call keeps for its events. Not set without observers.
#[derive(Default)]
struct Seen {
    /// The time at which the call asked to be admitted.
    asked: Tick,
    /// The time from which the operation may run.
    admitted: Tick,
    /// An `Arc`, whose drop is short enough to be inlined: a `Box` costs 18 instructions a call.
    key: Option<Arc<OwnedKey>>,
}

impl<'p, P: Protection> Held<'p, P> {
    #[inline]
    pub(super) fn nothing(driver: &'p Driver, protection: &'p P, cost: NonZeroU32) -> Self {
        Self {
            driver,
            protection,
            tokens: P::Tokens::default(),
            count: 0,
            cost,
            running: false,
            panicked: false,
            blames_unwinding: false,
            seen: Seen::default(),
        }
    }

    /// Remembers for events when the call asked, and its key if events have keys.
    pub(super) fn begin(&mut self, asked: Tick, key: Option<Key<'_>>) {
        self.seen.asked = asked;
        self.seen.key =
            key.filter(|_| self.driver.keys_in_events).map(|key| Arc::new(OwnedKey::new(key)));
    }

    /// Returns what all events of this call have in common.
    pub(super) fn context(&self) -> Context<'_> {
        let label = self.protection.label();
        Context {
            protection: Some(label).filter(|label| label.component() == Component::Protection),
            key: self.seen.key.as_ref().map(|key| key.key()),
        }
    }

    /// Returns the index of the layer to ask next.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn push(&mut self, token: Token) {
        self.tokens.as_mut()[self.count] = token;
        self.count += 1;
    }

    /// Returns the index and the token of the layer that admitted the call last.
    pub(super) fn last(&mut self) -> (usize, &mut Token) {
        let index = self.count.saturating_sub(1);
        (index, &mut self.tokens.as_mut()[index])
    }

    /// Returns what is held, leaving nothing.
    pub(super) fn take(&mut self) -> Self {
        let nothing = Self::nothing(self.driver, self.protection, self.cost);
        std::mem::replace(self, nothing)
    }

    /// Begins the operation: from now on, dropping this means that it ran.
    #[inline]
    pub(super) fn run(&mut self) {
        self.running = true;
    }

    /// Begins an operation that observers are told about.
    pub(super) fn run_observed(&mut self, admitted: Tick) {
        self.seen.admitted = admitted;
        self.running = true;
    }

    /// Takes a panic that drops this for the operation's, unless it has begun already. For operations
    /// that run on one thread while this is held, and that no mark is kept of.
    pub(super) fn blame_unwinding(mut self) -> Self {
        self.blames_unwinding = !std::thread::panicking();
        self
    }

    /// Ends a call that has not run.
    #[cold]
    #[inline(never)]
    pub(super) fn give_back(&mut self) {
        self.settle(Verdict::Unused.into(), false);
    }

    /// Returns what is held because a layer refused, and `refusal`, marked if that layer is held.
    #[cold]
    #[inline(never)]
    pub(super) fn give_back_for(&mut self, mut refusal: Refusal) -> Refusal {
        self.mark_nested(&mut refusal);
        self.give_back();
        refusal
    }

    /// Marks `refusal` if the layer that refused is held by the same call.
    pub(super) fn mark_nested(&self, refusal: &mut Refusal) {
        let mut held = (0..self.count).map(|index| self.protection.layer_at(index));
        if held.any(|layer| layer == refusal.by()) {
            refusal.set_nested();
        }
    }

    /// Refuses a call whose time is over before any layer was asked.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_unasked(&mut self, key: Option<Key<'_>>) -> Refusal {
        if self.driver.is_observed() {
            self.begin(self.driver.clock().now(), key);
        }
        self.refuse_late()
    }

    /// Ends a call whose time was over before its operation could start.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_late(&mut self) -> Refusal {
        self.give_back();
        let refusal = Refusal::new(RefusalKind::Deadline, self.protection.label());
        self.emit_refusal(&refusal);
        refusal
    }

    /// Emits a refusal of this call: by the layer that refused, and by the protection.
    pub(super) fn emit_refusal(&self, refusal: &Refusal) {
        let context = self.context();
        self.driver.emit_refusal_in(context, refusal);
        if let Some(protection) = context.protection {
            let detail = || Detail::Refused(refusal);
            self.driver.emit_in(context, Topic::ProtectionRejected, protection, detail);
        }
    }

    /// Ends the call: returns everything, innermost first. Does nothing the second time.
    ///
    /// Events come after that, so that an observer finds all layers up to date.
    #[inline(always)]
    pub(super) fn settle(&mut self, class: Class, timed_out: bool) {
        if self.count == 0 {
            return;
        }
        let exit = Exit::on(self.driver.clock(), class.verdict).timed_out(timed_out);
        let exit = exit.with_cost(self.cost).with_retry_after(class.retry_after);
        if self.driver.is_observed() {
            return self.settle_observed(&exit);
        }
        while let Some((index, token)) = self.pop() {
            self.protection.exit_at(index, token, &exit);
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_observed(&mut self, exit: &Exit<'_>) {
        let depth = self.count;
        let mut changes = [None; MAX_DEPTH];
        while let Some((index, token)) = self.pop() {
            self.protection.exit_at(index, token, exit);
            changes[index] = exit.take_change();
        }
        let context = self.context();
        let executed = |since: Tick| Detail::Executed {
            verdict: exit.verdict(),
            timed_out: exit.was_timed_out(),
            elapsed: exit.now().since(since),
        };
        let ran = exit.verdict() != Verdict::Unused;
        for (index, change) in changes.into_iter().enumerate().take(depth).rev() {
            let layer = self.protection.layer_at(index);
            if let Some(topic) = Topic::executed(layer.component()).filter(|_| ran) {
                self.driver.emit_in(context, topic, layer, || executed(self.seen.admitted));
            }
            self.driver.emit_change_in(context, layer, change);
        }
        if let Some(protection) = context.protection.filter(|_| ran) {
            let topic = match exit.was_timed_out() {
                true => Topic::ProtectionTimedOut,
                false => Topic::ProtectionExecuted,
            };
            self.driver.emit_in(context, topic, protection, || executed(self.seen.asked));
        }
    }

    /// Removes a layer before its backend is told, so that a backend which panics is not told twice.
    #[inline]
    fn pop(&mut self) -> Option<(usize, Token)> {
        let index = self.count.checked_sub(1)?;
        self.count = index;
        Some((index, self.tokens.as_ref()[index]))
    }

    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        let panicked = self.panicked || (self.blames_unwinding && std::thread::panicking());
        let verdict = match (self.running, panicked) {
            (false, _) => Verdict::Unused,
            (true, true) => Verdict::Panicked,
            (true, false) => Verdict::Abandoned,
        };
        self.settle(verdict.into(), false);
    }
}

impl<P: Protection> Ending for &mut Held<'_, P> {
    fn label(&self) -> &Layer {
        self.protection.label()
    }

    #[inline]
    fn panicked(&mut self) -> &mut bool {
        &mut self.panicked
    }

    #[inline(always)]
    fn end(self, class: Class, timed_out: bool) {
        self.settle(class, timed_out);
    }
}

impl<P: Protection> Drop for Held<'_, P> {
    #[inline]
    fn drop(&mut self) {
        if self.count > 0 {
            self.abandon();
        }
    }
}
