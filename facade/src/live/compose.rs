use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::{Component, Driver, InvalidLayers, Stack, WeakHandle};

use super::table::close;
use super::{Live, Running};
use crate::AnyLayer;
use crate::plan::PlannedProtection;
use crate::protection::{Handle, Snapshot};
use crate::swap::Slot;

/// How a protection is put together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) name: Box<str>,
    pub(crate) layers: Vec<(Component, Box<str>)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
}

impl From<&PlannedProtection> for Recipe {
    fn from(planned: &PlannedProtection) -> Self {
        let PlannedProtection { name, layers, timeout, deadline, .. } = planned.clone();
        Self { name, layers, timeout, deadline }
    }
}

impl Recipe {
    /// Puts the protection together; `running` finds its components.
    ///
    /// # Errors
    /// If it has too many layers, or one of them twice.
    pub(crate) fn compose<'r>(
        &self,
        driver: &Driver,
        running: impl Fn(Component, &str) -> Option<&'r Arc<Running>>,
    ) -> Result<(Snapshot, Vec<u64>), InvalidLayers> {
        let find = |(component, name): &(Component, Box<str>)| running(*component, name);
        let found: Vec<_> = self.layers.iter().filter_map(find).collect();
        let layers = found.iter().map(|running| running.layer.clone()).collect();
        let stack = Stack::new(&*self.name, layers)?;
        let snapshot = driver.handle(stack).with_limits(self.timeout, self.deadline);
        Ok((snapshot, found.iter().map(|running| running.id).collect()))
    }
}

/// Versions of configured protections that are in use. One that comes back is the same again, so that
/// calls which have found it before find it at once.
#[derive(Default)]
pub(crate) struct Snapshots(BTreeMap<Box<str>, Vec<Known>>);

struct Known {
    recipe: Recipe,
    components: Vec<u64>,
    snapshot: WeakHandle<Stack<AnyLayer>>,
}

impl Snapshots {
    /// Returns the version of a protection that `recipe` describes.
    ///
    /// # Errors
    /// As [`Recipe::compose`].
    pub(crate) fn find<'r>(
        &mut self,
        recipe: Recipe,
        driver: &Driver,
        running: impl Fn(Component, &str) -> Option<&'r Arc<Running>>,
    ) -> Result<Snapshot, InvalidLayers> {
        let (snapshot, components) = recipe.compose(driver, running)?;
        let known = self.0.entry(recipe.name.clone()).or_default();
        known.retain(|known| known.snapshot.upgrade().is_some());
        let same = |known: &&Known| known.components == components && known.recipe == recipe;
        if let Some(same) = known.iter().find(same).and_then(|known| known.snapshot.upgrade()) {
            return Ok(same);
        }
        known.push(Known { recipe, components, snapshot: snapshot.downgrade() });
        Ok(snapshot)
    }
}

/// Protections that code composed, as long as it keeps them.
#[derive(Default)]
pub(crate) struct Composed(Vec<Open>);

struct Open {
    slot: Weak<Slot<Snapshot>>,
    recipe: Recipe,
    components: Vec<u64>,
}

impl Composed {
    /// Opens a protection that code has composed.
    ///
    /// # Errors
    /// As [`Recipe::compose`].
    pub(crate) fn open<'r>(
        &mut self,
        live: &Live,
        recipe: Recipe,
        running: impl Fn(Component, &str) -> Option<&'r Arc<Running>>,
    ) -> Result<Handle, InvalidLayers> {
        let (snapshot, components) = recipe.compose(&live.driver, running)?;
        let slot = Arc::new(Slot::new(snapshot, Arc::clone(&live.gate)));
        if live.is_closed() {
            close(&slot);
        }
        self.0.retain(|open| open.slot.strong_count() > 0);
        self.0.push(Open { slot: Arc::downgrade(&slot), recipe, components });
        Ok(Handle::new(slot))
    }

    /// Puts those together again whose components are others now. Within a change.
    pub(crate) fn follow<'r>(
        &mut self,
        driver: &Driver,
        running: impl Fn(Component, &str) -> Option<&'r Arc<Running>>,
    ) {
        for open in &mut self.0 {
            let Some(slot) = open.slot.upgrade() else { continue };
            let Ok((snapshot, components)) = open.recipe.compose(driver, &running) else {
                continue;
            };
            if components != open.components {
                slot.replace(snapshot);
                open.components = components;
            }
        }
    }

    pub(super) fn close(&self) {
        self.0.iter().filter_map(|open| open.slot.upgrade()).for_each(|slot| close(&slot));
    }
}
