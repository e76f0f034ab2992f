/// One number of a component's [`Status`](super::Status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The name, in snake case: `admitted`.
    pub name: &'static str,
    /// The value.
    pub value: u64,
    /// Counter or gauge.
    pub kind: ReadingKind,
    /// The unit in the form of UCUM, as OpenTelemetry has it: `ns`, or the thing that is counted in
    /// braces, such as `{call}`, `{token}`, `{key}` or `{connection}`. Fractions are in parts per million,
    /// `[ppm]`.
    pub unit: &'static str,
}

/// Tells how a [`Reading`] changes.
///
/// Exhaustive on purpose: exporters know these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadingKind {
    /// Only goes up, from when the component was created.
    Counter,
    /// Goes up and down.
    Gauge,
}

impl ReadingKind {
    /// Returns `counter` or `gauge`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}
