use std::fmt;
use std::ops::Deref;

use smol_str::SmolStr;

use crate::{Component, InvalidOption, Layer};

/// A component's name. Cloning a name of up to 23 bytes copies it; longer ones are shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(SmolStr);

impl Name {
    /// Creates a name.
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(SmolStr::new(name))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that a component of kind `component` can have this name.
    ///
    /// # Errors
    /// If the name is empty or consists of white space.
    pub fn validate(&self, component: Component) -> Result<(), InvalidOption> {
        if self.trim().is_empty() {
            let layer = Layer::new(component, self.clone());
            return Err(InvalidOption::new(&layer, "name", "must not be blank"));
        }
        Ok(())
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(SmolStr::from(name))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
