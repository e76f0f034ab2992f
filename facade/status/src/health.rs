use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use seawall::{Health, Infrastructure};
use serde_json::json;

/// Returns the routes for the probes of an orchestrator: `GET /live`, which is 200 as long as the server
/// answers at all, and `GET /ready`, which is 503 unless [the service is ready](seawall::Health::is_ready).
/// Both have the state as JSON, without any names: these are on the status page.
///
/// An open circuit makes a service neither dead nor, unless its settings require it, unready: a restart would not
/// help, and an outage of a dependency would become one of the service.
///
/// ```
/// # let infra = seawall::Infrastructure::builder().build()?;
/// let app: axum::Router = axum::Router::new().merge(seawall_status::health_router(&infra));
/// # Ok::<(), seawall::ConfigError>(())
/// ```
pub fn health_router(infra: &Infrastructure) -> Router {
    let routes = Router::new().route("/live", get(live)).route("/ready", get(ready));
    routes.with_state(infra.clone())
}

async fn live(State(infra): State<Infrastructure>) -> Response {
    answer(StatusCode::OK, &infra.health())
}

async fn ready(State(infra): State<Infrastructure>) -> Response {
    let health = infra.health();
    let code = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    answer(code, &health)
}

fn answer(code: StatusCode, health: &Health) -> Response {
    let body = json!({ "state": health.state, "is_ready": health.is_ready() });
    (code, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
