use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use reqwest::Url;
use seawall::BoxError;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::hop::{ATTEMPT, Hop, Setup};

/// Three services, and the client of the first. They end when this is dropped.
pub(crate) struct Services {
    client: Arc<Hop>,
    reached: Arc<AtomicU32>,
    _servers: JoinSet<()>,
}

impl Services {
    pub(crate) async fn start(setup: Setup) -> Result<Self, BoxError> {
        let mut servers = JoinSet::new();
        let reached = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&reached);
        let fails = get(async move || {
            count.fetch_add(1, Ordering::Relaxed);
            StatusCode::SERVICE_UNAVAILABLE
        });
        let last = serve(&mut servers, Router::new().route("/", fails)).await?;
        let to_last = Hop::new("last", last, setup)?;
        let second = serve(&mut servers, forwarding(to_last)).await?;
        let to_second = Hop::new("second", second, setup)?;
        let first = serve(&mut servers, forwarding(to_second)).await?;
        let client = Hop::new("first", first, setup)?;
        Ok(Self { client, reached, _servers: servers })
    }

    /// Returns what calls the first service.
    pub(crate) fn client(&self) -> Arc<Hop> {
        Arc::clone(&self.client)
    }

    /// Returns the number of requests that the last service has had.
    pub(crate) fn reached(&self) -> u32 {
        self.reached.load(Ordering::Relaxed)
    }
}

/// A service that calls the next one for each request.
fn forwarding(next: Arc<Hop>) -> Router {
    let handler = async move |headers: HeaderMap| {
        let attempt = headers.get(ATTEMPT).and_then(|number| number.to_str().ok()?.parse().ok());
        match next.call(attempt.unwrap_or(1)).await {
            Ok(()) => StatusCode::OK,
            Err(_) => StatusCode::BAD_GATEWAY,
        }
    };
    Router::new().route("/", get(handler))
}

async fn serve(servers: &mut JoinSet<()>, service: Router) -> Result<Url, BoxError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/", listener.local_addr()?).parse()?;
    servers.spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            eprintln!("a service has ended: {error}");
        }
    });
    Ok(url)
}
