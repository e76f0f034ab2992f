use std::collections::HashMap;

use seawall_core::{KeyHash, KeyRoom, Tick};

use crate::KeyOverflow;
use crate::act::Act;
use crate::any_shard::{AnyShard, SharedMeter};
use crate::meter::AnyMeter;
use crate::shard::NoRoom;
use crate::sync::{Mutex, lock};

/// The counts of a rule's keys, each found by the hash of its key.
#[derive(Debug)]
pub(crate) struct Keys {
    shards: Box<[Mutex<AnyShard>]>,
    room: KeyRoom,
}

/// A table of 1024 places takes 896 keys before it doubles. Filled to this on average, few do: 31
/// bytes a key in all.
const KEYS_A_SHARD: usize = 840;

/// So few are kept together: else one part of them might be full while another is not.
const FEW: usize = 4096;

macro_rules! in_shard {
    ($self:ident, $half:expr, $shard:ident => $then:expr) => {
        match &mut *lock($self.shard($half)) {
            AnyShard::Bucket($shard) => $then,
            AnyShard::Sliding($shard) => $then,
        }
    };
}

impl Keys {
    pub(crate) fn new(meter: &AnyMeter, most: usize, overflow: KeyOverflow) -> Self {
        let shards = if most <= FEW { 1 } else { most.div_ceil(KEYS_A_SHARD) };
        let meter = SharedMeter::new(meter);
        let shard = |_| Mutex::new(AnyShard::new(&meter));
        Self { shards: (0..shards).map(shard).collect(), room: KeyRoom::new(most as u64, overflow) }
    }

    pub(crate) fn room(&self) -> &KeyRoom {
        &self.room
    }

    /// Does `act` to the count of `key`.
    ///
    /// # Errors
    /// If it has none, and there is no room for one.
    #[inline]
    pub(crate) fn apply<A: Act>(
        &self,
        key: KeyHash,
        act: &A,
        now: Tick,
    ) -> Result<A::Outcome, NoRoom> {
        in_shard!(self, key.halves().0, shard => shard.apply(key, act, now, &self.room))
    }

    /// Does `act` to the count of the key whose hash has this lower half.
    pub(crate) fn apply_to_half<A: Act>(&self, half: u64, act: &A) {
        in_shard!(self, half, shard => shard.apply_to_half(half, act));
    }

    /// Counts `key` by `own` from now on, or as all others again.
    pub(crate) fn set_own(&self, key: KeyHash, own: Option<&AnyMeter>, now: Tick) {
        match &mut *lock(self.shard(key.halves().0)) {
            AnyShard::Bucket(shard) => shard.set_own(key, own.and_then(AnyMeter::bucket), now),
            AnyShard::Sliding(shard) => shard.set_own(key, own.and_then(AnyMeter::sliding), now),
        }
    }

    /// Counts all keys by `meter` from now on, but for those in `own`; what they spent is kept. One
    /// shard after another, so nobody waits for long.
    pub(crate) fn change(&self, meter: &AnyMeter, own: &HashMap<KeyHash, AnyMeter>, now: Tick) {
        let meter = SharedMeter::new(meter);
        for (index, shard) in self.shards.iter().enumerate() {
            let own = own.iter().filter(|(key, _)| self.index(key.halves().0) == index);
            let mut shard = lock(shard);
            let old = std::mem::replace(&mut *shard, AnyShard::new(&meter));
            *shard = old.under(&meter, own, now);
        }
    }

    fn shard(&self, half: u64) -> &Mutex<AnyShard> {
        &self.shards[self.index(half)]
    }

    /// The table inside uses the lowest and the highest bits of the hash, so this uses others.
    #[inline]
    fn index(&self, half: u64) -> usize {
        let spread = (half >> 20) & 0xffff_ffff;
        usize::try_from((spread * self.shards.len() as u64) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use seawall_core::{Key, KeySeed};

    use super::*;
    use crate::Rule;

    #[test]
    fn keys_are_spread_evenly() {
        const KEYS: usize = 50_000;
        let meter = Rule::new("rule", 1, Duration::from_secs(1)).meter().expect("valid");
        let keys = Keys::new(&meter, KEYS, KeyOverflow::Shared);
        let mut counts = vec![0; keys.shards.len()];
        let seed = KeySeed::from_bytes([7; 16]);
        for key in 0..KEYS {
            let (half, _) = Key::new(&key).hash(&seed).halves();
            counts[keys.index(half)] += 1;
        }
        assert_eq!(counts.len(), 60);
        // Five times the root of the mean to either side.
        let range = KEYS_A_SHARD - 143..=KEYS_A_SHARD + 143;
        assert!(counts.iter().all(|count| range.contains(count)), "{counts:?}");
    }

    #[test]
    fn few_keys_are_kept_together() {
        let meter = Rule::new("rule", 1, Duration::from_secs(1)).meter().expect("valid");
        for (most, shards) in [(1, 1), (FEW, 1), (FEW + 1, 5), (100_000, 120)] {
            assert_eq!(Keys::new(&meter, most, KeyOverflow::Shared).shards.len(), shards, "{most}");
        }
    }
}
