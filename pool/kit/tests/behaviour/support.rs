//! Connections on paper, a pool of them on a shelf, and a clock to turn.

use std::time::Duration;

use seawall_testkit::pool::{Connection, Dummy};

mod rig;
mod shelf;

pub(crate) use self::rig::{Rig, options, poll, rig_with_chance};
use self::shelf::Shelf;

pub(crate) type Pool = seawall_pool_kit::Pool<Dummy, Shelf<Connection>>;

pub(crate) const MS: Duration = Duration::from_millis(1);
