use figment::value::Value;
use seawall_core::{Encoded, KeyParts, KeySink, WholeKeySink};
use serde_json::Value as Json;

use crate::config::raw::{Raw, integer};
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// A key as it is written in settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenKey(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(i128),
    Flag(bool),
}

impl Parse for WrittenKey {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let parts = raw.each(part)?;
        if parts.is_empty() {
            return Err(Diagnostic::new("the list is empty").into());
        }
        Ok(Self(parts))
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        self.0.iter().map(Part::plain).collect()
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
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a key has a part")]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

impl Part {
    fn plain(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Number(number) => match i64::try_from(*number) {
                Ok(number) => Json::from(number),
                Err(_) => Json::from(number.to_string()),
            },
            Self::Flag(flag) => Json::from(*flag),
        }
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
