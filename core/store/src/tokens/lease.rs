use super::Rate;

/// What an instance asks of the script [`TOKENS`](super::TOKENS), beginning with nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// The rate of the limit, the same in all instances.
    pub rate: Rate,
    /// The most tokens to grant. With zero, nothing is granted.
    pub want: u64,
    /// The fewest tokens to grant: if fewer are there, none are granted.
    pub least: u64,
    /// The tokens that were asked of this instance since its last request that was answered.
    pub demand: u64,
    /// The instance's average of demand, made as the store makes that of all: it is multiplied by
    /// `1 − t / life` after a time `t`, at least zero, and `demand` is added. If this and the demand
    /// are zero, the instance gets all there is instead of its share.
    pub own: f64,
    /// A uniform random number from zero to below one, another for each request. It makes the rounding of
    /// shares fair, and the reply repeats it, so that it is not taken for that to another request.
    pub random: f64,
    /// The store's time in microseconds after which the request does nothing; zero for none.
    pub deadline: f64,
    /// True if instances of this limit use a share of the rate while the store is away, all or none
    /// of them.
    pub shares: bool,
    /// The instance, from 1 to below 2^53, if it asks for a share; zero if it does not. A request
    /// with one says that the instance does not use its share now.
    pub member: u64,
    /// The share that the instance was last given, if it could still use it.
    pub held: f64,
    /// Tokens that were used without the store, and are taken from what is there, or owed.
    pub debit: u64,
    /// What became of tokens of leases, each of which may be reported once. None of them may be used after
    /// this, whatever the answer.
    pub reports: Vec<LeaseReport>,
}

/// What became of tokens of one lease.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseReport {
    /// The [`window`](super::Granted::window) of the lease.
    pub window: f64,
    /// Unused tokens, which are given back.
    pub returned: u64,
    /// Tokens that calls have used: as many may flow in again before the lease has ended.
    pub spent: u64,
}

impl Lease {
    /// Creates a request that asks for nothing.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self {
            rate,
            want: 0,
            least: 0,
            demand: 0,
            own: 0.0,
            random: 0.0,
            deadline: 0.0,
            shares: false,
            member: 0,
            held: 0.0,
            debit: 0,
            reports: Vec::new(),
        }
    }

    /// Returns the arguments of the script.
    #[must_use]
    pub fn arguments(&self) -> Vec<f64> {
        let mut arguments = self.rate.numbers().to_vec();
        arguments.extend([self.want as f64, self.least as f64, self.demand as f64]);
        arguments.extend([self.own, self.random, self.deadline, f64::from(u8::from(self.shares))]);
        arguments.extend([self.member as f64, self.held, self.debit as f64]);
        let reports = self.reports.iter();
        arguments.extend(reports.flat_map(|r| [r.window, r.returned as f64, r.spent as f64]));
        arguments
    }
}
