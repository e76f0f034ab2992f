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

crate::__named! {
    /// Tells how a [`Reading`] changes.
    ///
    /// Exhaustive on purpose: exporters know these two.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum ReadingKind {
        /// Only goes up, from when the component was created.
        Counter = "counter",
        /// Goes up and down.
        Gauge = "gauge",
    }
}
