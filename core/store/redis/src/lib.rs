#![doc = include_str!("../README.md")]

mod cluster;
mod code;
mod contact;
mod dial;
mod epochs;
mod error;
mod link;
mod options;
mod slot;
mod store;

pub use self::options::RedisOptions;
pub use self::store::RedisStore;

/// What servers send, for `testkit/fuzz`.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// Returns the reply of a script in `bytes`.
    #[must_use]
    pub fn reply(bytes: &[u8]) -> Option<Vec<f64>> {
        crate::code::Answer::read(bytes).map(|answer| answer.reply)
    }

    /// Returns true if a server can serve that says `info`.
    #[must_use]
    pub fn can_serve(info: &str) -> bool {
        crate::contact::Info(info).contact().is_ok()
    }
}
