use std::future::Future;

use seawall_core::pool::{Transact, TransactionOptions};
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr};
use sqlx_core::transaction::TransactionManager;

use crate::Sqlx;

impl<DB: Database> Transact<DB::Connection> for Sqlx<DB> {
    type Error = Error;

    async fn begin(
        &self,
        connection: &mut DB::Connection,
        options: &TransactionOptions,
    ) -> Result<(), Error> {
        let statement = statement(DB::NAME, options)?;
        let statement = statement.map(|statement| AssertSqlSafe(statement).into_sql_str());
        DB::TransactionManager::begin(connection, statement).await
    }

    fn commit(
        &self,
        connection: &mut DB::Connection,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        DB::TransactionManager::commit(connection)
    }

    fn rollback(
        &self,
        connection: &mut DB::Connection,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        DB::TransactionManager::rollback(connection)
    }
}

/// Returns the statement that begins a transaction with `options`, if it is not the usual one.
fn statement(database: &str, options: &TransactionOptions) -> Result<Option<String>, Error> {
    if *options == TransactionOptions::new() {
        return Ok(None);
    }
    if database == "PostgreSQL" {
        let isolation =
            options.isolation.map(|level| format!(" ISOLATION LEVEL {}", level.as_sql()));
        let access = if options.read_only { " READ ONLY" } else { "" };
        return Ok(Some(format!("BEGIN{}{access}", isolation.unwrap_or_default())));
    }
    match (database, options.isolation, options.read_only) {
        ("MySQL", None, true) => Ok(Some("START TRANSACTION READ ONLY".to_owned())),
        // Every transaction of SQLite is serializable.
        ("SQLite", Some(_), false) => Ok(None),
        _ => Err(Error::Configuration(
            format!("{database} cannot begin a transaction with these options").into(),
        )),
    }
}

#[cfg(test)]
mod tests;
