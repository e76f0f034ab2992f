use figment::value::Dict;

use super::Diagnostic;
use super::nearest::nearest;

/// The part of a source that has Seawall's settings, and how it has profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct View {
    table: Option<String>,
    is_nested: bool,
    /// True if a source without the table is as good as none.
    is_optional: bool,
}

impl View {
    /// The view of a source that may be missing.
    pub(super) const fn optional() -> Self {
        Self { table: None, is_nested: false, is_optional: true }
    }

    pub(super) fn set_table(&mut self, table: String) {
        self.table = Some(table);
    }

    pub(super) const fn nest(&mut self) {
        self.is_nested = true;
    }

    pub(super) const fn is_nested(&self) -> bool {
        self.is_nested
    }

    /// The keys on the way to the table.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.iter().flat_map(|table| table.split('.'))
    }

    /// What is wrong with a source that lacks `key`, which is one of those on the way; `None` if that
    /// is as good as no source.
    pub(super) fn missing(&self, dict: &Dict, key: &str) -> Option<Diagnostic> {
        let near = nearest(key, dict.keys().map(String::as_str));
        if self.is_optional && near.is_none() {
            return None;
        }
        Some(Diagnostic::new("missing").expected("a table").suggest(near))
    }
}
