use std::sync::Arc;

use http::request::Parts;
use seawall_core::{Keep, KeyParts};
use seawall_tower::{Costing, Keyed, Plain};
use tower_layer::Layer;

use crate::{GrpcClient, GrpcServer};

/// What a protection does with gRPC calls: which have a key, which are exempt, how long they hold a place.
/// [`GrpcProtectLayer`] makes layers of it for servers and clients.
#[derive(Clone, Debug)]
pub(crate) struct GrpcLayer<H, D> {
    pub(crate) handle: H,
    pub(crate) describe: D,
    exempt: Arc<[String]>,
    pub(crate) until: Until,
}

/// How long a call holds its place in bulkheads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    End,
    Headers,
}

impl<H, D> GrpcLayer<H, D> {
    pub(crate) fn is_exempt(&self, path: &str) -> bool {
        self.exempt.iter().any(|prefix| path.starts_with(prefix))
    }
}

/// The layer of a server.
#[derive(Clone, Copy, Debug)]
pub struct Server;

/// The layer of a client.
#[derive(Clone, Copy, Debug)]
pub struct Client;

/// A layer that sends gRPC calls through a protection: a `seawall::Handle`, or a
/// [`Handle`](seawall_core::Handle) of core.
///
/// All services that it makes share the protection.
#[derive(Clone, Debug)]
pub struct GrpcProtectLayer<H, X, D = Plain> {
    layer: GrpcLayer<H, D>,
    side: X,
}

impl<H: Keep, X> GrpcProtectLayer<H, X> {
    fn new(handle: H, side: X) -> Self {
        let (exempt, until) = (Arc::default(), Until::End);
        Self { layer: GrpcLayer { handle, describe: Plain, exempt, until }, side }
    }
}

impl<H: Keep> GrpcProtectLayer<H, Server> {
    /// Creates a layer of a server, or of one of its services by tonic's `named_layer`. Calls that are refused
    /// or cut are answered with the status that [`status`](crate::status) makes.
    pub fn server(handle: H) -> Self {
        Self::new(handle, Server)
    }
}

impl<H: Keep> GrpcProtectLayer<H, Client> {
    /// Creates a layer of a client, around its channel. Its errors are a [`Status`](tonic::Status), in which
    /// [`refusal_of`](crate::refusal_of) finds the refusal.
    pub fn client(handle: H) -> Self {
        Self::new(handle, Client)
    }
}

impl<H: Keep, X, D> GrpcProtectLayer<H, X, D> {
    /// Sets the key of each call, for limits and circuits per key: [`metadata`], [`method`], or a function of
    /// the request's head.
    pub fn key<K, F>(self, key: F) -> GrpcProtectLayer<H, X, Keyed<D, F>>
    where
        K: KeyParts,
        F: Fn(&Parts) -> K,
    {
        let Self { layer: GrpcLayer { handle, describe, exempt, until }, side } = self;
        let describe = Keyed::new(describe, key);
        GrpcProtectLayer { layer: GrpcLayer { handle, describe, exempt, until }, side }
    }

    /// Sets the number of tokens that each call costs; 1 by default.
    pub fn cost<F: Fn(&Parts) -> u32>(self, cost: F) -> GrpcProtectLayer<H, X, Costing<D, F>> {
        let Self { layer: GrpcLayer { handle, describe, exempt, until }, side } = self;
        let describe = Costing::new(describe, cost);
        GrpcProtectLayer { layer: GrpcLayer { handle, describe, exempt, until }, side }
    }

    /// Lets calls pass unprotected whose path begins with `prefix`, such as `/grpc.health.v1.Health/`.
    pub fn exempt(mut self, prefix: &str) -> Self {
        let others = self.layer.exempt.iter().cloned();
        self.layer.exempt = others.chain([prefix.to_owned()]).collect();
        self
    }

    /// Ends calls at the headers of their responses, for streams that go on for ever: a call that has been
    /// answered is a success then, whatever its trailers say, and frees its place.
    pub fn until_headers(mut self) -> Self {
        self.layer.until = Until::Headers;
        self
    }
}

impl<S, H: Clone, D: Clone> Layer<S> for GrpcProtectLayer<H, Server, D> {
    type Service = GrpcServer<S, H, D>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcServer { inner, layer: self.layer.clone() }
    }
}

impl<S, H: Clone, D: Clone> Layer<S> for GrpcProtectLayer<H, Client, D> {
    type Service = GrpcClient<S, H, D>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcClient { inner, layer: self.layer.clone() }
    }
}

/// Returns a key by the value of metadata, which clients can choose. Calls without it have one count.
pub fn metadata(name: &'static str) -> impl Fn(&Parts) -> Option<String> + Clone {
    move |parts| Some(parts.headers.get(name)?.to_str().ok()?.to_owned())
}

/// The key of a call by its service and method.
#[must_use]
pub fn method(parts: &Parts) -> String {
    parts.uri.path().to_owned()
}
