//! What a pool does that is on the simplest rack there is.

mod ages;
mod background;
mod guard;
mod laws;
mod support;
mod waits;
