//! Holds a limiter with little room for keys against one with room for all.

use std::time::Duration;

use proptest::prelude::*;
use seawall_core::{Driver, Tick};
use seawall_ratelimit::{Algorithm, KeyOverflow, Limit, RateLimiter, Rule};
use seawall_testkit::ManualClock;

const PERIOD: Duration = Duration::from_secs(5);
const KEYS: u8 = 8;
const MAX_KEYS: u32 = 4;

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Check { key: u8, cost: u32 },
    Refund { key: u8, cost: u32 },
    Reset(u8),
    SetLimit { key: u8, limit: u32 },
    ClearLimit(u8),
    SetRule { limit: u32, algorithm: Algorithm },
}

const UNPACED: [Algorithm; 4] =
    [Algorithm::Gcra, Algorithm::PeriodicBucket, Algorithm::FixedWindow, Algorithm::SlidingWindow];

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS;
    prop_oneof![
        4 => (0..3000_u64).prop_map(Step::Pass),
        12 => (key(), 1..4_u32).prop_map(|(key, cost)| Step::Check { key, cost }),
        2 => (key(), 1..3_u32).prop_map(|(key, cost)| Step::Refund { key, cost }),
        1 => key().prop_map(Step::Reset),
        1 => (key(), 1..9_u32).prop_map(|(key, limit)| Step::SetLimit { key, limit }),
        1 => key().prop_map(Step::ClearLimit),
        1 => (2..6_u32, prop::sample::select(&UNPACED))
            .prop_map(|(limit, algorithm)| Step::SetRule { limit, algorithm }),
    ]
}

fn rule(limit: u32, algorithm: Algorithm) -> Rule {
    Rule::new("rule", limit, PERIOD).algorithm(algorithm)
}

struct Pair {
    time: ManualClock,
    tight: RateLimiter,
    ample: RateLimiter,
    rule: Rule,
    own: [bool; KEYS as usize],
    /// The keys that a smaller burst may have cut usage off from. Each has its place until that has
    /// flowed in, which no status tells.
    cut: [bool; KEYS as usize],
}

impl Pair {
    fn new() -> Self {
        let time = ManualClock::new();
        let start = |rule: &Rule| {
            let driver = Driver::new().with_clock(time.clock());
            RateLimiter::start(rule).expect("valid").with_driver(driver)
        };
        let rule = rule(3, Algorithm::Gcra);
        let (tight, ample) = (start(&tight(&rule)), start(&rule));
        Self { time, tight, ample, rule, own: [false; KEYS as usize], cut: [false; KEYS as usize] }
    }

    /// Checks that keys have all places, the first of which is free in `wait`.
    fn check_places(&self, wait: Option<Duration>) {
        let (mut places, mut earliest, mut latest) = (0, Duration::MAX, Duration::MAX);
        for key in (0..KEYS).filter(|key| !self.own[usize::from(*key)]) {
            let (left, cut) = (self.ample.status(key).reset_after, self.cut[usize::from(key)]);
            if cut || !left.is_zero() {
                places += 1;
                earliest = earliest.min(left);
                latest = if cut { latest } else { latest.min(left) };
            }
        }
        assert!(places >= MAX_KEYS, "there was room");
        assert!((Some(earliest)..=Some(latest)).contains(&wait), "{wait:?}");
    }

    fn is_counting(&self, key: u8) -> bool {
        self.own[usize::from(key)] || !self.ample.status(key).reset_after.is_zero()
    }

    fn check(&self, key: u8, cost: u32) {
        let (peeked, is_known) = (self.tight.peek(key, cost), self.is_counting(key));
        let done = self.tight.check_rate(key, cost);
        assert_eq!(peeked.is_allowed, done.is_ok(), "{peeked:?} {done:?}");
        let Err(refusal) = done else {
            self.ample.check_rate(key, cost).expect("it is counted alike");
            return;
        };
        assert_eq!(peeked.retry_after, refusal.retry_after());
        let ample = self.ample.peek(key, cost);
        if is_known || refusal.retry_after().is_none() {
            let alike = (ample.is_allowed, ample.retry_after);
            assert_eq!(alike, (false, refusal.retry_after()), "what it spent is kept");
        } else if refusal.retry_after() != ample.retry_after {
            self.check_places(refusal.retry_after());
        }
    }

