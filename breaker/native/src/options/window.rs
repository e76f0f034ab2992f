use std::time::Duration;

/// The calls that rates are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateWindow {
    /// The last so many. Each takes a byte.
    Calls(u32),
    /// Those of the last so long, in tenths: what is as old leaves a tenth at a time, so a call
    /// counts for between nine tenths of it and all of it. In constant memory, whatever the traffic.
    Time(Duration),
}
