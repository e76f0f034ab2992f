//! Values that are replaced while calls use them, several at once.
//!
//! | file | holds |
//! |---|---|
//! | `gate` | [`Gate`]: several slots change in one step |
//! | `slot` | [`Slot`]: the current value |
//! | `reader` | [`Reader`]: a copy of it, which follows the slot |
//! | `later` | the values that a reader has followed its slot to |

mod gate;
mod later;
#[cfg(all(test, seawall_loom))]
mod races;
mod reader;
mod slot;
mod sync;
#[cfg(all(test, not(seawall_loom)))]
mod tests;

pub(crate) use self::gate::Gate;
pub(crate) use self::reader::{Reader, Seen};
pub(crate) use self::slot::{Same, Slot};
