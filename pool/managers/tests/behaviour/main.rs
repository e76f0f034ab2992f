//! What the managers promise, against real servers.

mod postgres;
mod support;
