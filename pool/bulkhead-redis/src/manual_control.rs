use seawall_core::{Backend, ControlAction, ControlError, Key, ManualControl};

use crate::SharedBulkhead;

impl ManualControl for SharedBulkhead {
    /// Changes the maximum of all instances, as this one knows it.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        let layer = Backend::layer(self);
        let (ControlAction::Resize(max_concurrent), None) = (action, key) else {
            return Err(ControlError::unsupported(layer, action, key));
        };
        self.resize(max_concurrent).map_err(|invalid| {
            let problem =
                format!("cannot have {max_concurrent} permits: their number {}", invalid.problem());
            ControlError::new(layer, problem)
        })
    }
}
