use serde_json::Value;

use crate::{JournalError, Record};

/// The depth and the size in bytes of a record's detail. What is nested deeper could not be read again.
const MAX_DEPTH: usize = 100;
const MAX_BYTES: usize = 16 << 20;

/// Refuses a record that could be stored but not read again, or that is much larger than any event.
pub(super) fn check(record: &Record) -> Result<(), JournalError> {
    let wrong = |about: String| {
        Err(JournalError::invalid(format!("a record of {:?} {about}", record.topic)))
    };
    let mut bytes = [&record.topic, &record.component, &record.name].map(String::len).iter().sum();
    for value in record.detail.values() {
        if !add(value, MAX_DEPTH, &mut bytes) {
            return wrong(format!("is nested deeper than {MAX_DEPTH}"));
        }
    }
    if bytes > MAX_BYTES {
        return wrong(format!("has {bytes} bytes, more than {MAX_BYTES}"));
    }
    Ok(())
}

/// Adds the size of a value. Returns false if it is nested deeper than `depth`.
fn add(value: &Value, depth: usize, bytes: &mut usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(values) => values.iter().all(|value| add(value, depth - 1, bytes)),
        Value::Object(values) => values.iter().all(|(name, value)| {
            *bytes += name.len();
            add(value, depth - 1, bytes)
        }),
        Value::String(text) => {
            *bytes += text.len();
            true
        }
        _ => {
            *bytes += 8;
            true
        }
    }
}
