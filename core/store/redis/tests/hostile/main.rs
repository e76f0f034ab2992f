//! Servers that answer what no script makes, or not at all: each request fails in time with an error that
//! names the server and the cause, and nothing is granted.

mod server;

use std::time::Duration;

use seawall_store::tokens::{Lease, LeaseReply, Rate, TOKENS};
use seawall_store::{KeySecret, Store, StoreError, StoreErrorKind as Kind};
use seawall_store_redis::{RedisOptions, RedisStore};

use server::{Server, Then};

const SECOND: Duration = Duration::from_secs(1);

fn store(server: &Server) -> RedisStore {
    with_timeout(RedisOptions::new(&server.url()))
}

fn with_timeout(options: Result<RedisOptions, StoreError>) -> RedisStore {
    RedisStore::with_options(options.expect("a URL").with_timeout(SECOND / 5))
}

/// Runs a script and returns what is granted.
///
/// # Panics
/// If the reply cannot be read, or does not come in time.
async fn granted(store: &RedisStore) -> Result<u64, StoreError> {
    let lease = Lease { want: 5, ..Lease::new(Rate::new(10, SECOND, 10, SECOND).expect("a rate")) };
    let key = KeySecret::new("").name("tokens", "a", None);
    let arguments = lease.arguments();
    let ran = tokio::time::timeout(20 * SECOND, store.run(&TOKENS, &key, &arguments)).await;
    let reply = ran.expect("the request has a timeout of its own")?;
    let granted = LeaseReply::read(&reply, &lease).expect("a reply").granted;
    Ok(granted.map_or(0, |granted| granted.tokens))
}

/// Returns the errors of a contact and of requests, which name the server and have no password.
async fn errors(store: &RedisStore) -> Vec<StoreError> {
    let mut errors = vec![store.contact().await.expect_err("it cannot serve")];
    for _ in 0..3 {
        errors.push(granted(store).await.expect_err("it cannot serve"));
    }
    for error in &errors {
        println!("{error}");
        assert!(error.to_string().starts_with(&store.place()), "{error}");
        assert!(!format!("{error:?}").contains("opensesame"), "{error:?}");
    }
    errors
}

fn text(answer: &str) -> Then {
    Then::Say(answer.as_bytes().to_vec())
}

/// Returns an answer of these numbers, as scripts make it.
fn numbers(numbers: &[f64]) -> Then {
    let bytes: Vec<_> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let head = format!("${}\r\n", bytes.len());
    Then::Say([head.as_bytes(), &bytes, b"\r\n"].concat())
}

#[tokio::test]
async fn answers_that_no_script_makes_are_explained() {
    for then in [
        text("+OK\r\n"),
        text(":5\r\n"),
        text("_\r\n"),
        text("$-1\r\n"),
        text("$0\r\n\r\n"),
        text("$3\r\nabc\r\n"),
        text("#t\r\n"),
        text(",nan\r\n"),
        text(",inf\r\n"),
        text("(99999999999999999999999999\r\n"),
        text("=7\r\ntxt:abc\r\n"),
        text("*0\r\n"),
        text("*-1\r\n"),
        text("*2\r\n*1\r\n*1\r\n:1\r\n:2\r\n"),
        text(&format!("*1000\r\n{}", ":1\r\n".repeat(1000))),
        text("%1\r\n+a\r\n+b\r\n"),
        text("~1\r\n+a\r\n"),
        text("|1\r\n+a\r\n+b\r\n+c\r\n"),
        numbers(&[f64::NAN, 0.0]),
        numbers(&[1e15, f64::NAN]),
        numbers(&[1e15, f64::INFINITY]),
        numbers(&[f64::NEG_INFINITY, 1.0]),
    ] {
        let server = Server::start(then.clone()).await;
        for error in errors(&store(&server)).await {
            assert_eq!(error.kind(), Kind::Garbled, "{then:?}: {error}");
        }
    }
}

