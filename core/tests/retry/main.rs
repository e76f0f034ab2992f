//! Calls that are attempted again: which, when, how often, and what is seen of it.

mod cancelled;
mod ends;
mod events;
mod fixture;
mod peers;
mod random;
mod timing;

const MS: std::time::Duration = std::time::Duration::from_millis(1);
