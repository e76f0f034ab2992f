use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri, header};

/// Returns true if a browser sends the request from a page of this service. `hosts` are the names by which
/// browsers know the service.
///
/// `Origin` has to be there. It is accepted if its host is one of `hosts`, or if it is the `Host` of the
/// request and an address or `localhost`: a name of another site could lead to this service (DNS rebinding).
pub(crate) fn is_same(headers: &HeaderMap, hosts: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let fetched = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if fetched.is_some_and(|site| site != b"same-origin") {
        return false;
    }
    let origin = text(header::ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
    let Some(origin) = origin.as_ref().and_then(Uri::authority) else { return false };
    let is_named = hosts.iter().any(|host| host.eq_ignore_ascii_case(origin.host()));
    let host = text(header::HOST).and_then(|host| host.parse::<Authority>().ok());
    is_named || (host.as_ref() == Some(origin) && is_own(origin.host()))
}

fn is_own(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], hosts: &[&str]) -> bool {
        let header = |(name, value): &(&'static str, &'static str)| {
            (name.parse().expect("a name"), value.parse().expect("a value"))
        };
        let headers: HeaderMap = headers.iter().map(header).collect();
        is_same(&headers, &hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_pages_of_this_service_are_of_the_same_origin() {
        let local = ("host", "127.0.0.1:9901");
        assert!(check(&[local, ("origin", "http://127.0.0.1:9901")], &[]));
        assert!(check(&[("host", "[::1]:80"), ("origin", "http://[::1]:80")], &[]));
        assert!(check(&[("host", "LOCALHOST"), ("origin", "http://localhost")], &[]));
        for wrong in [
            "http://127.0.0.1:9902",
            "http://evil.example",
            "null",
            "",
            "http://127.0.0.1:9901@evil.example",
        ] {
            assert!(!check(&[local, ("origin", wrong)], &[]), "{wrong}");
        }
        assert!(!check(&[local], &[]), "programs state an origin too");
        let cross = ("sec-fetch-site", "cross-site");
        assert!(!check(&[local, ("origin", "http://127.0.0.1:9901"), cross], &[]));
    }

    #[test]
    fn a_name_has_to_be_one_that_the_service_knows() {
        let named = [("host", "ops.example"), ("origin", "https://ops.example")];
        assert!(!check(&named, &[]), "any name may lead here");
        assert!(check(&named, &["ops.example"]));
        // A proxy may have changed `Host`.
        assert!(check(
            &[("host", "10.0.0.7:80"), ("origin", "https://ops.example:8443")],
            &["ops.example"]
        ));
        assert!(!check(&named, &["other.example"]));
    }
}
