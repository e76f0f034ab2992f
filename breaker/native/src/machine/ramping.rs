use std::time::Duration;

use seawall_core::Tick;

use crate::options::Ramp;

/// How much of the traffic goes through while a circuit recovers. No chance in it: of all calls that
/// ask, an even share is let through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ramping {
    /// Parts of a million of a call that could have gone through and did not.
    credit: u64,
    /// When the last call went through, from which the floor counts.
    passed_at: Option<Tick>,
}

const CALL: u64 = 1_000_000;

impl Ramping {
    /// A call asks, so long after the ramp began.
    ///
    /// # Errors
    /// With the time until the floor lets one through, if it may not.
    pub(crate) fn ask(&mut self, ramp: &Ramp, since: Tick, now: Tick) -> Result<(), Duration> {
        let share = now.since(since).as_nanos() * u128::from(CALL) / ramp.over.as_nanos().max(1);
        self.credit += u64::try_from(share).unwrap_or(CALL).min(CALL);
        let floor = Duration::from_secs(1).checked_div(ramp.floor);
        let floor_at = floor.map(|floor| self.passed_at.map_or(Tick::ZERO, |last| last + floor));
        if self.credit >= CALL {
            self.credit -= CALL;
        } else if floor_at.is_some_and(|at| now >= at) {
            self.credit = 0;
        } else {
            let wait = floor_at.map_or(ramp.over, |at| at.since(now));
            return Err(wait.min((since + ramp.over).since(now)));
        }
        self.passed_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many of `calls` evenly spread over the ten seconds of the ramp go through.
    fn passed(calls: u64, floor: u32) -> usize {
        let (ramp, mut ramping) = (Ramp::new(10 * SECOND, floor), Ramping::default());
        let times = (0..calls).map(|call| Tick::from_millis(call * 10_000 / calls));
        times.filter(|now| ramping.ask(&ramp, Tick::ZERO, *now).is_ok()).count()
    }

    #[test]
    fn the_share_rises_evenly_so_half_goes_through_in_all() {
        assert!((490..=510).contains(&passed(1000, 0)), "{}", passed(1000, 0));
    }

    #[test]
    fn a_few_calls_go_through_in_any_case() {
        assert_eq!(passed(10, 1), 10, "a service with few calls is not held back");
        assert!(passed(10, 0) < 6);
    }
}
