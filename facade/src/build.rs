//! Backends that settings can name, and those of this crate.

mod backend;
mod breaker;
mod bulkhead;
mod catalogue;
pub(crate) mod common;
mod component_handle;
mod erased;
mod instance;
#[cfg(any(feature = "breaker", feature = "__limiter"))]
mod keys;
pub(crate) mod pool;
mod rate_limit;
pub(crate) mod store;

pub use self::backend::{ComponentBackend, OnChange};
pub(crate) use self::catalogue::{Catalogue, table_name};
pub(crate) use self::common::{Common, ModeWord};
pub use self::component_handle::ComponentHandle;
pub(crate) use self::component_handle::path_of;
pub(crate) use self::erased::{AnyBackend, AnyOptions};
pub use self::instance::Instance;
#[cfg(feature = "__pool")]
pub(crate) use self::pool::Kind;

/// Declares settings, and `SETTINGS`, the list of them all.
#[cfg(any(feature = "__component", feature = "__pool"))]
macro_rules! settings {
    ($($name:ident: $type:ty = $setting:expr;)*) => {
        $(pub(crate) const $name: crate::config::Setting<$type> = $setting;)*
        pub(crate) const SETTINGS: &[crate::config::SettingDef] = &[$($name.def()),*];
    };
}
#[cfg(any(feature = "__component", feature = "__pool"))]
use settings;
