//! Measures the longest single call, in CPU time of its thread.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter as Governor};
use rustix::time::{ClockId, clock_gettime};
use seawall_bench::Table;
use seawall_ratelimit::{KeyOverflow, RateLimiter, Rule};

use crate::peers::seawall;

const HOUR: Duration = Duration::from_secs(3600);
const ROOM: u32 = 1_000_000;
const TIMES: usize = 5;

/// Takes the best of several runs: interrupts and cold caches can only make a pause longer. CPU time
/// leaves out the time in which other programs run.
pub fn compare() {
    let mut table = Table::new("The longest single call, in µs of CPU time", &["what", "longest"]);
    let mut row = |name: &str, longest: fn() -> Duration| {
        let least = (0..TIMES).map(|_| longest()).min().unwrap_or_default();
        table.row(name, &[format!("{:.1}", least.as_nanos() as f64 / 1000.0)]);
    };
    row("seawall: 2,000,000 new keys, room for 1,000,000, all of them back by then", || {
        seawall(&Rule::new("bench", 2, Duration::from_micros(1)))
    });
    row("seawall: the same, none of them back", || seawall(&Rule::new("bench", 2, HOUR)));
    row("seawall: the same, the coldest go", || {
        seawall(&Rule::new("bench", 2, HOUR).overflow(KeyOverflow::EvictColdest))
    });
    row("seawall: the same, each after a call gave back", || {
        let limiter = start(&Rule::new("bench", 2, HOUR));
        longest_of(2 * ROOM, |key| {
            drop(limiter.reserve(key / 2, 1));
            _ = limiter.check_rate(key, 1);
        })
    });
    row("seawall: the same, room raised from 1,000 by `set_rule`", || {
        let rule = Rule::new("bench", 2, HOUR).overflow(KeyOverflow::EvictColdest);
        let limiter = seawall::start(&rule.clone().max_keys(1_000));
        limiter.set_rule(&rule.max_keys(ROOM)).expect("valid");
        longest_of(2 * ROOM, |key| _ = limiter.check_rate(key, 1))
    });
    row("governor: 2,000,000 new keys, room for all", governor_growing);
    row("governor: `retain_recent` of 1,000,000 keys that stay", || governor_retains(ROOM));
    row("governor: `retain_recent` of 1,000,000 keys that go", || governor_retains(0));
    table.print();
    println!("The best of {TIMES} runs.\n");
}

/// Returns the CPU time that this thread has used.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("not negative")
}

fn longest_of(count: u32, mut check: impl FnMut(u32)) -> Duration {
    let took = |key| {
        let begin = used();
        check(key);
        used().saturating_sub(begin)
    };
    (0..count).map(took).max().unwrap_or_default()
}

fn start(rule: &Rule) -> RateLimiter {
    seawall::start(&rule.clone().max_keys(ROOM))
}

fn seawall(rule: &Rule) -> Duration {
    let limiter = start(rule);
    longest_of(2 * ROOM, |key| _ = limiter.check_rate(key, 1))
}

fn quota() -> Quota {
    Quota::per_hour(NonZeroU32::new(2).expect("two"))
}

fn governor_growing() -> Duration {
    let limiter = Governor::keyed(quota());
    longest_of(2 * ROOM, |key| _ = limiter.check_key(&key))
}

type Turned = Governor<
    u32,
    DashMapStateStore<u32>,
    FakeRelativeClock,
    NoOpMiddleware<<FakeRelativeClock as Clock>::Instant>,
>;

/// Number of keys that remain afterwards.
fn governor_retains(stay: u32) -> Duration {
    let clock = FakeRelativeClock::default();
    let limiter: Turned = Governor::new(quota(), DashMapStateStore::default(), clock.clone());
    (0..ROOM).for_each(|key| _ = limiter.check_key(&key));
    if stay == 0 {
        clock.advance(2 * HOUR);
    }
    let begin = used();
    limiter.retain_recent();
    let took = used().saturating_sub(begin);
    assert_eq!(limiter.len(), stay as usize);
    took
}
