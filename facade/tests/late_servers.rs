//! A service that starts before its database and its cache do.

use std::time::Duration;

use seawall::{ConfigSource, Health, HealthState, Infrastructure, Topic};
use seawall_pool_managers::{Postgres, Redis};
use seawall_test_servers::{Postgres as PostgresServer, Redis as RedisServer};
use seawall_testkit::Recorder;

const SETTINGS: &str = r#"
    [pool.orders]
    min_idle = 1
    [pool.carts]
    min_idle = 1
"#;

/// Waits for something that the background work does on its own.
fn wait(infra: &Infrastructure, is_so: impl Fn(&Health) -> bool) -> Health {
    let clock = infra.clock();
    let end = clock.now() + Duration::from_secs(60);
    loop {
        let health = infra.health();
        if is_so(&health) {
            return health;
        }
        assert!(clock.now() < end, "{health}");
        std::thread::yield_now();
    }
}

fn failed_connects(health: &Health) -> impl Iterator<Item = u64> {
    let pools = health.components.iter().filter(|one| one.state != HealthState::Ready);
    pools.map(|pool| pool.status.reading("failed_connects").expect("each pool has it"))
}

#[test]
fn a_service_starts_without_its_servers_and_is_ready_by_itself_once_they_are_there() {
    let (mut postgres, mut redis) = (PostgresServer::start(), RedisServer::start());
    postgres.kill();
    redis.kill();
    let recorder = Recorder::new();
    // Without a runtime, nothing can be connected, so that nothing waits for it.
    let infra = Infrastructure::builder()
        .config(ConfigSource::new().toml_str(SETTINGS))
        .observer(recorder.clone())
        .pool("orders", Postgres::from_url(&postgres.url()).expect("a URL"))
        .pool("carts", Redis::from_url(&redis.url()).expect("a URL"))
        .build()
        .expect("valid settings");
    let health = infra.health();
    assert_eq!(
        health.to_string(),
        "degraded\n  connection pool `carts`: it has not connected yet\n  \
         connection pool `orders`: it has not connected yet"
    );
    assert!(health.is_ready(), "nothing requires them");

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = runtime.spawn(infra.run());
    let health =
        wait(&infra, |health| failed_connects(health).filter(|failed| *failed > 2).count() == 2);
    assert_eq!(health.state, HealthState::Degraded);
    for (reason, name, server) in
        [(&health.reasons[0], "carts", "Redis"), (&health.reasons[1], "orders", "PostgreSQL")]
    {
        let why = "could not be reached: ";
        let begin = format!("connection pool `{name}`: it cannot connect: {server} {why}");
        assert!(reason.starts_with(&begin) && reason.contains("Connection refused"), "{reason}");
    }
    let orders = infra.pool::<Postgres>("orders").expect("configured");
    runtime.block_on(orders.checkout()).expect_err("there is no server");

    postgres.restart();
    redis.restart();
    wait(&infra, |health| health.state == HealthState::Ready);
    drop(runtime.block_on(orders.checkout()).expect("it is connected"));
    let carts = infra.pool::<Redis>("carts").expect("configured");
    drop(runtime.block_on(carts.checkout()).expect("it is connected"));
    let events = recorder.events().into_iter();
    let mut told: Vec<_> =
        events.map(|event| (event.topic, event.layer.name().to_string())).collect();
    told.retain(|(topic, _)| matches!(topic, Topic::ComponentDegraded | Topic::ComponentRecovered));
    for name in ["orders", "carts"] {
        let of_it: Vec<_> =
            told.iter().filter(|(_, of)| of == name).map(|(topic, _)| *topic).collect();
        assert_eq!(
            of_it,
            [Topic::ComponentDegraded, Topic::ComponentRecovered],
            "once each: {name}"
        );
    }
    let done = runtime.block_on(infra.shutdown(Duration::from_secs(10)));
    assert!(done.is_clean(), "{done}");
    runtime.block_on(run).expect("no panic");
}
