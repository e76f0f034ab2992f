//! What every pool promises, kept with r2d2.

use seawall_pool_r2d2::{Item, Pool};

#[path = "../../../kit/tests/promises/all.rs"]
mod promises;
