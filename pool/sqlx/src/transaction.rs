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
mod tests {
    use seawall_core::pool::Isolation;

    use super::*;

    #[test]
    fn options_become_a_statement_or_an_error() {
        let begun = |database, options| statement(database, &options).map_err(|e| e.to_string());
        let plain = TransactionOptions::new();
        let strict = plain.with_isolation(Isolation::Serializable);
        assert_eq!(begun("PostgreSQL", plain), Ok(None));
        let expected = "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY".to_owned();
        assert_eq!(begun("PostgreSQL", strict.read_only()), Ok(Some(expected)));
        let expected = "START TRANSACTION READ ONLY".to_owned();
        assert_eq!(begun("MySQL", plain.read_only()), Ok(Some(expected)));
        assert_eq!(begun("SQLite", strict), Ok(None));
        for refused in [begun("SQLite", plain.read_only()), begun("MySQL", strict)] {
            assert!(refused.is_err_and(|why| why.contains("cannot begin a transaction")));
        }
    }
}
