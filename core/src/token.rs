/// What a backend remembers of one admission: two numbers that mean what the backend likes, such
/// as a generation, a probe flag or a time. Plain data, so that admitting a call allocates nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token(pub u64, pub u64);
