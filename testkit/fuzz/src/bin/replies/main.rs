//! Replies of stores that are late, repeated, in another order, forged or garbled: nothing is minted by them, and
//! nothing panics or asks again and again.

#![no_main]

#[path = "../../../../../pool/bulkhead-redis/tests/replies/play.rs"]
mod bulkhead;
#[path = "../../../../../ratelimit/redis/tests/replies/play.rs"]
mod limiter;

use libfuzzer_sys::fuzz_target;
use seawall_store_redis::fuzzing;

/// Steps in a run: more make it slow, and find no more.
const MOST: usize = 200;

/// Which client, its limit, what happens to it, and the bytes that a server sends.
type Input<'a> = (u8, u8, Vec<(u8, u8, u64)>, &'a [u8]);

fuzz_target!(|input: Input<'_>| {
    let (kind, limit, steps, bytes) = input;
    let (limit, steps) = (u32::from(limit.max(1)), &steps[..steps.len().min(MOST)]);
    match kind % 3 {
        0 => _ = limiter::play(limit, steps),
        1 => _ = bulkhead::play(limit, steps),
        _ => parse(bytes),
    }
});

/// All bytes of a reply are read, or none: not if its time or its epoch is no number.
fn parse(bytes: &[u8]) {
    let numbers = fuzzing::reply(bytes).map(|reply| reply.len());
    let (parts, rest) = bytes.as_chunks();
    let is_whole = rest.is_empty()
        && parts.len() >= 2
        && parts[..2].iter().all(|part| f64::from_le_bytes(*part).is_finite());
    assert_eq!(numbers, is_whole.then(|| parts.len() - 2));
    let _can = std::str::from_utf8(bytes).map(fuzzing::can_serve);
}
