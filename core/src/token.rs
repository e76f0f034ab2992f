/// What a backend remembers of one admission: two numbers whose meaning is up to the backend, such
/// as a generation, a probe flag or a time. Plain data, so that admitting a call allocates nothing.
///
/// Exhaustive on purpose: it is all that a backend may remember.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token(pub u64, pub u64);