    fn step(&mut self, step: &Step) {
        if let Step::Pass(millis) = *step {
            self.time.advance(Duration::from_millis(millis));
        }
        if let Step::Check { key, cost } = *step {
            self.check(key, cost);
        }
        if matches!(step, Step::SetRule { .. } | Step::SetLimit { .. } | Step::ClearLimit(_)) {
            for key in (0..KEYS).filter(|key| !self.ample.status(*key).reset_after.is_zero()) {
                self.cut[usize::from(key)] = true;
            }
        }
        if let Step::SetRule { limit, algorithm } = *step {
            self.rule = rule(limit, algorithm);
        }
        for (limiter, rule) in [(&self.tight, tight(&self.rule)), (&self.ample, self.rule.clone())]
        {
            match *step {
                Step::Refund { key, cost } => limiter.refund(key, cost),
                Step::Reset(key) => limiter.reset(key),
                Step::SetLimit { key, limit } => {
                    limiter.set_limit_of(key, Limit::new(limit, PERIOD)).expect("valid");
                }
                Step::ClearLimit(key) => limiter.clear_limit_of(key),
                Step::SetRule { .. } => limiter.set_rule(&rule).expect("valid"),
                Step::Pass(_) | Step::Check { .. } => {}
            }
        }
        match *step {
            Step::SetLimit { key, .. } => self.own[usize::from(key)] = true,
            Step::ClearLimit(key) => self.own[usize::from(key)] = false,
            Step::Reset(key) => self.cut[usize::from(key)] = false,
            _ => {}
        }
        for key in (0..KEYS).filter(|key| self.is_counting(*key)) {
            assert_eq!(self.tight.status(key), self.ample.status(key), "key {key} after {step:?}");
        }
    }
}

fn tight(rule: &Rule) -> Rule {
    rule.clone().max_keys(MAX_KEYS).overflow(KeyOverflow::Reject)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_key_with_a_place_is_counted_as_if_there_were_room_for_all(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut pair = Pair::new();
        pair.time.advance(Duration::from_secs(3600));
        for step in &steps {
            pair.step(step);
        }
    }

    #[test]
    fn eviction_never_forgives_an_exhausted_key(
        algorithm in prop::sample::select(&UNPACED),
        steps in prop::collection::vec((0..3_u8, 0..8_u8, 0..2000_u64), 1..120),
    ) {
        let pair = Pair::new();
        let rule = rule(3, algorithm).max_keys(MAX_KEYS).overflow(KeyOverflow::EvictColdest);
        pair.tight.set_rule(&rule).expect("valid");
        pair.time.advance(Duration::from_secs(3600));
        let mut exhausted: Vec<(u8, Tick)> = Vec::new();
        for (number, (kind, key, millis)) in steps.into_iter().enumerate() {
            let now = pair.time.now();
            exhausted.retain(|(_, until)| *until > now);
            let is_exhausted = exhausted.iter().any(|(other, _)| *other == key);
            match kind {
                0 => pair.time.advance(Duration::from_millis(millis)),
                1 if is_exhausted => {
                    prop_assert!(pair.tight.check_rate(key, 1).is_err(), "{} was forgiven", key);
                }
                1 if exhausted.len() < MAX_KEYS as usize => {
                    if pair.tight.check_rate(key, 3).is_ok() {
                        let wait = pair.tight.status(key).retry_after.expect("it is exhausted");
                        exhausted.push((key, now + wait));
                    }
                }
                // Strangers that take one token each have others forgotten, and are never exhausted.
                _ => _ = pair.tight.check_rate(("stranger", number), 1),
            }
            let now = pair.time.now();
            for (key, until) in exhausted.iter().filter(|(_, until)| *until > now) {
                prop_assert!(!pair.tight.status(*key).is_allowed, "{} until {:?}", key, until);
            }
        }
    }
}
