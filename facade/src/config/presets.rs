use figment::value::{Dict, Tag, Value};

use super::merged::fresh_tag;
use super::provenance::{Known, Provenance};
use super::region::Region;
use super::{Reader, Word};

/// Values for the settings of a protection that are not set: `use = "http"` in `[protection.NAME]`.
///
/// Its own settings win over it, and so do `[defaults.protection]`. A protection that names no breaker gets one
/// of its own name with the preset's values, unless the settings have a breaker of that name. `use` in
/// `[breaker.NAME]` and `[pool.NAME]` has the values for these alone. A description shows each value with the
/// source `preset http`.
///
/// What is in a preset is a part of this crate's version, and the changelog has its changes. The values are in
/// `docs/settings.md`.
///
/// No preset says that calls may be repeated: a call says so itself, by
/// [`idempotent`](seawall_core::GuardedVia::idempotent), or an adapter that knows its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// For services that are called over HTTP.
    Http,
    /// For services that are called over gRPC.
    Grpc,
    /// For databases: nothing is attempted again.
    Database,
    /// For services of the same data centre, which answer within milliseconds.
    Internal,
}

/// Values by key, written as in an environment variable.
type Values = &'static [(&'static str, &'static str)];

impl Word for Preset {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("http", Self::Http),
        ("grpc", Self::Grpc),
        ("database", Self::Database),
        ("internal", Self::Internal),
    ];
}

/// A preset that has values for pools.
#[cfg(feature = "__pool")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolPreset;

#[cfg(feature = "__pool")]
impl Word for PoolPreset {
    const WORDS: &'static [(&'static str, Self)] = &[("database", Self)];
}

/// The key that names a preset.
pub(crate) const USE: &str = "use";

/// The tables that a preset has values for.
pub(crate) const TABLES: [&str; 3] = ["protection", "breaker", "pool"];

impl Preset {
    /// Returns the name in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, preset)| *preset == self).map_or("", |(name, _)| name)
    }

    /// Returns the values for tables of a kind.
    pub(crate) const fn values(self, table: &str) -> Values {
        match (self, table.as_bytes()) {
            (Self::Http, b"protection") => &[
                ("deadline", "10s"),
                ("timeout", "3s"),
                ("attempts", "2"),
                ("idempotent", "false"),
                ("backoff_base", "100ms"),
                ("backoff_max", "1s"),
                ("retry_after_max", "5s"),
            ],
            (Self::Grpc, b"protection") => &[
                ("deadline", "5s"),
                ("timeout", "p99.9 x 2 (100ms..2s)"),
                ("attempts", "2"),
                ("idempotent", "false"),
                ("backoff_base", "25ms"),
                ("backoff_max", "500ms"),
                ("retry_after_max", "2s"),
            ],
            (Self::Internal, b"protection") => &[
                ("deadline", "1s"),
                ("timeout", "p99.9 x 2 (50ms..450ms)"),
                ("attempts", "2"),
                ("idempotent", "false"),
                ("backoff_base", "10ms"),
                ("backoff_max", "200ms"),
                ("retry_after_max", "500ms"),
            ],
            (Self::Database, b"protection") => &[("deadline", "5s"), ("timeout", "2s")],
            (Self::Http | Self::Grpc, b"breaker") => &[
                ("failure_rate", "0.5"),
                ("minimum_calls", "20"),
                ("rate_window", "30s"),
                ("reset_after", "5s"),
                ("reset_max", "60s"),
                ("reset_jitter", "0.2"),
                ("ramp", "10s"),
            ],
            (Self::Internal, b"breaker") => &[
                ("failure_rate", "0.5"),
                ("minimum_calls", "20"),
                ("rate_window", "10s"),
                ("reset_after", "1s"),
                ("reset_max", "30s"),
                ("reset_jitter", "0.2"),
                ("ramp", "5s"),
            ],
            (Self::Database, b"breaker") => &[
                ("failures", "5"),
                ("window", "10s"),
                ("hung_calls", "5"),
                ("slow_call", "1s"),
                ("reset_after", "2s"),
                ("reset_max", "30s"),
                ("reset_jitter", "0.2"),
            ],
            (Self::Database, b"pool") => &[("checkout_timeout", "500ms")],
            _ => &[],
        }
    }

    /// Returns the preset that `table` names, if it is one.
    fn of(table: &Dict) -> Option<Self> {
        let name = table.get(USE)?.as_str()?.trim();
        Self::WORDS.iter().find(|(word, _)| *word == name).map(|(_, preset)| *preset)
    }
}

