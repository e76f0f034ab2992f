use std::error::Error as StdError;

use seawall_core::{Detail, Driver, Layer, Topic};

use crate::trouble::Trouble;

/// What the observers have been told of a pool's health.
#[derive(Default)]
pub(crate) struct Health {
    is_degraded: bool,
}

impl Health {
    /// Tells them if it is another now. A pool that nobody has tried to connect is not called ill.
    pub(crate) fn tell<E>(&mut self, driver: &Driver, layer: &Layer, trouble: &Trouble<E>)
    where
        E: StdError + 'static,
    {
        let is_degraded = trouble.is_down() && trouble.failed_in_a_row() > 0;
        if is_degraded == self.is_degraded {
            return;
        }
        self.is_degraded = is_degraded;
        if is_degraded {
            let cause = trouble.connect_error();
            let cause = cause.as_deref().map(|cause| cause as &(dyn StdError + 'static));
            driver.emit(Topic::ComponentDegraded, layer, || Detail::degraded(cause));
        } else {
            driver.emit(Topic::ComponentRecovered, layer, || Detail::None);
        }
    }
}
