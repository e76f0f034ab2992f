use std::time::Duration;

use seawall_core::{Component, ControlAction, ControlError, Detail, KeyParts, Layer, Name, Topic};

use super::apply::Target;
use super::entry::{Entry, OwnedKey, Way};
use crate::live::Live;

/// Manual control of some components by an operator: see
/// [`Infrastructure::control`](crate::Infrastructure::control).
///
/// Name the components first, then choose the action. What lasts is in effect until it is
/// [released](Self::release) or expires, also across reloads, and is in the status of the component.
#[must_use = "nothing is done before an action is chosen"]
pub struct Control<'i> {
    live: &'i Live,
    by: String,
    reason: String,
    chosen: Vec<(Component, Option<String>)>,
    key: Option<OwnedKey>,
    expires_after: Option<Duration>,
}

impl<'i> Control<'i> {
    pub(crate) fn new(live: &'i Live, by: String, reason: String) -> Self {
        Self { live, by, reason, chosen: Vec::new(), key: None, expires_after: None }
    }

    /// Adds the component of a kind that is called `name`.
    pub fn component(mut self, component: Component, name: impl Into<String>) -> Self {
        self.chosen.push((component, Some(name.into())));
        self
    }

    /// Adds the circuit breaker called `name`.
    pub fn breaker(self, name: impl Into<String>) -> Self {
        self.component(Component::CircuitBreaker, name)
    }

    /// Adds the rate limit called `name`.
    pub fn rate_limit(self, name: impl Into<String>) -> Self {
        self.component(Component::RateLimiter, name)
    }

    /// Adds the bulkhead called `name`.
    pub fn bulkhead(self, name: impl Into<String>) -> Self {
        self.component(Component::Bulkhead, name)
    }

    /// Adds the connection pool called `name`. A pool can be resized only.
    pub fn pool(self, name: impl Into<String>) -> Self {
        self.component(Component::ConnectionPool, name)
    }

    /// Adds all components of a kind that there are now.
    pub fn all(mut self, component: Component) -> Self {
        self.chosen.push((component, None));
        self
    }

    /// Controls calls with `key` alone, and those whose key begins with its parts. The key is kept as
    /// long as the control lasts; the status and events without keys do not have it.
    pub fn key(mut self, key: impl KeyParts + Send + Sync + 'static) -> Self {
        self.key = Some(OwnedKey::new(key));
        self
    }

    /// Ends what lasts by itself after `time`, by the infrastructure's clock. The background work does
    /// that: see [`Infrastructure::run`](crate::Infrastructure::run).
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.expires_after = Some(time);
        self
    }

    /// Makes the components refuse all calls.
    ///
    /// # Errors
    /// If a component is not configured, or cannot do this; then nothing is done.
    pub fn force_open(self) -> Result<(), ControlError> {
        self.act(ControlAction::ForceOpen)
    }

    /// Makes the components admit all calls and count nothing.
    ///
    /// # Errors
    /// If a component is not configured, or cannot do this; then nothing is done.
    pub fn force_closed(self) -> Result<(), ControlError> {
        self.act(ControlAction::ForceClosed)
    }

    /// Makes the components admit all calls, and count those that they would refuse.
    ///
    /// # Errors
    /// If a component is not configured, or cannot do this; then nothing is done.
    pub fn observe(self) -> Result<(), ControlError> {
        self.act(ControlAction::Observe)
    }

    /// Makes the components forget what they have counted: closes circuits, and gives a key all its
    /// tokens. What is forced stays forced.
    ///
    /// # Errors
    /// If a component is not configured, or cannot do this; then nothing is done.
    pub fn reset(self) -> Result<(), ControlError> {
        self.act(ControlAction::Reset)
    }

    /// Changes the limit: tokens a period, concurrent calls, or connections.
    ///
    /// # Errors
    /// If a component is not configured, or cannot have that limit; then nothing is done.
    pub fn resize(self, limit: u32) -> Result<(), ControlError> {
        self.act(ControlAction::Resize(limit))
    }

    /// Ends all manual control of the components; with a [`key`](Self::key), that of the key alone.
    ///
    /// # Errors
    /// If a component is not configured; then nothing is done.
    pub fn release(self) -> Result<(), ControlError> {
        self.act(ControlAction::Release)
    }

    fn act(self, action: ControlAction) -> Result<(), ControlError> {
        let targets = self.targets()?;
        let mut done: Vec<(&Target, Vec<Entry>)> = Vec::new();
        for target in &targets {
            let before = self.live.manual.of(target.component, &target.name);
            if let Err(error) = self.act_on(target, action) {
                // All of it or nothing.
                for (target, before) in done {
                    target.go_back(self.live, before);
                }
                return Err(error);
            }
            done.push((target, before));
        }
        for (target, before) in &done {
            if action != ControlAction::Release || !before.is_empty() {
                self.tell(target, action);
            }
        }
        Ok(())
    }

    fn act_on(&self, target: &Target, action: ControlAction) -> Result<(), ControlError> {
        match action {
            ControlAction::Release => {
                target.release(self.live, |entry| {
                    self.key.is_none() || entry.is_about(self.key.as_ref())
                });
                Ok(())
            }
            ControlAction::Reset => target.reset(self.live, self.key.as_ref()),
            _ => target.put(self.live, self.entry(target, action)),
        }
    }

    fn entry(&self, target: &Target, action: ControlAction) -> Entry {
        let now = self.live.driver.clock().now();
        Entry {
            component: target.component,
            name: target.name.clone(),
            key: self.key.clone(),
            action,
            by: self.by.clone(),
            reason: self.reason.clone(),
            until: self.expires_after.map(|time| now + time),
            way: Way::Native,
        }
    }

    /// Returns the components that were chosen, each once.
    fn targets(&self) -> Result<Vec<Target>, ControlError> {
        let table = self.live.current();
        let mut targets: Vec<Target> = Vec::new();
        for (component, name) in &self.chosen {
            let names = match name {
                Some(name) if table.has(*component, name) => vec![Name::new(name)],
                Some(name) => return Err(table.unknown(*component, name).into()),
                None => table.names(*component),
            };
            for name in names {
                let target = Target { component: *component, name };
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        if targets.is_empty() {
            let problem = "has none of the components to be controlled";
            return Err(ControlError::new(&self.live.layer, problem));
        }
        Ok(targets)
    }

    fn tell(&self, target: &Target, action: ControlAction) {
        let lasts = !matches!(action, ControlAction::Release | ControlAction::Reset);
        let expires_after = self.expires_after.filter(|_| lasts);
        let layer = Layer::new(target.component, target.name.clone());
        let detail = || Detail::controlled(action, &self.by, &self.reason, expires_after);
        match &self.key {
            Some(key) => {
                self.live.driver.emit_with_key(key.as_key(), Topic::ControlChanged, &layer, detail);
            }
            None => self.live.driver.emit(Topic::ControlChanged, &layer, detail),
        }
    }
}

seawall_core::__debug! { impl Control<'_>: self { chosen: self.chosen } }
