use redis::{ConnectionInfo, IntoConnectionInfo};

use crate::InvalidUrl;
use crate::url::{STRAY_AT, has_stray_at};

/// Returns what `url` says.
///
/// # Errors
/// If it is not valid, in words of which none is part of it.
pub(super) fn parse(url: &str) -> Result<ConnectionInfo, InvalidUrl> {
    let invalid = |problem| {
        let example = "redis://user:password@host:6379/0";
        InvalidUrl { server: "Redis", problem, example }
    };
    if has_stray_at(url) {
        return Err(invalid(STRAY_AT.to_owned()));
    }
    url.into_connection_info().map_err(|error| {
        // The crate's sentence is fixed; what may follow it is a piece of the URL.
        let sentence = error.to_string();
        invalid(sentence.split(" - ").next().unwrap_or_default().to_owned())
    })
}
