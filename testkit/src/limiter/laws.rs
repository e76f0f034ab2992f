//! The laws: each is a function that panics if it is not kept.

pub(super) mod changing;
pub(super) mod counting;
pub(super) mod giving_back;
pub(super) mod keys;
pub(super) mod memory;
pub(super) mod peeking;
pub(super) mod spending;
pub(super) mod threads;
pub(super) mod time;
pub(super) mod waiting;
