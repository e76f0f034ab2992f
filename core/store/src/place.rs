use std::fmt;
use std::sync::Arc;

use crate::{StoreError, StoreErrorKind};

/// Names a store in errors, and keeps its passwords out of them: for those who write a
/// [`Store`](crate::Store).
#[derive(Clone)]
pub struct Place {
    name: Arc<str>,
    secrets: Arc<[String]>,
}

impl Place {
    /// Creates the place `name`, such as `redis at db.internal:6379`, whose errors show no `secrets`.
    #[must_use]
    pub fn new(name: &str, secrets: Vec<String>) -> Self {
        Self { name: name.into(), secrets: secrets.into() }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the place of one server of this store.
    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        Self { name: name.into(), secrets: Arc::clone(&self.secrets) }
    }

    /// Creates an error. A server may repeat what it was sent, so secrets in `problem` are replaced.
    pub fn error(&self, kind: StoreErrorKind, problem: impl Into<String>) -> StoreError {
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
