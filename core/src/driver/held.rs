use std::num::NonZeroU32;

use super::ending::Ending;
use crate::protection::Protection;
use crate::{Class, Detail, Driver, Exit, Layer, MAX_DEPTH, Refusal, Tick, Token, Topic, Verdict};

/// What a call has been given so far: a token of each of the first `count` layers. Dropping it gives
/// all of that back.
pub(super) struct Held<'p, P: Protection> {
    pub(super) driver: &'p Driver,
    pub(super) protection: &'p P,
    tokens: P::Tokens,
    count: usize,
    cost: NonZeroU32,
    /// Since when the operation may run, if anybody wants to know.
    since: Option<Tick>,
    running: bool,
    /// A call that began while a panic was on its way already did not begin that panic.
    born_panicking: bool,
    /// The operation panicked where that dropped nothing: in the poll of a future.
    panicked: bool,
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
            since: None,
            running: false,
            born_panicking: false,
            panicked: false,
        }
    }

    /// The index of the layer to ask next.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn push(&mut self, token: Token) {
        self.tokens.as_mut()[self.count] = token;
        self.count += 1;
    }

    /// Returns the index and the token of the layer that let the call through last.
    pub(super) fn last(&mut self) -> (usize, &mut Token) {
        let index = self.count.saturating_sub(1);
        (index, &mut self.tokens.as_mut()[index])
    }

    /// What is held, leaving nothing.
    pub(super) fn take(&mut self) -> Self {
        let nothing = Self::nothing(self.driver, self.protection, self.cost);
        std::mem::replace(self, nothing)
    }

    /// All layers have let the call through: from now on, dropping this means that it ran.
    #[inline]
    pub(super) fn run(&mut self, since: Option<Tick>) {
        self.since = since;
        self.running = true;
        self.born_panicking = std::thread::panicking();
    }

    /// Ends a call that has not run.
    #[cold]
    #[inline(never)]
    pub(super) fn give_back(&mut self) {
        self.settle(Verdict::Unused.into(), false);
    }

    /// Ends a call that `refusal` keeps from running.
    #[cold]
    #[inline(never)]
    pub(super) fn give_back_for(&mut self, mut refusal: Refusal) -> Refusal {
        let mut held = (0..self.count).map(|index| self.protection.layer_at(index));
        if held.any(|layer| layer == refusal.by()) {
            refusal.set_nested();
        }
        self.give_back();
        refusal
    }

    /// Ends the call: gives everything back, innermost first. Does nothing the second time.
    ///
    /// Events come after, when the books of all layers are closed.
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
        for (index, change) in changes.into_iter().enumerate().take(depth).rev() {
            let layer = self.protection.layer_at(index);
            if exit.verdict() != Verdict::Unused
                && let Some(topic) = Topic::executed(layer.component())
            {
                self.driver.emit(topic, layer, || Detail::Executed {
                    verdict: exit.verdict(),
                    timed_out: exit.was_timed_out(),
                    elapsed: exit.now().since(self.since.unwrap_or_else(|| exit.now())),
                });
            }
            self.driver.emit_change(layer, change);
        }
    }

    /// A layer is left before its backend is told, so that a backend which panics is not told twice.
    #[inline]
    fn pop(&mut self) -> Option<(usize, Token)> {
        let index = self.count.checked_sub(1)?;
        self.count = index;
        Some((index, self.tokens.as_ref()[index]))
    }

    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        let panicked = self.panicked || (std::thread::panicking() && !self.born_panicking);
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
