use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{AtomicDuration, InvalidOption, KeyHash};

use crate::any_meter::AnyMeter;
use crate::limit::Metered;
use crate::{Limit, Rule};

/// What a limiter was told last: its rule, and the keys that have limits of their own. Read by who
/// changes it; a call only looks at how long it may be put off.
#[derive(Debug)]
pub(crate) struct Settings {
    told: Mutex<Told>,
    patience: AtomicDuration,
}

#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) rule: Rule,
    own: HashMap<KeyHash, Limit>,
}

impl Settings {
    pub(crate) fn new(rule: Rule) -> Self {
        let patience = AtomicDuration::new(rule.patience());
        Self { told: Mutex::new(Told { rule, own: HashMap::new() }), patience }
    }

    /// How long a call may be put off that says nothing of that itself.
    #[inline]
    pub(crate) fn patience(&self) -> Duration {
        self.patience.get()
    }

    /// Nobody else changes anything while this is held.
    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule is another one from now on.
    pub(crate) fn tell(&self, told: &mut Told, rule: Rule) {
        self.patience.set(rule.patience());
        told.rule = rule;
    }
}

/// What counts by another rule.
pub(crate) struct Change {
    /// All keys without limits of their own.
    pub(crate) all: AnyMeter,
    /// The keys that have such limits before and after; empty if the algorithm stays, since only that
    /// matters to them.
    pub(crate) kept: HashMap<KeyHash, AnyMeter>,
    /// The keys that are given such limits.
    pub(crate) set: Vec<(KeyHash, AnyMeter)>,
}

impl Told {
    /// Returns what counts under `rule`, with the limits of some keys set or taken away.
    ///
    /// # Errors
    /// If the rule or one of the limits makes no sense.
    pub(crate) fn change(
        &self,
        rule: &Rule,
        limits: &HashMap<KeyHash, Option<Limit>>,
    ) -> Result<Change, InvalidOption> {
        let layer = rule.layer();
        let meter = |key: KeyHash, limit: Limit| Ok((key, limit.meter_of_key(rule, &layer)?));
        let stays = rule.algorithm == self.rule.algorithm;
        let kept = self.own.iter().filter(|_| !stays);
        let kept = kept
            .filter_map(|(key, limit)| Some((*key, (*limits.get(key).unwrap_or(&Some(*limit)))?)));
        let set = limits.iter().filter_map(|(key, limit)| Some((*key, (*limit)?)));
        Ok(Change {
            all: rule.meter()?,
            kept: kept.map(|(key, limit)| meter(key, limit)).collect::<Result<_, _>>()?,
            set: set.map(|(key, limit)| meter(key, limit)).collect::<Result<_, _>>()?,
        })
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
