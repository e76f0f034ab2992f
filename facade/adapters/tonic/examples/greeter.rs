//! A gRPC server that limits its clients, and a client with a circuit breaker, over a real socket. The service is
//! written without generated code, so that nothing has to be installed.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::uri::PathAndQuery;
use seawall::{BoxError, ConfigSource, Infrastructure};
use seawall_tonic::{GrpcProtectLayer, metadata, refusal_of};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::server::NamedService;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;
use tower::{Layer, Service, service_fn};

const SETTINGS: &str = r#"
    [rate_limit.tenants]
    limit = 2
    period = "1h"

    [breaker.greeter]
    consecutive_failures = 2

    [protection.tenants]
    rate_limit = "tenants"

    [protection.greeter]
    breaker = "greeter"
    timeout = "2s"
"#;

#[derive(Clone, PartialEq, prost::Message)]
struct Name {
    #[prost(string, tag = "1")]
    name: String,
}

async fn greet(request: Request<Name>) -> Result<Response<Name>, Status> {
    match &*request.get_ref().name {
        "" => Err(Status::internal("no name")),
        name => Ok(Response::new(Name { name: format!("hello {name}") })),
    }
}

/// What `tonic-build` generates of a `.proto` file, for one method.
#[derive(Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "example.Greeter";
}

impl Service<http::Request<Body>> for Greeter {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Name, Name>::default());
            Ok(grpc.unary(service_fn(greet), request).await)
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS)).build()?;

    let limit = GrpcProtectLayer::server(infra.protection("tenants")?).key(metadata("x-tenant"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = Server::builder().layer(limit).add_service(Greeter);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let protect = GrpcProtectLayer::client(infra.protection("greeter")?);
    let channel = Endpoint::try_from(url)?.connect_lazy();
    let client = protect.layer(channel.clone());

    for (tenant, name) in [("a", "Ada"), ("b", ""), ("b", ""), ("c", "Cy")] {
        println!("{}", ask(client.clone(), tenant, name).await?);
    }
    // Without a circuit breaker, which would let no call through now.
    for (tenant, name) in [("a", "Ann"), ("a", "Al")] {
        println!("{}", ask(channel.clone(), tenant, name).await?);
    }
    Ok(())
}

/// Makes a call, and describes what came of it.
async fn ask<S>(channel: S, tenant: &str, name: &str) -> Result<String, Box<dyn Error>>
where
    S: GrpcService<Body, Error: Into<BoxError>>,
    S::ResponseBody: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    let mut request = Request::new(Name { name: name.to_owned() });
    request.metadata_mut().insert("x-tenant", tenant.parse()?);
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let path = PathAndQuery::from_static("/example.Greeter/Greet");
    let status = match grpc.unary(request, path, ProstCodec::<Name, Name>::default()).await {
        Ok(answer) => return Ok(answer.into_inner().name),
        Err(status) => status,
    };
    if let Some(refusal) = refusal_of(&status) {
        return Ok(format!("never sent: {}", refusal.kind()));
    }
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay);
    Ok(match wait {
        Some(_) => format!("{:?}, and says when to return", status.code()),
        None => format!("{:?}: {}", status.code(), status.message()),
    })
}
