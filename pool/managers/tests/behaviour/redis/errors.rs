//! What went wrong is told apart, comes with what the server said, and holds no secret.

use std::error::Error as StdError;

use redis::{ConnectionAddr, IntoConnectionInfo, Value};
use seawall_core::pool::Manage;
use seawall_core::{Error, RefusalKind};
use seawall_pool_managers::{ManagerError, ManagerErrorKind, Redis as Manager, RedisReset};
use seawall_test_servers::Redis;

use super::{ask, command, manager};
use crate::support::{
    Answer, LONG, Proxy, Strangers, all_words, assert_whole, eventually, pool, server_that, source,
    unavailable,
};

const TOO_OLD: &str = "the server of Redis lacks HELLO or RESET";

fn manager_at(port: u16) -> Manager {
    Manager::from_url(&format!("redis://app:hunter2@127.0.0.1:{port}/1")).expect("a URL")
}

#[tokio::test]
async fn each_refusal_of_a_server_is_told_apart_and_says_what_the_server_said() {
    use ManagerErrorKind::{LoginRefused, NotAllowed, NotReady, TooManyConnections, TooOld};
    for (said, kind, sentence) in [
        ("WRONGPASS invalid username-password pair", LoginRefused, "Redis refused the login"),
        ("NOAUTH Authentication required", LoginRefused, "Redis refused the login"),
        ("DENIED Redis is running in protected mode", LoginRefused, "Redis refused the login"),
        ("ERR max number of clients reached", TooManyConnections, "Redis has no free connection"),
        ("LOADING Redis is loading the dataset", NotReady, "Redis is not ready to serve"),
        ("MASTERDOWN Link with MASTER is down", NotReady, "Redis is not ready to serve"),
        ("BUSY Redis is busy running a script", NotReady, "Redis is not ready to serve"),
        ("ERR unknown command `HELLO`", TooOld, TOO_OLD),
        ("ERR unknown command 'HELLO'", TooOld, TOO_OLD),
        ("NOPERM no permission for HELLO", NotAllowed, "the user may not do this in Redis"),
    ] {
        let answer = Answer::Say(format!("-{said}\r\n").into_bytes());
        let error = manager_at(server_that(vec![answer])).create().await.expect_err(said);
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, sentence), "{said}");
        let words = all_words(&error);
        let reason = said.split_once(' ').expect("a reason").1;
        assert!(kind == TooOld || words.contains(reason), "{words}");
        assert!(!words.contains("hunter2"), "{words}");
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
        let error = manager_at(port).create().await.expect_err("no server of Redis");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.source().is_some(), "{error:?}");
    }
}

/// The library has no TLS unless a crate of the same build asks for it; then there is nothing to name.
#[tokio::test]
async fn tls_that_is_not_there_is_named_and_no_timeout() {
    let server = Redis::options().with_password().start();
    let url = server.url().replace("redis://", "rediss://");
    let Err(error) = Manager::from_url(&url) else { return };
    let words = all_words(&error);
    assert!(words.contains("TLS") && !words.contains("opensesame"), "{words}");

    let tls = ConnectionAddr::TcpTls {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        insecure: false,
        tls_params: None,
    };
    let info = server.url().into_connection_info().expect("a URL").set_addr(tls);
    let refusal = unavailable(&pool(Manager::new(info), 1)).await;
    let words = all_words(source::<ManagerError>(&refusal));
    assert!(words.contains("TLS") && !words.contains("opensesame"), "{words}");
}

#[test]
fn without_a_runtime_it_says_so_and_with_one_that_is_named_any_thread_will_do() {
    let server = Redis::start();
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
    assert_eq!(found.status().created, 1, "and resets there");
}

#[tokio::test]
async fn a_login_that_is_refused_is_the_source_of_the_refusal_and_no_timeout() {
    let server = Redis::options().with_password().start();
    let none = format!("redis://127.0.0.1:{}", server.port());
    let stranger = format!("redis://nobody:hunter2@127.0.0.1:{}", server.port());
    for (url, said) in [
        (server.url_with_password("hunter2"), "invalid username-password pair"),
        (stranger, "invalid username-password pair"),
        (none, "HELLO must be called with the client already authenticated"),
    ] {
        let wrong = pool(Manager::from_url(&url).expect("a URL"), 2);
        let refusal = unavailable(&wrong).await;
        assert_eq!(source::<ManagerError>(&refusal).kind(), ManagerErrorKind::LoginRefused);
        let words = all_words(&refusal);
        assert!(words.contains(said) && !words.contains("hunter2"), "{words}");
        assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
    }
    assert_whole(&pool(manager(&server), 2)).await;
}

#[tokio::test]
async fn after_a_change_of_the_password_a_connection_is_not_lent_again() {
    let server = Redis::options().with_password().start();
    let pool = pool(manager(&server), 1);
    assert_whole(&pool).await;
    let mut boss = manager(&server).create().await.expect("it connects");
    ask::<Value>(&mut boss, "CONFIG SET requirepass other").await.expect("it is allowed");
    let mut lent = pool.checkout().await.expect("it is logged in");
    ask::<Value>(&mut lent, "GET key").await.expect("it is allowed");
    drop(lent);
    let refusal = unavailable(&pool).await;
    assert_eq!(source::<ManagerError>(&refusal).kind(), ManagerErrorKind::LoginRefused);
    assert_eq!(pool.status().closed.failed_check, 1);
    ask::<Value>(&mut boss, "CONFIG SET requirepass opensesame").await.expect("it is allowed");
    assert_whole(&pool).await;
}

