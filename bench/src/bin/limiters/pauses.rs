//! Measures the longest single call.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::clock::{Clock, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter as Governor};
use seawall_bench::Table;
use seawall_ratelimit::{KeyOverflow, Rule};

use crate::peers::seawall;

const HOUR: Duration = Duration::from_secs(3600);
const ROOM: u32 = 1_000_000;
const TIMES: usize = 3;

/// Other programs can only make a pause longer, so the shortest of several runs counts.
pub fn compare() {
    let mut table = Table::new("The longest single call, in µs", &["what", "longest"]);
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
    row("governor: 2,000,000 new keys, room for all", governor_growing);
    row("governor: `retain_recent` of 1,000,000 keys that stay", || governor_retains(ROOM));
    row("governor: `retain_recent` of 1,000,000 keys that go", || governor_retains(0));
    table.print();
    println!("The shortest of {TIMES} runs.\n");
}

fn longest_of(count: u32, mut check: impl FnMut(u32)) -> Duration {
    let took = |key| {
        let begin = Instant::now();
        check(key);
        begin.elapsed()
    };
    (0..count).map(took).max().unwrap_or_default()
}

fn seawall(rule: &Rule) -> Duration {
    let limiter = seawall::start(&rule.clone().max_keys(ROOM));
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
    let begin = Instant::now();
    limiter.retain_recent();
    let took = begin.elapsed();
    assert_eq!(limiter.len(), stay as usize);
    took
}
