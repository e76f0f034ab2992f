//! A password that is planted in a manager is found nowhere, whatever a server repeats of it.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use seawall_core::Driver;
use seawall_core::pool::Manage;
use seawall_pool::Blocking;
use seawall_pool_managers::{
    FromBb8, FromDeadpool, FromR2d2, ManagerErrorKind, Postgres, Redis, Sqlite,
};
use seawall_test_servers as servers;
use seawall_testkit::Recorder;

use crate::support::{LONG, all_words, pool};

const SECRET: &str = "hunter2";

/// The port of a server that answers each question with it, and each first one with `greeting`.
fn echo(greeting: Option<&'static [u8]>, answer: fn(&str) -> Vec<u8>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        while let Ok((mut client, _)) = listener.accept() {
            let mut buffer = [0; 4096];
            let mut answers = greeting.into_iter();
            while let Ok(read @ 1..) = client.read(&mut buffer) {
                let question = String::from_utf8_lossy(&buffer[..read]).into_owned();
                let said = answers.next().map_or_else(|| answer(&question), <[u8]>::to_vec);
                if client.write_all(&said).is_err() {
                    break;
                }
            }
        }
    });
    port
}

/// PostgreSQL's request for a password in clear text.
const CLEAR_TEXT: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 3];

fn postgres_error(question: &str) -> Vec<u8> {
    let said = question.replace('\0', " ");
    let fields = format!("SFATAL\0VFATAL\0C28P01\0Myou said {said}\0D{said}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("short").to_be_bytes();
    [&b"E"[..], &length, fields.as_bytes()].concat()
}

fn redis_error(question: &str) -> Vec<u8> {
    let said = question.replace("\r\n", " ");
    format!("-ERR unknown command 'HELLO', with args beginning with: {said}\r\n").into_bytes()
}

/// Searches for the secret in all that a pool, its errors, its events and its status show.
async fn assert_kept<M: Manage + Debug>(what: &str, manager: M) -> String {
    assert!(!format!("{manager:?}").contains(SECRET), "{what}: {manager:?}");
    let recorder = Recorder::new();
    let driver = Driver::default().with_observer(recorder.clone());
    let pool = pool(manager, 1);
    let refusal = driver.lend(&pool).deadline(LONG).checkout().await.expect_err(what);
    let shown = [
        all_words(&refusal),
        all_words(&seawall_core::Error::<std::io::Error>::Refused(refusal)),
        format!("{pool:?} {:?}", pool.status()),
        format!("{:?}", pool.last_connect_error()),
        format!("{:?}", pool.last_connect_error().map(|error| all_words(&*error))),
        format!("{:?}", recorder.events()),
    ];
    let shown = shown.join("\n");
    assert!(!shown.contains(SECRET), "{what}: {shown}");
    shown
}

#[tokio::test]
async fn of_postgres() {
    let server = servers::Postgres::options().with_password().start();
    let echo = echo(Some(CLEAR_TEXT), postgres_error);
    let fake = format!("postgres://app:{SECRET}@127.0.0.1:{echo}/orders");
    for (what, url) in [
        ("a wrong password", server.url_with_password(SECRET)),
        ("a server that repeats it", fake.clone()),
        ("no TLS", format!("{fake}?sslmode=require")),
        ("no server", format!("postgres://app:{SECRET}@127.0.0.1:1/orders")),
    ] {
        assert_kept(what, Postgres::from_url(&url).expect("a URL")).await;
    }
    let error = Postgres::from_url(&fake).expect("a URL").create().await.expect_err("it repeats");
    assert_eq!(error.kind(), ManagerErrorKind::LoginRefused);
    assert!(error.source().is_none(), "{error:?}");
}

#[tokio::test]
async fn of_redis() {
    let server = servers::Redis::options().with_password();
    let renamed = server.clone().with_arguments(["--rename-command", "HELLO", ""]).start();
    let server = server.start();
    let echo = echo(None, redis_error);
    for (what, url) in [
        ("a wrong password", server.url_with_password(SECRET)),
        ("a server that repeats it", format!("redis://app:{SECRET}@127.0.0.1:{echo}")),
        ("a server without HELLO", renamed.url_with_password(SECRET)),
        ("no server", format!("redis://app:{SECRET}@127.0.0.1:1")),
    ] {
        assert_kept(what, Redis::from_url(&url).expect("a URL")).await;
    }
    let url = renamed.url_with_password(SECRET);
    let error = Redis::from_url(&url).expect("a URL").create().await.expect_err("no HELLO");
    assert_eq!(error.kind(), ManagerErrorKind::TooOld);
}

#[tokio::test]
async fn of_sqlite() {
    for (what, manager) in [
        ("an unknown pragma", Sqlite::memory().with_pragma("no_such_pragma", SECRET)),
        ("a bad value", Sqlite::memory().with_pragma("encoding", SECRET)),
        (
            "a statement that cannot be parsed",
            Sqlite::memory().with_setup(|db| db.execute_batch("ATTACH 'x.db' AS x KEY 'hunter2")),
        ),
    ] {
        if what == "a bad value" {
            // SQLite ignores it.
            assert!(!format!("{manager:?}").contains(SECRET), "{manager:?}");
            continue;
        }
        assert_kept(what, Blocking::new(manager)).await;
    }
}

#[tokio::test]
async fn of_managers_of_other_pools() {
    let echo = echo(Some(CLEAR_TEXT), postgres_error);
    let url = format!("postgres://app:{SECRET}@127.0.0.1:{echo}/orders");
    let config = || url.parse::<tokio_postgres::Config>().expect("a URL");
    let tls = tokio_postgres::NoTls;
    let manager = bb8_postgres::PostgresConnectionManager::new(config(), tls);
    assert_kept("bb8", FromBb8::new(manager).with_secret(SECRET)).await;
    let manager = deadpool_postgres::Manager::new(config(), tls);
    assert_kept("deadpool", FromDeadpool::new(manager).with_secret(SECRET)).await;
    let manager = r2d2_postgres::PostgresConnectionManager::new(url.parse().expect("a URL"), tls);
    assert_kept("r2d2", Blocking::new(FromR2d2::new(manager).with_secret(SECRET))).await;
}
