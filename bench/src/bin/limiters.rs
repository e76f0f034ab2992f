//! Rate limiters side by side: Seawall's own and governor, in turns, in one run. See the README.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::{Quota, RateLimiter as Governor};
use seawall_core::{Clock, Driver};
use seawall_ratelimit::{RateLimiter, Rule};

const HOUR: Duration = Duration::from_secs(3600);

fn main() {
    unkeyed();
    for keys in [10_000, 1_000_000] {
        keyed(keys);
    }
    pauses();
}

fn start(rule: &Rule) -> RateLimiter {
    let driver = Driver::new().with_clock(Clock::quanta());
    RateLimiter::start(rule).expect("a valid rule").with_driver(driver)
}

fn unkeyed() {
    let most = NonZeroU32::new(1_000_000_000).expect("not zero");
    let governor = Governor::direct(Quota::per_second(most));
    let seawall = start(&Rule::new("bench", most.get(), Duration::from_secs(1)));
    println!("\n#### Without a key, allowed\n");
    race([&mut || governor.check().is_ok(), &mut || seawall.check(1).is_ok()], 301, 4_000);
}

fn keyed(count: usize) {
    let keys: Vec<String> = (0..count).map(|key| format!("user-{key}")).collect();
    let limit = NonZeroU32::new(1_000_000).expect("not zero");
    let max_keys = u32::try_from(count + count / 5).expect("a million or so");
    let rule = Rule::new("bench", limit.get(), HOUR).max_keys(max_keys);
    let (mut governor, mut seawall) = (None, None);
    let governors = allocation_counter::measure(|| {
        let limiter = Governor::keyed(Quota::per_hour(limit));
        keys.iter().for_each(|key| _ = limiter.check_key(key));
        governor = Some(limiter);
    });
    let ours = allocation_counter::measure(|| {
        let limiter = start(&rule);
        keys.iter().for_each(|key| _ = limiter.check_rate(key.as_str(), 1));
        seawall = Some(limiter);
    });
    let (governor, seawall) = (governor.expect("started"), seawall.expect("started"));
    println!("\n#### {count} keys of text, allowed\n");
    let bytes = |info: allocation_counter::AllocationInfo| info.bytes_current / count as i64;
    println!("Bytes a key: governor {}, seawall {}.\n", bytes(governors), bytes(ours));
    // A step that is prime to the count meets all keys, and none soon again.
    let (mut one, mut other) = (0, 0);
    let step = |at: &mut usize| {
        *at = (*at + 7919) % count;
        *at
    };
    race(
        [&mut || governor.check_key(&keys[step(&mut one)]).is_ok(), &mut || {
            seawall.check_rate(keys[step(&mut other)].as_str(), 1).is_ok()
        }],
        101,
        10_000,
    );
    let counted = allocation_counter::measure(|| {
        keys.iter().for_each(|key| _ = seawall.check_rate(key.as_str(), 1));
    });
    println!("\nAllocations of {count} checks: {}.", counted.count_total);
}

/// Two million keys come, each for the first time, where there is room for one.
fn pauses() {
    let limiter = start(&Rule::new("bench", 2, HOUR).max_keys(1_000_000));
    let longest = (0..2_000_000_u64).map(|key| {
        let begin = Instant::now();
        _ = limiter.check_rate(key, 1);
        begin.elapsed()
    });
    println!("\nLongest of 2,000,000 first checks: {:?}.", longest.max().unwrap_or_default());
}

/// Governor's time and ours, in turns.
fn race(mut subjects: [&mut dyn FnMut() -> bool; 2], rounds: usize, calls: u32) {
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..rounds {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            for _ in 0..calls {
                black_box(subject());
            }
            times.push(begin.elapsed().as_nanos() as f64 / f64::from(calls));
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("| subject | ns per check | × governor |\n|---|--:|--:|");
    for (name, median) in ["governor", "seawall"].iter().zip(medians) {
        println!("| {name} | {median:.1} | {:.2} |", median / medians[0]);
    }
}
