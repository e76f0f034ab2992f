use std::fmt;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::StatusCode;
use seawall_core::{KeyParts, Network};
use seawall_http::ClientIp;
use siphasher::sip128::{Hasher128, SipHasher24};

/// Finds the key of a request: [`Peer`], [`ClientIp`], [`Header`], [`ApiKey`], [`Path`], a tuple of these, or
/// a function.
pub trait RequestKey: Clone {
    /// The key.
    type Key: KeyParts + Clone + Send + Sync + 'static;

    /// Returns the key of `request`; `None` if it has none.
    fn key(&self, request: &Request) -> Option<Self::Key>;
}

/// What happens to a request without the key that it is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// All such requests have one count.
    #[default]
    Shared,
    /// It is answered with this status.
    Refuse(StatusCode),
}

/// No key: all requests are counted together.
#[derive(Clone, Copy, Debug)]
pub struct Together;

impl RequestKey for Together {
    type Key = u8;

    fn key(&self, _request: &Request) -> Option<u8> {
        None
    }
}

/// The address of the peer, which is that of the last proxy behind a proxy. Addresses of one IPv6 network of
/// 64 bits are one key.
#[derive(Clone, Copy, Debug)]
pub struct Peer;

impl RequestKey for Peer {
    type Key = Network;

    fn key(&self, request: &Request) -> Option<Network> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(ClientIp::peer().of(peer.ip(), request.headers()))
    }
}

impl RequestKey for ClientIp {
    type Key = Network;

    fn key(&self, request: &Request) -> Option<Network> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(self.of(peer.ip(), request.headers()))
    }
}

/// The value of a header, which clients can choose.
#[derive(Clone, Copy, Debug)]
pub struct Header(pub &'static str);

impl RequestKey for Header {
    type Key = String;

    fn key(&self, request: &Request) -> Option<String> {
        Some(request.headers().get(self.0)?.to_str().ok()?.to_owned())
    }
}

/// A secret in a header, such as `x-api-key` or `authorization`. The key is a hash of 128 bits, so that the
/// secret is in no event and no store.
#[derive(Clone, Copy, Debug)]
pub struct ApiKey(pub &'static str);

impl RequestKey for ApiKey {
    type Key = u128;

    fn key(&self, request: &Request) -> Option<u128> {
        let secret = request.headers().get(self.0)?;
        let mut hasher = SipHasher24::new_with_key(b"seawall api keys");
        std::hash::Hasher::write(&mut hasher, secret.as_bytes());
        Some(hasher.finish128().as_u128())
    }
}

/// The path of the route, as `/users/{id}`: a count for each route.
#[derive(Clone, Copy, Debug)]
pub struct Path;

impl RequestKey for Path {
    type Key = String;

    fn key(&self, request: &Request) -> Option<String> {
        Some(request.extensions().get::<MatchedPath>()?.as_str().to_owned())
    }
}

impl<A: RequestKey, B: RequestKey> RequestKey for (A, B)
where
    (A::Key, B::Key): KeyParts,
{
    type Key = (A::Key, B::Key);

    fn key(&self, request: &Request) -> Option<Self::Key> {
        Some((self.0.key(request)?, self.1.key(request)?))
    }
}

/// A key that a function finds.
#[derive(Clone, Copy)]
pub struct ByFunction<F>(pub(crate) F);

impl<F, K> RequestKey for ByFunction<F>
where
    F: Fn(&Request) -> Option<K> + Clone,
    K: KeyParts + Clone + Send + Sync + 'static,
{
    type Key = K;

    fn key(&self, request: &Request) -> Option<K> {
        self.0(request)
    }
}

impl<F> fmt::Debug for ByFunction<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByFunction")
    }
}