#[tokio::test]
async fn what_does_not_keep_to_the_protocol_is_explained() {
    for answer in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        ":many\r\n",
        ",many\r\n",
        "#maybe\r\n",
        "%9223372036854775807\r\n+a\r\n+b\r\n!\r\n",
        &"*1\r\n".repeat(1000),
        &"|1\r\n".repeat(1000),
    ] {
        let server = Server::start(text(answer)).await;
        let errors = errors(&store(&server)).await;
        let shown: String = answer.chars().take(20).collect();
        let is_named = |error: &StoreError| {
            error.kind() == Kind::Unsuitable && error.problem().contains("the protocol of Redis")
        };
        assert!(errors.iter().all(is_named), "{shown:?}: {errors:?}");
    }
}

#[tokio::test]
async fn answers_that_do_not_end_are_waited_for_no_longer_than_the_timeout() {
    for then in [
        text(""),
        text("$100\r\nabc"),
        text("$9223372036854775807\r\nabc"),
        text("*9223372036854775807\r\n:1\r\n:2\r\n"),
        text(&"*1000000\r\n".repeat(50)),
        text("+OK"),
        text("!-1\r\n"),
        Then::SayForever,
    ] {
        let server = Server::start(then.clone()).await;
        for error in errors(&store(&server)).await {
            assert!(matches!(error.kind(), Kind::TimedOut), "{then:?}: {error}");
        }
    }
}

#[tokio::test]
async fn errors_of_the_server_are_explained() {
    for (answer, kind, words) in [
        ("-LOADING Redis is loading the dataset", Kind::Unavailable, "still loading"),
        ("-BUSY Redis is busy running a script", Kind::Unavailable, "busy with a script"),
        ("-READONLY You can't write against a replica", Kind::Unavailable, "read-only replica"),
        ("-MASTERDOWN Link with MASTER is down", Kind::Unavailable, "MASTER is down"),
        ("-OOM command not allowed", Kind::Unsuitable, "`maxmemory`"),
        ("-MISCONF Errors writing to disk", Kind::Unsuitable, "its disk"),
        ("-WRONGTYPE Operation against a key", Kind::Garbled, "value of another type"),
        ("-NOSCRIPT No matching script", Kind::Garbled, "the script failed"),
        ("-MOVED 1 127.0.0.1:1", Kind::Unsuitable, "a node of a cluster"),
        ("-NOAUTH Authentication required.", Kind::Denied, "refuses the login"),
        ("-ERR unknown command 'EVALSHA', with args: 'opensesame'", Kind::Unsuitable, "too old"),
        ("-ERR opensesame", Kind::Garbled, "…"),
        ("-", Kind::Garbled, "the script failed"),
    ] {
        let server = Server::start(text(&format!("{answer}\r\n"))).await;
        for error in errors(&store(&server)).await {
            assert_eq!(error.kind(), kind, "{answer}: {error}");
            assert!(error.problem().contains(words), "{answer}: {error}");
        }
    }
}

#[tokio::test]
async fn nodes_that_name_each_other_in_turns_are_given_up() {
    let server = Server::start_with(|port| text(&format!("-MOVED 1 127.0.0.1:{port}\r\n"))).await;
    let store = with_timeout(RedisOptions::cluster([server.url().as_str()]));
    for error in errors(&store).await {
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        assert!(error.problem().contains("name each other"), "{error}");
    }
}

#[tokio::test]
async fn servers_that_close_each_connection_are_explained() {
    for then in
        [Then::Close, Then::SayAndClose(Vec::new()), Then::SayAndClose(b"$100\r\nab".into())]
    {
        let server = Server::start(then.clone()).await;
        for error in errors(&store(&server)).await {
            assert_eq!(error.kind(), Kind::Unavailable, "{then:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_closes_each_connection_is_not_connected_to_without_pauses() {
    for then in [Then::Close, Then::SayAndClose(Vec::new()), text("-READONLY a replica\r\n")] {
        let server = Server::start(then.clone()).await;
        let store = store(&server);
        // Each request comes when the one before has failed, for as long as ten attempts with pauses take.
        let asked = async {
            loop {
                granted(&store).await.expect_err("it cannot serve");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let over = tokio::time::timeout(SECOND, asked).await;
        over.expect_err("it goes on");
        // The shortest pauses are of 25, 50, 100, 200, 250, 250 and 250 ms.
        let connections = server.connections();
        assert!((2..=10).contains(&connections), "{then:?}: {connections} connections");
    }
}
