//! The laws: each is a function that panics if it is not kept.

pub(super) mod changing;
pub(super) mod closed;
pub(super) mod counting;
pub(super) mod forcing;
pub(super) mod half_open;
pub(super) mod late;
pub(super) mod open;
pub(super) mod threads;
pub(super) mod time;
