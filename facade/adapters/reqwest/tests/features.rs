//! The features: a middleware, and refusals by HTTP/2.

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use reqwest_middleware::ClientBuilder;
use seawall::{ConfigSource, Infrastructure};
use seawall_reqwest::{Protect, client_builder, elapsed_of, refusal_of};

use server::Server;

const SETTINGS: &str = r#"
    [breaker.partners]
    consecutive_failures = 2

    [bulkhead.partners]
    max_concurrent = 1

    [protection.partners]
    breaker = "partners"
    bulkhead = "partners"
    timeout = "20s"
    attempts = 2
    idempotent = false
"#;

fn protect(infra: &Infrastructure) -> Protect<seawall::Handle> {
    Protect::new(infra.protection("partners").expect("configured"))
}

fn infrastructure() -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    Infrastructure::builder().config(settings).build().expect("valid settings")
}

#[tokio::test]
async fn a_middleware_sends_again_and_its_errors_are_found() {
    let (infra, server) = (infrastructure(), Server::start().await);
    let client = client_builder().no_proxy().build().expect("a client");
    let client = ClientBuilder::new(client).with(protect(&infra)).build();
    server.fail_next(1);
    let response = client.get(server.url("/hello")).send().await.expect("answered");
    assert_eq!(server.requests(), 2);
    let full = client.get(server.url("/hello")).send().await.expect_err("the place is taken");
    assert!(refusal_of(&full).is_some_and(seawall::Refusal::is_full), "{full:?}");
    assert!(elapsed_of(&full).is_none());
    assert_eq!(response.text().await.expect("text"), "hello");
    let posted = client.post(server.url("/hello")).send().await.expect("answered");
    assert_eq!(posted.status().as_u16(), 405);
}

/// Serves HTTP/2: refuses the first stream of each connection, and answers the others.
async fn serve(listener: tokio::net::TcpListener, streams: Arc<AtomicUsize>) {
    while let Ok((socket, _)) = listener.accept().await {
        let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            if streams.fetch_add(1, Relaxed) == 0 {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
                continue;
            }
            let response = respond.send_response(http::Response::new(()), false);
            let hello = Bytes::from_static(b"hello");
            response.expect("headers").send_data(hello, true).expect("a body");
        }
    }
}

#[tokio::test]
async fn a_stream_that_was_refused_unprocessed_is_sent_again_whatever_it_does() {
    let infra = infrastructure();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let streams = Arc::new(AtomicUsize::new(0));
    tokio::spawn(serve(listener, streams.clone()));
    let client = client_builder().no_proxy().http2_prior_knowledge().build().expect("a client");
    let response = protect(&infra).send(client.post(&url).body("order")).await.expect("answered");
    assert_eq!(response.text().await.expect("text"), "hello");
    assert_eq!(streams.load(Relaxed), 2);
    let failures = infra.status("partners").expect("configured");
    assert!(failures.iter().any(|status| status.reading("failure") == Some(1)), "{failures:?}");
}
