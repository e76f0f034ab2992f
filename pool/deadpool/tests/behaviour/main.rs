//! What every pool promises, kept with deadpool.

use seawall_pool_deadpool::{Item, Pool};

#[path = "../../../kit/tests/promises/all.rs"]
mod promises;
