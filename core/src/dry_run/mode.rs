use std::sync::atomic::{AtomicU32, Ordering};

/// What is done with the refusals of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// The layer refuses calls.
    Enforce,
    /// The layer refuses calls of this share of the keys, and observes the others: see [`Mode::share`].
    Share(Share),
    /// The layer is asked and learns how calls end, but refuses none and makes none wait.
    Observe,
    /// The layer is not asked.
    Off,
}

/// A share of calls, in millionths. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// A share that is not between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a share of the calls must be between 0 and 1, not {0}")]
pub struct InvalidShare(f64);

const ALL: u32 = 1_000_000;
const OFF: u32 = u32::MAX;

impl Mode {
    /// Enforces the layer for a share of the keys, between 0 and 1. Which keys these are depends on the key
    /// and the layer's kind and name: they are the same in each process and after each start, others for
    /// another layer, and a larger share has them all and more. Calls without a key are chosen at random.
    ///
    /// # Errors
    /// If the share is not between 0 and 1.
    pub fn share(share: f64) -> Result<Self, InvalidShare> {
        Share::new(share).map(Self::Share)
    }

    /// Returns the share of calls that the layer may refuse, in millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        match self {
            Self::Enforce => ALL,
            Self::Share(Share(millionths)) => millionths,
            Self::Observe | Self::Off => 0,
        }
    }
}

impl Share {
    /// Creates a share, to the nearest millionth.
    ///
    /// # Errors
    /// If it is not between 0 and 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a million"
    )]
    pub fn new(share: f64) -> Result<Self, InvalidShare> {
        match (0.0..=1.0).contains(&share) {
            true => Ok(Self((share * f64::from(ALL)).round() as u32)),
            false => Err(InvalidShare(share)),
        }
    }

    /// Returns the share, between 0 and 1.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / f64::from(ALL)
    }

    /// Returns true if the share includes `random`, an evenly distributed number.
    pub(crate) const fn includes(self, random: u64) -> bool {
        ((random as u128 * ALL as u128) >> 64) < self.0 as u128
    }
}

/// A [`Mode`] that changes while calls read it.
pub(super) struct AtomicMode(AtomicU32);

impl AtomicMode {
    pub(super) const fn new(mode: Mode) -> Self {
        Self(AtomicU32::new(number(mode)))
    }

    pub(super) fn set(&self, mode: Mode) {
        self.0.store(number(mode), Ordering::Release);
    }

    #[inline]
    pub(super) fn get(&self) -> Mode {
        match self.0.load(Ordering::Acquire) {
            0 => Mode::Observe,
            ALL => Mode::Enforce,
            OFF => Mode::Off,
            share => Mode::Share(Share(share)),
        }
    }
}

/// A share of nothing observes, and one of all enforces.
const fn number(mode: Mode) -> u32 {
    match mode {
        Mode::Off => OFF,
        mode => mode.millionths(),
    }
}
