use tokio_postgres::Config;

use crate::InvalidUrl;
use crate::url::{STRAY_AT, has_stray_at};

/// Returns what `url` says.
///
/// # Errors
/// If it is not valid, in words of which none is part of it.
pub(super) fn parse(url: &str) -> Result<Config, InvalidUrl> {
    if has_stray_at(url) {
        return Err(invalid(STRAY_AT.to_owned()));
    }
    let config = url.parse::<Config>().map_err(|error| {
        let cause = error.into_source().map(|cause| cause.to_string()).unwrap_or_default();
        // This names one of the options there are; anything else may be a piece of the password.
        let known = cause.strip_prefix("invalid value for option ");
        let named = known.map(|option| format!("the value of {option} is invalid"));
        invalid(named.unwrap_or_else(|| "an option is unknown or incomplete".to_owned()))
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(invalid("the host is missing".to_owned()));
    }
    Ok(config)
}

fn invalid(problem: String) -> InvalidUrl {
    let example = "postgres://user:password@host:5432/database";
    InvalidUrl { server: "PostgreSQL", problem, example }
}
