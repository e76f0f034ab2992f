//! Protections for axum: route layers that count by key, refusals as responses, `RateLimit` headers.
//!
//! ```
//! use axum::extract::State;
//! use axum::routing::post;
//! use axum::{Json, Router};
//! use seawall::{ConfigSource, Infrastructure};
//! use seawall_axum::{ClientIp, Problem, ProtectLayer};
//!
//! let settings = r#"
//!     [rate_limit.clients]
//!     limit = 100
//!     period = "1m"
//!
//!     [protection.per_client]
//!     rate_limit = "clients"
//!
//!     [breaker.payments]
//!     failures = 5
//!
//!     [protection.charge_card]
//!     breaker = "payments"
//!     timeout = "2s"
//! "#;
//! let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
//!
//! /// A call to another service: if it is refused or cut, the client gets 503 or 504.
//! async fn order(State(infra): State<Infrastructure>) -> Result<Json<u32>, Problem> {
//!     let charge = async || Ok::<_, std::io::Error>(42);
//!     Ok(Json(infra.execute_protected("charge_card", charge).await?))
//! }
//!
//! let limit = ProtectLayer::new(infra.protection("per_client")?).key(ClientIp::trusting(["10.0.0.0/8"])?);
//! let app: Router = Router::new().route("/orders", post(order)).route_layer(limit).with_state(infra);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Responses
//! A request that is refused gets a [`Problem`]: 429 if a rate limit refused, otherwise 503; 504 if it was
//! cut. In a handler, `?` on a call to another service turns what went wrong with it into a [`Problem`] that
//! does not blame the client: 503, 504, or 502.
//!
//! # Layers
//! The permit of a request ends when its response's body has ended or was dropped. Put the layer inside of
//! CORS: browsers cannot read a 429 without its headers, and preflight requests, which are exempt, need an
//! answer. `Router::layer` covers only the routes that were added before.
//!
//! [`Peer`] and [`ClientIp`] need `into_make_service_with_connect_info::<SocketAddr>()`.

mod end;
mod future;
mod key;
mod layer;
mod problem;
mod service;

pub use self::future::ProtectFuture;
pub use self::key::{ApiKey, Header, Missing, Path, Peer, RequestKey};
pub use self::layer::{ProtectLayer, millis_header};
pub use self::problem::Problem;
pub use self::service::Protect;

#[doc(inline)]
pub use seawall_http::{ClientIp, InvalidNetwork, Side};
