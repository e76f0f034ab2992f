use figment::value::{Dict, Value};

use super::content::{Content, Data, Gathered};
use super::key_path::KeyPath;
use super::load::merge;
use super::merged::coalesce;
use super::view::View;

/// What code has changed since the start, over all sources. However many changes were made, it is no
/// larger than what they have led to.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeChanges {
    /// What the sources have and code took away, before `set` is merged.
    removed: Vec<KeyPath>,
    set: Dict,
}

impl CodeChanges {
    /// Returns these changes and then `more`, over `base`.
    pub(crate) fn and(&self, more: &Content, base: &Content) -> Self {
        let mut changes = self.clone();
        let base = merge(base.parts()).root;
        for part in more.parts() {
            if let Data::Remove(key) = &part.data {
                let keys = KeyPath::from_iter(key.split('.'));
                remove(&mut changes.set, &keys);
                if find(&base, &keys).is_some() && !changes.removed.contains(&keys) {
                    changes.removed.push(keys);
                }
            } else {
                let set = std::mem::take(&mut changes.set);
                changes.set = coalesce(set, merge(std::slice::from_ref(part)).root);
            }
        }
        changes
    }

    /// Returns the changes as a source.
    pub(super) fn gathered(&self) -> Gathered {
        Gathered { data: Data::Code(self.clone()), view: View::default() }
    }

    pub(super) const fn removed(&self) -> &Vec<KeyPath> {
        &self.removed
    }

    pub(super) const fn set(&self) -> &Dict {
        &self.set
    }
}

/// Removes what is at `path`; returns false if there is nothing.
pub(super) fn remove(dict: &mut Dict, path: &KeyPath) -> bool {
    let keys: Vec<_> = path.keys().collect();
    let Some((last, tables)) = keys.split_last() else { return false };
    let table = tables.iter().try_fold(dict, |dict, key| match dict.get_mut(*key) {
        Some(Value::Dict(_, table)) => Some(table),
        _ => None,
    });
    table.is_some_and(|table| table.remove(*last).is_some())
}

pub(super) fn find<'d>(dict: &'d Dict, path: &KeyPath) -> Option<&'d Value> {
    let keys: Vec<_> = path.keys().collect();
    let (last, tables) = keys.split_last()?;
    let table = tables.iter().try_fold(dict, |dict, key| dict.get(*key)?.as_dict());
    table?.get(*last)
}
