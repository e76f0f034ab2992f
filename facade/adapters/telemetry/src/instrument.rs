/// One row of the table of instruments: everything that exporters, documentation and tests have to know
/// of it.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub struct Instrument {
    /// The name, with dots: `seawall.calls`.
    pub name: &'static str,
    /// How its values are put together.
    pub kind: Kind,
    /// The unit in UCUM: `s`, `1` for a ratio, or what is counted in braces.
    pub unit: &'static str,
    /// The attributes that its series may have.
    pub attributes: &'static [&'static str],
    /// What it says, in a sentence.
    pub about: &'static str,
    /// The upper bounds of its buckets, of a histogram.
    pub bounds: &'static [f64],
}

/// How the values of an [`Instrument`] are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down, and can be summed over its series.
    UpDownCounter,
    /// Goes up and down, and has no meaningful sum.
    Gauge,
    /// A distribution.
    Histogram,
}

impl Kind {
    /// Returns the name that documentation has.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl Instrument {
    /// Returns the name under which Prometheus has it, by OpenTelemetry's rules: dots become underscores,
    /// seconds, ratios and counters get a suffix. A histogram has `_bucket`, `_sum` and `_count` after it.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let name = self.name.replace('.', "_");
        match (self.unit, self.kind) {
            ("s", _) => name + "_seconds",
            ("1", _) => name + "_ratio",
            (_, Kind::Counter) => name + "_total",
            _ => name,
        }
    }

    /// Returns true if series of it can be added up.
    #[must_use]
    pub const fn is_sum(&self) -> bool {
        matches!(self.kind, Kind::Counter | Kind::UpDownCounter)
    }
}
