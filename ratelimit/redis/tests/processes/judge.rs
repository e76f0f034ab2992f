//! What came of a run.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use seawall_ratelimit_redis::Away;

use crate::bound::{self, Admitted};
use crate::clock::nanos;
use crate::fault::Fault;
use crate::limits::{LIMITS, Limit};
use crate::records::Records;

/// The time after the answer of the store in which the limits are given out again.
pub(crate) const RECOVERY: Duration = Duration::from_secs(2);
/// The length of the times for which calls are counted, and of the steps between them.
pub(crate) const SLICE: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(20);
/// The time after which a process that does not reach the store uses its share.
const ALONE: Duration = Duration::from_millis(1600);

/// A fault: when it began, and when the store answered again. All times are in nanoseconds.
pub(crate) struct Strike {
    pub(crate) from: u64,
    pub(crate) answered: u64,
    /// True if each process counted the store as away meanwhile.
    pub(crate) is_noticed: bool,
}

/// A run that has ended.
pub(crate) struct Run {
    pub(crate) fault: Fault,
    pub(crate) time: Range<u64>,
    pub(crate) strikes: Vec<Strike>,
    pub(crate) records: Vec<Records>,
    pub(crate) stalls: Vec<(u64, u64)>,
}

/// What came of a run that kept the bound.
pub(crate) struct Report {
    pub(crate) text: String,
    /// Why its times say nothing.
    pub(crate) spoilt: Option<String>,
}

impl Run {
    /// Judges all limits.
    ///
    /// # Errors
    /// With what is wrong. What the machine may have spoilt is in the report.
    pub(crate) fn judge(&self) -> Result<Report, String> {
        let mut report = Report { text: String::new(), spoilt: None };
        for limit in &LIMITS {
            let of = |why| format!("{}: {why}", limit.name);
            let mut calls = self.calls(limit);
            bound::check(&mut calls, limit.per_second.into(), limit.burst.into()).map_err(of)?;
            let seconds = Duration::from_nanos(self.time.end - self.time.start).as_secs_f64();
            let most = f64::from(limit.burst) + f64::from(limit.per_second) * seconds;
            let part = 100.0 * calls.len() as f64 / most;
            let mut text = format!("{:?}, {}: {part:.0} % of the bound", self.fault, limit.name);
            for strike in &self.strikes {
                match self.recovered(limit, strike, &calls) {
                    Ok(recovered) => write!(text, ", {recovered}").expect("a text"),
                    Err(why) => report.spoilt = Some(self.spoilt(strike, of(why))?),
                }
            }
            writeln!(report.text, "{text}").expect("a text");
        }
        Ok(report)
    }

    fn calls(&self, limit: &Limit) -> Vec<Admitted> {
        let all = self.records.iter().flat_map(|records| &records.admitted);
        all.filter(|(name, _)| name == limit.name).map(|(_, call)| *call).collect()
    }

    /// Says how the machine may be the reason of `why`.
    ///
    /// # Errors
    /// With `why` if it is not.
    fn spoilt(&self, strike: &Strike, why: String) -> Result<String, String> {
        let watched = strike.from..strike.answered + nanos(RECOVERY + SLICE);
        let mut stalls = self.stalls.iter();
        let stall = stalls.find(|(from, to)| *to > watched.start && *from < watched.end);
        let Some((from, to)) = stall else { return Err(why) };
        Ok(format!("{why}; a process did not run for {:?}", Duration::from_nanos(to - from)))
    }

    /// Says what processes did meanwhile, and after which time the limit was given out again: each process
    /// counts the store as back, and at least a quarter of what flows in is given out.
    fn recovered(
        &self,
        limit: &Limit,
        strike: &Strike,
        calls: &[Admitted],
    ) -> Result<String, String> {
        let (answered, by) = (strike.answered, strike.answered + nanos(RECOVERY));
        let mut back = answered;
        if strike.is_noticed {
            for records in &self.records {
                let away = records.last_away(limit.name, answered).unwrap_or(0);
                let found = records.first_back(limit.name, away).unwrap_or(u64::MAX);
                if found < strike.from {
                    return Err("a process did not notice the outage".to_owned());
                }
                if found > by {
                    return Err("a process did not find the store in time".to_owned());
                }
                back = back.max(found);
            }
        }
        let alone = count(calls, strike.from + nanos(ALONE)..answered);
        let shares = limit.away == Away::LocalShare && self.fault.is_of_one_server();
        if shares && strike.is_noticed && alone == 0 {
            return Err("no process used its share".to_owned());
        }
        let enough = limit.per_second as usize * SLICE.subsec_millis() as usize / 4000;
        let mut times = (back..=by).step_by(usize::try_from(nanos(STEP)).expect("small"));
        let again = times.find(|from| count(calls, *from..from + nanos(SLICE)) > enough);
        let Some(again) = again else { return Err("hardly any calls afterwards".to_owned()) };
        let time = Duration::from_nanos(again - answered).as_millis();
        Ok(format!("{alone} calls meanwhile, recovered after {time} ms"))
    }
}

/// Returns the number of calls that were admitted in that time.
fn count(calls: &[Admitted], time: Range<u64>) -> usize {
    calls.iter().filter(|call| time.contains(&call.at)).count()
}
