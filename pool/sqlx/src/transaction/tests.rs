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
