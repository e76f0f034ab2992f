use seawall_core::{Backend, ControlAction, ControlError, Key, ManualControl};

use crate::{CircuitBreaker, KeyedBreaker};

impl ManualControl for CircuitBreaker {
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        match action {
            _ if key.is_some() => {
                return Err(ControlError::unsupported(Backend::layer(self), action, key));
            }
            ControlAction::ForceOpen => self.force_open(),
            ControlAction::ForceClosed => self.disable(),
            ControlAction::Observe => self.observe(),
            ControlAction::Release | ControlAction::Reset => self.reset(),
            _ => return Err(ControlError::unsupported(Backend::layer(self), action, key)),
        }
        Ok(())
    }
}

impl ManualControl for KeyedBreaker {
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        let Some(key) = key else { return self.act_on_all(action) };
        match action {
            ControlAction::ForceOpen => self.force_open(key),
            ControlAction::ForceClosed => self.disable(key),
            ControlAction::Observe => self.observe(key),
            ControlAction::Release | ControlAction::Reset => self.reset(key),
            _ => return Err(ControlError::unsupported(Backend::layer(self), action, Some(key))),
        }
        .map_err(|_| ControlError::new(Backend::layer(self), "has no room for another key"))
    }
}

impl KeyedBreaker {
    fn act_on_all(&self, action: ControlAction) -> Result<(), ControlError> {
        match action {
            ControlAction::ForceOpen => self.force_open_all(),
            ControlAction::ForceClosed => self.disable_all(),
            ControlAction::Observe => self.observe_all(),
            ControlAction::Release | ControlAction::Reset => self.reset_all(),
            _ => return Err(ControlError::unsupported(Backend::layer(self), action, None)),
        }
        Ok(())
    }
}
