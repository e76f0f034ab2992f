//! Subjects of the measurements.

use crate::batch::Batch;

/// One of the subjects that are compared.
pub struct Subject<S> {
    pub name: &'static str,
    /// Starts it in a situation; `None` if it has nothing to show there.
    pub start: fn(S) -> Option<Box<dyn Batch>>,
}

/// Starts all subjects that have something to show in `situation`, and returns their names.
pub fn start<S: Clone>(
    subjects: &[Subject<S>],
    situation: &S,
) -> (Vec<&'static str>, Vec<Box<dyn Batch>>) {
    let start = |subject: &Subject<S>| Some((subject.name, (subject.start)(situation.clone())?));
    subjects.iter().filter_map(start).unzip()
}
