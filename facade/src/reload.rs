//! Settings that change while calls run.
//!
//! | file | holds |
//! |---|---|
//! | `engine` | [`Engine`]: the settings in effect, their sources, and what is wrong with others |
//! | `apply` | from one plan to another: all of it or nothing |
//! | `step` | what is started, changed and replaced for that |
//! | `reliance` | what may not go away, since code relies on it |
//! | `version`, `history` | versions of the settings, and those that can be returned to |
//! | `status` | [`ConfigStatus`]: which version runs, and whether it is stale |

mod apply;
mod change;
mod engine;
mod history;
#[cfg(feature = "__pool")]
mod pools;
mod recompose;
mod reliance;
mod status;
mod step;
mod version;

pub(crate) use self::apply::start;
pub(crate) use self::engine::Engine;
pub use self::status::{ConfigStatus, Rejected};
pub use self::version::{Applied, Origin, Version};
