//! A connection's task ends with it, whatever the server does; why it ended is known.

use std::error::Error as StdError;
use std::future::Future;

use seawall_core::pool::Manage;
use seawall_pool_managers::ManagerErrorKind;
use seawall_test_servers::Postgres;
use tokio::runtime::Handle;

use super::manager;
use crate::support::eventually;

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn its_task_ends_with_it_and_the_server_hears_of_it() {
    let server = Postgres::start();
    let manager = manager(&server);
    let watch = manager.create().await.expect("it connects");
    let others = async || {
        let others = "SELECT count(*) FROM pg_stat_activity \
                      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        watch.query_one(others, &[]).await.expect("a count").get::<_, i64>(0)
    };
    let before = tasks();
    let connection = manager.create().await.expect("it connects");
    assert_eq!((tasks(), others().await), (before + 1, 1));
    drop(connection);
    eventually("the task has ended", async || tasks() == before).await;
    eventually("the server has heard of it", async || others().await == 0).await;
}

#[tokio::test]
async fn its_task_ends_with_it_though_the_server_never_answers() {
    let server = Postgres::start();
    let manager = manager(&server);
    let before = tasks();
    let connection = manager.create().await.expect("it connects");
    server.stop_signal();
    {
        let mut query = Box::pin(connection.simple_query("SELECT 1"));
        let asked = poll_once(&mut query).await;
        assert!(asked.is_none(), "it has been sent, and there is no answer");
    }
    drop(connection);
    eventually("the task has ended", async || tasks() == before).await;
}

/// What `future` gives if it is polled once and the runtime has had a turn.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = tokio::task::yield_now() => None,
    }
}

#[tokio::test]
async fn why_the_server_ended_it_is_known() {
    let server = Postgres::start();
    let manager = manager(&server);
    let boss = manager.create().await.expect("it connects");
    let mut connection = manager.create().await.expect("it connects");
    let id: i32 = connection.query_one("SELECT pg_backend_pid()", &[]).await.expect("it").get(0);
    // This also waits until the statement is closed, which the driver does in the background: that
    // answer would be the server's last message otherwise.
    manager.reset(&mut connection).await.expect("it is good");
    assert!(!manager.is_broken(&connection));
    assert!(connection.end().is_none());
    boss.execute("SELECT pg_terminate_backend($1)", &[&id]).await.expect("it may");
    eventually("it has ended", async || connection.end().is_some()).await;
    assert!(manager.is_broken(&connection));
    let error = manager.check(&mut connection).await.expect_err("it has ended");
    assert_eq!(error.kind(), ManagerErrorKind::Ended);
    let said = error.source().and_then(StdError::source).expect("the server's words");
    let last = "FATAL: terminating connection due to administrator command";
    assert_eq!(said.to_string(), last);
}
