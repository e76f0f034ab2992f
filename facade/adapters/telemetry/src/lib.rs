#![doc = include_str!("../README.md")]

pub mod attribute;
mod bounded;
mod component;
mod instrument;
mod observed;
mod outcome;
mod rare;
mod reader;
mod sample;
pub mod table;

pub use self::attribute::{Attribute, Attributes};
pub use self::component::CIRCUIT_STATES;
pub use self::instrument::{Instrument, Kind};
pub use self::observed::{Histograms, Observed};
pub use self::rare::name as event_name;
pub use self::reader::{Durations, Reader};
pub use self::sample::Sample;
pub use self::table::INSTRUMENTS;

/// The name of the meter, or instrumentation scope.
pub const METER: &str = "seawall";

/// Number of names that have series of their own.
pub const MAX_NAMES: usize = 1000;
