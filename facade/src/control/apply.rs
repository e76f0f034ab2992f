use std::sync::Arc;

use seawall_core::{Component, ControlAction, ControlError, Layer, Name};

use super::entry::{Entry, OwnedKey, Way};
use crate::live::{Live, Running};

/// A component that is controlled. No lock is held while the component acts, since it may emit events;
/// so each act ends with a look whether anything else has changed meanwhile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) component: Component,
    pub(super) name: Name,
}

/// Puts all components under the control that is in effect for them, after they were started anew or
/// have other options.
pub(crate) fn restore(live: &Live) {
    let targets = live.manual.targets(|_| true);
    for target in &targets {
        if live.current().has(target.component, &target.name) {
            target.settle(live);
        } else {
            let gone = live.manual.take(|entry| entry.is_of(target.component, &target.name));
            gone.iter().for_each(|entry| entry.tell_end(live, "the component is gone"));
        }
    }
    if !targets.is_empty() {
        // What was new has been told by now.
        live.recompose();
    }
}

impl Target {
    /// Does what `entry` says, and has it in effect from now on.
    pub(super) fn put(&self, live: &Live, mut entry: Entry) -> Result<(), ControlError> {
        entry.way = self.try_native(live, &entry)?;
        let way = entry.way;
        let replaced = live.manual.put(entry);
        let before = replaced.as_ref().map(|replaced| replaced.way);
        if let (Some(replaced), Way::InFront, Some(Way::Native)) = (&replaced, way, before) {
            self.release_natively(live, replaced);
        }
        self.settle(live);
        if way == Way::InFront || before == Some(Way::InFront) {
            live.recompose();
        }
        Ok(())
    }

    /// Ends what lasts and `is_meant`.
    pub(super) fn release(&self, live: &Live, is_meant: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let is_meant = |entry: &Entry| entry.is_of(self.component, &self.name) && is_meant(entry);
        let released = live.manual.take(is_meant);
        self.after_release(live, &released);
        released
    }

    fn after_release(&self, live: &Live, released: &[Entry]) {
        for entry in released.iter().filter(|entry| entry.way == Way::Native) {
            self.release_natively(live, entry);
        }
        self.settle(live);
        if released.iter().any(|entry| entry.way == Way::InFront) {
            live.recompose();
        }
    }

    /// Has the component forget what it counted. It stays under the control that is in effect.
    pub(super) fn reset(&self, live: &Live, key: Option<&OwnedKey>) -> Result<(), ControlError> {
        self.act(live, ControlAction::Reset, key)?;
        self.settle(live);
        Ok(())
    }

    /// Goes back to the entries that were in effect `before`.
    pub(super) fn go_back(&self, live: &Live, before: Vec<Entry>) {
        let is_new = |entry: &Entry| !before.iter().any(|other| other.is_same(entry));
        let new: Vec<_> = live.manual.of(self.component, &self.name);
        let new: Vec<_> = new.into_iter().filter(is_new).collect();
        live.manual.set(self.component, &self.name, before);
        self.after_release(live, &new);
    }

    fn try_native(&self, live: &Live, entry: &Entry) -> Result<Way, ControlError> {
        match self.act(live, entry.action, entry.key.as_ref()) {
            Ok(()) => Ok(Way::Native),
            Err(error) if error.is_unsupported() && self.goes_in_front(entry) => Ok(Way::InFront),
            Err(error) => Err(error),
        }
    }

    /// Returns true if it can be done in front of the component, as calls pass through that as a layer.
    fn goes_in_front(&self, entry: &Entry) -> bool {
        let forces = matches!(
            entry.action,
            ControlAction::ForceOpen | ControlAction::ForceClosed | ControlAction::Observe
        );
        forces && self.component != Component::ConnectionPool
    }

    fn act(
        &self,
        live: &Live,
        action: ControlAction,
        key: Option<&OwnedKey>,
    ) -> Result<(), ControlError> {
        let key = key.map(OwnedKey::as_key);
        let unsupported = || ControlError::unsupported(&self.layer(), action, key);
        #[cfg(feature = "__pool")]
        if self.component == Component::ConnectionPool {
            return match (action, key) {
                (ControlAction::Resize(limit), None) => live.resize_pool(&self.name, limit),
                _ => Err(unsupported()),
            };
        }
        let running = self.running(live);
        let control = running.as_ref().and_then(|running| running.instance.control());
        control.map_or_else(|| Err(unsupported()), |control| control.act(action, key))
    }

    fn release_natively(&self, live: &Live, entry: &Entry) {
        // Another backend may not have it; then there is nothing to release.
        if !matches!(entry.action, ControlAction::Resize(_)) || entry.key.is_some() {
            let _ = self.act(live, ControlAction::Release, entry.key.as_ref());
        }
        if matches!(entry.action, ControlAction::Resize(_)) {
            live.refresh(self.component, &self.name);
        }
    }

    /// Has the component do what is in effect for it, until nothing changes any more.
    fn settle(&self, live: &Live) {
        let mut is_moved = false;
        loop {
            let (version, running) = (live.manual.version(), self.running(live));
            for mut entry in live.manual.native(self.component, &self.name) {
                let acted = self.act(live, entry.action, entry.key.as_ref());
                // The backend may be another one by now, which does not have the action.
                if acted.is_err_and(|error| error.is_unsupported()) && self.goes_in_front(&entry) {
                    entry.way = Way::InFront;
                    is_moved |= live.manual.replace(entry);
                }
            }
            let same = match (&running, &self.running(live)) {
                (Some(before), Some(now)) => Arc::ptr_eq(before, now),
                (before, now) => before.is_none() && now.is_none(),
            };
            if same && live.manual.version() == version {
                break;
            }
        }
        if is_moved {
            live.recompose();
        }
    }

    fn running(&self, live: &Live) -> Option<Arc<Running>> {
        live.current().running(self.component, &self.name)
    }

    fn layer(&self) -> Layer {
        Layer::new(self.component, self.name.clone())
    }
}
