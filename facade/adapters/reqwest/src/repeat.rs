use reqwest::Request;
use seawall_http::is_idempotent;
use seawall_tower::Repeat;

/// Copies requests whose bodies are not streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TryClone;

impl Repeat<Request> for TryClone {
    fn copy(&self, request: &Request) -> Option<Request> {
        request.try_clone()
    }

    fn is_idempotent(&self, request: &Request) -> bool {
        is_idempotent(request.method(), request.headers())
    }
}
