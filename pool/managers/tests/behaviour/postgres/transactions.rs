//! SQL transactions: committed if the operation succeeds, and rolled back otherwise.

use seawall_core::Error;
use seawall_core::pool::{Isolation, Transact, TransactionError, TransactionOptions};
use seawall_pool_managers::{ManagerError, ManagerErrorKind, PostgresConnection};
use seawall_test_servers::Postgres;

use super::{manager, watch};
use crate::support::{LONG, MS, eventually, pool};

const TABLE: &str = "CREATE TABLE orders (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)";
const COUNT: &str = "SELECT count(*) FROM orders";

fn insert(
    id: i32,
) -> impl AsyncFnOnce(&mut PostgresConnection) -> Result<(), tokio_postgres::Error> {
    async move |db| db.execute("INSERT INTO orders VALUES ($1)", &[&id]).await.map(drop)
}

#[tokio::test]
async fn it_is_committed_if_the_operation_succeeds_and_only_then() {
    let server = Postgres::start();
    let watch = watch(&server).await;
    watch.run(TABLE).await;
    let pool = pool(manager(&server), 1);

    pool.transaction(insert(1), LONG).await.expect("it is committed");
    assert_eq!(watch.number(COUNT).await, 1);

    let fail = async |db: &mut PostgresConnection| {
        insert(2)(db).await.map_err(|_| "no insert")?;
        Err::<(), _>("changed my mind")
    };
    let error = pool.transaction(fail, LONG).await.expect_err("it fails");
    let error = error.into_failed().and_then(TransactionError::into_operation);
    assert_eq!(error, Some("changed my mind"));
    assert_eq!((watch.number(COUNT).await, pool.status().created), (1, 1));

    let panic = async |db: &mut PostgresConnection| {
        insert(2)(db).await.expect("it may");
        if watch.number("SELECT 1").await == 1 {
            panic!("it panics");
        }
        Ok::<_, ()>(())
    };
    let panic = std::panic::AssertUnwindSafe(pool.transaction(panic, LONG));
    let panicked = futures_util::FutureExt::catch_unwind(panic).await;
    assert!(panicked.is_err());

    let hang = async |db: &mut PostgresConnection| {
        insert(2)(db).await?;
        db.batch_execute("SELECT pg_sleep(60)").await
    };
    let error = pool.transaction(hang, 300 * MS).await;
    assert!(error.is_err_and(|error| error.is_timed_out()));
    eventually("nothing is open", async || {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
        watch.number(open).await + watch.active().await == 0
    })
    .await;
    assert_eq!(watch.number(COUNT).await, 1);
}

#[tokio::test]
async fn tasks_that_conflict_retry_until_all_are_committed() {
    let server = Postgres::start();
    let watch = watch(&server).await;
    watch.run("CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)").await;
    let pool = pool(manager(&server), 4);
    let count = async |db: &mut PostgresConnection| {
        let get = db.prepare_cached("SELECT n FROM counter").await?;
        let n: i32 = db.query_one(&get, &[]).await?.get(0);
        let set = db.prepare_cached("UPDATE counter SET n = $1").await?;
        db.execute(&set, &[&(n + 1)]).await
    };
    let tasks = [(); 4].map(|()| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let options = TransactionOptions::new().with_isolation(Isolation::Serializable);
                let lend = || pool.lend().deadline(LONG).transaction_options(options);
                while let Err(error) = lend().transaction(count).await {
                    assert!(error.into_failed().is_some(), "it was cut or refused");
                }
            }
        })
    });
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(watch.number("SELECT n::bigint FROM counter").await, 20);
}

#[tokio::test]
async fn a_commit_that_did_not_happen_is_an_error_of_its_own() {
    use ManagerErrorKind::{Constraint, NoTransaction, StatementFailed};
    let server = Postgres::start();
    let watch = watch(&server).await;
    watch.run(TABLE).await;
    watch.run("INSERT INTO orders VALUES (1)").await;
    let pool = pool(manager(&server), 1);
    for (statement, kind) in [
        ("INSERT INTO orders VALUES (1)", Constraint),
        ("SELECT 1/0", StatementFailed),
        ("ROLLBACK", NoTransaction),
    ] {
        let ignore = async |db: &mut PostgresConnection| {
            let _ = db.batch_execute(statement).await;
            Ok::<_, ()>(())
        };
        let result = pool.transaction(ignore, LONG).await;
        let Err(Error::Failed(TransactionError::Commit(error))) = result else {
            panic!("{statement}: {result:?}");
        };
        let error = error.downcast_ref::<ManagerError>().expect("the manager's");
        assert_eq!(error.kind(), kind, "{statement}: {error:?}");
    }
    assert_eq!(watch.number(COUNT).await, 1);
}

#[tokio::test]
async fn it_begins_as_its_options_say() {
    let server = Postgres::start();
    let sql = manager(&server);
    let pool = pool(manager(&server), 1);
    let mut lent = pool.checkout().await.expect("it connects");
    let options = TransactionOptions::new().with_isolation(Isolation::Serializable).read_only();
    sql.begin(&mut lent, &options).await.expect("it begins");
    for (setting, value) in
        [("transaction_isolation", "serializable"), ("transaction_read_only", "on")]
    {
        let row = lent.query_one(&format!("SHOW {setting}"), &[]).await.expect("it answers");
        assert_eq!(row.get::<_, String>(0), value);
    }
    sql.rollback(&mut lent).await.expect("it is open");
    sql.rollback(&mut lent).await.expect("there is none");
    assert_eq!(server.complaints(), [] as [&str; 0]);
}
