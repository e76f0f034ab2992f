//! The routes of manual control.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::command::{Command, Undone};
use crate::controls::Controls;
use crate::origin;
use crate::page::Page;

/// The header of the token.
const TOKEN: &str = "x-seawall-token";

/// An answer that says in words why nothing was done.
struct Refused(StatusCode, String);

impl Refused {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self(status, error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// Returns the name and the token of the operator that asks.
pub(crate) async fn session(State(page): State<Arc<Page>>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match operator(&page, &parts) {
        Ok((_, operator)) => {
            Json(json!({ "operator": operator, "token": page.secret.token(&operator) }))
                .into_response()
        }
        Err(refused) => refused.into_response(),
    }
}

/// Does what an operator asks for.
pub(crate) async fn control(State(page): State<Arc<Page>>, parts: Parts, body: Bytes) -> Response {
    match run(page, &parts, &body).await {
        Ok(()) => Json(json!({ "done": true })).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn run(page: Arc<Page>, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
    let (controls, operator) = operator(&page, parts)?;
    if !origin::is_same(&parts.headers, controls.hosts()) {
        let why = "the request has no `Origin` of this service; a name that it is known by has to be \
                   given to `Controls::host`";
        return Err(Refused::new(StatusCode::FORBIDDEN, why));
    }
    let token = parts.headers.get(TOKEN);
    if !token.is_some_and(|token| page.secret.is_token(&operator, token.as_bytes())) {
        let why = "the token is missing or an old one; load the page again";
        return Err(Refused::new(StatusCode::FORBIDDEN, why));
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content_type.is_none_or(|value| !value.starts_with(b"application/json")) {
        let why = "the body has to be `application/json`";
        return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let command: Command = serde_json::from_slice(body)
        .map_err(|error| Refused::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let done = tokio::task::spawn_blocking(move || page.command(&command, &operator)).await;
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Undone::Invalid(why))) => Err(Refused::new(StatusCode::BAD_REQUEST, why)),
        Ok(Err(Undone::Impossible(why))) => Err(Refused::new(StatusCode::CONFLICT, why)),
        Err(panic) => Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, panic.to_string())),
    }
}

/// Returns the controls and the operator, if both are there.
fn operator<'p>(page: &'p Page, parts: &Parts) -> Result<(&'p Controls, String), Refused> {
    let off = || Refused::new(StatusCode::NOT_FOUND, "this page controls nothing");
    let controls = page.controls.as_ref().ok_or_else(off)?;
    let unknown = || Refused::new(StatusCode::FORBIDDEN, "not an operator");
    let operator = controls.operator(parts).filter(|operator| !operator.trim().is_empty());
    Ok((controls, operator.ok_or_else(unknown)?))
}
