use std::sync::Arc;

use seawall_core::Component;

use crate::build::path_of;
use crate::live::Running;
use crate::{ComponentHandle, Infrastructure, UnknownName};

/// Components by name, for what a protection does not offer: manual control, a new rule, counters.
impl Infrastructure {
    /// Returns the component of type `H` that is called `name` in the settings.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// use seawall::breaker::CircuitBreaker;
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// let settings = ConfigSource::new().toml_str("[breaker.payments]\nfailures = 5");
    /// let infra = Infrastructure::builder().config(settings).build()?;
    /// let breaker: CircuitBreaker = infra.component("payments")?;
    /// breaker.force_open();
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the settings have no component of that kind and name, or one of another type: another
    /// backend, or another value of `per_key`.
    pub fn component<H: ComponentHandle>(&self, name: &str) -> Result<H, UnknownName> {
        let running = self.hold(H::COMPONENT, name)?;
        running
            .handle()
            .map_err(|found| UnknownName::of_type(H::COMPONENT, name, found, path_of::<H>()))
    }

    /// Returns what runs under a name, of which code has a handle from now on.
    fn hold(&self, component: Component, name: &str) -> Result<Arc<Running>, UnknownName> {
        let table = self.live.current();
        let reader = table.component(component, name);
        let running = reader.map(|reader| reader.slot().hold());
        let running = running.filter(|running| !running.is_removed());
        running.ok_or_else(|| table.unknown(component, name))
    }
}
