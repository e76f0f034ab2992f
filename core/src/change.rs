/// A component went from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The state it left.
    pub from: &'static str,
    /// The state it is in now.
    pub to: &'static str,
    /// What made it change, in a few words.
    pub cause: &'static str,
}
