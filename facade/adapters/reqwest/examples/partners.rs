//! Requests to a partner's server, under a protection: it answers, is busy once, and goes away.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use reqwest::Client;
use seawall::{ConfigSource, Error, Infrastructure};
use seawall_reqwest::{Protect, by_origin, client_builder};

const SETTINGS: &str = r#"
    [breaker.partners]
    consecutive_failures = 2

    [bulkhead.partners]
    max_concurrent = 8

    [protection.partners]
    breaker = "partners"
    bulkhead = "partners"
    timeout = "2s"
    attempts = 2
    idempotent = false
"#;

static IS_BUSY: AtomicBool = AtomicBool::new(false);

async fn order(body: String) -> Result<String, StatusCode> {
    match IS_BUSY.swap(false, Ordering::Relaxed) {
        true => Err(StatusCode::SERVICE_UNAVAILABLE),
        false => Ok(format!("ordered {body}")),
    }
}

/// Sends an order, and describes what came of it.
async fn send<P>(client: &Client, partners: &P, url: &str) -> Result<String, Box<dyn StdError>>
where
    P: AsyncFn(reqwest::RequestBuilder) -> Result<reqwest::Response, Error<reqwest::Error>>,
{
    // Without a connection to keep, the server is free to go.
    let request =
        client.post(url).header("idempotency-key", "8e03978e").header("connection", "close");
    Ok(match partners(request.body("7 chairs")).await {
        Ok(response) => format!("{}: {}", response.status(), response.text().await?),
        Err(Error::Refused(refusal)) => format!("refused: {}", refusal.kind()),
        Err(Error::TimedOut(elapsed)) => format!("timed out: {elapsed}"),
        Err(Error::Failed(error)) => format!("failed to connect: {}", error.is_connect()),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS)).build()?;
    let client = client_builder().no_proxy().build()?;
    let partners = Protect::new(infra.protection("partners")?).key(by_origin);
    let partners = async |request| partners.send(request).await;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/orders", listener.local_addr()?);
    let app = Router::new().route("/orders", post(order));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    println!("{}", send(&client, &partners, &url).await?);
    IS_BUSY.store(true, Ordering::Relaxed);
    println!("{}", send(&client, &partners, &url).await?);
    server.abort();
    _ = server.await;
    println!("{}", send(&client, &partners, &url).await?);
    println!("{}", send(&client, &partners, &url).await?);
    Ok(())
}
