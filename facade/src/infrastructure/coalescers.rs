use seawall_core::Component;
use seawall_core::policy::{Coalescer, LastGood};

use crate::live::Described;
use crate::{Infrastructure, UnknownName};

/// Coalescers and last good answers by name. Settings have their options, and code says of which values they
/// are: each name has the types of its first use.
impl Infrastructure {
    /// Returns the coalescer `[coalesce.NAME]` of the settings, for values `T` and errors `E`.
    ///
    /// ```
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// let settings = ConfigSource::new().toml_str("[coalesce.prices]\nmax_followers = 100");
    /// let infra = Infrastructure::builder().config(settings).build()?;
    /// let prices = infra.coalescer::<u64, std::io::Error>("prices")?;
    /// # let price = infra.clock().block_on(async {
    /// let price = prices.run(("item", 7), async || Ok(42)).await?;
    /// # Ok::<_, seawall::Refusal>(price) })?;
    /// assert_eq!(price.as_ref().as_ref().ok(), Some(&42));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the settings have none of that name, or code uses it for other types.
    pub fn coalescer<T, E>(&self, name: &str) -> Result<Coalescer<T, E>, UnknownName>
    where
        T: Send + Sync + 'static,
        E: Send + Sync + 'static,
    {
        self.described(name)
    }

    /// Returns the last good answers `[stale.NAME]` of the settings, for values `T` and errors `E`. Their stale
    /// answers are reported to the observers.
    ///
    /// # Errors
    /// If the settings have none of that name, or code uses it for other types.
    pub fn stale<T, E>(&self, name: &str) -> Result<LastGood<T, E>, UnknownName>
    where
        T: Send + Sync + 'static,
        E: Send + Sync + 'static,
    {
        self.described(name)
    }

    fn described<D: Described>(&self, name: &str) -> Result<D, UnknownName> {
        // No reload takes it away meanwhile.
        let engine = self.live.engine();
        let plan = engine.plan();
        let planned = plan.coalescers.get(name);
        let get = |options| self.live.coalescers.get(name, options, &self.live.driver);
        match planned.and_then(|planned| get(&planned.options)) {
            Some(Ok(found)) => Ok(found),
            Some(Err(found)) => {
                Err(UnknownName::of_type(Component::Coalescer, name, &found, &D::path()))
            }
            None => {
                let names = plan.coalescers.iter();
                let names = names.filter(|(_, planned)| D::is_of(&planned.options));
                Err(UnknownName::new(Component::Coalescer, name, names.map(|(name, _)| &**name)))
            }
        }
    }
}
