use crate::{Control, Infrastructure};

/// Manual control of components by name.
impl Infrastructure {
    /// Begins manual control of components by an operator or a program, `by`, for a `reason`.
    ///
    /// What is forced, observed or resized stays so, also across reloads, until it is released or
    /// expires. It is in the [status](Self::components) of the component, and each change of it is an
    /// event: [`Topic::ControlChanged`](crate::Topic::ControlChanged).
    ///
    /// Backends that do not force themselves are forced in front of them, where protections and
    /// [`check_rate`](Self::check_rate) come to them; a handle that code has to such a component itself
    /// does not see that. Calls that wait or run already are not affected.
    ///
    /// ```
    /// # #[cfg(all(feature = "breaker", feature = "ratelimit"))] {
    /// use std::time::Duration;
    ///
    /// use seawall::{Component, ConfigSource, Infrastructure};
    ///
    /// # let settings = ConfigSource::new().toml_str(
    /// #     "[breaker.payments]\n[rate_limit.api]\nlimit = \"10/s\"\n");
    /// # let infra = Infrastructure::builder().config(settings).build()?;
    /// let hour = Duration::from_secs(3600);
    /// infra.control("ann", "the bank is down").breaker("payments").expires_after(hour).force_open()?;
    /// infra.control("bob", "contract 17").rate_limit("api").key(("tenant", 7)).resize(100)?;
    /// println!("{}", infra.components()[0]); // ...; force_open by ann: the bank is down, for ...
    ///
    /// infra.control("ann", "the bank is back").all(Component::CircuitBreaker).release()?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn control(&self, by: impl Into<String>, reason: impl Into<String>) -> Control<'_> {
        Control::new(&self.live, by.into(), reason.into())
    }
}
