//! Pools that an application has already, each under a protection of Seawall.

use std::error::Error;
use std::time::Duration;

use rusqlite::Connection;
use seawall::{ConfigSource, Infrastructure, RefusalKind};
use sqlx::{SqliteConnection, SqlitePool};

mod files;

use self::files::Files;

const SETTINGS: &str = r#"
    [breaker.database]
    failures = 3

    [protection.query]
    breaker = "database"
    deadline = "2s"
"#;

const TABLE: &str = "CREATE TABLE orders (id INTEGER)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(settings).build()?;
    let background = tokio::spawn(infra.run());

    own_sqlx(&infra).await?;
    own_bb8(&infra).await?;
    own_r2d2(&infra)?;
    own_deadpool(&infra).await?;

    for status in infra.components() {
        println!("{}: {}", status.layer, status.state);
    }
    let drained = infra.drain(Duration::from_secs(1)).await;
    assert!(drained.iter().all(|(_, pool)| pool.is_complete()), "{drained:?}");
    background.await?;
    Ok(())
}

/// A pool of sqlx, with a SQL transaction.
async fn own_sqlx(infra: &Infrastructure) -> Result<(), Box<dyn Error>> {
    let pool = SqlitePool::connect_lazy("sqlite::memory:")?;
    let orders = infra.adopt(seawall_pool_sqlx::from_pool("sqlx", pool))?;
    let create = async |db: &mut SqliteConnection| sqlx::query(TABLE).execute(db).await;
    orders.lend().transaction(create).await?;
    let count = infra.protect("query")?.with(&orders, async |db: &mut SqliteConnection| {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM orders").fetch_one(db).await
    });
    println!("sqlx: {} orders", count.await?);
    Ok(())
}

/// A pool of bb8.
async fn own_bb8(infra: &Infrastructure) -> Result<(), Box<dyn Error>> {
    let pool = bb8::Pool::builder().max_size(4).build_unchecked(Files);
    let files = infra.adopt(seawall_pool_bb8::from_pool("bb8", pool))?;
    let answer = infra.protect("query")?.with(&files, async |file: &mut Connection| answer(file));
    println!("bb8: {}", answer.await?);
    Ok(())
}

/// A pool of r2d2, on this thread.
fn own_r2d2(infra: &Infrastructure) -> Result<(), Box<dyn Error>> {
    let pool = r2d2::Pool::builder().max_size(4).build_unchecked(Files);
    let files = infra.adopt(seawall_pool_r2d2::from_pool("r2d2", pool))?;
    println!("r2d2: {}", files.lend().with_blocking(|file: &mut Connection| answer(file))?);
    Ok(())
}

/// A pool of deadpool-postgres, whose server is not there.
async fn own_deadpool(infra: &Infrastructure) -> Result<(), Box<dyn Error>> {
    let nowhere = "host=127.0.0.1 port=1 user=app".parse()?;
    let manager = deadpool_postgres::Manager::new(nowhere, tokio_postgres::NoTls);
    let pool = deadpool_postgres::Pool::builder(manager).max_size(4).build()?;
    let orders = infra.adopt(seawall_pool_deadpool::from_pool("deadpool", &pool))?;
    let one = infra.protect("query")?.with(&orders, async |db| db.query_one("SELECT 1", &[]).await);
    let error = one.await.expect_err("there is no server");
    let refusal = error.refusal().expect("it never ran");
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    println!("deadpool: {refusal}");
    Ok(())
}

fn answer(file: &mut Connection) -> rusqlite::Result<i64> {
    file.query_row("SELECT 42", [], |row| row.get(0))
}