/// A setting in place of which a preset has no value for another one.
const INSTEAD: [(&str, &str); 1] = [("rate_calls", "rate_window")];

/// Adds a breaker to each protection that uses a preset and names no breaker.
pub(super) fn add_breakers(root: &mut Dict, tags: &Tags) {
    let Some(Value::Dict(_, protections)) = root.get_mut("protection") else { return };
    let mut added = Vec::new();
    for (name, protection) in protections {
        let Value::Dict(_, own) = protection else { continue };
        let Some(preset) = Preset::of(own).filter(|_| !own.contains_key("breaker")) else {
            continue;
        };
        own.insert("breaker".to_owned(), tags.value(preset, name));
        added.push((name.clone(), preset));
    }
    for (name, preset) in added {
        let breakers = root.entry("breaker".to_owned());
        let breakers = breakers.or_insert_with(|| Value::Dict(tags.of(preset), Dict::new()));
        if let Value::Dict(_, breakers) = breakers {
            let fresh = Dict::from([(USE.to_owned(), tags.value(preset, preset.as_str()))]);
            breakers.entry(name).or_insert_with(|| Value::Dict(tags.of(preset), fresh));
        }
    }
}

/// Puts the values of presets under the tables that name one.
pub(super) fn fill(root: &mut Dict, tags: &Tags) {
    for kind in TABLES {
        let Some(Value::Dict(_, tables)) = root.get_mut(kind) else { continue };
        for table in tables.values_mut() {
            if let Value::Dict(_, own) = table {
                fill_one(own, kind, tags);
            }
        }
    }
}

/// Puts the values of a preset under a table of this kind, if it names one.
pub(super) fn fill_one(own: &mut Dict, kind: &str, tags: &Tags) {
    let Some(preset) = Preset::of(own) else { return };
    for (key, value) in preset.values(kind) {
        let instead = INSTEAD.iter().any(|(set, of)| of == key && own.contains_key(*set));
        if !instead && !own.contains_key(*key) {
            own.insert((*key).to_owned(), tags.value(preset, value));
        }
    }
}

impl Reader {
    /// Returns settings with a protection that has the values of `preset` alone.
    pub(crate) fn of_preset(preset: Preset) -> Self {
        let mut provenance = Provenance::default();
        let tags = Tags::new(&mut provenance);
        let dict = |key: &str, value| Dict::from([(key.to_owned(), value)]);
        let table = dict(USE, tags.value(preset, preset.as_str()));
        let tables = dict(preset.as_str(), Value::Dict(tags.of(preset), table));
        let mut root = dict(TABLES[0], Value::Dict(tags.of(preset), tables));
        fill(&mut root, &tags);
        Self::new(root, provenance, Vec::new())
    }
}

/// The tags of the presets' values.
pub(super) struct Tags(Vec<(Preset, Tag)>);

impl Tags {
    /// Makes a tag for each preset, which `provenance` knows from now on.
    pub(super) fn new(provenance: &mut Provenance) -> Self {
        let tags = Preset::WORDS.iter().map(|(name, preset)| {
            let tag = fresh_tag();
            provenance.add(Some(tag), Region::default(), Known::Preset(name));
            (*preset, tag)
        });
        Self(tags.collect())
    }

    fn of(&self, preset: Preset) -> Tag {
        let tag = self.0.iter().find(|(other, _)| *other == preset).map(|(_, tag)| *tag);
        tag.unwrap_or_default()
    }

    fn value(&self, preset: Preset, text: &str) -> Value {
        Value::String(self.of(preset), text.to_owned())
    }
}
