use std::num::NonZeroU32;

use crate::protection::Protection;
use crate::{Detail, Driver, Exit, Tick, Token, Topic, Verdict};

/// What a call has been given so far: a token of each of the first `count` layers.
pub(super) struct Held<'p, P: Protection> {
    pub(super) driver: &'p Driver,
    pub(super) protection: &'p P,
    tokens: P::Tokens,
    count: usize,
    cost: NonZeroU32,
}

impl<'p, P: Protection> Held<'p, P> {
    pub(super) fn nothing(driver: &'p Driver, protection: &'p P, cost: NonZeroU32) -> Self {
        Self { driver, protection, tokens: P::Tokens::default(), count: 0, cost }
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

    /// What is held, leaving nothing.
    pub(super) fn take(&mut self) -> Self {
        let tokens = std::mem::take(&mut self.tokens);
        let count = std::mem::take(&mut self.count);
        Self { driver: self.driver, protection: self.protection, tokens, count, cost: self.cost }
    }

    /// Ends the call: gives everything back, innermost first. Does nothing the second time.
    ///
    /// Events come after, when the books of all layers are closed.
    #[inline]
    pub(super) fn settle(&mut self, verdict: Verdict, timed_out: bool, since: Option<Tick>) {
        if self.count == 0 {
            return;
        }
        let exit = Exit::on(&self.driver.clock, verdict).timed_out(timed_out).with_cost(self.cost);
        if self.driver.is_observed() {
            return self.settle_observed(&exit, since);
        }
        while let Some((index, token)) = self.pop() {
            self.protection.exit_at(index, token, &exit);
        }
    }

    #[cold]
    fn settle_observed(&mut self, exit: &Exit<'_>, since: Option<Tick>) {
        let depth = self.count;
        let mut changes = [None; crate::MAX_DEPTH];
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
                    elapsed: since.map_or_else(Default::default, |since| exit.now().since(since)),
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
}
