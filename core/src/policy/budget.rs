use std::fmt;
use std::sync::Arc;

use super::SlotLength;
use crate::sync::{Mutex, lock};
use crate::{Clock, Component, ComponentClock, InvalidOption, Layer, Status, Tick};

mod account;
mod deposits;
mod options;
#[cfg(all(test, seawall_loom))]
mod races;

use self::account::Account;
use self::deposits::{Deposits, SLOTS};
pub use self::options::BudgetOptions;
use self::options::UNIT;

/// Bounds the extra calls to a target: retries and hedges together, of all protections that share the
/// budget. Clones are the same budget.
///
/// A first attempt that succeeds deposits `ratio` extra calls; an extra call takes one. Deposits count
/// for `ttl`. Beside them, `floor` extra calls a second are allowed, so that a client with few calls can
/// retry at all.
///
/// In any time of length `ttl`, at most `floor` × `ttl` + `ratio` × *s* extra calls are sent, where *s* is
/// the number of first attempts that succeeded in the `ttl` before the last of these calls was decided
/// upon. So after a busy calm, many calls that fail at once may all be sent again, once; a shorter `ttl`
/// holds less. A client library that retries by itself is not seen by the budget: switch that off.
///
/// An extra call is taken when it is decided upon, and given back if it is not sent: because the caller
/// went away during the wait, because a layer refused, or because the deadline came. Until then it
/// counts, so that calls which wait for the same moment cannot exceed the bound.
///
/// ```
/// use seawall_core::Tick;
/// use seawall_core::policy::{Budget, BudgetOptions};
///
/// let budget = Budget::start(&BudgetOptions::new("payments").floor(0.0))?;
/// let now = Tick::ZERO;
/// assert!(budget.withdraw(now).is_none());
///
/// // One extra call for five successes.
/// (0..5).for_each(|_| budget.deposit(now));
/// let extra = budget.withdraw(now).expect("deposited");
/// assert!(budget.withdraw(now).is_none());
///
/// // It was not sent, so it is given back.
/// drop(extra);
/// budget.withdraw(now).expect("given back").send(now);
/// assert!(budget.withdraw(now).is_none());
/// # Ok::<(), seawall_core::InvalidOption>(())
/// ```
#[derive(Clone)]
pub struct Budget(Arc<Shared>);

struct Shared {
    layer: Layer,
    options: Mutex<BudgetOptions>,
    length: SlotLength,
    clock: ComponentClock,
    deposits: Deposits,
    account: Mutex<Account>,
}

