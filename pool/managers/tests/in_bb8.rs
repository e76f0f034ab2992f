//! What the managers promise, kept in pools of bb8.

use seawall_pool_bb8::Pool;

#[path = "behaviour/all.rs"]
mod behaviour;
