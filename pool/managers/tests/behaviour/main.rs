//! What the managers promise, against real servers and databases.

mod postgres;
mod redis;
mod sqlite;
mod support;
