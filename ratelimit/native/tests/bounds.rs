//! What a rule lets through stays within what it says, whatever is asked, put off or given back.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::task::Waker;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use seawall_core::{
    Backend, Call, Entry, Exit, Key, KeyStatus, Refusal, RefusalKind, Tick, Token, Verdict,
};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Ask { cost: u32, max_wait: u64 },
    GiveBack(Index),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..400_u64).prop_map(Event::Pass),
        (1..8_u32, prop_oneof![Just(0), 0..2000_u64])
            .prop_map(|(cost, max_wait)| Event::Ask { cost, max_wait }),
        any::<Index>().prop_map(Event::GiveBack),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    rule_of(&Algorithm::ALL)
}

/// All that let through at once what they have.
const UNPACED: [Algorithm; 4] =
    [Algorithm::Gcra, Algorithm::PeriodicBucket, Algorithm::FixedWindow, Algorithm::SlidingWindow];

fn rule_of(algorithms: &'static [Algorithm]) -> impl Strategy<Value = Rule> {
    let algorithm = prop::sample::select(algorithms);
    (algorithm, 1..20_u32, 1..12_u32, 20..1000_u64).prop_map(|(algorithm, limit, burst, period)| {
        let rule = Rule::new("rule", limit, Duration::from_nanos(period)).algorithm(algorithm);
        match algorithm {
            Algorithm::FixedWindow | Algorithm::SlidingWindow => rule,
            _ => rule.burst(burst),
        }
    })
}

/// A call that was admitted: when it starts, for how many tokens.
#[derive(Clone, Copy, Debug)]
struct Through {
    ready: Tick,
    waits: bool,
    cost: u32,
    token: Token,
}

struct Bench {
    limiter: RateLimiter,
    keyed: bool,
    now: Tick,
}

impl Bench {
    fn new(rule: &Rule, keyed: bool) -> Self {
        let limiter = RateLimiter::start(rule).expect("valid");
        Self { limiter, keyed, now: Tick::from_nanos(12_345) }
    }

