use seawall_core::Tick;
use seawall_store::tokens::LeaseReport;

use crate::leased::{Leased, Renew};

/// Tokens that the store has granted until `end`, by the local clock.
#[derive(Clone, Copy, Debug)]
struct Lease {
    number: u32,
    /// The tokens left; while calls take from the lease, what was left when they began.
    tokens: u32,
    /// The tokens left, and those that calls took since the store was last told.
    size: u32,
    /// The tokens that were granted and not given back to the store.
    granted: u32,
    end: Tick,
    window: f64,
}

/// The leases of a key that have not ended: the one that calls take from, and others.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    /// In the order of their ends.
    list: Vec<Lease>,
    /// The number of the one that calls take from.
    active: u32,
    last_number: u32,
}

/// More are kept only for what may be given back to them.
const MOST: usize = 8;

impl Leases {
    /// Takes the tokens back from the calls, to work on them. Forgets what has ended. Returns the number of
    /// tokens that calls have taken since.
    pub(crate) fn collect(&mut self, leased: &Leased, now: Tick) -> u64 {
        let left = leased.take_all();
        let mut spent = 0;
        if let Some(lease) = self.list.iter_mut().find(|lease| lease.number == self.active) {
            spent = lease.tokens.saturating_sub(left);
            lease.tokens = left;
        }
        self.active = 0;
        self.forget_ended(now);
        spent.into()
    }

    /// Forgets the leases that have ended.
    pub(crate) fn forget_ended(&mut self, now: Tick) {
        self.list.retain(|lease| lease.end > now);
    }

    /// Has calls take from the lease that ends first. Those of the last one ask for the next.
    pub(crate) fn put(&mut self, leased: &Leased, renew: impl FnOnce(Tick) -> Renew) {
        let mut left = self.list.iter().filter(|lease| lease.tokens > 0);
        let Some(&Lease { number, tokens, end, .. }) = left.next() else { return };
        let renew = if left.next().is_some() { Renew::NEVER } else { renew(end) };
        let (before, stray) = leased.put(number, tokens, end, renew);
        self.active = number;
        if before == number {
            leased.give_back(number, stray);
        }
        // Another one may end earlier, so these are not for the calls now.
        self.give_back(before, stray);
    }

    /// Gives the leases other numbers, so that nothing that was taken is given back to them. Only while calls
    /// take from none.
    pub(crate) fn renumber(&mut self, leased: &Leased) {
        let _given_back = leased.put(0, 0, Tick::ZERO, Renew::NEVER);
        for lease in &mut self.list {
            self.last_number = self.last_number.wrapping_add(1).max(1);
            (lease.number, lease.size) = (self.last_number, lease.tokens);
        }
    }

    /// Adds a lease of `tokens` that the store knows by `window`.
    pub(crate) fn add(&mut self, tokens: u32, end: Tick, window: f64) {
        self.last_number = self.last_number.wrapping_add(1).max(1);
        let number = self.last_number;
        let at = self.list.partition_point(|lease| lease.end <= end);
        self.list.insert(at, Lease { number, tokens, size: tokens, granted: tokens, end, window });
        if self.list.len() > MOST
            && let Some(spent) = self.list.iter().position(|lease| lease.tokens == 0)
        {
            self.list.remove(spent);
        }
    }

    /// Returns the tokens of all leases that can be used at `rate` tokens a second before these end.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of tokens"
    )]
    pub(crate) fn usable(&self, now: Tick, rate: f64) -> u64 {
        let use_up = |used: u64, lease: &Lease| {
            let until = (lease.end.since(now).as_secs_f64() * rate).ceil() as u64;
            (used + u64::from(lease.tokens)).min(until.max(used))
        };
        self.list.iter().fold(0, use_up)
    }

    /// Returns the tokens of all leases.
    pub(crate) fn held(&self) -> u64 {
        self.list.iter().map(|lease| u64::from(lease.tokens)).sum()
    }

    /// Returns true if leases that calls do not take from at the moment have tokens.
    pub(crate) fn has_more(&self) -> bool {
        self.list.iter().any(|lease| lease.number != self.active && lease.tokens > 0)
    }

    /// Returns the tokens of the leases that calls do not take from at the moment.
    pub(crate) fn aside(&self, now: Tick) -> u64 {
        let aside = self.list.iter().filter(|lease| lease.number != self.active && lease.end > now);
        aside.map(|lease| u64::from(lease.tokens)).sum()
    }

    /// Takes `cost` tokens, if the leases have as many together. Returns the number of the lease that the
    /// first of them is of, which ends before the others do.
    pub(crate) fn take(&mut self, cost: u32) -> Option<u32> {
        self.take_until(cost).map(|(number, _)| number)
    }

    /// Does the same and returns when that lease ends, too.
    pub(crate) fn take_until(&mut self, cost: u32) -> Option<(u32, Tick)> {
        if self.held() < u64::from(cost) {
            return None;
        }
        let (mut missing, mut number) = (cost, None);
        for lease in self.list.iter_mut().filter(|lease| lease.tokens > 0) {
            let part = missing.min(lease.tokens);
            lease.tokens -= part;
            missing -= part;
            number = number.or(Some((lease.number, lease.end)));
            if missing == 0 {
                break;
            }
        }
        number
    }

    /// Gives `cost` tokens back to the lease `number`, if it has not ended.
    pub(crate) fn give_back(&mut self, number: u32, cost: u32) {
        if let Some(lease) = self.list.iter_mut().find(|lease| lease.number == number) {
            lease.tokens = lease.tokens.saturating_add(cost).min(lease.size);
        }
    }

    /// Gives up to `cost` tokens back to leases, to none more than was granted, whether the store has been
    /// told that they were spent or not.
    pub(crate) fn give_back_any(&mut self, mut cost: u32) {
        for lease in self.list.iter_mut().rev() {
            let part = cost.min(lease.granted.saturating_sub(lease.tokens));
            lease.tokens += part;
            cost -= part;
        }
    }

    /// Takes up to `surplus` tokens out of the leases, the last to end first, and returns what the store is
    /// to know: these, and the tokens that calls took of leases whose numbers `is_spent` returns true for.
    /// Calls cannot give back the latter any more, since the store lets as many flow in.
    pub(crate) fn report(
        &mut self,
        mut surplus: u64,
        is_spent: impl Fn(u32) -> bool,
    ) -> Vec<LeaseReport> {
        let mut reports = Vec::new();
        for lease in self.list.iter_mut().rev() {
            let mut spent = 0;
            if lease.size > lease.tokens && is_spent(lease.number) {
                spent = lease.size - lease.tokens;
                lease.size = lease.tokens;
                self.last_number = self.last_number.wrapping_add(1).max(1);
                lease.number = self.last_number;
            }
            let returned = u32::try_from(surplus).unwrap_or(u32::MAX).min(lease.tokens);
            surplus -= u64::from(returned);
            lease.tokens -= returned;
            lease.size = lease.size.saturating_sub(returned);
            lease.granted = lease.granted.saturating_sub(returned);
            if spent + returned > 0 {
                let (returned, spent) = (returned.into(), spent.into());
                reports.push(LeaseReport { window: lease.window, returned, spent });
            }
        }
        reports
    }

    /// Returns when the last lease with tokens ends.
    pub(crate) fn end(&self) -> Option<Tick> {
        self.list.iter().rev().find(|lease| lease.tokens > 0).map(|lease| lease.end)
    }
}
