//! Whether the service can do its work, and why not.
//!
//! | file | holds |
//! |---|---|
//! | `state` | one word for it: [`HealthState`] |
//! | `report` | the whole report: [`Health`] |
//! | `judge` | what a component's status means |
//! | `look` | how the report is made |
//! | `known` | since when, and what kept components from working |
//! | `host` | the load of the machine: [`HostLoad`] |

mod host;
mod judge;
mod known;
mod look;
mod report;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use self::host::HostSampler;
pub use self::host::{HostLoad, Pressure};
pub(crate) use self::known::Known;
pub(crate) use self::look::run;
pub use self::report::{ComponentHealth, Health};
pub use self::state::HealthState;