    fn ask_at(&self, now: Tick, cost: u32, max_wait: u64) -> Result<Through, Refusal> {
        let call = Call::at(now).with_cost(NonZeroU32::new(cost).expect("not zero"));
        let call = call.with_max_wait(Some(Duration::from_nanos(max_wait)));
        let call = if self.keyed { call.with_key(Key::new(&"key")) } else { call };
        match self.limiter.enter(&call) {
            Entry::Go(token) => Ok(Through { ready: now, waits: false, cost, token }),
            Entry::GoAt(token, ready) => Ok(Through { ready, waits: true, cost, token }),
            Entry::Refuse(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    fn give_back(&self, call: Through) {
        let cost = NonZeroU32::new(call.cost).expect("not zero");
        self.limiter.exit(call.token, &Exit::at(self.now, Verdict::Unused).with_cost(cost));
    }

    /// Starts those of the calls that wait whose time has come.
    fn start(&self, calls: &mut [Through]) {
        for call in calls.iter_mut().filter(|call| call.waits) {
            let waker = Waker::noop();
            let start = self.limiter.poll_start(&mut call.token, call.ready, self.now, waker);
            call.ready = start.expect("a call that waits is not refused");
            call.waits = call.ready > self.now;
        }
    }

    /// Lets time pass until no call waits any more.
    fn finish(&mut self, calls: &mut [Through]) {
        self.start(calls);
        while let Some(next) = calls.iter().filter(|call| call.waits).map(|call| call.ready).min() {
            self.now = next;
            self.start(calls);
        }
    }

    fn status(&self) -> KeyStatus {
        let asked = Call::at(self.now);
        let asked = if self.keyed { asked.with_key(Key::new(&"key")) } else { asked };
        seawall_core::Limiter::peek(&self.limiter, &asked)
    }

    fn remaining(&self) -> u64 {
        self.status().remaining
    }
}

fn play(bench: &mut Bench, events: &[Event]) -> Vec<Through> {
    let mut through: Vec<Through> = Vec::new();
    for event in events {
        match event {
            Event::Pass(nanos) => bench.now = bench.now + Duration::from_nanos(*nanos),
            Event::Ask { cost, max_wait } => {
                through.extend(bench.ask_at(bench.now, *cost, *max_wait));
            }
            Event::GiveBack(which) if !through.is_empty() => {
                let call = through.remove(which.index(through.len()));
                bench.give_back(call);
            }
            Event::GiveBack(_) => {}
        }
        bench.start(&mut through);
    }
    through
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_window_sees_more_than_the_bound(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..60),
    ) {
        let mut bench = Bench::new(&rule, keyed);
        let mut through = play(&mut bench, &events);
        bench.finish(&mut through);
        for first in &through {
            for last in through.iter().filter(|last| last.ready >= first.ready) {
                let window = last.ready.since(first.ready);
                let inside = first.ready..=last.ready;
                let given: u64 = through
                    .iter()
                    .filter(|call| inside.contains(&call.ready))
                    .map(|call| u64::from(call.cost))
                    .sum();
                prop_assert!(given <= rule.bound(window), "{given} in {window:?}: {through:?}");
            }
        }
    }

    /// What counts is the count of the call's period and as much of the last one's as the window still
    /// covers; and a call waits no longer than until that is within the limit.
    #[test]
    fn a_sliding_window_counts_two_periods_as_it_says(
        limit in 1..20_u32, period in 20..1000_u64, keyed: bool,
        events in prop::collection::vec(event(), 1..60),
    ) {
        let rule = Rule::new("rule", limit, Duration::from_nanos(period));
        let mut bench = Bench::new(&rule.algorithm(Algorithm::SlidingWindow), keyed);
        // What was let through in each period, and the latest of these.
        let mut taken: BTreeMap<u64, u64> = BTreeMap::new();
        let mut latest = 0;
        for event in events {
            match event {
                Event::Pass(nanos) => bench.now = bench.now + Duration::from_nanos(nanos),
                Event::GiveBack(_) => {}
                Event::Ask { cost, max_wait } => {
                    let used = |at: u64| {
                        let of = |period| taken.get(&period).copied().unwrap_or(0);
                        let (number, inside) = (at / period, at % period);
                        let last = of(number.wrapping_sub(1)) * (period - 1 - inside);
                        of(number) + last / period + u64::from(cost)
                    };
                    let limit = u64::from(limit);
                    let asked = bench.ask_at(bench.now, cost, max_wait);
                    let ready = match &asked {
                        Ok(through) => through.ready.as_nanos(),
                        Err(refusal) => match refusal.retry_after() {
                            Some(wait) => (bench.now + wait).as_nanos(),
                            None => {
                                prop_assert!(u64::from(cost) > limit, "{}", refusal);
                                continue;
                            }
                        },
                    };
                    prop_assert!(used(ready) <= limit, "too soon, at {}: {:?}", ready, taken);
                    let soonest = bench.now.as_nanos().max(latest * period);
                    prop_assert!(ready >= soonest);
                    prop_assert!(
                        ready == soonest || used(ready - 1) > limit,
                        "too late, at {}: {:?}", ready, taken
                    );
                    if asked.is_ok() {
                        latest = ready / period;
                        *taken.entry(latest).or_default() += u64::from(cost);
                    }
                }
            }
        }
    }

    #[test]
    fn calls_start_in_the_order_in_which_they_came(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..60),
    ) {
        let mut bench = Bench::new(&rule, keyed);
        let mut calls = play(&mut bench, &events);
        bench.finish(&mut calls);
        let ready: Vec<Tick> = calls.iter().map(|call| call.ready).collect();
        prop_assert!(ready.is_sorted(), "{ready:?}");
    }

    /// Once no call waits, all that has flowed in is there: at the latest when the time is over in
    /// which an empty account fills.
    #[test]
    fn waiters_that_leave_take_nothing_with_them(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..60),
        order in any::<u64>(),
    ) {
        let mut bench = Bench::new(&rule, keyed);
        let calls = play(&mut bench, &events);
        let mut waiting: Vec<_> = calls.into_iter().filter(|call| call.waits).collect();
        if !waiting.is_empty() {
            let turn = usize::try_from(order).unwrap_or(0) % waiting.len();
            waiting.rotate_left(turn);
        }
        if order % 2 == 0 {
            waiting.reverse();
        }
        for call in waiting {
            bench.give_back(call);
        }
        // Of windows and portions, as many begin as one bucket takes, each after a period at most.
        let status = bench.status();
        let longest = status.window * 2 + Duration::from_micros(1);
        prop_assert!(status.reset_after <= longest, "{status:?}");
        bench.now = bench.now + status.reset_after;
        prop_assert_eq!(bench.remaining(), status.limit);
    }

