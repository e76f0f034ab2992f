use std::fmt;

use figment::value::{Dict, Empty, Num, Tag, Value};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::Lines;
use super::{Document, Unreadable};
use crate::config::key_path::KeyPath;
use crate::config::positions::Positions;
use crate::config::raw::quoted;

/// As deep as TOML goes.
const MAX_DEPTH: usize = 80;

pub(super) fn parse(text: &str) -> Result<Document, Unreadable> {
    let lines = Lines::of(text);
    let top: &RawValue = serde_json::from_str(text).map_err(|error| Unreadable::Syntax {
        message: not_json(&error),
        line: Some(error.line()),
        column: Some(error.column().max(1)),
    })?;
    let mut reading = Reading { text, lines, found: Positions::default() };
    match reading.value(top, &KeyPath::default(), 0)? {
        Value::Dict(_, dict) => Ok(Document { dict, lines: reading.found }),
        _ => Err(reading.lines.syntax("not an object", Some(0))),
    }
}

/// What is wrong, without the position, which is that within a part of the text.
fn not_json(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    format!("not JSON: {message}")
}

/// `serde_json` tells no positions, but borrows each value from the text, so that its place is known.
struct Reading<'t> {
    text: &'t str,
    lines: Lines<'t>,
    found: Positions<usize>,
}

impl<'t> Reading<'t> {
    fn value(
        &mut self,
        raw: &'t RawValue,
        path: &KeyPath,
        depth: usize,
    ) -> Result<Value, Unreadable> {
        let at = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        if depth > MAX_DEPTH {
            return Err(self.lines.syntax("nested too deep", Some(at)));
        }
        if !path.is_top() {
            self.found.insert(path.clone(), self.lines.line(at));
        }
        let wrong = |lines: &Lines<'_>, error| lines.syntax(not_json(&error), Some(at));
        match raw.get().as_bytes().first() {
            Some(b'{') => {
                let Members(members) = members(raw).map_err(|error| wrong(&self.lines, error))?;
                let mut dict = Dict::new();
                for (key, member) in members {
                    let value = self.value(member, &path.key(&*key), depth + 1)?;
                    if dict.contains_key(&key) {
                        let at = member.get().as_ptr().addr() - self.text.as_ptr().addr();
                        let message = format!("the key {} is there twice", quoted(&key));
                        return Err(self.lines.syntax(message, Some(at)));
                    }
                    dict.insert(key, value);
                }
                Ok(Value::from(dict))
            }
            Some(b'[') => {
                let elements: Vec<&'t RawValue> =
                    serde_json::from_str(raw.get()).map_err(|error| wrong(&self.lines, error))?;
                let read = |(index, element)| self.value(element, &path.index(index), depth + 1);
                let list: Result<Vec<_>, _> = elements.into_iter().enumerate().map(read).collect();
                list.map(Value::from)
            }
            Some(b'"') => serde_json::from_str::<String>(raw.get())
                .map(Value::from)
                .map_err(|error| wrong(&self.lines, error)),
            Some(b't') => Ok(Value::from(true)),
            Some(b'f') => Ok(Value::from(false)),
            Some(b'n') => Ok(NULL),
            _ => Ok(number(raw.get())),
        }
    }
}

const NULL: Value = Value::Empty(Tag::Default, Empty::None);

fn number(text: &str) -> Value {
    match text.parse::<i128>() {
        Ok(integer) => Value::from(Num::I128(integer)),
        Err(_) => text.parse::<f64>().map_or(NULL, Value::from),
    }
}

/// The members of an object in their order, those with equal keys too.
struct Members<'t>(Vec<(String, &'t RawValue)>);

fn members(raw: &RawValue) -> serde_json::Result<Members<'_>> {
    struct All;

    impl<'t> Visitor<'t> for All {
        type Value = Members<'t>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(Members(members))
        }
    }

    serde_json::Deserializer::from_str(raw.get()).deserialize_map(All)
}
