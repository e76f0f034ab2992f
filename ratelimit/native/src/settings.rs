use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{InvalidOption, KeyHash};

use crate::any_meter::AnyMeter;
use crate::sync::{AtomicU64, Ordering};
use crate::{Limit, Rule};

/// What a limiter was told last: its rule, and the keys that have limits of their own. Read by who
/// changes it; a call only looks at how long it may be put off.
#[derive(Debug)]
pub(crate) struct Settings {
    told: Mutex<Told>,
    patience: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) rule: Rule,
    own: HashMap<KeyHash, Limit>,
}

impl Settings {
    pub(crate) fn new(rule: Rule) -> Self {
        let patience = AtomicU64::new(nanos(rule.patience()));
        Self { told: Mutex::new(Told { rule, own: HashMap::new() }), patience }
    }

    /// How long a call may be put off that says nothing of that itself.
    #[inline]
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_nanos(self.patience.load(Ordering::Relaxed))
    }

    /// Nobody else changes anything while this is held.
    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule is another one from now on.
    pub(crate) fn tell(&self, told: &mut Told, rule: Rule) {
        self.patience.store(nanos(rule.patience()), Ordering::Relaxed);
        told.rule = rule;
    }
}

impl Told {
    /// Returns what counts the keys that have limits of their own under `rule`; nothing if its
    /// algorithm is the same, since only that matters to them.
    ///
    /// # Errors
    /// If one of these makes no sense under it.
    pub(crate) fn own(&self, rule: &Rule) -> Result<HashMap<KeyHash, AnyMeter>, InvalidOption> {
        if rule.algorithm == self.rule.algorithm {
            return Ok(HashMap::new());
        }
        let layer = rule.layer();
        let meter =
            |(key, limit): (&KeyHash, &Limit)| Ok((*key, limit.meter_of_key(rule, &layer)?));
        self.own.iter().map(meter).collect()
    }

    /// What counts a key with `limit` of its own.
    ///
    /// # Errors
    /// If it makes no sense under the rule.
    pub(crate) fn meter(&self, limit: &Limit) -> Result<AnyMeter, InvalidOption> {
        limit.meter_of_key(&self.rule, &self.rule.layer())
    }

    pub(crate) fn set_own(&mut self, key: KeyHash, limit: Option<Limit>) {
        match limit {
            Some(limit) => self.own.insert(key, limit),
            None => self.own.remove(&key),
        };
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
