//! What the managers promise, against real servers and databases, whatever library keeps what is idle.
//!
//! The tests of each backend include these, with the backend's `Pool` at their root.

mod adapters;
mod postgres;
mod redis;
mod sqlite;
mod support;
