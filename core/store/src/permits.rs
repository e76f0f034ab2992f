//! Permits to run calls at the same time, which instances hold on leases from a store.
//!
//! All instances together never hold more than the maximum by leases that are valid. The permits of an
//! instance that is gone are free when its lease is over.

use std::time::Duration;

use crate::Script;
use crate::number::count;

mod model;

/// Lets an instance hold permits for the life of a lease.
pub static PERMITS: Script =
    Script { name: "permits", lua: include_str!("permits/permits.lua"), model: model::apply };

/// What an instance asks of the script [`PERMITS`].
///
/// It replaces what the instance holds. Before it is sent, the instance makes sure that it uses no more than
/// the larger of `used` and `want` until the reply, since the rest may be another's from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The maximum of all instances together, the same in all of them.
    pub most: u32,
    /// How long the permits are held if no further request renews them, the same in all instances.
    pub life: Duration,
    /// The instance, from 1 to below 2^53.
    pub member: u64,
    /// The number of the request, larger than that of each before. One that arrives late does nothing.
    pub number: u64,
    /// The permits that the instance holds by a lease that is valid, and goes on to use until the reply.
    pub held: u32,
    /// The permits that calls use now; more than `held` if a lease was over before they ended.
    pub used: u32,
    /// The permits to hold from now on.
    pub want: u32,
    /// The store's time in microseconds after which the request does nothing; zero for none.
    pub deadline: u64,
}

/// The answer to a [`Hold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The permits that the instance holds until the life of the lease is over, counted from before it was
    /// asked for; `None` if the request came too late and did nothing.
    pub granted: Option<u32>,
    /// The permits that are left.
    pub free: u32,
    /// What each instance that wants permits would hold if all held the same.
    pub fair: u32,
    /// True if another instance wants more than it holds, and holds less than that.
    pub others_wait: bool,
    /// The store's time in microseconds.
    pub now: u64,
}

impl Hold {
    /// Returns the arguments of the script.
    #[must_use]
    pub fn arguments(&self) -> [f64; 8] {
        let life = self.life.as_micros() as f64;
        let (held, used, want) = (self.held.into(), self.used.into(), self.want.into());
        let (member, number) = (self.member as f64, self.number as f64);
        [self.most.into(), life, member, number, held, used, want, self.deadline as f64]
    }
}

impl Held {
    /// Reads the script's reply to `hold`; `None` if it cannot be one, or is that to another request.
    #[must_use]
    pub fn read(reply: &[f64], hold: &Hold) -> Option<Self> {
        let &[status, now, granted, free, fair, others_wait, member, asked] = reply else {
            return None;
        };
        let number = |n| count(n).and_then(|n| u32::try_from(n).ok());
        let (granted, free, fair) = (number(granted)?, number(free)?, number(fair)?);
        let done = match status {
            0.0 => true,
            1.0 | 2.0 => false,
            _ => return None,
        };
        let is_of_another = member != hold.member as f64 || asked != hold.number as f64;
        if is_of_another || granted > hold.want.max(hold.used) {
            return None;
        }
        let others_wait = others_wait == 1.0;
        Some(Self { granted: done.then_some(granted), free, fair, others_wait, now: count(now)? })
    }
}
