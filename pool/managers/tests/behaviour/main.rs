//! What the managers promise, against real servers and databases.

mod adapters;
mod postgres;
mod redis;
mod secrets;
mod sqlite;
mod support;

use seawall_pool::Pool;
