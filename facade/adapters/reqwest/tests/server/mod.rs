//! A server on a free port that answers as its paths say.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tokio::task::JoinHandle;

pub(crate) struct Server {
    address: SocketAddr,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    fail: AtomicUsize,
}

#[allow(dead_code, reason = "each test uses some of them")]
impl Server {
    pub(crate) async fn start() -> Self {
        let counts = Arc::new(Counts::default());
        let app = Router::new()
            .route("/hello", get(async || "hello"))
            .route("/echo", any(async |body: String| body))
            .route("/hang", get(async || std::future::pending::<()>().await))
            .route("/endless", get(async || Body::from_stream(Chunks { left: usize::MAX })))
            .route("/stuck", get(async || Body::from_stream(Chunks { left: 1 })))
            .route("/status/{status}", get(status))
            .route("/busy/{when}", get(busy))
            .layer(from_fn_with_state(counts.clone(), count));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let task =
            tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { address, counts, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of requests that came.
    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(Relaxed)
    }

    pub(crate) async fn until_requests(&self, count: usize) {
        while self.requests() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Answers the next requests with 503.
    pub(crate) fn fail_next(&self, count: usize) {
        self.counts.fail.store(count, Relaxed);
    }

    /// Stops, and returns the URL at which nothing listens any more.
    pub(crate) async fn stop(self) -> String {
        self.task.abort();
        let url = self.url("/");
        _ = self.task.await;
        url
    }
}

async fn count(State(counts): State<Arc<Counts>>, request: Request, next: Next) -> Response {
    counts.requests.fetch_add(1, Relaxed);
    let fails = counts.fail.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
    match fails {
        Ok(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => next.run(request).await,
    }
}

async fn status(Path(status): Path<u16>) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}

async fn busy(Path(when): Path<String>) -> impl IntoResponse {
    let headers = [("retry-after", when), ("date", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())];
    (StatusCode::SERVICE_UNAVAILABLE, headers)
}

/// That many chunks, after which nothing comes any more.
struct Chunks {
    left: usize,
}

impl futures_core::Stream for Chunks {
    type Item = Result<&'static str, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Pending };
        self.left = left;
        Poll::Ready(Some(Ok("chunk")))
    }
}
