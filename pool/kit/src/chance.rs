use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where chance comes from: numbers spread evenly over all there are. Asked only when a resource is
/// made and when an attempt to make one has failed.
pub(crate) struct Chance(Mutex<Box<dyn FnMut() -> u64 + Send>>);

/// Of so many parts, chance may take away any number.
const PARTS: u64 = 1_000_000;

impl Chance {
    /// Other numbers in each pool and each process.
    pub(crate) fn random() -> Self {
        let (seed, mut drawn) = (RandomState::new(), 0_u64);
        Self::of(move || {
            drawn += 1;
            seed.hash_one(drawn)
        })
    }

    /// What `draw` draws.
    pub(crate) fn of(draw: impl FnMut() -> u64 + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(draw)))
    }

    /// From now on, what `draw` draws.
    pub(crate) fn replace(&self, draw: impl FnMut() -> u64 + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(draw);
    }

    /// `time`, shorter by up to so many percent.
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
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn it_takes_away_between_nothing_and_so_many_percent() {
        assert_eq!(Chance::of(|| 0).shorten(MINUTE, 10), MINUTE);
        assert_eq!(Chance::of(|| PARTS).shorten(MINUTE, 10), Duration::from_secs(54));
        assert_eq!(Chance::of(|| PARTS / 2).shorten(MINUTE, 10), Duration::from_secs(57));
        assert_eq!(Chance::of(|| PARTS).shorten(MINUTE, 200), Duration::ZERO);
        let never_asked = Chance::of(|| unreachable!("there is no jitter"));
        assert_eq!(never_asked.shorten(MINUTE, 0), MINUTE);
    }

    #[test]
    fn random_chance_stays_within_and_varies() {
        let chance = Chance::random();
        let times = [(); 100].map(|()| chance.shorten(MINUTE, 50));
        assert!(times.iter().all(|time| (MINUTE / 2..=MINUTE).contains(time)), "{times:?}");
        assert!(times.iter().any(|time| *time != times[0]));
    }
}
