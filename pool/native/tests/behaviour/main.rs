//! What the native pool promises, one file for each thing.

use seawall_pool::{Checkout, Pool};

mod features;
mod promises;
