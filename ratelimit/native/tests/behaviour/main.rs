//! What users rely on, each in the words of who would miss it.

mod changing;
mod charges;
mod clocks;
mod end_of_time;
mod keys;
mod leaving;
mod manual_control;
mod memory;
mod peers;
mod reservations;
mod room;
mod rules;
mod support;
mod telemetry;
mod tiers;
mod usage;
mod waiting;
