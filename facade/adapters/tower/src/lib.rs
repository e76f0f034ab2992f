//! Protections as tower layers: each call of a service goes through a circuit breaker, rate limits, a
//! bulkhead, a timeout, or all of them.
//!
//! ```
//! use http::{Request, Response};
//! use seawall::{ConfigSource, Error, Infrastructure};
//! use seawall_tower::ProtectLayer;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! let settings = r#"
//!     [breaker.inventory]
//!     failures = 5
//!
//!     [rate_limit.hosts]
//!     limit = 100
//!     period = "1s"
//!
//!     [protection.inventory]
//!     rate_limit = "hosts"
//!     breaker = "inventory"
//!     timeout = "2s"
//! "#;
//! let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
//! let protect = ProtectLayer::new(infra.protection("inventory")?)
//!     .key(|request: &Request<String>| request.uri().host().unwrap_or_default().to_owned())
//!     .http();
//!
//! let client = service_fn(async |request: Request<String>| {
//!     Ok::<_, std::io::Error>(Response::new(request.into_body()))
//! });
//! let client = ServiceBuilder::new().layer(protect).service(client);
//! # let time = seawall_testkit::ManualClock::new();
//! # time.block_on(async {
//! let request = Request::get("http://example.org/").body("hello".to_owned())?;
//! match client.oneshot(request).await {
//!     Ok(response) => assert_eq!(response.body().get_ref(), "hello"),
//!     Err(Error::Refused(refusal)) => println!("{refusal}"), // it was never sent
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a call is asked for
//! In `Service::call`. `poll_ready` is always ready: a permit that were taken there would be held by idle
//! clones. The inner service is made ready inside the call, so that its waits and errors count as the
//! dependency's and end with the call's time. So a balancer or buffer outside sees no backpressure, and the
//! inner service has to be `Clone`.
//!
//! # When a call ends
//! Its verdict is decided as soon as there is a response, by a classifier. Its place in a bulkhead is free
//! then too; with [`http`](ProtectLayer::http) only when the response's body has ended or was dropped,
//! unless [`until_headers`](ProtectLayer::until_headers) says otherwise, as for server-sent events.
//!
//! # Retries
//! [`ProtectLayer::retries`] attempts requests that can be cloned again, as the policy of the handle says.
//! Without it, each request is sent once.
//!
//! # Errors
//! A call returns [`Error<E>`](seawall_core::Error) of the inner service's error. [`boxed`](ProtectLayer::boxed)
//! returns a `BoxError` with a `Refusal`, an `Elapsed` or the inner error in it.
//! [`respond_with`](ProtectLayer::respond_with) turns refusals and timeouts into responses and leaves the
//! inner error as it is, for routers that want no other.

mod body;
mod describe;
mod end;
mod future;
mod layer;
mod outcome;
mod ready_call;
mod repeat;
mod retry;
mod service;

pub use self::body::HeldBody;
pub use self::describe::{Costing, Describe, Keyed, Plain};
pub use self::end::{End, UntilBody, UntilResponse};
pub use self::future::ProtectFuture;
pub use self::layer::ProtectLayer;
pub use self::outcome::{AsError, Boxed, Outcome, RespondWith};
pub use self::ready_call::ReadyCall;
pub use self::repeat::Repeat;
pub use self::retry::{Retry, RetryLayer};
pub use self::service::Protect;
