//! Tokens of calls that did not run come back, and never more than were taken.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::{Backend, Call, Component, Driver, Entry, Exit, RefusalKind, Tick, Verdict};
use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::{Answer, ManualClock, Scripted};

const BURST: u32 = 4;
const TOKEN_MS: u64 = 10;

fn limiter() -> RateLimiter {
    let rule = Rule::new("rule", 1, Duration::from_millis(TOKEN_MS));
    RateLimiter::start(&rule.burst(BURST)).expect("valid")
}

#[test]
fn a_later_refusal_gives_the_tokens_back() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let limiter = limiter().with_driver(driver.clone());
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    for _ in 0..100 {
        breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let layers = (&limiter, &breaker);
        let result = driver.protect(&layers).key("key").cost(3).run_blocking(|| Ok::<(), ()>(()));
        assert!(result.expect_err("open").refusal().expect("refused").is_circuit_open());
    }
    assert_eq!(limiter.status("key").remaining, u64::from(BURST));
}

#[test]
fn what_has_flowed_in_again_is_not_given_back_twice() {
    let limiter = limiter();
    let at = |millis| Call::at(Tick::from_millis(millis));
    let Entry::Go(first) = limiter.enter(&at(0)) else { panic!("full") };
    // The bucket is full again, then emptied.
    for _ in 0..BURST {
        assert!(matches!(limiter.enter(&at(1_000)), Entry::Go(_)));
    }
    limiter.exit(first, &Exit::at(Tick::from_millis(1_000), Verdict::Unused));
    assert!(matches!(limiter.enter(&at(1_000)), Entry::Refuse(_)));
}

/// How many of a hundred tokens are there again when `under_way` calls have been given back, first
/// come, first gone.
fn there_again(under_way: usize) -> usize {
    let rule = Rule::new("rule", 1, Duration::from_secs(1));
    let rule = rule.burst(100);
    let limiter = RateLimiter::start(&rule).expect("valid");
    let call = Call::at(Tick::ZERO);
    let ask = || match limiter.enter(&call) {
        Entry::Go(token) => Some(token),
        _ => None,
    };
    let tokens: Vec<_> = std::iter::from_fn(ask).take(under_way).collect();
    for token in tokens {
        limiter.exit(token, &Exit::at(Tick::ZERO, Verdict::Unused));
    }
    std::iter::from_fn(ask).count()
}

#[test]
fn what_a_few_calls_at_once_did_not_use_comes_back_whole_and_most_of_what_many_did_not() {
    for under_way in 1..=5 {
        assert_eq!(there_again(under_way), 100, "{under_way} under way");
    }
    assert!(there_again(90) >= 60, "{} of 90 under way", there_again(90));
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    /// A call of that cost asks.
    Ask(u32),
    /// The oldest call that is under way ends.
    End(Verdict),
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// In any window no more calls run than `burst + window / token`: give-backs create nothing.
    #[test]
    fn no_window_sees_more_than_the_rule_gives(
        steps in proptest::collection::vec(prop_oneof![
            2 => (0..40_u64).prop_map(Step::Wait),
            4 => (1..4_u32).prop_map(Step::Ask),
            2 => Just(Step::End(Verdict::Unused)),
            1 => Just(Step::End(Verdict::Success)),
        ], 1..120),
        keyed in any::<bool>(),
    ) {
        let limiter = limiter();
        let mut now = 0;
        let mut under_way = VecDeque::new();
        let mut ran: Vec<(u64, u32)> = Vec::new();
        for step in steps {
            let tick = Tick::from_millis(now);
            match step {
                Step::Wait(wait) => now += wait,
                Step::Ask(cost) => {
                    let cost = NonZeroU32::new(cost).expect("not zero");
                    let mut call = Call::at(tick).with_cost(cost);
                    if keyed {
                        call = call.with_key(seawall_core::Key::new(&"key"));
                    }
                    if let Entry::Go(token) = limiter.enter(&call) {
                        under_way.push_back((token, cost, now));
                    }
                }
                Step::End(verdict) => {
                    if let Some((token, cost, asked)) = under_way.pop_front() {
                        limiter.exit(token, &Exit::at(tick, verdict).with_cost(cost));
                        if verdict != Verdict::Unused {
                            ran.push((asked, cost.get()));
                        }
                    }
                }
            }
        }
        ran.extend(under_way.into_iter().map(|(_, cost, asked)| (asked, cost.get())));
        ran.sort_unstable();
        for (first, (from, _)) in ran.iter().enumerate() {
            let mut tokens = 0;
            for (to, cost) in &ran[first..] {
                tokens += u64::from(*cost);
                let most = u64::from(BURST) + (to - from) / TOKEN_MS;
                prop_assert!(tokens <= most, "{tokens} in {from}..={to}, not {most}");
            }
        }
    }
}
