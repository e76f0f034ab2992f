use seawall_ratelimit::Rule;
use std::time::Duration;

use crate::support::{Bench, HOUR, SECOND};

#[test]
fn a_reservation_comes_back_unless_it_is_committed() {
    let bench = Bench::new(&Rule::new("api", 5, HOUR));
    let left = || bench.limiter.status("key").remaining;
    let reservation = bench.limiter.reserve("key", 3).expect("there are five");
    assert_eq!(left(), 2);
    drop(reservation);
    assert_eq!(left(), 5);
    bench.limiter.reserve("key", 3).expect("there are five").commit();
    assert_eq!(left(), 2);
    bench.limiter.reserve("key", 3).expect_err("there are two");
    assert_eq!(left(), 2);
}

#[test]
fn holding_a_reservation_gains_nothing() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    let all = bench.limiter.reserve("key", 10).expect("full");
    bench.time.advance(Duration::from_millis(500));
    assert_eq!(bench.admitted("key", 20), 5, "what has flowed in meanwhile");
    drop(all);
    assert_eq!(bench.admitted("key", 20), 5, "ten in all, as without the reservation");
}
