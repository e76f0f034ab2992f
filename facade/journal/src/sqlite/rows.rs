use rusqlite::types::{Type, Value as SqlValue};
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params, params_from_iter};
use serde_json::{Map, Value};

use crate::{Page, Query, Record};

const COLUMNS: &str =
    "number, at_ns, topic, component, name, protection, namespace, key_hash, detail";

/// Inserts records, and returns the number of the last one.
pub(super) fn insert(connection: &Connection, records: &[Record]) -> Result<u64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO events (at_ns, topic, component, name, protection, namespace, key_hash, detail) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for record in records {
        statement.execute(params![
            signed(record.at_ns),
            record.topic,
            record.component,
            record.name,
            record.protection,
            record.namespace,
            record.key_hash,
            Value::Object(record.detail.clone()).to_string(),
        ])?;
    }
    last_number(connection)
}

pub(super) fn last_number(connection: &Connection) -> Result<u64> {
    let last = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
    Ok(connection.query_row(last, [], |row| natural(row, 0)).optional()?.unwrap_or(0))
}

pub(super) fn get(connection: &Connection, number: u64) -> Result<Option<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE number = ?1");
    connection.prepare_cached(&sql)?.query_row([signed(number)], read).optional()
}

pub(super) fn query(connection: &Connection, query: &Query) -> Result<Page> {
    let mut conditions = vec!["TRUE".to_owned()];
    let mut values: Vec<SqlValue> = Vec::new();
    let mut add = |condition: &str, value: Option<SqlValue>| {
        if let Some(value) = value {
            values.push(value);
            conditions.push(condition.replace('?', &format!("?{}", values.len())));
        }
    };
    let number = |number: Option<u64>| number.map(|number| SqlValue::Integer(signed(number)));
    let text = |text: &Option<String>| text.clone().map(SqlValue::Text);
    let after = if query.latest_first { "number < ?" } else { "number > ?" };
    add(after, number(query.after));
    add("at_ns >= ?", number(query.since_ns));
    add("at_ns < ?", number(query.until_ns));
    // A name of an event matches whole or by its last part.
    add("(topic = ? OR substr(topic, -length(?) - 1) = '.' || ?)", text(&query.topic));
    add("component = ?", text(&query.component));
    add("name = ?", text(&query.name));
    add("protection = ?", text(&query.protection));
    add("key_hash = ?", text(&query.key_hash));
    let (order, size) = (if query.latest_first { "DESC" } else { "ASC" }, query.page_size());
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE {} ORDER BY number {order} LIMIT {}",
        conditions.join(" AND "),
        size + 1
    );
    let mut statement = connection.prepare(&sql)?;
    let records = statement.query_map(params_from_iter(values), read)?;
    let mut records = records.collect::<Result<Vec<_>>>()?;
    let has_more = records.len() > size;
    records.truncate(size);
    let next = records.last().filter(|_| has_more).map(|record| record.number);
    Ok(Page { records, next })
}

/// Converts to what SQLite has: no number that is stored is larger.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a number that cannot be negative.
pub(super) fn natural(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_negative| Error::IntegralValueOutOfRange(column, number))
}

fn read(row: &Row<'_>) -> Result<Record> {
    let detail: String = row.get(8)?;
    let torn = |error| Error::FromSqlConversionFailure(8, Type::Text, Box::new(error));
    let detail: Map<String, Value> = serde_json::from_str(&detail).map_err(torn)?;
    Ok(Record {
        number: natural(row, 0)?,
        at_ns: natural(row, 1)?,
        topic: row.get(2)?,
        component: row.get(3)?,
        name: row.get(4)?,
        protection: row.get(5)?,
        namespace: row.get(6)?,
        key_hash: row.get(7)?,
        detail,
    })
}
