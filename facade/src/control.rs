//! Manual control of components, by name.
//!
//! | file | holds |
//! |---|---|
//! | `intervention` | what an operator says: [`Control`] |
//! | `manual`, `entry` | all that is in effect, across reloads: [`Manual`] |
//! | `apply` | a component that is controlled |
//! | `in_front` | what is done in front of backends that do not force themselves |
//! | `expiry` | the end of what has a time |

mod apply;
mod changed;
mod entry;
mod expiry;
mod in_front;
mod intervention;
mod manual;

pub(crate) use self::apply::restore;
pub(crate) use self::expiry::run as expire;
pub(crate) use self::in_front::InFront;
pub use self::intervention::Control;
pub(crate) use self::manual::Manual;
