//! Replies that are late, repeated, in another order or forged grant no permits.

mod play;

use proptest::prelude::*;

use crate::play::{Step, play};

fn step() -> impl Strategy<Value = Step> {
    (any::<u8>(), any::<u8>(), any::<u64>())
}

/// A call that does not wait.
const CALL: Step = (0, 0, 0);
/// A time after which the bulkhead has asked again.
const LATER: Step = (3, 0, 1400);

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn tampered_replies_grant_no_permits(
        most in prop_oneof![1..4_u32, 20..40_u32],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        play(most, &steps);
    }
}

#[test]
fn a_reply_that_is_looked_at_after_its_lease_starts_no_call_that_waits() {
    // The second request is sent after 1285 ms, and its reply looked at 2026 ms later.
    let late = (7, 1, 1567);
    play(10, &[late, (3, 0, 1285), (3, 0, 819), (0, 0, 192), (3, 0, 1207)]);
}

#[test]
fn permits_end_though_the_last_reply_arrives_again_and_again() {
    assert_eq!(play(5, &[CALL, LATER, LATER, LATER, CALL]), 2);
    let again: Vec<_> = (0..200).map(|_| (4, 1, 0)).collect();
    assert_eq!(play(5, &[&[CALL], &again[..], &[LATER, LATER, LATER, CALL]].concat()), 1);
}
