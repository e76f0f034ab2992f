use figment::value::Value;
use seawall_core::{Encoded, KeyParts, KeySink, WholeKeySink};

use crate::config::raw::{Raw, integer};
use crate::config::{Diagnostic, Section, Setting};

/// A key as it is written in settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenKey(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(i128),
    Flag(bool),
}

impl<'r> Section<'r> {
    /// Reads a key: a text, a number, a flag, or a list of these, as code has a tuple.
    pub(crate) fn key<'s>(&'s self, name: &'s str) -> Setting<'s, WrittenKey> {
        self.read_each(name, r#"a text, a number, or a list of these, like ["acme", 7]"#, part)
            .check(|parts| match parts.len() {
                0 => Err(Diagnostic::new("the list is empty")),
                _ => Ok(WrittenKey(parts)),
            })
    }
}

fn part(raw: &Raw<'_>) -> Result<Part, Diagnostic> {
    if raw.from_environment {
        return Err(Diagnostic::new("a variable does not tell whether 7 is a number or a text")
            .expected("it in a file"));
    }
    match &*raw.value {
        Value::String(_, text) => Ok(Part::Text(text.clone())),
        Value::Bool(_, flag) => Ok(Part::Flag(*flag)),
        Value::Num(_, number) => {
            integer(*number).map(Part::Number).ok_or_else(|| raw.is_not("a whole number"))
        }
        _ => Err(raw.is_not("part of a key")),
    }
}

impl WrittenKey {
    /// Returns the number of its parts.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}

impl KeyParts for WrittenKey {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        self.0.encode(sink)
    }

    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        self.0.encode_key(sink)
    }
}

impl KeyParts for Part {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        match self {
            Self::Text(text) => text.encode(sink),
            Self::Number(number) => number.encode(sink),
            Self::Flag(flag) => flag.encode(sink),
        }
    }
}
