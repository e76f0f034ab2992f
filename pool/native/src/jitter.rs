use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

type Draw = Box<dyn FnMut() -> u64 + Send>;

/// A source of uniformly distributed numbers, used only when a resource is created and when a connect
/// has failed.
pub(crate) struct Jitter(Mutex<Draw>);

/// Resolution of a shortening.
const PARTS: u64 = 1_000_000;

impl Jitter {
    /// Draws different numbers in each pool and each process.
    pub(crate) fn random() -> Self {
        let (seed, mut drawn) = (RandomState::new(), 0_u64);
        Self(Mutex::new(Box::new(move || {
            drawn += 1;
            seed.hash_one(drawn)
        })))
    }

    /// Draws numbers from `draw` from now on.
    pub(crate) fn replace(&self, draw: impl FnMut() -> u64 + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(draw);
    }

    /// Shortens `time` by a random 0 to `percent` %.
    pub(crate) fn shorten(&self, time: Duration, percent: u8) -> Duration {
        let percent = u128::from(percent.min(100));
        if percent == 0 {
            return time;
        }
        let drawn = (self.0.lock().unwrap_or_else(PoisonError::into_inner))();
        let share = u128::from(drawn % (PARTS + 1));
        let less = time.as_nanos() / 100 * percent / u128::from(PARTS) * share;
        time.saturating_sub(Duration::from_nanos(u64::try_from(less).unwrap_or(u64::MAX)))
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
