use std::time::Duration;

use seawall_core::Component;

use crate::config::{EffectiveSetting, Place};
use crate::plan::{Plan, PlannedPolicy, PlannedProtection};

/// A protection with what it combines.
pub(super) struct Protected<'p> {
    pub(super) plan: &'p Plan,
    pub(super) planned: &'p PlannedProtection,
}

/// The settings of one component, or of a protection, as they are in effect.
#[derive(Clone, Copy)]
pub(super) struct Facts<'p> {
    pub(super) name: &'p str,
    settings: &'p [EffectiveSetting],
    place: &'p Place,
}

impl<'p> Protected<'p> {
    pub(super) const fn new(plan: &'p Plan, planned: &'p PlannedProtection) -> Self {
        Self { plan, planned }
    }

    /// Returns its own settings.
    pub(super) fn own(&self) -> Facts<'p> {
        let PlannedProtection { name, settings, place, .. } = self.planned;
        Facts { name, settings, place }
    }

    /// Returns the longest time that an attempt may take.
    pub(super) fn timeout(&self) -> Option<Duration> {
        let longest = |policy: &PlannedPolicy| Some(policy.timeout.as_ref()?.max);
        self.planned.timeout.or_else(|| self.planned.policy.as_ref().and_then(longest))
    }

    pub(super) const fn deadline(&self) -> Option<Duration> {
        self.planned.deadline
    }

    /// Returns the longest time from the start of an operation to its end.
    pub(super) fn longest(&self) -> Option<Duration> {
        let limits = [self.timeout(), self.deadline()];
        limits.into_iter().flatten().min()
    }

    /// Returns its layers of a kind.
    pub(super) fn layers(&self, component: Component) -> impl Iterator<Item = Facts<'p>> {
        let plan = self.plan;
        let names = self.planned.layers().filter(move |(kind, _)| *kind == component);
        names.filter_map(move |(kind, name)| {
            let planned = plan.components.get(&(kind, Box::from(name)))?;
            Some(Facts { name: &planned.name, settings: &planned.settings, place: &planned.place })
        })
    }

    pub(super) fn breakers(&self) -> impl Iterator<Item = Facts<'p>> {
        self.layers(Component::CircuitBreaker)
    }

    /// Returns the budget of its extra calls, if any are sent.
    pub(super) fn budget(&self) -> Option<Facts<'p>> {
        let (name, planned) =
            self.plan.budgets.get_key_value(self.planned.policy.as_ref()?.budget()?)?;
        Some(Facts { name, settings: &planned.settings, place: &planned.place })
    }

    /// Returns the pools that connect through one of its breakers.
    #[cfg(feature = "__pool")]
    pub(super) fn pools(&self) -> impl Iterator<Item = Facts<'p>> {
        let (plan, layers) = (self.plan, &self.planned.layers);
        let has = move |(component, name): (Component, &str)| {
            layers.iter().any(|(kind, other)| *kind == component && **other == *name)
        };
        let pools = plan.pools.values().filter(move |pool| pool.breakers().any(has));
        pools.map(|pool| Facts { name: &pool.name, settings: &pool.settings, place: &pool.place })
    }

    #[cfg(not(feature = "__pool"))]
    #[expect(clippy::unused_self, reason = "there are no pools")]
    pub(super) fn pools(&self) -> impl Iterator<Item = Facts<'p>> {
        std::iter::empty()
    }
}

impl<'p> Facts<'p> {
    fn find(&self, key: &str) -> Option<&'p EffectiveSetting> {
        self.settings.iter().find(|setting| setting.name() == key)
    }

    /// Returns true if something sets it.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.find(key).is_some_and(|setting| setting.source().place().is_some())
    }

    /// Returns true if a preset sets it.
    pub(super) fn is_preset(&self, key: &str) -> bool {
        let place = self.find(key).and_then(|setting| setting.source().place());
        place.is_some_and(Place::is_preset)
    }

    pub(super) fn duration(&self, key: &str) -> Option<Duration> {
        self.find(key)?.as_duration()
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.find(key)?.value().as_f64()
    }

    pub(super) fn count(&self, key: &str) -> Option<u64> {
        self.find(key)?.value().as_u64()
    }

    /// Returns the number of a rate and its period, wherever that is set.
    pub(super) fn rate(&self, key: &str) -> Option<(u64, Duration)> {
        let setting = self.find(key)?;
        match setting.as_rate() {
            Some(rate) => Some((rate.count.into(), rate.period?)),
            None => Some((setting.value().as_u64()?, self.duration("period")?)),
        }
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.find(key).is_some_and(|setting| setting.value().as_bool() == Some(true))
    }

    /// Returns the place that sets it, or that of the table.
    pub(super) fn place(&self, key: &str) -> Place {
        let set = self.find(key).and_then(|setting| setting.source().place());
        set.cloned().unwrap_or_else(|| self.place.below(key))
    }
}
