use seawall_bulkhead::resize_by;
use seawall_core::{Backend, ControlAction, ControlError, Key, ManualControl};

use crate::SharedBulkhead;

impl ManualControl for SharedBulkhead {
    /// Changes the maximum of all instances, as this one knows it.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        resize_by(Backend::layer(self), (action, key), |permits| self.resize(permits))
    }
}
