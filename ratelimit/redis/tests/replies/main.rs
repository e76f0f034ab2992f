//! Replies that are late, repeated, in another order or forged mint no tokens.

mod play;

use proptest::prelude::*;

use crate::play::{Step, play};

/// A call without a key that costs one token.
const CALL: Step = (0, 0, 0);

fn step() -> impl Strategy<Value = Step> {
    (any::<u8>(), any::<u8>(), any::<u64>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn tampered_replies_mint_no_tokens(
        limit in prop_oneof![1..6_u32, 50..300_u32],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        play(limit, &steps);
    }
}

#[test]
fn a_reply_that_comes_again_grants_nothing() {
    assert_eq!(play(5, &[CALL, CALL]), 2);
    assert_eq!(play(5, &[CALL, (4, 1, 0), CALL]), 1);
}

#[test]
fn a_reply_that_claims_more_than_was_asked_for_grants_nothing() {
    assert_eq!(play(5, &[(6, 0, 2 * 2), CALL]), 0);
    assert_eq!(play(5, &[(5, 7, 0), CALL]), 0, "it is not the reply to that request");
}
