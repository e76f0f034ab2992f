//! Backends of another crate, which settings name as they name Seawall's own.

mod fuse;
mod quota;

pub use self::fuse::Fuses;
pub use self::quota::Quotas;
