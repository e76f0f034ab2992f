//! The laws: each is a function that panics if it is not kept.

pub(super) mod changing;
pub(super) mod closing;
pub(super) mod counting;
pub(super) mod permits;
pub(super) mod threads;
pub(super) mod waiting;
