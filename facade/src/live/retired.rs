use std::sync::{Arc, Mutex, PoisonError};

use seawall_core::{Layer, Tick};

use super::Running;

/// Components that a reload has removed or replaced, for as long as calls are under way in them.
#[derive(Default)]
pub(crate) struct Retired(Mutex<Vec<Arc<Running>>>);

impl Retired {
    /// Adds components that no protection has any more.
    pub(crate) fn add(&self, components: Vec<Arc<Running>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(components);
    }

    /// Refuses all calls that still wait in them.
    pub(crate) fn close(&self) {
        let retired = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        retired.iter().for_each(|running| running.instance.close());
    }

    /// Returns the number of calls that are under way in each, and forgets those without any.
    pub(crate) fn in_flight(&self, now: Tick) -> Vec<(Layer, u64)> {
        let mut counts = Vec::new();
        let mut retired = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (busy, idle) = std::mem::take(&mut *retired).into_iter().partition(|running| {
            let status = running.status(now);
            let count = status.in_flight().unwrap_or(0);
            if count > 0 {
                counts.push((status.layer, count));
            }
            count > 0
        });
        *retired = busy;
        // Outside of the lock: the drop may run code of the application.
        drop(retired);
        drop::<Vec<_>>(idle);
        counts
    }
}
