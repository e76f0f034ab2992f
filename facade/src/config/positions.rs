use std::collections::BTreeMap;

use super::key_path::KeyPath;

/// Where the keys of one source stand: in which line, or in which variable.
#[derive(Clone, Debug)]
pub(super) struct Positions<T>(BTreeMap<KeyPath, T>);

impl<T> Default for Positions<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Positions<T> {
    pub(super) fn insert(&mut self, path: KeyPath, position: T) {
        self.0.insert(path, position);
    }

    /// The position of `path` itself, else of the first key below it.
    pub(super) fn get(&self, path: &KeyPath) -> Option<&T> {
        let (found, position) = self.0.range(path..).next()?;
        found.starts_with(path).then_some(position)
    }

    /// The position of `path`, else of the nearest table that it would be in.
    pub(super) fn nearest(&self, path: &KeyPath) -> Option<&T> {
        let mut path = path.clone();
        loop {
            if path.is_top() {
                return None;
            }
            if let Some(position) = self.get(&path) {
                return Some(position);
            }
            path = path.parent()?;
        }
    }
}
