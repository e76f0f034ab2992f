use seawall_core::{Backend, ControlAction, ControlError, Key, Limit, ManualControl};

use crate::RateLimiter;

impl ManualControl for RateLimiter {
    /// Changes the limit of all keys or of one, in this instance. `Release` ends the own limit of a key.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        match (action, key) {
            (ControlAction::Release, Some(key)) => self.clear_limit_of(key),
            (ControlAction::Resize(limit), key) => return self.resize(limit, key),
            _ => return Err(ControlError::unsupported(Backend::layer(self), action, key)),
        }
        Ok(())
    }
}

impl RateLimiter {
    fn resize(&self, tokens: u32, key: Option<Key<'_>>) -> Result<(), ControlError> {
        let rule = self.rule();
        let limit = Limit { limit: tokens, ..rule.limit };
        let changed = match key {
            Some(key) => self.set_limit_of(key, limit),
            None => self.set_rule(&crate::Rule { limit, ..rule }),
        };
        changed.map_err(|invalid| {
            let problem = format!("cannot have a limit of {tokens}: it {}", invalid.problem());
            ControlError::new(Backend::layer(self), problem)
        })
    }
}
