/// What a backend stores for one admission: two numbers whose meaning is up to the backend, such as
/// a generation, a probe flag or a time. It is plain data, so admitting a call does not allocate.
///
/// Exhaustive on purpose: a backend can store nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token(pub u64, pub u64);

impl Token {
    /// The token of a call that went past a backend without being admitted by it: see
    /// [`dry_run`](crate::dry_run). All ones, which no backend has: numbers do not come this far, and hashes
    /// hardly ever.
    pub const NOT_ENTERED: Self = Self(u64::MAX, u64::MAX);
}
