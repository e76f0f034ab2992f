use std::time::Duration;

use super::*;
use crate::act::{GiveBack, Look};
use crate::order::visits;
use crate::take::{Take, Taken};
use crate::{Algorithm, Rule};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const POLICIES: [KeyOverflow; 3] =
    [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest];

fn meter(limit: u32, algorithm: Algorithm) -> AnyMeter {
    Rule::new("rule", limit, HOUR).algorithm(algorithm).meter().expect("valid")
}

/// Hashes as even as those of keys.
fn key(number: u64) -> KeyHash {
    let mix = |number: u64| {
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ mixed >> 32
    };
    KeyHash::from_halves(mix(number + 1), mix(!number))
}

fn take(now: Tick, cost: u32) -> Take {
    Take { now, cost, until: now, is_deadline: false }
}

/// Runs `call`; returns how many entries it looked at.
fn visited<T>(call: impl FnOnce() -> T) -> usize {
    visits::take();
    call();
    visits::take()
}

#[test]
fn a_call_looks_at_a_bounded_number_of_entries_at_a_million_keys() {
    visits_at(1_000_000, Algorithm::Gcra);
    visits_at(50_000, Algorithm::SlidingWindow);
}

fn visits_at(count: u32, algorithm: Algorithm) {
    for overflow in POLICIES {
        let keys = Keys::new(&meter(2, algorithm), count, overflow);
        let count = u64::from(count);
        let mut now = Tick::from_millis(3_600_000);
        for number in 0..count {
            keys.apply(key(number), &take(now, 2), now).expect("there is room");
        }
        let shards = keys.shards.load(Ordering::Relaxed);
        let newcomer = |number: u64, now| {
            visited(|| _ = keys.apply(key(2 * count + number), &take(now, 2), now))
        };
        // The least ranks of the shards are read once, without locks; then they are known.
        assert!(newcomer(0, now) <= 2 * shards + 2048);
        let most = (1..1000).map(|number| newcomer(number, now)).max();
        assert!(most <= Some(8), "{overflow:?} {algorithm}: {most:?} in a flood");
        let mut most = 0;
        for number in 0..1000 {
            now = now + SECOND;
            let kept = key(number * 7);
            most = most.max(visited(|| {
                keys.apply_to_half(kept.halves().0, &GiveBack { now, cost: 1, since: now });
            }));
            most = most.max(newcomer(1000 + number, now));
            most = most.max(visited(|| keys.apply(kept, &Look { now, cost: 1 }, now).is_ok()));
            most = most.max(visited(|| keys.apply(kept, &take(now, 1), now).is_ok()));
            most = most.max(newcomer(2000 + number, now));
        }
        now = now + 2 * HOUR;
        for number in 0..1000 {
            most = most.max(newcomer(5000 + number, now));
        }
        assert!(most <= 2 * shards + 2048, "{overflow:?} {algorithm}: {most} for {shards} shards");
    }
}

#[test]
fn shards_grow_one_at_a_time_and_lose_no_key() {
    const KEYS: u64 = 50_000;
    let keys = Keys::new(&meter(5, Algorithm::Gcra), 1_000_000, KeyOverflow::Reject);
    let now = Tick::from_millis(1);
    let own = meter(9, Algorithm::Gcra);
    (0..100).for_each(|number| keys.set_own(key(number), Some(&own), now));
    for number in 0..KEYS {
        keys.apply(key(number), &take(now, 1), now).expect("there is room");
    }
    let shards = keys.shards.load(Ordering::Relaxed);
    let kept = KEYS - 100;
    assert_eq!(shards as u64, kept.div_ceil(KEYS_A_SHARD));
    assert_eq!(keys.room.kept(), kept);
    let sizes: Vec<_> = (0..shards).map(|index| keys.lock(index).shard.len()).collect();
    assert_eq!(sizes.iter().sum::<usize>() as u64, kept);
    assert!(sizes.iter().all(|size| (200..1400).contains(size)), "{sizes:?}");
    for number in 0..KEYS {
        let left = keys.apply(key(number), &Look { now, cost: 1 }, now).expect("kept").remaining;
        assert_eq!(left, if number < 100 { 8 } else { 4 }, "{number}");
    }
}

#[test]
fn of_many_threads_with_new_keys_no_more_are_kept_than_may_be() {
    for overflow in POLICIES {
        let keys = Keys::new(&meter(2, Algorithm::Gcra), 3_000, overflow);
        let now = Tick::from_millis(1);
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let keys = &keys;
                scope.spawn(move || {
                    for number in 0..5_000 {
                        let cost = 1 + u32::from(number % 3 == 0);
                        let key = key(number * 3 + thread % 2);
                        let taken = keys.apply(key, &take(now, cost), now);
                        assert!(keys.room.kept() <= 3_000);
                        if let Ok(Taken::At(_)) = taken {
                            let act = GiveBack { now, cost, since: now };
                            keys.apply_to_half(key.halves().0, &act);
                        }
                    }
                });
            }
        });
        let shards = keys.shards.load(Ordering::Relaxed);
        let sizes = (0..shards).map(|index| keys.lock(index).shard.len() as u64);
        assert_eq!(sizes.sum::<u64>(), keys.room.kept(), "{overflow:?}");
    }
}
