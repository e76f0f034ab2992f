//! URLs that are refused are not repeated, since they may contain a password.

use seawall_pool_managers::{InvalidUrl, Postgres, Redis};

const STRAY_AT: &str =
    "write `@`, `/`, `?` and `#` in a user or password as `%40`, `%2F`, `%3F` and `%23`";

#[track_caller]
fn assert_refused(url: &str, result: Result<(), InvalidUrl>, server: &str, problem: &str) {
    let error = result.expect_err(url);
    let sentence = error.to_string();
    assert!(
        sentence
            .starts_with(&format!("not a URL of a {server} server: {problem}; expected one like ")),
        "{url}: {sentence}"
    );
    assert!(!format!("{error:?}{error}").contains("hunter2"), "{error:?}");
}

#[test]
fn urls_of_postgres_are_refused_without_a_word_of_them() {
    for (url, problem) in [
        ("postgres://app:hunter2@db:54x/", "the value of `port` is invalid"),
        ("postgres://app:hunter2@db/?sslmode=hunter2", "the value of `sslmode` is invalid"),
        ("postgres://app:hunter2@db/?hunter2=1", "an option is unknown or incomplete"),
        ("postgres://app:hunter2@db/?hunter2", "an option is unknown or incomplete"),
        ("host=db password=my hunter2=1", "an option is unknown or incomplete"),
        ("postgres://app:my@hunter2@db/", STRAY_AT),
        ("postgres://app:p@ss/hunter2@db:5432/orders", STRAY_AT),
        ("postgres://app:5432/hunter2@db/orders", STRAY_AT),
        ("postgres://app:5432/orders?user=hunter2@db/orders", STRAY_AT),
        ("postgres:///orders", "the host is missing"),
        ("hunter2", "an option is unknown or incomplete"),
        ("", "the host is missing"),
    ] {
        assert_refused(url, Postgres::from_url(url).map(drop), "PostgreSQL", problem);
    }
}

#[test]
fn urls_of_redis_are_refused_without_a_word_of_them() {
    for (url, problem) in [
        ("hunter2", "Redis URL did not parse"),
        ("postgres://app:hunter2@db/", "Redis URL did not parse"),
        ("redis://app:hunter2@db:54x/", "Redis URL did not parse"),
        ("redis://app:hunter2@db/hunter2", "Invalid database number"),
        ("redis://app:%ff@db/0", "Password is not valid UTF-8 string"),
        ("redis://app:x@db/?protocol=hunter2", "Invalid protocol version"),
        ("redis://:p@ss/hunter2@cache:6379/0", STRAY_AT),
        ("redis://app:6379/1?hunter2@cache/0", STRAY_AT),
        ("redis://:p@hunter2@cache/0", STRAY_AT),
    ] {
        assert_refused(url, Redis::from_url(url).map(drop), "Redis", problem);
    }
}

#[test]
fn an_escaped_password_is_accepted_and_not_shown() {
    for url in [
        "postgres://app:hunter2%40%2F@db:5433/orders",
        "host=db port=5433 user=app password=hunter2@/ dbname=orders",
    ] {
        let shown = format!("{:?}", Postgres::from_url(url).expect(url));
        assert!(shown.contains("hosts: [\"db\"], ports: [5433], user: Some(\"app\")"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let url = "redis://app:hunter2%40%2F@cache:6380/3?protocol=resp3";
    let shown = format!("{:?}", Redis::from_url(url).expect("a URL"));
    assert!(shown.contains("addr: cache:6380, username: Some(\"app\"), db: 3"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
