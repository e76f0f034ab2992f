use seawall_core::Layer;

/// A key cannot be controlled, as it is not kept and there is no room for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer} has no room for another key")]
pub struct NoRoom {
    layer: Layer,
}

impl NoRoom {
    pub(crate) fn new(layer: &Layer) -> Self {
        Self { layer: layer.clone() }
    }
}
