//! A service that ends in order when it receives Ctrl-C: new requests are refused, those under way are
//! answered, and what did not end in time is printed. With the argument `now`, it does not wait for the
//! signal.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use seawall::{ConfigSource, Infrastructure};
use seawall_axum::Problem;

const SETTINGS: &str = r#"
    [bulkhead.work]
    max_concurrent = 8

    [protection.work]
    bulkhead = "work"
    timeout = "2s"
"#;

async fn work(State(infra): State<Infrastructure>) -> Result<&'static str, Problem> {
    let work = async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok::<_, std::convert::Infallible>(())
    };
    infra.execute_protected("work", work).await?;
    Ok("done\n")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS)).build()?;
    let background = tokio::spawn(infra.run());
    let app = Router::new().route("/", get(work)).with_state(infra.clone());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    println!("serving {url}");
    let under_way = tokio::spawn(reqwest::get(url.clone()));

    let is_asked_to_end = async {
        if std::env::args().nth(1).as_deref() == Some("now") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        } else if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("no signal can be received: {error}");
        }
    };
    let ends = infra.clone();
    // Connections are closed once the calls under them have ended or were refused.
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        is_asked_to_end.await;
        println!("{}", ends.shutdown(Duration::from_secs(20)).await);
    });
    server.await?;
    background.await?;
    let answer = under_way.await??;
    println!("the request under way: {} {}", answer.status(), answer.text().await?.trim());
    Ok(())
}
