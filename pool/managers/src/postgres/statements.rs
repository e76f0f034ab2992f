use std::collections::HashMap;

use tokio_postgres::Statement;

/// The prepared statements of one connection, by their text. The one unused for longest makes room
/// for another.
#[derive(Default)]
pub(super) struct Statements {
    kept: HashMap<Box<str>, (Statement, u64)>,
    max: usize,
    uses: u64,
    /// The session's count of the times that it lost all statements.
    deallocated: u64,
}

impl Statements {
    pub(super) fn new(max: usize) -> Self {
        Self { max, ..Self::default() }
    }

    /// Returns the statement of `query`, if the session has not lost it since.
    pub(super) fn get(&mut self, query: &str, deallocated: u64) -> Option<Statement> {
        if self.deallocated != deallocated {
            self.deallocated = deallocated;
            self.kept.clear();
        }
        let (statement, used) = self.kept.get_mut(query)?;
        self.uses += 1;
        *used = self.uses;
        Some(statement.clone())
    }

    pub(super) fn put(&mut self, query: &str, statement: Statement) {
        if self.max == 0 {
            return;
        }
        if self.kept.len() >= self.max && !self.kept.contains_key(query) {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(query, _)| query.clone()) {
                self.kept.remove(&oldest);
            }
        }
        self.uses += 1;
        self.kept.insert(query.into(), (statement, self.uses));
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
