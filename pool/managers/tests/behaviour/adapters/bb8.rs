use bb8::ManageConnection;
use bb8_postgres::PostgresConnectionManager;
use seawall_pool_managers::{FromBb8, ManagerErrorKind};
use seawall_test_servers::Postgres;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use super::script::{Does, Script, Scripted, Trouble};
use super::{assert_survives, code, using};
use crate::support::{LONG, idle_pool, pool, unavailable};

struct Scribe(Script);

impl ManageConnection for Scribe {
    type Connection = Scripted;
    type Error = Trouble;

    async fn connect(&self) -> Result<Scripted, Trouble> {
        let number = self.0.number();
        self.0.is_asked_async("connect", number).await?;
        Ok(Scripted(number))
    }

    async fn is_valid(&self, it: &mut Scripted) -> Result<(), Trouble> {
        self.0.is_asked_async("is_valid", it.0).await.map(drop)
    }

    fn has_broken(&self, it: &mut Scripted) -> bool {
        !self.0.is_asked("has_broken", it.0).expect("no error to give")
    }
}

#[tokio::test]
async fn it_is_asked_before_one_is_lent_again() {
    let script = Script::new();
    let pool = pool(FromBb8::new(Scribe(script.clone())), 1);
    using(&pool, 2).await;
    assert_eq!(script.asked(), ["connect 1", "has_broken 1", "is_valid 1"]);
    script.next("has_broken", Does::SayNo);
    using(&pool, 1).await;
    assert_eq!(script.asked(), ["has_broken 1", "connect 2"]);
    let error = pool.last_check_error().expect("it was noticed");
    assert!(error.kind() == ManagerErrorKind::Broken, "{error:?}");
    assert_eq!(error.to_string(), "the manager reports the connection as broken");
}

#[tokio::test]
async fn its_errors_and_panics_are_told_and_cost_no_place() {
    let script = Script::new();
    let pool = idle_pool(FromBb8::new(Scribe(script.clone())), 2);
    assert_survives(pool, &script, "connect", "is_valid").await;
}

#[tokio::test]
async fn that_of_bb8_postgres_holds_connections_and_its_errors_come_out() {
    let mut server = Postgres::options().with_password().start();
    let manager = |url: &str| {
        FromBb8::new(PostgresConnectionManager::new_from_stringlike(url, NoTls).expect("a URL"))
    };
    let wrong = pool(manager(&server.url_with_password("hunter2")), 1);
    let refusal = unavailable(&wrong).await;
    assert_eq!(code(&refusal), Some(SqlState::INVALID_PASSWORD));

    let pool = pool(manager(&server.url()), 2);
    let ask = async |client: &mut Client| {
        Ok::<i32, tokio_postgres::Error>(client.query_one("SELECT 7", &[]).await?.get(0))
    };
    for _ in 0..2 {
        assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    }
    assert_eq!(pool.status().created, 1);
    server.restart();
    assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    assert_eq!((pool.status().created, pool.status().closed.failed_check), (2, 1));
}
