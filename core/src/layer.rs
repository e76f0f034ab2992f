use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use self::interner::Interner;
use crate::{Component, InvalidOption, Name};

mod interner;

/// A layer of a protection: the kind of component and its name.
///
/// Cloning is cheap, so each refusal can name its layer. The first few thousand different layers of
/// a process are kept for ever, and cloning one of them only copies a pointer. Later ones, and
/// those with very long names, are reference-counted: a program that makes up names leaks nothing,
/// but its threads contend for the reference counts.
#[derive(Clone)]
pub struct Layer(Kept);

#[derive(Clone)]
enum Kept {
    ForGood(&'static Named),
    Counted(Arc<Named>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Named {
    component: Component,
    name: Name,
}

impl Layer {
    /// Creates the layer of the `component` called `name`.
    #[must_use]
    pub fn new(component: Component, name: impl Into<Name>) -> Self {
        let named = Named { component, name: name.into() };
        Self(match Interner::shared().intern(named) {
            Ok(named) => Kept::ForGood(named),
            Err(named) => Kept::Counted(Arc::new(named)),
        })
    }

    /// Returns the kind of component.
    #[inline]
    #[must_use]
    pub fn component(&self) -> Component {
        self.named().component
    }

    /// Returns the name.
    #[inline]
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.named().name
    }

    /// Checks that new options have the name of the layer.
    ///
    /// # Errors
    /// If they have another one.
    pub(crate) fn keeps_name(&self, name: &Name) -> Result<(), InvalidOption> {
        match self.name() == name {
            true => Ok(()),
            false => Err(InvalidOption::new(self, "name", "cannot change while it is used")),
        }
    }

    #[inline]
    fn named(&self) -> &Named {
        match &self.0 {
            Kept::ForGood(named) => named,
            Kept::Counted(named) => named,
        }
    }
}

impl PartialEq for Layer {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.named(), other.named()) || self.named() == other.named()
    }
}

impl Eq for Layer {}

impl Hash for Layer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.named().hash(state);
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer")
            .field("component", &self.component())
            .field("name", self.name())
            .finish()
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.component().title(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_one_name_are_equal_however_they_are_kept() {
        let named = || Named { component: Component::Bulkhead, name: Name::new("kept") };
        let kept = Layer::new(Component::Bulkhead, "kept");
        assert!(matches!(kept.0, Kept::ForGood(_)));
        let counted = Layer(Kept::Counted(Arc::new(named())));
        let hash = |layer: &Layer| {
            let mut hasher = std::hash::DefaultHasher::new();
            layer.hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!(kept, counted);
        assert_eq!(hash(&kept), hash(&counted));
        assert_ne!(kept, Layer::new(Component::Bulkhead, "other"));
        assert_ne!(kept, Layer::new(Component::CircuitBreaker, "kept"));
        assert_eq!(counted.to_string(), "bulkhead `kept`");
    }
}
