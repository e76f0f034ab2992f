use seawall_core::Layer;

/// A key that cannot be taken in hand, as it is not kept and there is no room for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer} has no room for another key")]
pub struct NoRoom {
    layer: Layer,
}

impl NoRoom {
    pub(crate) fn of(layer: &Layer) -> Self {
        Self { layer: layer.clone() }
    }
}
