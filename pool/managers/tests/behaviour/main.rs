//! What the managers promise, against real servers and databases.

mod postgres;
mod sqlite;
mod support;
