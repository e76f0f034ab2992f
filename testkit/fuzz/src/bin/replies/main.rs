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

/// All bytes of a reply are read, or none.
fn parse(bytes: &[u8]) {
    let numbers = fuzzing::reply(bytes).map(|reply| reply.len());
    let whole = bytes.len() % 8 == 0 && bytes.len() >= 16;
    assert_eq!(numbers, whole.then(|| bytes.len() / 8 - 2));
    let _can = std::str::from_utf8(bytes).map(fuzzing::can_serve);
}
