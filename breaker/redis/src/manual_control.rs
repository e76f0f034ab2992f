use seawall_core::{ControlAction, ControlError, Key, ManualControl};

use crate::SharedBreaker;

impl ManualControl for SharedBreaker {
    /// Controls the circuit of this instance.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        self.circuit().act(action, key)
    }
}
