//! What adapters for HTTP clients, servers and frameworks share, on the crate `http` alone.
//!
//! ```
//! use http::StatusCode;
//! use seawall_core::{Component, Layer, Refusal, RefusalKind};
//! use seawall_http::{Problem, Side};
//! use std::time::Duration;
//!
//! let users = Layer::new(Component::RateLimiter, "users");
//! let refusal = Refusal::new(RefusalKind::RateLimited, &users);
//! let refusal = refusal.with_retry_after(Duration::from_millis(1500));
//! let response = Problem::refused(&refusal, Side::Inbound).into_response();
//! assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
//! assert_eq!(response.headers()["retry-after"], "2");
//! assert_eq!(response.headers()["content-type"], "application/problem+json");
//! ```

mod classify;
mod client_ip;
mod idempotent;
mod problem;
mod rate_limit;
mod retry_after;
mod side;

pub use self::classify::HttpStatus;
pub use self::client_ip::{ClientIp, InvalidNetwork};
pub use self::idempotent::is_idempotent;
pub use self::problem::{Problem, retry_wait};
pub use self::rate_limit::rate_limit_headers;
pub use self::retry_after::retry_after;
pub use self::side::Side;
