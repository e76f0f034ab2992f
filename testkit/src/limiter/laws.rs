//! The laws, each a function that panics where it is broken.

pub(super) mod back;
pub(super) mod books;
pub(super) mod keys;
pub(super) mod look;
pub(super) mod memory;
pub(super) mod spend;
pub(super) mod threads;
pub(super) mod time;
pub(super) mod waiting;
