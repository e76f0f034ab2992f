use redis::{ConnectionInfo, IntoConnectionInfo};

use crate::InvalidUrl;

/// What `url` says.
///
/// # Errors
/// What is wrong with it, in words of which none is part of it.
pub(super) fn parse(url: &str) -> Result<ConnectionInfo, InvalidUrl> {
    url.into_connection_info().map_err(|error| {
        // The crate's sentence is fixed; what may follow it is a piece of the URL.
        let sentence = error.to_string();
        let problem = sentence.split(" - ").next().unwrap_or_default().to_owned();
        InvalidUrl { server: "Redis", problem, example: "redis://user:password@host:6379/0" }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_a_word_of_the_url() {
        for (url, problem) in [
            ("hunter2", "Redis URL did not parse"),
            ("postgres://app:hunter2@db/", "Redis URL did not parse"),
            ("redis://app:hunter2@db:54x/", "Redis URL did not parse"),
            ("redis://app:hunter2@db/hunter2", "Invalid database number"),
            ("redis://app:%ff@db/0", "Password is not valid UTF-8 string"),
            ("redis://app:x@db/?protocol=hunter2", "Invalid protocol version"),
            ("rediss://app:hunter2@db/", "can't connect with TLS, the feature is not enabled"),
        ] {
            let error = parse(url).expect_err(url);
            let sentence = format!(
                "not a URL of a Redis server: {problem}; \
                 expected one like redis://user:password@host:6379/0"
            );
            assert_eq!(error.to_string(), sentence, "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_url_says_server_login_and_database() {
        let info = parse("redis://app:a%40b@cache:6380/3?protocol=resp3").expect("a URL");
        let settings = info.redis_settings();
        assert_eq!(info.addr().to_string(), "cache:6380");
        assert_eq!((settings.username(), settings.password()), (Some("app"), Some("a@b")));
        assert_eq!((settings.db(), settings.protocol()), (3, redis::ProtocolVersion::RESP3));
    }
}
