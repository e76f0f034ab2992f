//! Three services in a row on real sockets. Each makes four attempts of what it calls, and the last one
//! fails every request. Prints how many requests reach the last one for each that is offered to the first:
//! without budgets, with budgets, and with the number of the attempt in a header as well.
//!
//! ```sh
//! cargo run --example cascade                    # an outage of 10 s
//! cargo run --example cascade -- --seconds 60
//! ```

use std::time::Duration;

use seawall::BoxError;

mod hop;
mod service;

use self::hop::Setup;
use self::service::Services;

/// Requests offered a second.
const RATE: u32 = 40;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let seconds = seconds(std::env::args().skip(1))?;
    println!("{RATE} requests a second for {seconds} s, four attempts in each of three services");
    for (name, setup) in [
        ("without budgets", Setup { has_budgets: false, tells_attempts: false }),
        ("with budgets", Setup { has_budgets: true, tells_attempts: false }),
        ("with budgets and attempt numbers", Setup { has_budgets: true, tells_attempts: true }),
    ] {
        let services = Services::start(setup).await?;
        let offered = offer(&services, seconds).await?;
        let reached = services.reached();
        let ratio = f64::from(reached) / f64::from(offered);
        println!("{name:<32}  offered {offered:>5}  reached the last {reached:>6}  {ratio:>5.2} ×");
        if setup.has_budgets && ratio > 1.3 {
            return Err("budgets let more than 1.3 requests through for each offered".into());
        }
    }
    Ok(())
}

/// Offers requests for so long, and waits until all are answered. Returns how many there were.
async fn offer(services: &Services, seconds: u32) -> Result<u32, BoxError> {
    let offered = RATE * seconds;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..offered {
        pace.tick().await;
        let client = services.client();
        requests.spawn(async move { client.call(1).await.is_err() });
    }
    while let Some(has_failed) = requests.join_next().await {
        assert!(has_failed?, "the last service fails every request");
    }
    Ok(offered)
}

fn seconds(mut arguments: impl Iterator<Item = String>) -> Result<u32, BoxError> {
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(10),
        (Some("--seconds"), Some(seconds)) => match seconds.parse() {
            Ok(seconds @ 1..=3_600) => Ok(seconds),
            _ => Err(format!("`--seconds` must be between 1 and 3600, not `{seconds}`").into()),
        },
        _ => Err("usage: cascade [--seconds N]".into()),
    }
}
