//! The laws: functions that panic if the pool violates them.

pub(super) mod age;
pub(super) mod back;
pub(super) mod close;
pub(super) mod deadline;
pub(super) mod dropped;
pub(super) mod maintain;
pub(super) mod order;
pub(super) mod panics;
pub(super) mod places;
pub(super) mod refusal;
pub(super) mod status;
pub(super) mod threads;
pub(super) mod time;
