//! A service whose clients are limited by their address, and whose handler calls another service under a
//! circuit breaker. It answers four requests over a socket and ends.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Infrastructure};
use seawall_axum::{Peer, Problem, ProtectLayer};

const SETTINGS: &str = r#"
    [rate_limit.clients]
    limit = 3
    period = "1m"

    [breaker.stock]
    consecutive_failures = 2

    [protection.per_client]
    rate_limit = "clients"

    [protection.ask_stock]
    breaker = "stock"
    timeout = "1s"
"#;

async fn stock(State(infra): State<Infrastructure>) -> Result<String, Problem> {
    let ask = async || Err::<u32, _>(std::io::Error::other("the stock service is down"));
    Ok(format!("{} in stock", infra.execute_protected("ask_stock", ask).await?))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS)).build()?;
    let clients: RateLimiter = infra.component("clients")?;
    let limit = ProtectLayer::new(infra.protection("per_client")?)
        .key(Peer)
        .rate_limit_headers("clients", move |key| clients.status(key));
    let app = Router::new().route("/stock", get(stock)).route_layer(limit).with_state(infra);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/stock", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });

    for _ in 0..4 {
        let response = reqwest::get(&url).await?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let [rate_limit, retry_after] = ["ratelimit", "retry-after"].map(header);
        println!("{}: {rate_limit:?}, {retry_after:?}", response.status());
        println!("  {}", response.text().await?);
    }
    Ok(())
}
