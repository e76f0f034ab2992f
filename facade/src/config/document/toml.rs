use figment::value::{Dict, Empty, Num, Tag, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::lines::Lines;
use super::{Document, Unreadable};
use crate::config::key_path::KeyPath;
use crate::config::positions::Positions;

pub(super) fn parse(text: &str) -> Result<Document, Unreadable> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        lines.syntax(format!("not TOML: {}", error.message()), at)
    })?;
    let mut reading = Reading { lines, found: Positions::default() };
    let dict = reading.dict(table.get_ref(), &KeyPath::default());
    Ok(Document { dict, lines: reading.found })
}

struct Reading<'t> {
    lines: Lines<'t>,
    found: Positions<usize>,
}

impl Reading<'_> {
    fn dict(&mut self, table: &DeTable<'_>, path: &KeyPath) -> Dict {
        let mut dict = Dict::new();
        for (key, value) in table {
            let path = path.key(key.get_ref().as_ref());
            self.found.insert(path.clone(), self.lines.line(key.span().start));
            dict.insert(key.get_ref().to_string(), self.value(value.get_ref(), &path));
        }
        dict
    }

    fn list(&mut self, elements: &[Spanned<DeValue<'_>>], path: &KeyPath) -> Value {
        let mut list = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let path = path.index(index);
            self.found.insert(path.clone(), self.lines.line(element.span().start));
            list.push(self.value(element.get_ref(), &path));
        }
        Value::from(list)
    }

    fn value(&mut self, value: &DeValue<'_>, path: &KeyPath) -> Value {
        match value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Integer(number) => integer(number),
            DeValue::Float(number) => number.as_str().parse::<f64>().map_or(NULL, Value::from),
            DeValue::Boolean(flag) => Value::from(*flag),
            // No setting is a date. This is what `Raw` calls one.
            DeValue::Datetime(_) => Value::Empty(Tag::Default, Empty::Unit),
            DeValue::Array(list) => self.list(list, path),
            DeValue::Table(table) => Value::from(self.dict(table, path)),
        }
    }
}

/// Of what the parser lets pass and Rust does not, which is nothing so far.
const NULL: Value = Value::Empty(Tag::Default, Empty::None);

fn integer(number: &DeInteger<'_>) -> Value {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(integer) => Value::from(Num::I128(integer)),
        // Larger than any setting: what it is exactly does not matter.
        Err(_) => number.as_str().parse::<f64>().map_or(NULL, Value::from),
    }
}
