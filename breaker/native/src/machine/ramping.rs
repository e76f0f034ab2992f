use std::time::Duration;

use seawall_core::Tick;

use crate::options::Ramp;

/// The share of calls that a recovering circuit admits: an even one, without chance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ramping {
    /// Millionths of a call that could have been admitted and were not.
    credit: u64,
    /// When the last call was admitted, from which the floor counts.
    admitted_at: Option<Tick>,
}

const CALL: u64 = 1_000_000;

impl Ramping {
    /// Answers a call on a ramp that began at `since`.
    ///
    /// # Errors
    /// Returns the time until a retry is admitted, if it is refused.
    pub(super) fn ask(&mut self, ramp: &Ramp, since: Tick, now: Tick) -> Result<(), Duration> {
        let share = now.since(since).as_nanos() * u128::from(CALL) / ramp.over.as_nanos().max(1);
        self.credit += u64::try_from(share).unwrap_or(CALL).min(CALL);
        let floor = Duration::from_secs(1).checked_div(ramp.floor);
        let floor_at = floor.map(|floor| self.admitted_at.map_or(Tick::ZERO, |last| last + floor));
        if self.credit >= CALL {
            self.credit -= CALL;
        } else if floor_at.is_some_and(|at| now >= at) {
            self.credit = 0;
        } else {
            let wait = floor_at.map_or(ramp.over, |at| at.since(now));
            return Err(wait.min((since + ramp.over).since(now)));
        }
        self.admitted_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns the number of admitted calls, of `calls` that are evenly spread over a ramp of 10 s.
    fn admitted(calls: u64, floor: u32) -> usize {
        let (ramp, mut ramping) = (Ramp::new(10 * SECOND, floor), Ramping::default());
        let times = (0..calls).map(|call| Tick::from_millis(call * 10_000 / calls));
        times.filter(|now| ramping.ask(&ramp, Tick::ZERO, *now).is_ok()).count()
    }

    #[test]
    fn the_share_rises_evenly_so_that_half_of_all_calls_are_admitted() {
        assert!((490..=510).contains(&admitted(1000, 0)), "{}", admitted(1000, 0));
    }

    #[test]
    fn a_few_calls_are_admitted_in_any_case() {
        assert_eq!(admitted(10, 1), 10, "a service with few calls is not held back");
        assert!(admitted(10, 0) < 6);
    }
}
