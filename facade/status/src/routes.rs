use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::page::Page;

pub(crate) fn router(page: &Arc<Page>) -> Router {
    Router::new().route("/status.json", get(json)).with_state(Arc::clone(page))
}

async fn json(State(page): State<Arc<Page>>) -> Response {
    match page.json(true) {
        Ok(json) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json)
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
