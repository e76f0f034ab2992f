use std::collections::HashMap;
use std::sync::Arc;

use seawall_core::{KeyHash, KeyRoom, Tick};

use crate::act::Act;
use crate::any_meter::AnyMeter;
use crate::bucket::Bucket;
use crate::meter::First;
use crate::shard::{New, Shard};
use crate::sliding::Sliding;
use crate::wakes::Wakes;

/// The shard of any algorithm.
#[derive(Debug)]
pub(crate) enum AnyShard {
    Bucket(Shard<Bucket>),
    Sliding(Shard<Sliding>),
}

/// A meter that all shards share, and whether they evict keys.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SharedMeter {
    meter: Any,
    evicts: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Any {
    Bucket(Arc<Bucket>),
    Sliding(Arc<Sliding>),
}

impl SharedMeter {
    pub(crate) fn new(meter: &AnyMeter, evicts: bool) -> Self {
        let meter = match meter {
            AnyMeter::Bucket(meter) => Any::Bucket(Arc::new(meter.clone())),
            AnyMeter::Sliding(meter) => Any::Sliding(Arc::new(meter.clone())),
        };
        Self { meter, evicts }
    }
}

/// Does the same to the shard of either algorithm.
macro_rules! of_any {
    ($any:expr, $shard:ident => $then:expr) => {
        match $any {
            AnyShard::Bucket($shard) => $then,
            AnyShard::Sliding($shard) => $then,
        }
    };
}

impl AnyShard {
    /// Creates a shard without keys.
    pub(crate) fn new(shared: &SharedMeter) -> Self {
        match &shared.meter {
            Any::Bucket(meter) => Self::Bucket(Shard::new(meter, shared.evicts)),
            Any::Sliding(meter) => Self::Sliding(Shard::new(meter, shared.evicts)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        of_any!(self, shard => shard.len())
    }

    #[inline]
    pub(crate) fn apply<A: Act>(&mut self, key: KeyHash, act: &A) -> Option<A::Outcome> {
        of_any!(self, shard => shard.apply(key, act))
    }

    pub(crate) fn apply_to_half<A: Act>(&mut self, half: u64, act: &A) -> Option<A::Outcome> {
        of_any!(self, shard => shard.apply_to_half(half, act))
    }

    #[inline]
    pub(crate) fn take_wakes(&mut self) -> Option<Wakes> {
        of_any!(self, shard => shard.take_wakes())
    }

    pub(crate) fn apply_to_new<A: Act>(
        &mut self,
        key: KeyHash,
        act: &A,
        now: Tick,
        room: &KeyRoom,
        place: &mut bool,
    ) -> New<A::Outcome> {
        of_any!(self, shard => shard.apply_to_new(key, act, now, room, place))
    }

    pub(crate) fn least(&self, first: First) -> u64 {
        of_any!(self, shard => shard.least(first))
    }

    pub(crate) fn settle(&mut self, first: First) -> (u64, Tick) {
        of_any!(self, shard => shard.settle(first))
    }

    #[inline]
    pub(crate) fn take_news(&mut self) -> bool {
        of_any!(self, shard => shard.take_news())
    }

    pub(crate) fn forget(&mut self, first: First, now: Tick) -> u64 {
        of_any!(self, shard => shard.forget(first, now))
    }

    pub(crate) fn set_own(
        &mut self,
        key: KeyHash,
        own: Option<&AnyMeter>,
        now: Tick,
        room: &KeyRoom,
    ) {
        match self {
            Self::Bucket(shard) => shard.set_own(key, own.and_then(AnyMeter::bucket), now, room),
            Self::Sliding(shard) => shard.set_own(key, own.and_then(AnyMeter::sliding), now, room),
        }
    }

    pub(crate) fn split(&mut self, goes: impl Fn(u64) -> bool) -> Self {
        match self {
            Self::Bucket(shard) => Self::Bucket(shard.split(goes)),
            Self::Sliding(shard) => Self::Sliding(shard.split(goes)),
        }
    }

    /// Counts all keys by `shared`; those with limits of their own by `own`, if the algorithm is
    /// another.
    pub(crate) fn change(
        &mut self,
        shared: &SharedMeter,
        own: &HashMap<KeyHash, AnyMeter>,
        now: Tick,
        room: &KeyRoom,
    ) {
        let evicts = shared.evicts;
        match (&mut *self, &shared.meter) {
            (Self::Bucket(shard), Any::Bucket(meter)) => shard.change(meter, evicts, now, room),
            (Self::Sliding(shard), Any::Sliding(meter)) => shard.change(meter, evicts, now, room),
            (Self::Bucket(shard), Any::Sliding(meter)) => {
                let own = |key| own.get(&key).and_then(AnyMeter::sliding);
                *self = Self::Sliding(shard.under(meter, own, evicts, now, room));
            }
            (Self::Sliding(shard), Any::Bucket(meter)) => {
                let own = |key| own.get(&key).and_then(AnyMeter::bucket);
                *self = Self::Bucket(shard.under(meter, own, evicts, now, room));
            }
        }
    }
}
