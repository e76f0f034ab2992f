//! Two instances of a service that keep to one limit in Redis, one quota in PostgreSQL and one bulkhead.
//!
//! ```text
//! cargo run --example shared
//! SEAWALL_STORE__CACHE__URL=redis://localhost SEAWALL_STORE__DATABASE__URL=postgres://me@localhost/shop \
//!     cargo run --example shared
//! ```
//!
//! Without these variables it starts servers of its own.

use std::time::Duration;

use seawall::{ConfigSource, HealthState, Infrastructure};
use seawall_test_servers::{Postgres, Redis};

const SETTINGS: &str = r#"
    [store.cache]
    backend = "redis"

    [store.database]
    backend = "postgres"

    [rate_limit.per_customer]
    store = "cache"
    limit = "1000/s"

    [rate_limit.partner]
    store = "database"
    limit = "100/s"

    [bulkhead.reports]
    store = "cache"
    max_concurrent = 4
    lease = "1s"           # a server that has just begun grants nothing during one lease
    longest_call = "400ms"

    [protection.search]
    rate_limit = "per_customer"

    [protection.tell_partner]
    rate_limit = "partner"
    bulkhead = "reports"
    timeout = "400ms"
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = |name: &str| std::env::var(format!("SEAWALL_STORE__{name}__URL")).ok();
    let redis = given("CACHE").is_none().then(Redis::start);
    let postgres = given("DATABASE").is_none().then(Postgres::start);
    let own = [
        ("SEAWALL_STORE__CACHE__URL", redis.as_ref().map(Redis::url)),
        ("SEAWALL_STORE__DATABASE__URL", postgres.as_ref().map(Postgres::url)),
    ];
    let own = own.into_iter().filter_map(|(name, url)| Some((name, url?)));
    let config = ConfigSource::new().toml_str(SETTINGS).environment().environment_from(own);

    let mut instances = Vec::new();
    for _ in 0..2 {
        let infra = Infrastructure::builder().config(config.clone()).build()?;
        tokio::spawn(infra.run());
        instances.push(infra);
    }
    for infra in &instances {
        while infra.health().state != HealthState::Ready {
            println!("{}", infra.health());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    println!("both are ready");

    for protection in ["search", "tell_partner"] {
        let mut admitted = vec![0; instances.len()];
        let clock = instances[0].clock().clone();
        let end = clock.now() + Duration::from_secs(2);
        while clock.now() < end {
            for (infra, admitted) in instances.iter().zip(&mut admitted) {
                let call = infra.protect(protection)?.key("ann");
                let answer = call.run(async || Ok::<_, std::io::Error>(()));
                *admitted += u32::from(answer.await.is_ok());
            }
            tokio::task::yield_now().await;
        }
        println!("{protection}: in two seconds, the instances admitted {admitted:?} calls");
    }
    for infra in &instances {
        println!("{}", infra.shutdown(Duration::from_secs(1)).await);
    }
    Ok(())
}
