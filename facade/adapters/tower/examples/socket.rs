//! A client over a real socket, under a protection: it is answered, then the server stops, the circuit opens,
//! and requests are refused without being sent.

use std::error::Error as StdError;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioExecutor;
use seawall::{ConfigSource, Error, Infrastructure};
use seawall_tower::ProtectLayer;
use tower::{Service, ServiceBuilder, ServiceExt};

const SETTINGS: &str = r#"
    [breaker.inventory]
    consecutive_failures = 2

    [bulkhead.inventory]
    max_concurrent = 8

    [protection.inventory]
    breaker = "inventory"
    bulkhead = "inventory"
    timeout = "2s"
"#;

/// Starts a server that runs until its task is aborted.
async fn serve() -> std::io::Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
    let app = Router::new().route("/stock", get(async || "7 in stock"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = async move { axum::serve(listener, app).await.expect("it serves") };
    Ok((address, tokio::spawn(server)))
}

/// Sends one request and describes what came of it.
async fn ask<S, B>(client: &S, address: SocketAddr) -> Result<String, Box<dyn StdError>>
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>, Error = Error<ClientError>> + Clone,
    B: http_body::Body<Error: StdError + 'static>,
{
    // Without a connection to keep, the server is free to go.
    let request = Request::get(format!("http://{address}/stock")).header("connection", "close");
    Ok(match client.clone().oneshot(request.body(Empty::new())?).await {
        Ok(response) => {
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            format!("{status}: {}", String::from_utf8_lossy(&body))
        }
        Err(Error::Refused(refusal)) => format!("refused: {}", refusal.kind()),
        Err(Error::TimedOut(elapsed)) => format!("timed out: {elapsed}"),
        Err(Error::Failed(error)) => format!("failed: {error}"),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS)).build()?;
    let protect = ProtectLayer::new(infra.protection("inventory")?).http();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let client = ServiceBuilder::new().layer(protect).service(client);

    let (address, server) = serve().await?;
    println!("{}", ask(&client, address).await?);
    server.abort();
    _ = server.await;
    for _ in 0..3 {
        println!("{}", ask(&client, address).await?);
    }
    for status in infra.status("inventory")? {
        println!("{}: {}", status.layer, status.state);
    }
    Ok(())
}
