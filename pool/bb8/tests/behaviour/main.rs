//! What every pool promises, kept with bb8, and what that takes.

use seawall_pool_bb8::{Item, Pool};

#[path = "../../../kit/tests/promises/all.rs"]
mod promises;

mod runtimes;
