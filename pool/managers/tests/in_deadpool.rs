//! What the managers promise, kept in pools of deadpool.

use seawall_pool_deadpool::Pool;

#[path = "behaviour/all.rs"]
mod behaviour;
