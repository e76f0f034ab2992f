use std::sync::Arc;

use seawall_core::{
    Component, ControlAction, ControlStatus, Detail, Key, KeyParts, Layer, Name, Tick, Topic,
};

use crate::live::Live;

/// Something that manual control did, and that lasts.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) component: Component,
    pub(super) name: Name,
    pub(super) key: Option<OwnedKey>,
    pub(super) action: ControlAction,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) until: Option<Tick>,
    pub(super) way: Way,
}

/// How it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the component itself.
    Native,
    /// In front of it.
    InFront,
}

/// The key of calls that are controlled. It is kept as it was given: another backend hashes it anew.
#[derive(Clone)]
pub(super) struct OwnedKey(Arc<dyn KeyParts + Send + Sync>);

impl OwnedKey {
    pub(super) fn new(key: impl KeyParts + Send + Sync + 'static) -> Self {
        Self(Arc::new(key))
    }

    pub(super) fn as_key(&self) -> Key<'_> {
        Key::new(&*self.0)
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.as_key().to_bytes() == other.as_key().to_bytes()
    }
}

impl Entry {
    pub(super) fn is_of(&self, component: Component, name: &str) -> bool {
        self.component == component && *self.name == *name
    }

    /// Returns true if it is about `key`; also if that is none and this is about all calls.
    pub(super) fn is_about(&self, key: Option<&OwnedKey>) -> bool {
        match (&self.key, key) {
            (None, None) => true,
            (Some(own), Some(key)) => own.is(key),
            _ => false,
        }
    }

    /// Returns true if both cannot be in effect at once.
    pub(super) fn is_replaced_by(&self, other: &Self) -> bool {
        let resizes = |entry: &Self| matches!(entry.action, ControlAction::Resize(_));
        self.is_of(other.component, &other.name)
            && self.is_about(other.key.as_ref())
            && resizes(self) == resizes(other)
    }

    /// Returns true if both are one and the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let what = |entry: &Self| (entry.action, entry.way, entry.until);
        self.is_replaced_by(other) && what(self) == what(other)
    }

    pub(super) fn is_over(&self, now: Tick) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Emits that it has ended by itself, under the name of the operator that began it.
    pub(super) fn tell_end(&self, live: &Live, why: &str) {
        let layer = Layer::new(self.component, self.name.clone());
        let reason = format!("{why}: {}", self.reason);
        let detail = || Detail::controlled(ControlAction::Release, &self.by, &reason, None);
        match &self.key {
            Some(key) => {
                live.driver.emit_with_key(key.as_key(), Topic::ControlChanged, &layer, detail);
            }
            None => live.driver.emit(Topic::ControlChanged, &layer, detail),
        }
    }

    pub(super) fn status(&self, now: Tick) -> ControlStatus {
        let left = self.until.map(|until| until.since(now));
        let status = ControlStatus::new(self.action, &*self.by, &*self.reason).expires_in(left);
        if self.key.is_some() { status.of_key() } else { status }
    }
}
