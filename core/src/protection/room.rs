use super::MAX_DEPTH;
use crate::Token;

/// Room for the tokens of a [`Stack`](super::Stack). Most have few layers, and clearing room for eight
/// tokens costs more than using it.
// Not `Copy`, so that a clone copies only what it has.
#[derive(Clone, Debug)]
pub enum Room {
    /// Of at most three layers.
    Few([Token; FEW]),
    /// Of more.
    Many([Token; MAX_DEPTH]),
}

const FEW: usize = 3;

impl Room {
    #[inline(always)]
    pub(super) fn new(depth: usize) -> Self {
        match depth {
            ..=FEW => Self::Few(Default::default()),
            _ => Self::Many(Default::default()),
        }
    }
}

impl AsRef<[Token]> for Room {
    #[inline(always)]
    fn as_ref(&self) -> &[Token] {
        match self {
            Self::Few(tokens) => tokens,
            Self::Many(tokens) => tokens,
        }
    }
}

impl AsMut<[Token]> for Room {
    #[inline(always)]
    fn as_mut(&mut self) -> &mut [Token] {
        match self {
            Self::Few(tokens) => tokens,
            Self::Many(tokens) => tokens,
        }
    }
}
