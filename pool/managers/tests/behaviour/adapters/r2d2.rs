use r2d2::ManageConnection;
use r2d2_postgres::PostgresConnectionManager;
use seawall_pool::{Blocking, Threaded};
use seawall_pool_managers::{FromR2d2, ManagerErrorKind};
use seawall_test_servers::Postgres;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::script::{Does, Script, Scripted, Trouble};
use super::{assert_survives, code, using};
use crate::support::{LONG, idle_pool, pool, unavailable};

struct Scribe(Script);

impl ManageConnection for Scribe {
    type Connection = Scripted;
    type Error = Trouble;

    fn connect(&self) -> Result<Scripted, Trouble> {
        let number = self.0.number();
        self.0.is_asked("connect", number)?;
        Ok(Scripted(number))
    }

    fn is_valid(&self, it: &mut Scripted) -> Result<(), Trouble> {
        self.0.is_asked("is_valid", it.0).map(drop)
    }

    fn has_broken(&self, it: &mut Scripted) -> bool {
        !self.0.is_asked("has_broken", it.0).expect("no error to give")
    }
}

#[tokio::test]
async fn it_is_asked_before_one_is_lent_again() {
    let script = Script::new();
    let pool = pool(Blocking::new(FromR2d2::new(Scribe(script.clone()))), 1);
    using(&pool, 2).await;
    assert_eq!(script.asked(), ["connect 1", "has_broken 1", "is_valid 1"]);
    script.next("has_broken", Does::SayNo);
    using(&pool, 1).await;
    assert_eq!(script.asked(), ["has_broken 1", "connect 2"]);
    let error = pool.last_check_error().expect("it was noticed");
    assert!(error.kind() == ManagerErrorKind::Broken, "{error:?}");
}

#[tokio::test]
async fn its_errors_and_panics_are_told_and_cost_no_place() {
    let script = Script::new();
    let pool = idle_pool(Blocking::new(FromR2d2::new(Scribe(script.clone()))), 2);
    assert_survives(pool, &script, "connect", "is_valid").await;
}

type Postgresses = FromR2d2<PostgresConnectionManager<NoTls>>;

#[tokio::test]
async fn that_of_r2d2_postgres_holds_connections_and_its_errors_come_out() {
    let mut server = Postgres::options().with_password().start();
    let manager = |url: &str| {
        let config = url.parse().expect("a URL");
        Blocking::new(FromR2d2::new(PostgresConnectionManager::new(config, NoTls)))
    };
    let wrong = pool(manager(&server.url_with_password("hunter2")), 1);
    let refusal = unavailable(&wrong).await;
    assert_eq!(code(&refusal), Some(SqlState::INVALID_PASSWORD));

    let pool = pool(manager(&server.url()), 2);
    let ask = async |client: &mut Threaded<Postgresses>| {
        client.run(|client| client.query_one("SELECT 7", &[]).map(|row| row.get::<_, i32>(0))).await
    };
    for _ in 0..2 {
        assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    }
    assert_eq!(pool.status().created, 1);
    server.restart();
    assert_eq!(pool.with(ask, LONG).await.expect("an answer"), 7);
    assert_eq!((pool.status().created, pool.status().closed.failed_check), (2, 1));
    // One that is dropped where a runtime is may not close its own there.
    drop(pool.checkout().await.expect("it"));
    pool.close();
    assert_eq!(pool.status().size, 0);
}
