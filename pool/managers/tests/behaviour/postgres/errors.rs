//! What went wrong is told apart, comes with what the server said, and holds no secret.

use std::error::Error as StdError;

use seawall_core::pool::Manage;
use seawall_core::{Error, RefusalKind};
use seawall_pool_managers::{ManagerError, ManagerErrorKind, Postgres as Manager};
use seawall_test_servers::Postgres;
use tokio_postgres::error::SqlState;

use super::manager;
use crate::support::{Answer, LONG, Strangers, all_words, pool, server_that, source, unavailable};

/// PostgreSQL's message for a refusal.
fn refusal(code: &str, message: &str) -> Answer {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("short").to_be_bytes();
    Answer::Say([&b"E"[..], &length, fields.as_bytes()].concat())
}

fn manager_at(port: u16) -> Manager {
    Manager::from_url(&format!("postgres://app:hunter2@127.0.0.1:{port}/orders")).expect("a URL")
}

#[tokio::test]
async fn each_refusal_of_a_server_is_told_apart_and_says_what_the_server_said() {
    use ManagerErrorKind::{
        LoginRefused, NoDatabase, NotAllowed, NotReady, Other, TooManyConnections,
    };
    for (code, message, kind, sentence) in [
        ("28P01", "password authentication failed", LoginRefused, "PostgreSQL refused the login"),
        ("28000", "role \"app\" does not exist", LoginRefused, "PostgreSQL refused the login"),
        ("3D000", "no such database", NoDatabase, "PostgreSQL has no such database"),
        ("53300", "too many clients", TooManyConnections, "PostgreSQL has no free connection"),
        ("57P03", "starting up", NotReady, "PostgreSQL is not ready to serve"),
        (
            "57P01",
            "shutting down",
            ManagerErrorKind::Ended,
            "the connection to PostgreSQL has ended",
        ),
        ("42501", "permission denied", NotAllowed, "the user may not do this in PostgreSQL"),
        ("53200", "out of memory", NotReady, "PostgreSQL is not ready to serve"),
        ("é", "no code", Other, "PostgreSQL returned an error"),
        ("XX000", "a bug", Other, "PostgreSQL returned an error"),
    ] {
        let manager = manager_at(server_that(vec![refusal(code, message)]));
        let error = manager.create().await.expect_err(code);
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, sentence), "{code}");
        assert_eq!(error.code().map(SqlState::code), Some(code));
        let said = error.source().and_then(StdError::source).expect("the server's words");
        assert_eq!(said.to_string(), format!("FATAL: {message}"));
    }
}

#[tokio::test]
async fn no_server_a_lost_connection_and_a_server_of_something_else_are_told_apart() {
    let Strangers { nobody, mute, other } = Strangers::listen();
    for (port, kind) in [
        (nobody, ManagerErrorKind::Unreachable),
        (mute, ManagerErrorKind::Ended),
        (other, ManagerErrorKind::WrongProtocol),
    ] {
        let error = manager_at(port).create().await.expect_err("no server of PostgreSQL");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.source().is_some(), "{error:?}");
    }
}

#[test]
fn without_a_runtime_it_says_so_and_with_one_that_is_named_any_thread_will_do() {
    let server = Postgres::start();
    let lost = pool(manager(&server), 1);
    let result = lost.with_blocking(|_| Ok::<_, Error<()>>(()), LONG);
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    let error = source::<ManagerError>(&refusal);
    assert_eq!(error.kind(), ManagerErrorKind::NoRuntime);
    assert!(error.to_string().contains("`with_runtime`"), "{error}");

    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
    let found_runtime = runtime.handle().clone();
    let found = pool(manager(&server).with_runtime(found_runtime.clone()), 1);
    for _ in 0..2 {
        found.with_blocking(|_| Ok::<_, Error<()>>(()), LONG).expect("it connects");
    }
    drop(runtime);
    let gone = pool(manager(&server).with_runtime(found_runtime), 1);
    let result = gone.with_blocking(|_| Ok::<_, Error<()>>(()), LONG);
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(source::<ManagerError>(&refusal).kind(), ManagerErrorKind::NoRuntime, "{refusal:?}");
    assert_eq!(found.status().created, 1, "and checks and resets there");
}

#[tokio::test]
async fn a_login_that_is_refused_is_the_source_of_the_refusal_and_no_timeout() {
    let server = Postgres::options().with_password().start();
    let wrong = Manager::from_url(&server.url_with_password("hunter2")).expect("a URL");
    assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
    let wrong = pool(wrong, 2);
    let refusal = unavailable(&wrong).await;
    let error = source::<ManagerError>(&refusal);
    assert_eq!(error.kind(), ManagerErrorKind::LoginRefused);
    let words = all_words(&refusal);
    assert!(words.contains("password authentication failed for user"), "{words}");
    assert!(!words.contains("hunter2"), "{words}");
    assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");

    let none = Manager::from_url(&server.url().replace(":opensesame", "")).expect("a URL");
    let error = none.create().await.expect_err("it has no password");
    assert_eq!(error.kind(), ManagerErrorKind::LoginRefused, "{error:?}");

    let right = pool(manager(&server), 2);
    drop(right.checkout().await.expect("the password is right"));
}

#[tokio::test]
async fn a_server_that_begins_to_refuse_logins_keeps_who_is_in() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 2);
    let inside = pool.checkout().await.expect("it connects");
    server.refuse_logins();
    let refusal = unavailable(&pool).await;
    let error = source::<ManagerError>(&refusal);
    assert_eq!(error.kind(), ManagerErrorKind::LoginRefused);
    assert!(all_words(&refusal).contains("pg_hba.conf rejects connection"));
    inside.simple_query("SELECT 1").await.expect("still in");
    drop(inside);
    drop(pool.checkout().await.expect("what is idle is lent"));
    assert_eq!(pool.status().created, 1);
    server.admit_logins();
    crate::support::assert_whole(&pool).await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_in_the_words_of_the_server() {
    let server = Postgres::start();
    let url = server.url().replace("/postgres", "/orders");
    let url = url.replacen("//orders", "//postgres", 1);
    let pool = pool(Manager::from_url(&url).expect("a URL"), 1);
    let refusal = unavailable(&pool).await;
    assert_eq!(source::<ManagerError>(&refusal).kind(), ManagerErrorKind::NoDatabase);
    assert!(all_words(&refusal).contains("database \"orders\" does not exist"));
}

#[tokio::test]
async fn a_server_without_a_connection_to_spare_says_so() {
    let server = Postgres::options().with_max_connections(3).start();
    let pool = pool(manager(&server), 5);
    let mut lent = Vec::new();
    for _ in 0..3 {
        lent.push(pool.checkout().await.expect("the server has one"));
    }
    let refusal = unavailable(&pool).await;
    let error = source::<ManagerError>(&refusal);
    assert_eq!(error.kind(), ManagerErrorKind::TooManyConnections);
    assert!(all_words(&refusal).contains("too many clients already"));
    assert!(pool.status().failed_connects > 0);
    drop(lent);
    let lent = pool.checkout().await.expect("what came back is lent");
    assert_eq!(pool.status().size, 3);
    drop(lent);
    assert_ne!(refusal.kind(), RefusalKind::CheckoutTimeout);
}
