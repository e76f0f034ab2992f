use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::page::Page;
use crate::{assets, control_routes, live};

/// Maximum size of the body of a request.
const MAX_BODY: usize = 16 * 1024;

pub(crate) fn router(page: &Arc<Page>) -> Router {
    Router::new()
        .route("/", get(html))
        .route("/status.json", get(json))
        .route("/events", get(live::events))
        .route("/controls", get(control_routes::session))
        .route("/control", post(control_routes::control))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(guarded))
        .with_state(Arc::clone(page))
}

async fn html(State(page): State<Arc<Page>>) -> Response {
    let nonce = page.secret.nonce();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(assets::page(&nonce))).into_response()
}

async fn json(State(page): State<Arc<Page>>) -> Response {
    match page.samples.json(true) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Adds what no browser has to guess, keep, or show within another page.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    let none = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(none);
    response
}
