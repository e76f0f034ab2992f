//! Whatever many instances ask for, and whatever the network does: all together they admit at most the burst
//! and what flows in.

#[path = "support/bound.rs"]
mod count;
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use count::Admitted;
use futures_util::FutureExt as _;
use futures_util::future::{Either, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use proptest::prelude::*;
use seawall_core::Driver;
use seawall_ratelimit_redis::{Away, MemoryStore, RateLimiter, Rule};
use seawall_testkit::ManualClock;
use support::{MS, Network, Weather};

/// A run of some instances.
#[derive(Clone, Debug)]
struct Run {
    seed: u64,
    instances: usize,
    limit: u32,
    burst: u32,
    /// Calls a second of all instances, as a part of the limit.
    load: f64,
    costs: u32,
    wait: Duration,
    away: Away,
    weather: Weather,
    /// When instances are cut off, and for how long.
    cuts: Vec<(usize, u64, u64)>,
    restart_at: Option<u64>,
}

/// With a smaller burst, each call asks the store.
const SMALL: u32 = 16;

const TIME: Duration = Duration::from_secs(10);

fn run() -> impl Strategy<Value = Run> {
    let cuts = prop::collection::vec((0..4_usize, 0..8_000_u64, 100..9_000_u64), 0..3);
    let rule = (200..3000_u32, 1..4_u32, prop_oneof![Just(Away::Deny), Just(Away::LocalShare)]);
    let wait = prop_oneof![Just(0_u64), Just(300)];
    let load = (0.2..3.0, prop_oneof![Just(1_u32), Just(4)], wait);
    (any::<u64>(), 1..5_usize, rule, load, any::<bool>(), cuts, prop::option::of(0..10_000_u64))
        .prop_map(|(seed, instances, rule, (load, costs, wait), rough, cuts, restart_at)| Run {
            seed,
            instances,
            limit: rule.0,
            burst: rule.0 / rule.1,
            away: rule.2,
            load,
            costs,
            wait: Duration::from_millis(wait),
            weather: if rough { Weather::ROUGH } else { Weather::CALM },
            cuts,
            restart_at,
        })
}

/// Runs with small bursts, in which some answers come later than calls wait for them.
fn small() -> impl Strategy<Value = Run> {
    (run(), 5..500_u32, 1..SMALL, 0..300_u64).prop_map(|(run, limit, burst, late)| Run {
        limit,
        burst,
        costs: run.costs.min(burst),
        weather: Weather { late: (late, 99 * MS), ..run.weather },
        ..run
    })
}

fn play(run: &Run, time: Duration) -> (usize, u64) {
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(1000));
    let begin = clock.now();
    let store = Arc::new(MemoryStore::new(clock.clock()));
    let rule = Rule::new("shared", run.limit, Duration::from_secs(1)).burst(run.burst);
    let rule = rule.away(run.away);
    let admitted = Mutex::new(Vec::new());
    let networks: Vec<_> = (0..run.instances)
        .map(|nth| Network::new(&store, &clock.clock(), run.weather, run.seed ^ (nth as u64 + 77)))
        .collect();
    let limiters: Vec<_> = networks
        .iter()
        .zip(0..)
        .map(|(network, nth)| {
            let seed = run.seed.wrapping_add(nth);
            let limiter = RateLimiter::start_with_seed(&rule, Arc::clone(network) as _, seed);
            let driver = Driver::new().with_clock(clock.clock());
            limiter.expect("a valid rule").with_driver(driver)
        })
        .collect();
    let until = begin + time;
    let callers = limiters.iter().zip(&networks).map(|(limiter, network)| {
        let (clock, admitted) = (&clock, &admitted);
        async move {
            let mut calls = FuturesUnordered::new();
            let each = run.load * f64::from(run.limit) / run.instances as f64;
            let each = each / f64::from(1 + run.costs) * 2.0;
            while clock.now() < until {
                let gap = -(1.0 - network.below(1_000_000) as f64 / 1e6).ln() / each;
                let at = clock.now() + Duration::from_secs_f64(gap);
                let mut sleep = clock.clock().sleep_until(at);
                while let Either::Left(_) = select(Box::pin(one_of(&mut calls)), &mut sleep).await {
                }
                let cost = 1 + u32::try_from(network.below(run.costs.into())).expect("small");
                calls.push(async move {
                    let asked = clock.now().as_nanos();
                    if limiter.protect().cost(cost).max_wait(run.wait).acquire().await.is_ok() {
                        let at = clock.now().as_nanos();
                        // Where each call asks the store, it counts when the store has decided.
                        let asked = if run.burst < SMALL { asked } else { at };
                        let tokens = (0..cost).map(|_| Admitted { asked, at });
                        admitted.lock().expect("no panic").extend(tokens);
                    }
                });
            }
            calls.collect::<()>().await;
        }
    });
    let events = async {
        let mut events: Vec<_> = run
            .cuts
            .iter()
            .filter(|cut| cut.0 < run.instances)
            .flat_map(|&(nth, at, time)| [(at, Some((nth, true))), (at + time, Some((nth, false)))])
            .collect();
        events.extend(run.restart_at.map(|at| (at, None)));
        events.sort_by_key(|event| event.0);
        for (at, event) in events {
            clock.clock().sleep_until(begin + MS * u32::try_from(at).expect("small")).await;
            match event {
                Some((nth, cut)) => networks[nth].cut(cut),
                None => store.restart_empty(),
            }
        }
    };
    let work = join_all(limiters.iter().map(RateLimiter::run));
    let calls = futures_util::future::join(join_all(callers), events);
    clock.block_on(select(Box::pin(calls), work).map(drop));
    let requests = networks.iter().map(|network| network.requests()).sum();
    let mut admitted = admitted.into_inner().expect("no panic");
    count::check(&mut admitted, run.limit.into(), run.burst.into()).expect("never above the bound");
    (admitted.len(), requests)
}

/// Waits until one of `calls` has ended.
async fn one_of<F: Future<Output = ()>>(calls: &mut FuturesUnordered<F>) {
    if calls.next().await.is_none() {
        std::future::pending::<()>().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn no_window_has_more_than_the_bound(run in run()) {
        play(&run, TIME);
    }

    #[test]
    fn no_window_has_more_than_a_small_bound(run in small()) {
        play(&run, TIME);
    }
}

fn steady(instances: usize, load: f64) -> Run {
    Run {
        seed: 7,
        instances,
        limit: 1000,
        burst: 1000,
        load,
        costs: 1,
        wait: Duration::ZERO,
        away: Away::Deny,
        weather: Weather::CALM,
        cuts: Vec::new(),
        restart_at: None,
    }
}

#[test]
fn the_whole_limit_is_given_out_with_few_round_trips() {
    const MINUTE: Duration = Duration::from_secs(60);
    for (instances, load) in [(1, 0.5), (1, 2.0), (4, 0.5), (4, 0.9), (4, 2.0), (16, 2.0)] {
        let (admitted, requests) = play(&steady(instances, load), MINUTE);
        println!("{instances} instances, load {load}: {admitted} admitted, {requests} requests");
        let limit = 1000.0 + 1000.0 * MINUTE.as_secs_f64();
        let due = limit.min(load * 1000.0 * MINUTE.as_secs_f64());
        assert!(admitted as f64 > due * 0.98, "{admitted} of {due}");
        let each = requests as f64 / instances as f64 / MINUTE.as_secs_f64();
        assert!(each <= 8.0, "{each} requests a second and instance");
    }
}
