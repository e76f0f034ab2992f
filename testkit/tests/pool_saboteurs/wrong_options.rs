//! Options changed so that only one law notices.

use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{Order, PoolOptions};

use super::Flaw;

pub(super) const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const MOMENT: Duration = Duration::from_nanos(1);

/// Returns the options that a pool with `flaw` uses for `options`.
pub(super) fn wrong(mut options: PoolOptions, flaw: Option<Flaw>) -> PoolOptions {
    let (max, overflow) = (options.max_size.get(), options.max_overflow);
    let mut set_max = |max| options.max_size = NonZeroU32::new(max).expect("not zero");
    match (flaw, max) {
        (Some(Flaw::LendsASixthOfFive), 5) => set_max(6),
        (Some(Flaw::LendsASeventhOfSix), 6) => set_max(7),
        (Some(Flaw::OneOfSevenAtATime), 7) => set_max(1),
        (Some(Flaw::OverflowOfTwoIsThree), _) if overflow == 2 => options.max_overflow = 3,
        (Some(Flaw::OverflowOfTwoIsKept), _) if overflow == 2 => {
            set_max(max + 2);
            options.max_overflow = 0;
        }
        (Some(Flaw::DeadOnesTakeTheirTime), 8) if options.checkout_timeout == 100 * MS => {
            options.check_timeout = 60 * MS;
        }
        (Some(Flaw::OneSlowCheckTakesAllTheTime), 8) if options.checkout_timeout == HOUR => {
            options.check_timeout = HOUR;
        }
        (Some(Flaw::ChecksTakeAllTheTime), 1) if options.check_timeout == 10 * MS => {
            options.check_timeout = HOUR;
        }
        (Some(Flaw::ConnectsTakeTwiceTheTime), 1) if options.connect_timeout == 10 * MS => {
            options.connect_timeout *= 2;
        }
        (Some(Flaw::LetsAllWait), _) => options.max_waiting = None,
        (Some(Flaw::LifoIsFifo), 3) => options.order = Order::Fifo,
        (Some(Flaw::FifoIsLifo), 3) => options.order = Order::Lifo,
        (Some(Flaw::LivesAMomentTooLong), _) if options.max_lifetime == Some(60 * MS) => {
            options.max_lifetime = Some(60 * MS + MOMENT);
        }
        (Some(Flaw::IsIdleAMomentTooLong), _) if options.max_idle_time == Some(60 * MS) => {
            options.max_idle_time = Some(60 * MS + MOMENT);
        }
        (Some(Flaw::KeepsOneIdleOfTwo), 9) => options.min_idle = 1,
        (Some(Flaw::BacksOffTooFar), _) => options.connect_backoff.most *= 2,
        _ => {}
    }
    options
}
