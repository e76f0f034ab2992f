//! Operations on doubles that are the same in Lua, bit for bit.

/// As Lua's `math.max`, which of two equal values returns the first: it may be the zero with the other sign.
pub(crate) fn max(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// As Lua's `math.min`.
pub(crate) fn min(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// Returns how often `b` fits into `a`, which is not negative. Exact.
pub(crate) fn whole(a: f64, b: f64) -> f64 {
    (a - a % b) / b
}

/// Returns the whole number that `n` is; `None` if it is none that a double holds exactly.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
pub(crate) fn count(n: f64) -> Option<u64> {
    let whole = n >= 0.0 && n < (1_u64 << 53) as f64 && n.fract() == 0.0;
    whole.then_some(n as u64)
}
