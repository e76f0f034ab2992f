use seawall_core::{Driver, InvalidOption, Stack};

use super::{Plan, PlannedComponent, PlannedProtection};
use crate::config::{ConfigError, Diagnostic, Problem};
use crate::registry::{Registry, Running};

impl Plan {
    /// Starts everything but the pools.
    ///
    /// # Errors
    /// If a backend does not start with options that it accepted when it read them.
    pub(crate) fn start(&self, driver: &Driver) -> Result<Registry, ConfigError> {
        let mut registry = Registry::default();
        let mut problems = Vec::new();
        for planned in self.components.values() {
            match planned.start(driver) {
                Ok(instance) => registry.add(Running { planned: planned.clone(), instance }),
                Err(invalid) => problems.push(planned.problem(&invalid)),
            }
        }
        if !problems.is_empty() {
            return Err(ConfigError::new(problems));
        }
        for planned in self.protections.values() {
            let snapshot = planned.snapshot(&registry, driver);
            registry.protect(planned.name(), snapshot);
        }
        Ok(registry)
    }
}

impl PlannedComponent {
    /// Returns the problem that the backend does not accept an option.
    pub(crate) fn problem(&self, invalid: &InvalidOption) -> Problem {
        let setting = self.settings.iter().find(|setting| setting.name() == invalid.option());
        let place = setting.and_then(|setting| setting.source().place()).unwrap_or(&self.place);
        Problem::new(place.clone(), Diagnostic::new(invalid.to_string()), "")
    }
}

impl PlannedProtection {
    /// Returns the version of the protection that this plan describes, of the components in `registry`.
    pub(crate) fn snapshot(
        &self,
        registry: &Registry,
        driver: &Driver,
    ) -> crate::protection::Snapshot {
        let layer = |(component, name)| {
            let running = registry.component(component, name);
            running.expect("BUG: a protection names a component that is not planned")
        };
        let layers = self.layers().map(|named| layer(named).instance.layer.clone()).collect();
        let stack = Stack::new(self.name(), layers).expect("BUG: the layers were not checked");
        driver.handle(stack).with_limits(self.timeout, self.deadline)
    }
}
