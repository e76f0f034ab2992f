use std::fmt;
use std::sync::Arc;

use seawall_store::{StoreError, StoreErrorKind};

/// Names the store in errors, and keeps passwords out of them.
#[derive(Clone)]
pub(crate) struct Place {
    name: Arc<str>,
    secrets: Arc<[String]>,
}

impl Place {
    pub(crate) fn new(name: &str, secrets: Vec<String>) -> Self {
        Self { name: name.into(), secrets: secrets.into() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the place of one server of this store.
    pub(crate) fn at(&self, name: &str) -> Self {
        Self { name: name.into(), secrets: Arc::clone(&self.secrets) }
    }

    /// Creates an error. A server may repeat what it was sent, so passwords in `problem` are replaced.
    pub(crate) fn error(&self, kind: StoreErrorKind, problem: impl Into<String>) -> StoreError {
        let mut problem = problem.into();
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            problem = problem.replace(secret.as_str(), "…");
        }
        StoreError::new(kind, self.name(), problem)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
