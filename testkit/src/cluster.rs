//! Simulated clusters: instances of a service that share a store, in virtual time.
//!
//! [`simulate`] runs real clients, with real background work, over a network and a store that are
//! simulated: requests and replies take time and get lost, instances crash, the store fails over to a stale
//! replica. A [`Plan`] says what happens; the same plan gives the same run, whatever the machine. When a
//! check fails, [`explore`] prints the smallest plan that still fails.
//!
//! [`Tampered`] is a store whose replies are not to be trusted, for tests of one client.

mod explore;
mod fault;
mod instance;
mod link;
mod load;
mod plan;
mod report;
mod server;
mod simulate;
mod tampered;
mod tasks;

pub use self::explore::{explore, shrink};
pub use self::fault::{Fault, FaultKind};
pub use self::instance::{Held, Instance, Setup};
pub use self::load::Load;
pub use self::plan::Plan;
pub use self::report::{Call, Report};
pub use self::simulate::simulate;
pub use self::tampered::{Arrived, Tampered, Tampering};
