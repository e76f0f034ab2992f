//! What is kept of the past, sampled once a second: 300 seconds and 60 minutes of each series.

mod counts;
mod refusals;
mod series;
mod slots;

pub(crate) use self::counts::Counts;
pub(crate) use self::refusals::{RefusalSeries, Refused};
pub(crate) use self::series::Series;
pub(crate) use self::slots::{Slot, Slots};
