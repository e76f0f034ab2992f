//! A reply counts for the request that it answers only.

use std::time::Duration;

use seawall_store::permits::{Held, Hold, PERMITS};
use seawall_store::tokens::{Lease, LeaseReply, Rate, TOKENS};
use seawall_store::{Moment, Script};

const SECOND: Duration = Duration::from_secs(1);

fn reply(script: &Script, arguments: &[f64]) -> Vec<f64> {
    let moment = Moment { now: 1e9, epoch: 1.0, born: -1e15 };
    (script.model)(None, moment, arguments).reply
}

#[test]
fn the_reply_to_another_request_grants_no_tokens() {
    let rate = Rate::new(10, SECOND, 10, SECOND).expect("a rate");
    for deadline in [0.0, 1.0] {
        let lease = |random| Lease { want: 5, random, deadline, ..Lease::new(rate) };
        let (one, other) = (lease(0.25), lease(0.75));
        let reply = reply(&TOKENS, &one.arguments());
        assert!(LeaseReply::read(&reply, &one).is_some(), "{reply:?}");
        assert_eq!(LeaseReply::read(&reply, &other), None, "{reply:?}");
    }
}

#[test]
fn the_reply_to_another_request_grants_no_permits() {
    for deadline in [0, 1] {
        let hold = |member, number| Hold {
            most: 10,
            life: SECOND,
            member,
            number,
            held: 0,
            used: 0,
            want: 5,
            deadline,
        };
        let one = hold(1, 7);
        let reply = reply(&PERMITS, &one.arguments());
        assert!(Held::read(&reply, &one).is_some(), "{reply:?}");
        for other in [hold(1, 8), hold(2, 7)] {
            assert_eq!(Held::read(&reply, &other), None, "{reply:?}");
        }
    }
}
