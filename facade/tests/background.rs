//! What pools do in the background, and how a service ends.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::pooling::PoolState;
use seawall::{ConfigSource, Infrastructure, RefusalKind, Topic};
use seawall_testkit::pool::{Act, Dummy, Step};
use seawall_testkit::{ManualClock, Recorder};

const SETTINGS: &str = r#"
    [breaker.database]
    failures = 2
    reset_after = "1s"

    [pool.orders]
    max_size = 3
    min_idle = 2
    breaker = "database"

    [pool.users]
    max_size = 2
"#;

struct Bench {
    recorder: Recorder,
    time: ManualClock,
    infra: Infrastructure,
    orders: Dummy,
    users: Dummy,
}

fn bench(settings: &str) -> Bench {
    let time = ManualClock::new();
    let [orders, users] = [(); 2].map(|()| Dummy::new(time.clock()));
    let recorder = Recorder::new();
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(settings))
        .clock(time.clock())
        .observer(recorder.clone())
        .pool("orders", orders.clone())
        .pool("users", users.clone())
        .build()
        .expect("good settings");
    Bench { recorder, time, infra, orders, users }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn all_pools_are_connected_in_the_background_though_one_has_no_database() {
    let Bench { recorder, time, infra, orders, users } = bench(SETTINGS);
    for _ in 0..3 {
        orders.then(Act::Create, Step::Fail("refused"));
    }
    let [orders_pool, users_pool] =
        ["orders", "users"].map(|name| infra.pool::<Dummy>(name).expect("it is there"));
    assert_eq!((orders.made(), users.made()), (0, 0), "nothing is connected before");
    let mut work = pin!(infra.run());
    let mut go_on = || assert!(poll(work.as_mut()).is_pending());
    go_on();
    assert_eq!(orders_pool.status().state, PoolState::Degraded);
    assert_eq!((users_pool.status().state, users.made()), (PoolState::Ready, 1));
    for _ in 0..100 {
        time.advance(Duration::from_millis(9));
        go_on();
    }
    assert_eq!(orders.calls(Act::Create), 2, "then the circuit is open");
    let breaker = infra.component::<CircuitBreaker>("database").expect("it is there");
    assert_eq!(breaker.status().state, seawall::breaker::State::Open);
    for _ in 0..10 {
        time.advance(Duration::from_secs(1));
        go_on();
    }
    assert_eq!(orders_pool.status().state, PoolState::Ready);
    assert_eq!((orders_pool.status().idle, orders.calls(Act::Create)), (2, 5));
    assert_eq!(breaker.status().state, seawall::breaker::State::Closed);
    let health: Vec<_> = recorder
        .events()
        .into_iter()
        .filter(|event| HEALTH.contains(&event.topic))
        .map(|event| (event.topic, event.layer.to_string(), event.degraded))
        .collect();
    let orders = "connection pool `orders`".to_owned();
    assert_eq!(
        health,
        [
            (Topic::ComponentDegraded, orders.clone(), Some("refused".to_owned())),
            (Topic::ComponentRecovered, orders, None),
        ]
    );
}

const HEALTH: [Topic; 2] = [Topic::ComponentDegraded, Topic::ComponentRecovered];

#[test]
fn the_background_work_ends_with_the_pools() {
    let Bench { infra, .. } = bench(SETTINGS);
    let mut work = pin!(infra.run());
    assert!(poll(work.as_mut()).is_pending());
    infra.close();
    assert!(poll(work.as_mut()).is_ready());
    let Bench { infra, orders, .. } = bench(SETTINGS);
    let mut work = pin!(infra.run());
    assert!(poll(work.as_mut()).is_pending());
    drop(infra);
    assert!(poll(work.as_mut()).is_ready());
    assert_eq!(orders.alive(), [0; 0]);
}

#[test]
fn draining_waits_for_what_is_lent_and_says_what_did_not_come_back() {
    let Bench { time, infra, users, .. } = bench(SETTINGS);
    let pool = infra.pool::<Dummy>("users").expect("it is there");
    let [late, lost] = [(); 2].map(|()| time.block_on(pool.checkout()).expect("free"));
    let mut drain = pin!(infra.drain(Duration::from_secs(5)));
    assert!(poll(drain.as_mut()).is_pending());
    let refused = time.block_on(pool.checkout()).expect_err("it is closed");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    drop(late);
    assert!(poll(drain.as_mut()).is_pending(), "one is not back");
    time.advance(Duration::from_secs(5));
    let Poll::Ready(drained) = poll(drain.as_mut()) else { panic!("the time is over") };
    let drained: Vec<_> =
        drained.iter().map(|(name, drained)| (name.as_str(), drained.left)).collect();
    assert_eq!(drained, [("orders", 0), ("users", 1)]);
    drop(lost);
    assert_eq!(users.alive(), [0; 0]);
}

#[test]
fn a_breaker_that_is_not_there_is_reported() {
    let settings = SETTINGS.replace(r#"breaker = "database""#, r#"breaker = "databse""#);
    let time = ManualClock::new();
    let built = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(&settings))
        .pool("orders", Dummy::new(time.clock()))
        .pool("users", Dummy::new(time.clock()))
        .build();
    assert_eq!(
        built.expect_err("wrong").to_string(),
        "1 problem in the configuration:\n\
         inline TOML:9: pool.orders.breaker: no breaker named `databse` is configured; expected \
         database; did you mean `database`?"
    );
}
