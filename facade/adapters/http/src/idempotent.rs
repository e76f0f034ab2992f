use http::{HeaderMap, Method};

/// Returns true if processing a request twice does no more than processing it once: by its method (RFC 9110,
/// section 9.2.2), or because it has an `Idempotency-Key` by which its server knows it again.
#[must_use]
pub fn is_idempotent(method: &Method, headers: &HeaderMap) -> bool {
    method.is_idempotent() || headers.get("idempotency-key").is_some_and(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn methods_and_keys_say_what_can_be_repeated() {
        let mut headers = HeaderMap::new();
        let repeats = |headers: &HeaderMap| {
            [Method::GET, Method::PUT, Method::DELETE, Method::POST, Method::PATCH]
                .map(|method| is_idempotent(&method, headers))
        };
        assert_eq!(repeats(&headers), [true, true, true, false, false]);
        headers.insert("idempotency-key", HeaderValue::from_static(""));
        assert!(!is_idempotent(&Method::POST, &headers), "an empty key says nothing");
        headers.insert("idempotency-key", HeaderValue::from_static("\"8e03978e\""));
        assert_eq!(repeats(&headers), [true; 5]);
    }
}
