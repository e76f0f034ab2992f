//! A circuit for each key, in bounded memory.

mod breaker;
mod by_hand;
mod circuit;
mod circuits;
mod hasher;
mod no_room;
mod options;
mod queues;
mod shard;
mod standing;
mod status;
mod ticket;

pub use self::breaker::KeyedBreaker;
pub(crate) use self::breaker::WeakKeyed;
pub use self::no_room::NoRoom;
pub use self::options::KeyOptions;
pub use self::status::KeyedStatus;
