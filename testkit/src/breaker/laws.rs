//! The laws, each a function that panics where it is broken.

pub(super) mod books;
pub(super) mod closed;
pub(super) mod half_open;
pub(super) mod late;
pub(super) mod open;
pub(super) mod threads;
pub(super) mod time;
