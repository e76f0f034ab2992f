//! A service written without generated code, a server of it on a free port, and calls of it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request as HttpRequest, Response as HttpResponse};
use seawall::BoxError;
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::server::Router;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::service_fn;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Text {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

pub(crate) fn text(text: &str) -> Text {
    Text { text: text.to_owned() }
}

/// What a server has seen.
#[derive(Default)]
pub(crate) struct Seen {
    calls: AtomicUsize,
    timeout: Mutex<Option<String>>,
}

#[allow(dead_code, reason = "each test uses some of them")]
impl Seen {
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Relaxed)
    }

    /// The `grpc-timeout` of the last call.
    pub(crate) fn timeout(&self) -> Option<String> {
        self.timeout.lock().expect("no panic under it").clone()
    }

    pub(crate) async fn until_calls(&self, calls: usize) {
        while self.calls() < calls {
            tokio::task::yield_now().await;
        }
    }
}

/// Answers by what is asked: `hang`, `unavailable`, or anything else, which it returns. A stream has two
/// messages, and ends with an error if `broken` is asked for; `endless` has no end.
#[derive(Clone, Default)]
pub(crate) struct Echo<const HEALTH: bool = false>(pub(crate) Arc<Seen>);

impl NamedService for Echo<false> {
    const NAME: &'static str = "test.Echo";
}

impl NamedService for Echo<true> {
    const NAME: &'static str = "grpc.health.v1.Health";
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<const HEALTH: bool> tower::Service<HttpRequest<Body>> for Echo<HEALTH> {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<HttpResponse<Body>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let timeout = request.headers().get("grpc-timeout");
        let timeout = timeout.map(|text| text.to_str().expect("text").to_owned());
        *self.0.timeout.lock().expect("no panic under it") = timeout;
        self.0.calls.fetch_add(1, Relaxed);
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Text, Text>::default());
            let is_stream = request.uri().path().ends_with("/Stream");
            Ok(match is_stream {
                true => grpc.server_streaming(service_fn(stream), request).await,
                false => grpc.unary(service_fn(unary), request).await,
            })
        })
    }
}

async fn unary(request: Request<Text>) -> Result<Response<Text>, Status> {
    match &*request.get_ref().text {
        "hang" => std::future::pending().await,
        "unavailable" => Err(Status::unavailable("scripted")),
        _ => Ok(Response::new(request.into_inner())),
    }
}

async fn stream(request: Request<Text>) -> Result<Response<Messages>, Status> {
    let asked = request.into_inner().text;
    let left = if asked == "endless" { usize::MAX } else { 2 };
    Ok(Response::new(Messages { left, asked }))
}

pub(crate) struct Messages {
    left: usize,
    asked: String,
}

impl Stream for Messages {
    type Item = Result<Text, Status>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return Poll::Ready(Some(Ok(text(&self.asked))));
        }
        let broken = std::mem::take(&mut self.asked) == "broken";
        Poll::Ready(broken.then(|| Err(Status::internal("scripted"))))
    }
}

/// Serves `router` on a free port, and returns a channel to it.
pub(crate) async fn serve<L, B>(router: Router<L>) -> Channel
where
    L: tower::Layer<Routes> + Send + 'static,
    L::Service:
        tower::Service<HttpRequest<Body>, Response = HttpResponse<B>> + Clone + Send + 'static,
    <L::Service as tower::Service<HttpRequest<Body>>>::Future: Send,
    <L::Service as tower::Service<HttpRequest<Body>>>::Error: Into<BoxError> + Send,
    B: http_body::Body<Data = bytes::Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let incoming = TcpListenerStream::new(listener);
    tokio::spawn(async move { router.serve_with_incoming(incoming).await.expect("it serves") });
    Endpoint::try_from(url).expect("a URL").connect_lazy()
}

/// Calls a method that has one answer.
pub(crate) async fn call<S>(channel: S, path: &'static str, asked: &str) -> Result<Text, Status>
where
    S: GrpcService<Body, ResponseBody: Send + 'static>,
    <S::ResponseBody as http_body::Body>::Error: Into<BoxError>,
{
    send(channel, path, Request::new(text(asked))).await
}

pub(crate) async fn send<S>(
    channel: S,
    path: &'static str,
    request: Request<Text>,
) -> Result<Text, Status>
where
    S: GrpcService<Body, ResponseBody: Send + 'static>,
    <S::ResponseBody as http_body::Body>::Error: Into<BoxError>,
{
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<Text, Text>::default();
    let path = http::uri::PathAndQuery::from_static(path);
    grpc.unary(request, path, codec).await.map(Response::into_inner)
}

/// Calls a method whose answer is a stream.
pub(crate) async fn open<S>(channel: S, asked: &str) -> Result<Streaming<Text>, Status>
where
    S: GrpcService<Body, ResponseBody: Send + 'static>,
    <S::ResponseBody as http_body::Body>::Error: Into<BoxError>,
{
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<Text, Text>::default();
    let path = http::uri::PathAndQuery::from_static("/test.Echo/Stream");
    grpc.server_streaming(Request::new(text(asked)), path, codec).await.map(Response::into_inner)
}

/// A request that has `time`.
pub(crate) fn within(asked: &str, time: Duration) -> Request<Text> {
    let mut request = Request::new(text(asked));
    request.set_timeout(time);
    request
}
