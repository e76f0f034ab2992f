//! A circuit for each key, in bounded memory.

mod breaker;
mod circuit;
mod circuits;
mod evictable;
mod hasher;
mod manual;
mod no_room;
mod options;
mod queues;
mod shard;
mod status;
mod ticket;

pub use self::breaker::KeyedBreaker;
pub use self::no_room::NoRoom;
pub use self::options::KeyOptions;
pub use self::status::KeyedStatus;
