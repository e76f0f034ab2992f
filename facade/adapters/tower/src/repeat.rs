/// Says which requests can be sent more than once. A function of a request that can be cloned is one: it
/// returns true if the request is idempotent.
pub trait Repeat<Request> {
    /// Returns a copy of `request` to be sent, or `None` if it cannot be copied: then it is sent once.
    /// For one request it is always the same.
    fn copy(&self, request: &Request) -> Option<Request>;

    /// Returns true if processing `request` twice does no more than processing it once.
    fn is_idempotent(&self, request: &Request) -> bool;
}

impl<R: Clone, F: Fn(&R) -> bool> Repeat<R> for F {
    fn copy(&self, request: &R) -> Option<R> {
        Some(request.clone())
    }

    fn is_idempotent(&self, request: &R) -> bool {
        self(request)
    }
}
