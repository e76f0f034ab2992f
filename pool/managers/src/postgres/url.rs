use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::InvalidUrl;

/// What `url` says.
///
/// # Errors
/// What is wrong with it, in words of which none is part of it.
pub(super) fn parse(url: &str) -> Result<Config, InvalidUrl> {
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
    let with_at = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    if config.get_hosts().iter().any(with_at) {
        return Err(invalid("write an `@` in a password as `%40`".to_owned()));
    }
    Ok(config)
}

fn invalid(problem: String) -> InvalidUrl {
    let example = "postgres://user:password@host:5432/database";
    InvalidUrl { server: "PostgreSQL", problem, example }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_a_word_of_the_url() {
        for (url, problem) in [
            ("postgres://app:hunter2@db:54x/", "the value of `port` is invalid"),
            ("postgres://app:hunter2@db/?sslmode=hunter2", "the value of `sslmode` is invalid"),
            ("postgres://app:hunter2@db/?hunter2=1", "an option is unknown or incomplete"),
            ("postgres://app:hunter2@db/?hunter2", "an option is unknown or incomplete"),
            ("host=db password=my hunter2=1", "an option is unknown or incomplete"),
            ("postgres://app:my@hunter2@db/", "write an `@` in a password as `%40`"),
            ("postgres:///orders", "the host is missing"),
            ("hunter2", "an option is unknown or incomplete"),
            ("", "the host is missing"),
        ] {
            let error = parse(url).expect_err(url);
            let sentence = format!(
                "not a URL of a PostgreSQL server: {problem}; \
                 expected one like postgres://user:password@host:5432/database"
            );
            assert_eq!(error.to_string(), sentence, "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_url_and_pairs_are_both_understood() {
        for url in
            ["postgres://app:a%40b@db:5433/orders", "host=db port=5433 user=app password=a@b"]
        {
            let config = parse(url).expect(url);
            assert_eq!(config.get_hosts(), [Host::Tcp("db".to_owned())]);
            assert_eq!(config.get_ports(), [5433]);
            assert_eq!(config.get_password(), Some(&b"a@b"[..]));
        }
    }
}
