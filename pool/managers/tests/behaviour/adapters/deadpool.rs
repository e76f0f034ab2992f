use std::panic::{AssertUnwindSafe, catch_unwind};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::{ManagerConfig, RecyclingMethod};
use seawall_core::pool::Manage;
use seawall_pool_managers::{FromDeadpool, Recycled};
use seawall_test_servers::Postgres;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::script::{Does, Script, Scripted, Trouble};
use super::{assert_survives, code, using};
use crate::support::{LONG, assert_whole, idle_pool, pool, unavailable};

struct Scribe(Script);

impl Manager for Scribe {
    type Type = Scripted;
    type Error = Trouble;

    async fn create(&self) -> Result<Scripted, Trouble> {
        let number = self.0.number();
        self.0.is_asked_async("create", number).await?;
        Ok(Scripted(number))
    }

    async fn recycle(&self, it: &mut Scripted, metrics: &Metrics) -> RecycleResult<Trouble> {
        assert_eq!(metrics.recycled.is_some(), metrics.recycle_count > 0);
        match self.0.is_asked_async("recycle", it.0).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(RecycleError::message(format!("used {}", metrics.recycle_count + 1))),
            Err(trouble) => Err(RecycleError::Backend(trouble)),
        }
    }

    fn detach(&self, it: &mut Scripted) {
        self.0.is_asked("detach", it.0).expect("no error to give");
    }
}

#[tokio::test]
async fn it_is_asked_in_the_order_in_which_deadpool_asks() {
    let script = Script::new();
    let pool = pool(FromDeadpool::new(Scribe(script.clone())), 1);
    using(&pool, 3).await;
    assert_eq!(script.asked(), ["create 1", "recycle 1", "recycle 1"]);
    script.next("recycle", Does::SayNo);
    using(&pool, 1).await;
    assert_eq!(script.asked(), ["recycle 1", "detach 1", "create 2"]);
    let error = pool.last_check_error().expect("it would not");
    assert_eq!(error.to_string(), "the manager refused to recycle the connection");
    assert_eq!(
        std::error::Error::source(&*error).map(ToString::to_string).as_deref(),
        Some("used 3")
    );
    assert_eq!(error.driver::<Trouble>(), None);
    assert!(pool.drain(LONG).await.is_complete());
    assert_eq!(script.asked(), ["detach 2"]);
}

#[tokio::test]
async fn it_knows_how_often_and_since_when() {
    let manager = FromDeadpool::new(Scribe(Script::new()));
    let mut lent = manager.create().await.expect("made");
    assert!(lent.metrics().recycled.is_none());
    for count in 1..=2 {
        manager.check(&mut lent).await.expect("recycled");
        let metrics = *lent.metrics();
        assert_eq!(metrics.recycle_count, count);
        assert!(metrics.recycled.expect("it was") >= metrics.created);
    }
    manager.get_ref().0.next("recycle", Does::Fail);
    manager.check(&mut lent).await.expect_err("not recycled");
    assert_eq!(lent.metrics().recycle_count, 2);
}

#[tokio::test]
async fn its_errors_and_panics_are_told_and_cost_no_place() {
    let script = Script::new();
    let pool = idle_pool(FromDeadpool::new(Scribe(script.clone())), 2);
    assert_survives(pool, &script, "create", "recycle").await;
}

#[tokio::test]
async fn to_panic_when_one_goes_costs_nothing_else() {
    let script = Script::new();
    let pool = pool(FromDeadpool::new(Scribe(script.clone())), 2);
    using(&pool, 1).await;
    script.next("detach", Does::Panic);
    let lent = pool.checkout().await.expect("it");
    lent.discard();
    assert_eq!(script.asked().last().map(String::as_str), Some("detach 1"));
    assert_eq!(pool.status().size, 0);
    assert_whole(&pool).await;
}

#[tokio::test]
async fn to_panic_when_one_goes_by_a_panic_does_not_end_the_process() {
    let script = Script::new();
    let lent = FromDeadpool::new(Scribe(script.clone())).create().await.expect("made");
    script.next("detach", Does::Panic);
    let panics = move || {
        let _lent = lent;
        panic!("the borrower panics");
    };
    let panic = catch_unwind(AssertUnwindSafe(panics)).expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"the borrower panics"));
    assert_eq!(script.asked(), ["create 1", "detach 1"]);
}

#[tokio::test]
async fn that_of_deadpool_postgres_holds_connections_and_its_errors_come_out() {
    let mut server = Postgres::options().with_password().start();
    let manager = |url: &str| {
        let config = url.parse().expect("a URL");
        // For want of this it asks nobody.
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        FromDeadpool::new(deadpool_postgres::Manager::from_config(config, NoTls, recycling))
    };
    let wrong = pool(manager(&server.url_with_password("hunter2")), 1);
    let refusal = unavailable(&wrong).await;
    assert_eq!(code(&refusal), Some(SqlState::INVALID_PASSWORD));

    let pool = pool(manager(&server.url()), 2);
    let ask = async |client: &mut Recycled<deadpool_postgres::Manager>| {
        let statement = client.prepare_cached("SELECT 7").await?;
        Ok::<i32, tokio_postgres::Error>(client.query_one(&statement, &[]).await?.get(0))
    };
    for _ in 0..2 {
        assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    }
    assert_eq!(pool.status().created, 1);
    server.restart();
    assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    assert_eq!((pool.status().created, pool.status().closed.failed_check), (2, 1));
}
