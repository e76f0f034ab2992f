use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::ACCESS_CONTROL_REQUEST_METHOD;
use seawall_core::{Keep, KeyParts, KeyStatus};
use seawall_tower::ProtectLayer as TowerLayer;
use tower_layer::Layer;

use crate::end::UntilBody;
use crate::key::{ByFunction, Together};
use crate::service::{Answer, answer};
use crate::{Missing, Protect, RequestKey};

/// A layer that sends the requests of routes through a protection, and answers those that are refused or
/// cut with a [`Problem`](crate::Problem).
///
/// All routes that it is on share the protection. CORS preflight requests pass unprotected.
#[derive(Clone)]
pub struct ProtectLayer<H, K: RequestKey = Together> {
    pub(crate) handle: H,
    pub(crate) key: K,
    pub(crate) missing: Missing,
    pub(crate) exempt: Exempt,
    pub(crate) deadline: Option<DeadlineOf>,
    pub(crate) rate_limit: Option<Arc<RateLimit<K::Key>>>,
}

type Exempt = Arc<dyn Fn(&Request) -> bool + Send + Sync>;

type DeadlineOf = Arc<dyn Fn(&Request) -> Option<Duration> + Send + Sync>;

/// The rule whose headers are sent, and its status by key.
pub(crate) struct RateLimit<K> {
    pub(crate) rule: String,
    pub(crate) status: StatusOf<K>,
}

type StatusOf<K> = Box<dyn Fn(&Option<K>) -> KeyStatus + Send + Sync>;

impl<H: Keep> ProtectLayer<H> {
    /// Creates a layer that counts all requests together.
    pub fn new(handle: H) -> Self {
        let missing = Missing::Shared;
        let exempt = Arc::new(is_preflight);
        Self { handle, key: Together, missing, exempt, deadline: None, rate_limit: None }
    }

    /// Counts requests by key: [`Peer`](crate::Peer), [`ClientIp`](crate::ClientIp),
    /// [`Header`](crate::Header), [`ApiKey`](crate::ApiKey), [`Path`](crate::Path), or a tuple of these.
    pub fn key<K: RequestKey>(self, key: K) -> ProtectLayer<H, K> {
        let Self { handle, missing, exempt, deadline, .. } = self;
        ProtectLayer { handle, key, missing, exempt, deadline, rate_limit: None }
    }

    /// Counts requests by the key that `key` finds.
    pub fn key_by<K, F>(self, key: F) -> ProtectLayer<H, ByFunction<F>>
    where
        F: Fn(&Request) -> Option<K> + Clone,
        K: KeyParts + Clone + Send + Sync + 'static,
    {
        self.key(ByFunction(key))
    }
}

impl<H: Keep, K: RequestKey> ProtectLayer<H, K> {
    /// Says what happens to a request without the key. By default, all such requests have one count.
    pub fn missing_key(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Lets requests pass unprotected for which `exempt` returns true, besides CORS preflight requests: for
    /// health checks.
    pub fn exempt(mut self, exempt: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.exempt = Arc::new(move |request| is_preflight(request) || exempt(request));
        self
    }

    /// Shortens the deadline of the protection to the time that the request has by `deadline`, such as
    /// [`millis_header`](crate::millis_header): a request whose client does not wait any more is cut, and
    /// answered with 504.
    pub fn deadline(
        mut self,
        deadline: impl Fn(&Request) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.deadline = Some(Arc::new(deadline));
        self
    }

    /// Adds the headers `RateLimit` and `RateLimit-Policy` to all responses, for the rule called `rule`,
    /// whose `status` for a key is read after the request was admitted or refused.
    ///
    /// ```
    /// # use seawall::{ConfigSource, Infrastructure, ratelimit::RateLimiter};
    /// # use seawall_axum::{ApiKey, ProtectLayer};
    /// # let settings = "[rate_limit.keys]\nlimit = 5\nperiod = '1s'\n[protection.p]\nrate_limit = 'keys'";
    /// # let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
    /// let keys: RateLimiter = infra.component("keys")?;
    /// let layer = ProtectLayer::new(infra.protection("p")?)
    ///     .key(ApiKey("x-api-key"))
    ///     .rate_limit_headers("keys", move |key| keys.status(key));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rate_limit_headers(
        mut self,
        rule: &str,
        status: impl Fn(&Option<K::Key>) -> KeyStatus + Send + Sync + 'static,
    ) -> Self {
        let rate_limit = RateLimit { rule: rule.to_owned(), status: Box::new(status) };
        self.rate_limit = Some(Arc::new(rate_limit));
        self
    }
}

/// Returns the time of a request by a header that has milliseconds, as Envoy sends
/// `x-envoy-expected-rq-timeout-ms`. A header that is no number says nothing.
pub fn millis_header(name: &'static str) -> impl Fn(&Request) -> Option<Duration> + Clone {
    move |request| {
        let text = request.headers().get(name)?.to_str().ok()?;
        Some(Duration::from_millis(text.trim().parse().ok()?))
    }
}

/// Returns true if a browser asks whether it may send a request.
fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

impl<S, H: Keep<Classify: Clone>, K: RequestKey> Layer<S> for ProtectLayer<H, K> {
    type Service = Protect<S, H, K>;

    fn layer(&self, inner: S) -> Self::Service {
        let answer: Answer = answer;
        let layer = TowerLayer::new(self.handle.clone()).http().end(UntilBody).respond_with(answer);
        Protect { inner: layer.layer(inner), layer: Arc::new(self.clone()) }
    }
}

impl<H: Keep + std::fmt::Debug, K: RequestKey> std::fmt::Debug for ProtectLayer<H, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ProtectLayer").field(&self.handle).finish()
    }
}