#[tokio::test]
async fn a_server_that_cannot_reset_or_greet_is_found_while_connecting() {
    for command in ["RESET", "HELLO"] {
        let server =
            Redis::options().with_password().with_arguments(["--rename-command", command, ""]);
        let server = server.start();
        let error = manager(&server).create().await.expect_err(command);
        assert_eq!(error.kind(), ManagerErrorKind::TooOld, "{command}: {error:?}");
        assert!(!all_words(&error).contains("opensesame"), "{error:?}");
        if command == "RESET" {
            manager(&server).with_reset(RedisReset::Keep).create().await.expect("it is not needed");
        }
    }
}

#[tokio::test]
async fn what_a_user_may_not_do_and_a_cluster_does_not_have_is_called_so() {
    let server = Redis::start();
    let mut boss = manager(&server).create().await.expect("it connects");
    ask::<Value>(&mut boss, "ACL SETUSER app on >hunter2 ~* +@all -select").await.expect("it may");
    let url = server.url().replace("redis://", "redis://app:hunter2@");
    let error = Manager::from_url(&format!("{url}/3")).expect("a URL").create().await;
    assert_eq!(error.expect_err("it may not").kind(), ManagerErrorKind::NotAllowed);

    let node = Redis::options().with_arguments(["--cluster-enabled", "yes"]).start();
    let error = Manager::from_url(&format!("{}/3", node.url())).expect("a URL").create().await;
    assert_eq!(error.expect_err("only database 0").kind(), ManagerErrorKind::NoDatabase);
}

#[tokio::test]
async fn the_setup_is_there_after_connecting_and_after_a_reset() {
    let server = Redis::start();
    let manager = manager(&server).with_setup(command("CLIENT SETNAME shop"));
    let mut connection = manager.create().await.expect("it connects");
    for _ in 0..2 {
        let name: String = ask(&mut connection, "CLIENT GETNAME").await.expect("it answers");
        assert_eq!(name, "shop");
        ask::<Value>(&mut connection, "CLIENT SETNAME other").await.expect("it may");
        manager.reset(&mut connection).await.expect("it can be reset");
    }
    let bad = manager.with_setup(command("CLIENT NOSUCH")).create().await.expect_err("unknown");
    assert_eq!(bad.kind(), ManagerErrorKind::BadSetup);
}

#[tokio::test]
async fn round_trips_are_as_many_as_the_documentation_says() {
    let server = Redis::options().with_password().start();
    // reset of: a connection that was not used; one that was
    for (reset, trips) in [(RedisReset::Keep, [0, 0]), (RedisReset::Everything, [0, 1])] {
        let proxy = Proxy::start(server.port()).await;
        let url = server.url().replace(&server.port().to_string(), &proxy.port.to_string());
        let manager = Manager::from_url(&url).expect("a URL").with_reset(reset);
        let mut connection = manager.create().await.expect("it connects");
        assert_eq!(proxy.trips(), 2, "to log in, and to look around");
        manager.check(&mut connection).await.expect("it is good");
        assert_eq!(proxy.trips(), 1, "to check");
        for (is_used, trips) in [false, true].into_iter().zip(trips) {
            if is_used {
                ask::<Value>(&mut connection, "SET key value").await.expect("it may");
            }
            proxy.trips();
            manager.reset(&mut connection).await.expect("it can be reset");
            assert_eq!(proxy.trips(), trips, "{reset:?}, used: {is_used}");
        }
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_called_so() {
    let server = Redis::start();
    let manager = Manager::from_url(&format!("{}/99", server.url())).expect("a URL");
    let error = manager.create().await.expect_err("there are 16");
    assert_eq!(error.kind(), ManagerErrorKind::NoDatabase);
    assert!(all_words(&error).contains("DB index is out of range"), "{error:?}");
}

#[tokio::test]
async fn a_server_without_a_connection_to_spare_says_so_each_time() {
    let server = Redis::options().with_max_connections(3).start();
    let pool = pool(manager(&server), 5);
    let mut lent = Vec::new();
    for _ in 0..3 {
        lent.push(pool.checkout().await.expect("the server has one"));
    }
    for _ in 0..50 {
        let refusal = unavailable(&pool).await;
        let error = source::<ManagerError>(&refusal);
        assert_eq!(error.kind(), ManagerErrorKind::TooManyConnections, "{error:?}");
        assert!(all_words(&refusal).contains("max number of clients reached"));
        assert_ne!(refusal.kind(), RefusalKind::CheckoutTimeout);
    }
    assert!(pool.status().failed_connects > 0);
    drop(lent);
    drop(pool.checkout().await.expect("what came back is lent"));
    assert_eq!(pool.status().size, 3);
}

#[tokio::test]
async fn a_server_that_is_busy_with_a_script_takes_no_connections() {
    let server = Redis::start();
    let manager = manager(&server);
    let mut boss = manager.create().await.expect("it connects");
    let mut busy = manager.create().await.expect("it connects");
    ask::<Value>(&mut boss, "CONFIG SET busy-reply-threshold 1").await.expect("it is allowed");
    let mut script = command("EVAL");
    script.arg("while true do end").arg(0);
    let script = tokio::spawn(async move { script.query_async::<Value>(&mut busy).await });
    let is_busy = async || ask::<Value>(&mut boss, "PING").await.is_err();
    eventually("the script runs", is_busy).await;
    let error = manager.create().await.expect_err("it is busy");
    assert_eq!(error.kind(), ManagerErrorKind::NotReady, "{error:?}");
    ask::<Value>(&mut boss, "SCRIPT KILL").await.expect("it is allowed");
    script.await.expect("no panic").expect_err("it was killed");
    manager.create().await.expect("it is not busy any more");
}
