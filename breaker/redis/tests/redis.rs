//! Instances share a view through a real Redis.

use std::sync::Arc;
use std::time::Duration;

use seawall_breaker_redis::{BreakerOptions, Contact, SharedBreaker, SharedOptions, State};
use seawall_core::{Clock, Driver, Permit};
use seawall_store_redis::RedisStore;
use seawall_test_servers::Redis;
use seawall_testkit::Recorder;

const RESET: Duration = Duration::from_millis(100);

fn instance(server: &Redis, recorder: &Recorder) -> SharedBreaker {
    let breaker = BreakerOptions::new("payments").failures(1000).reset_after(RESET);
    let options = SharedOptions::new(breaker)
        .exchange_every(Duration::from_millis(20))
        .view_window(Duration::from_secs(60));
    let driver = Driver::new().with_clock(Clock::tokio()).with_observer(recorder.clone());
    let store = Arc::new(RedisStore::connect(&server.url()).expect("a URL"));
    let breaker = SharedBreaker::start(&options, store).expect("valid options");
    let breaker = breaker.with_driver(driver);
    tokio::spawn(breaker.run());
    breaker
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waits = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.unwrap_or_else(|_| panic!("{what}"));
}

fn admits(breaker: &SharedBreaker) -> bool {
    breaker.protect().acquire_blocking().map(Permit::success).is_ok()
}

#[tokio::test]
async fn instances_open_together_one_probes_and_they_close_together() {
    let mut server = Redis::start();
    let recorder = Recorder::new();
    let all = [(); 3].map(|()| instance(&server, &recorder));
    let contact = |breaker: &SharedBreaker| breaker.status().contact;
    let state = |breaker: &SharedBreaker| breaker.status().circuit.state;
    until("contact", || all.iter().all(|one| contact(one) == Contact::Connected)).await;
    for breaker in &all[..2] {
        for _ in 0..10 {
            breaker.protect().acquire_blocking().expect("closed").failure();
        }
    }
    until("all open", || all.iter().all(|one| state(one) == State::Open)).await;
    until("one probes, and all close", || {
        all.iter().for_each(|one| _ = admits(one));
        all.iter().all(|one| state(one) == State::Closed)
    })
    .await;
    let changes = recorder.events().into_iter().filter_map(|event| event.change);
    let causes: Vec<_> = changes.map(|change| change.cause).collect();
    let count = |cause| causes.iter().filter(|known| **known == cause).count();
    assert_eq!((count("shared view"), count("shared probe succeeded")), (3, 2), "{causes:?}");
    assert_eq!(count("probes succeeded"), 1, "{causes:?}");
    server.kill();
    until("the store is away", || contact(&all[0]) == Contact::Away).await;
    assert!(admits(&all[0]));
    server.restart();
    until("the store is back", || contact(&all[0]) == Contact::Connected).await;
}