    #[test]
    fn retry_after_is_honest_to_the_nanosecond(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..40),
        cost in 1..8_u32, max_wait in prop_oneof![Just(0), 0..500_u64],
    ) {
        let mut bench = Bench::new(&rule, keyed);
        play(&mut bench, &events);
        let is_paced = rule == rule.clone().algorithm(Algorithm::Leaky);
        let Err(refusal) = bench.ask_at(bench.now, cost, max_wait) else { return Ok(()) };
        match refusal.kind() {
            RefusalKind::CostAboveLimit => {
                prop_assert_eq!(refusal.retry_after(), None);
                let later = bench.now + Duration::from_secs(1);
                let again = bench.ask_at(later, cost, max_wait);
                let kind = again.map_err(|refusal| refusal.kind()).map(|_| ());
                prop_assert_eq!(kind, Err(RefusalKind::CostAboveLimit), "never means never");
            }
            _ => {
                let wait = refusal.retry_after().expect("it knows");
                prop_assert!(wait > Duration::ZERO);
                let then = bench.now + wait;
                let early = Tick::from_nanos(then.as_nanos() - 1);
                // A call waits for a leaky bucket by its nature, and else may start at that time.
                let rest = if is_paced { max_wait } else { 0 };
                prop_assert!(bench.ask_at(early, cost, rest).is_err(), "too long a wait");
                prop_assert!(bench.ask_at(then, cost, rest).is_ok(), "too short a wait");
            }
        }
    }

    #[test]
    fn a_refusal_takes_nothing(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..40),
    ) {
        let mut bench = Bench::new(&rule, keyed);
        play(&mut bench, &events);
        let before = bench.remaining();
        for cost in 1..30 {
            if bench.ask_at(bench.now, cost, 0).is_err() {
                prop_assert_eq!(bench.remaining(), before, "after a refused {}", cost);
            } else {
                break;
            }
        }
    }

    #[test]
    fn what_is_given_back_at_once_was_never_taken(
        rule in rule(), keyed: bool, events in prop::collection::vec(event(), 1..40),
        cost in 1..8_u32, max_wait in prop_oneof![Just(0), 0..500_u64], waits in 1..2000_u64,
    ) {
        let (mut one, mut other) = (Bench::new(&rule, keyed), Bench::new(&rule, keyed));
        play(&mut one, &events);
        play(&mut other, &events);
        if let Ok(call) = one.ask_at(one.now, cost, max_wait) {
            one.give_back(call);
        }
        for bench in [&mut one, &mut other] {
            bench.now = bench.now + Duration::from_nanos(waits);
        }
        prop_assert_eq!(one.remaining(), other.remaining());
    }

    #[test]
    fn remaining_is_what_can_be_had(
        rule in rule_of(&UNPACED), keyed: bool, events in prop::collection::vec(event(), 1..40),
    ) {
        let mut bench = Bench::new(&rule, keyed);
        play(&mut bench, &events);
        for _ in 0..bench.remaining() {
            prop_assert!(bench.ask_at(bench.now, 1, 0).is_ok());
        }
        prop_assert!(bench.ask_at(bench.now, 1, 0).is_err());
    }
}
