use std::time::Duration;

use seawall_core::pool::Pool as _;

use crate::law::assert_same;
use crate::pool::Subject;
use crate::pool::fixture::{Fixture, MS, options};
use crate::pool::play::{Play, SEEDS};

pub(in crate::pool) fn origin_of_time_does_not_matter(subject: &Subject<'_>) {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    for seed in SEEDS {
        let plays = [Duration::ZERO, CENTURY].map(|origin| {
            let options = options(3).with_max_idle_time(30 * MS).with_max_lifetime(100 * MS);
            let fixture = Fixture::at(subject, options, origin);
            let mut play = Play::new(&fixture, seed);
            (0..150).for_each(|_| play.step());
            let came = play.came();
            (fixture.pool.status(fixture.time.now()), came)
        });
        let [(one, one_came), (other, other_came)] = &plays;
        let which = format!("from two origins of time, play {seed}");
        assert_same((one, one_came), (other, other_came), &which);
    }
}
