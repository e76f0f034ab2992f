/// Who said for how long an open circuit stays open: new options change only what options said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SaidBy {
    /// The options.
    #[default]
    Options,
    /// What was called, as it was overloaded.
    Called,
    /// Somebody, who tripped it: it is probed after that, and does not heal by itself.
    Hand,
}
