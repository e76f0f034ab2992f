//! What the managers promise, kept in pools of r2d2.

use seawall_pool_r2d2::Pool;

#[path = "behaviour/all.rs"]
mod behaviour;
