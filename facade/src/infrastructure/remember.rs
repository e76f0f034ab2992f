use seawall_breaker::{CircuitBreaker, Snapshot};
use seawall_core::{BoxError, Component, Layer};

use crate::Infrastructure;

/// State that outlives a restart.
impl Infrastructure {
    /// Returns the components with `remember = true` in their settings, whose state and manual control
    /// `seawall-journal` keeps across restarts.
    #[must_use]
    pub fn remembered(&self) -> Vec<Layer> {
        self.describe().remembered()
    }

    /// Returns the state of the circuit breaker called `name`, for [`import`](Self::import) after a
    /// restart; `None` if there is none of that name, or it is not a native breaker without keys.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<Snapshot> {
        Some(self.breaker(name)?.export())
    }

    /// Lets the circuit breaker called `name` go on where an earlier process had stopped. If its state
    /// changes, the event has the cause `restored`.
    ///
    /// # Errors
    /// If there is no native breaker without keys of that name, or no breaker can have exported
    /// `snapshot`; then nothing changes.
    pub fn import(&self, name: &str, snapshot: &Snapshot) -> Result<(), BoxError> {
        match self.breaker(name) {
            Some(breaker) => Ok(breaker.import(snapshot)?),
            None => Err(format!("no native circuit breaker `{name}` without keys runs").into()),
        }
    }

    /// Returns a breaker as the infrastructure itself uses it: a reload may still take it away.
    fn breaker(&self, name: &str) -> Option<CircuitBreaker> {
        let running = self.live.current().running(Component::CircuitBreaker, name)?;
        running.handle().ok()
    }
}
