use std::sync::Arc;

use seawall_core::{Component, Layer, Name, Refusal, RefusalKind};

use crate::config::nearest;

/// Nothing of that kind and name is configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer} is not configured{}", self.hint())]
pub struct UnknownName {
    layer: Layer,
    nearest: Option<String>,
    known: Vec<Name>,
    /// The type that was asked for, if that is what is wrong.
    wanted: Option<&'static str>,
}

impl UnknownName {
    pub(crate) fn new<'n>(
        component: Component,
        name: &str,
        known: impl Iterator<Item = &'n Name>,
    ) -> Self {
        let known: Vec<Name> = known.cloned().collect();
        let nearest = nearest(name, known.iter().map(Name::as_str)).map(str::to_owned);
        Self { layer: Layer::new(component, name), nearest, known, wanted: None }
    }

    /// There is one, but it is not a `wanted`: another backend, or another manager's pool.
    pub(crate) fn of_another_kind(component: Component, name: &str, wanted: &'static str) -> Self {
        let layer = Layer::new(component, name);
        Self { layer, nearest: None, known: Vec::new(), wanted: Some(wanted) }
    }

    /// The name that was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        self.layer.name()
    }

    /// The name that was meant, perhaps.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// The names there are.
    #[must_use]
    pub fn known(&self) -> &[Name] {
        &self.known
    }

    fn hint(&self) -> String {
        if let Some(wanted) = self.wanted {
            return format!(" as `{wanted}`");
        }
        match (&self.nearest, &*self.known) {
            (Some(nearest), _) => format!("; did you mean `{nearest}`?"),
            (None, []) => "; none is".to_owned(),
            (None, known) => {
                let known: Vec<&str> = known.iter().map(Name::as_str).collect();
                format!("; there is {}", known.join(", "))
            }
        }
    }
}

/// A call through something that is not there never ran.
impl From<UnknownName> for Refusal {
    fn from(unknown: UnknownName) -> Self {
        let refusal = Self::new(RefusalKind::UnknownName, &unknown.layer);
        refusal.with_source(Arc::new(unknown))
    }
}