impl Budget {
    /// Creates a budget.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn start(options: &BudgetOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        let slot = options.ttl.as_nanos() / u128::from(SLOTS);
        Ok(Self(Arc::new(Shared {
            layer: Layer::new(Component::Budget, options.name.clone()),
            options: Mutex::new(options.clone()),
            length: SlotLength::new(u64::try_from(slot).unwrap_or(u64::MAX)),
            clock: ComponentClock::new(),
            deposits: Deposits::default(),
            account: Mutex::new(Account::default()),
        })))
    }

    /// Returns the kind and the name.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.0.layer
    }

    /// Returns true if `other` is a clone of this budget.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the options.
    #[must_use]
    pub fn options(&self) -> BudgetOptions {
        lock(&self.0.options).clone()
    }

    /// Changes `ratio` and `floor`, without forgetting what was deposited and sent: a success counts by the
    /// `ratio` that is in force when an extra call is wanted.
    ///
    /// # Errors
    /// If an option is not within its bounds, or the name or `ttl` is another one; then nothing changes.
    pub fn reconfigure(&self, options: &BudgetOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        let mut current = lock(&self.0.options);
        let fixed = |option, value: &dyn fmt::Debug| {
            let problem = format!("cannot change from {value:?} while the budget is used");
            Err(InvalidOption::new(&self.0.layer, option, problem))
        };
        if options.name != current.name {
            return fixed("name", &current.name);
        }
        if options.ttl != current.ttl {
            return fixed("ttl", &current.ttl);
        }
        *current = options.clone();
        Ok(())
    }

    /// Counts a first attempt that succeeded at `now`. Failures, timeouts and overload deposit nothing.
    #[inline]
    pub fn deposit(&self, now: Tick) {
        self.0.deposits.add(low_half(self.0.length.slot(now)));
    }

    /// Counts a first attempt of a call by `clock` that succeeded. The clock is read for one deposit of
    /// eight.
    #[inline]
    pub(crate) fn deposit_by(&self, clock: &Clock) {
        let shared = &*self.0;
        shared.deposits.add_now(|| low_half(shared.length.slot(self.now(clock))));
    }

    /// Takes one extra call, if there is one: to be sent later, or given back by dropping it.
    #[must_use = "an extra call that is dropped is given back"]
    pub fn withdraw(&self, now: Tick) -> Option<Extra> {
        let shared = &*self.0;
        let mut account = lock(&shared.account);
        let slot = account.roll(shared.length.slot(now));
        let granted = account.withdraw(shared.deposited(slot));
        drop(account);
        granted.then(|| Extra { budget: self.clone(), is_sent: false })
    }

    /// Returns the time by the clock of this budget, for a call that goes by `clock`.
    #[inline(never)]
    pub(crate) fn now(&self, clock: &Clock) -> Tick {
        let settled = &self.0.clock;
        if settled.get().is_none() {
            settled.settle(clock);
        }
        settled.get().unwrap_or(clock).now()
    }

    /// Returns the status at `now`, and changes nothing: `available` if an extra call could be sent, else
    /// `exhausted`.
    ///
    /// | reading | meaning |
    /// |---|---|
    /// | `balance` | extra calls that may be sent now |
    /// | `deposited` | first attempts that succeeded, in all |
    /// | `withdrawn` | extra calls that were sent, in all |
    /// | `exhausted` | extra calls that were wanted and not there, in all |
    #[must_use]
    pub fn status(&self, now: Tick) -> Status {
        let shared = &*self.0;
        let mut account = lock(&shared.account);
        let slot = account.roll(shared.length.slot(now));
        let balance = account.balance(shared.deposited(slot)) / UNIT;
        let state = if balance > 0 { "available" } else { "exhausted" };
        Status::new(&shared.layer, state)
            .with_gauge("balance", balance, "{call}")
            .with_counter("deposited", shared.deposits.total(), "{call}")
            .with_counter("withdrawn", account.withdrawn, "{call}")
            .with_counter("exhausted", account.exhausted, "{call}")
    }
}

impl Shared {
    /// Returns what may be sent if nothing had been, in units.
    fn deposited(&self, slot: u64) -> u64 {
        let successes = self.deposits.recent(low_half(slot));
        let options = lock(&self.options);
        let deposited = successes.saturating_mul(options.units_per_success());
        deposited.saturating_add(options.units_of_floor())
    }
}

/// Slots are compared by their distance, so that the upper half is not needed.
#[inline]
fn low_half(slot: u64) -> u32 {
    u32::try_from(slot & 0xFFFF_FFFF).unwrap_or(u32::MAX)
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Budget").field(&self.options()).finish()
    }
}

/// An extra call that a [`Budget`] has granted. Dropping it before it is sent gives it back.
#[derive(Debug)]
#[must_use = "an extra call that is dropped is given back"]
pub struct Extra {
    budget: Budget,
    is_sent: bool,
}

impl Extra {
    /// Counts the extra call as sent at `now`.
    pub fn send(mut self, now: Tick) {
        self.is_sent = true;
        let shared = &*self.budget.0;
        let mut account = lock(&shared.account);
        account.roll(shared.length.slot(now));
        account.send();
    }

    /// Counts the extra call of a call that goes by `clock` as sent.
    pub(crate) fn send_by(self, clock: &Clock) {
        let now = self.budget.now(clock);
        self.send(now);
    }
}

impl Drop for Extra {
    fn drop(&mut self) {
        if !self.is_sent {
            lock(&self.budget.0.account).give_back();
        }
    }
}
