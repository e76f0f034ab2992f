/// What decided for how long an open circuit stays open. New options change only a time that came from
/// options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum OpenReason {
    /// The options.
    #[default]
    Options,
    /// The service, which was overloaded and said when to retry.
    RetryAfter,
    /// A trip by manual control. The circuit is probed after it, and does not heal by itself.
    Manual,
}
