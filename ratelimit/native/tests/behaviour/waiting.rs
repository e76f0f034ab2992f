use std::future::Future;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::{Backend, Call, Clock, Driver, Entry, Key, RefusalKind};
use seawall_ratelimit::{Algorithm, KeyOverflow, RateLimiter, Rule};

use crate::support::{Bench, HOUR, SECOND};

#[tokio::test(start_paused = true)]
async fn of_64_tasks_who_came_first_is_served_first_and_a_large_request_is_not_starved() {
    let limiter = RateLimiter::start(&Rule::new("api", 10, SECOND)).expect("valid");
    let limiter = limiter.with_driver(Driver::new().with_clock(Clock::tokio()));
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..64_u32 {
        let (limiter, served) = (limiter.clone(), Arc::clone(&served));
        // The tenth wants a whole second's worth.
        let cost = if number == 10 { 10 } else { 1 };
        tasks.push(tokio::spawn(async move {
            limiter.wait("key", cost, HOUR).await.expect("within an hour");
            served.lock().unwrap().push((number, tokio::time::Instant::now()));
        }));
        tokio::task::yield_now().await;
    }
    let begin = tokio::time::Instant::now();
    for task in tasks {
        task.await.unwrap();
    }
    let served = served.lock().unwrap();
    let order: Vec<u32> = served.iter().map(|(number, _)| *number).collect();
    assert_eq!(order, (0..64).collect::<Vec<_>>());
    let large = served[10].1 - begin;
    assert!(large <= Duration::from_millis(1002), "it waits for its own tokens only: {large:?}");
}

#[test]
fn who_cannot_be_served_in_time_is_told_at_once_and_takes_nothing() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 10, SECOND).algorithm(algorithm));
        for _ in 0..10 {
            bench.time.block_on(bench.limiter.wait("key", 1, HOUR)).unwrap();
        }
        let begin = bench.time.now();
        let before = bench.limiter.status("key");
        let waited = bench.time.block_on(bench.limiter.wait("key", 5, Duration::from_millis(1)));
        let refusal = waited.expect_err("not within a millisecond");
        assert_eq!(bench.time.now(), begin, "{algorithm}: without waiting");
        assert_eq!(refusal.kind(), RefusalKind::RateLimited, "{algorithm}");
        assert_eq!(bench.limiter.status("key"), before, "{algorithm}: takes nothing");
    }
}

#[test]
fn a_deadline_is_blamed_only_where_it_is_to_blame() {
    let ms = Duration::from_millis;
    let leaky = Rule::new("api", 10, SECOND).algorithm(Algorithm::Leaky).burst(2);
    let reject = Rule::new("api", 10, SECOND).max_keys(1).overflow(KeyOverflow::Reject);
    for (rule, deadline, kind) in [
        (&leaky, ms(199), RefusalKind::Deadline),
        // Its turn would be in time, but two are in the bucket.
        (&leaky, ms(200), RefusalKind::RateLimited),
        (&leaky, ms(300), RefusalKind::RateLimited),
        // There will be room for another key when the two tokens are back.
        (&reject, ms(199), RefusalKind::Deadline),
        (&reject, ms(201), RefusalKind::RateLimited),
    ] {
        let bench = Bench::new(rule);
        let ask = |key: &str, deadline| {
            let now = bench.time.now();
            let call = Call::at(now).with_deadline(now + deadline).with_max_wait(Some(HOUR));
            match bench.limiter.enter(&call.with_key(Key::new(&key))) {
                Entry::Refuse(refusal) => Some(refusal.kind()),
                _ => None,
            }
        };
        assert_eq!((ask("key", HOUR), ask("key", HOUR)), (None, None));
        let key = if rule == &reject { "other" } else { "key" };
        assert_eq!(ask(key, deadline), Some(kind), "{deadline:?}");
    }
}

#[test]
fn who_gives_up_gives_back_what_he_waited_for() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    assert_eq!(bench.admitted("key", 10), 10);
    for _ in 0..100 {
        let mut waits = Box::pin(bench.limiter.wait("key", 10, HOUR));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
    }
    bench.time.advance(SECOND);
    assert_eq!(bench.admitted("key", 20), 10, "as if nobody had waited");
}

#[test]
fn a_leaky_bucket_spaces_its_calls() {
    let rule = Rule::new("api", 10, SECOND).algorithm(Algorithm::Leaky).burst(4);
    let bench = Bench::new(&rule);
    let wait = |cost| {
        let begin = bench.time.now();
        let call = bench.limiter.protect().key("key").cost(cost);
        bench.time.block_on(call.reserve()).map(seawall_core::Reservation::commit)?;
        Ok::<_, seawall_core::Refusal>(bench.time.now().since(begin).as_millis())
    };
    assert_eq!([wait(1), wait(1), wait(1), wait(2)].map(Result::unwrap), [0, 100, 100, 200]);
    let refusal = bench.limiter.check_rate("key", 1).expect_err("a token has to leave first");
    assert_eq!(refusal.retry_after(), Some(Duration::from_millis(100)));
    assert_eq!(wait(1).unwrap(), 100);
    assert_eq!(wait(5).unwrap_err().kind(), RefusalKind::CostAboveLimit);
}

#[test]
fn a_full_leaky_bucket_says_when_there_is_room() {
    let rule = Rule::new("api", 1, SECOND).algorithm(Algorithm::Leaky).burst(10);
    let bench = Bench::new(&rule);
    let ask = |cost: u32| {
        let call = Call::at(bench.time.now()).with_cost(NonZeroU32::new(cost).expect("not zero"));
        match bench.limiter.enter(&call) {
            Entry::Refuse(refusal) => Err(refusal.retry_after()),
            _ => Ok(()),
        }
    };
    for _ in 0..10 {
        assert_eq!(ask(1), Ok(()));
    }
    for _ in 0..3 {
        assert_eq!(ask(1), Err(Some(SECOND)), "the next place, not an empty bucket");
        assert_eq!(ask(5), Err(Some(5 * SECOND)));
        bench.time.advance(SECOND);
        assert_eq!(ask(1), Ok(()));
    }
}

#[test]
fn a_large_call_to_a_leaky_bucket_is_never_refused_for_good() {
    let rule = Rule::new("api", 10, SECOND).algorithm(Algorithm::Leaky);
    let bench = Bench::new(&rule);
    bench.time.advance(HOUR);
    bench.limiter.check_rate("key", 5).expect("the bucket is empty");
    let refusal = bench.limiter.check_rate("key", 5).expect_err("five have to leave first");
    let said = (refusal.kind(), refusal.retry_after());
    assert_eq!(said, (RefusalKind::RateLimited, Some(SECOND / 2)));
    bench.time.advance(SECOND / 2);
    bench.limiter.check_rate("key", 5).expect("the bucket is empty again");
}
