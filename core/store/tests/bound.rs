//! In every window of time, all instances together use at most the burst and what flows in: whatever they
//! ask for, whatever is lost, and while the store is away.

use std::time::Duration;

use proptest::prelude::*;
use seawall_store::Moment;
use seawall_store::tokens::{Lease, LeaseReply, LeaseReport, Rate, TOKENS, share};

/// The rule by which everything that was used is counted: a bucket that begins full.
struct Reference {
    per: f64,
    unit: f64,
    full: f64,
    level: f64,
    last: f64,
}

impl Reference {
    fn take(&mut self, now: f64, tokens: f64) -> Result<(), TestCaseError> {
        self.level = self.full.min(self.level + self.per * (now - self.last)) - tokens * self.unit;
        self.last = now;
        prop_assert!(self.level >= 0.0, "{} tokens too many at {now}", -self.level / self.unit);
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
struct Instance {
    leases: Vec<Held>,
    own: f64,
    asked: f64,
    /// The share that it was last given, and when it had asked for that.
    share: f64,
    confirmed: f64,
    /// When it last asked, whether it was answered or not.
    sent: f64,
    /// When it last used its share.
    alone: f64,
}

/// A lease of an instance.
#[derive(Clone, Debug)]
struct Held {
    tokens: u64,
    /// Tokens that were used and not reported.
    spent: u64,
    window: f64,
    end: f64,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u64),
    Ask {
        instance: usize,
        want: u64,
        least: u64,
        random: f64,
        /// Whether it reports what it has spent.
        reports: bool,
        lost: Lost,
    },
    Use {
        instance: usize,
        tokens: u64,
    },
    GiveBack {
        instance: usize,
    },
    UseAlone {
        instance: usize,
    },
    /// The server is replaced by one that has what there was some steps ago, or nothing.
    FailOver {
        back: usize,
    },
    /// The server's clock goes back. Shares are withheld by this clock, so not where these are used.
    ClockBack(u64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    Nothing,
    Request,
    Reply,
}

const INSTANCES: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    let lost =
        prop_oneof![8 => Just(Lost::Nothing), 1 => Just(Lost::Request), 1 => Just(Lost::Reply)];
    let instance = 0..INSTANCES;
    let ask = (instance.clone(), 0..400_u64, 0..5_u64, 0.0..1.0, any::<bool>(), lost);
    let ask = ask.prop_map(|(instance, want, least, random, reports, lost)| Step::Ask {
        instance,
        want,
        least,
        random,
        reports,
        lost,
    });
    prop_oneof![
        8 => prop_oneof![1..1000_u64, 1..400_000_u64, 1..3_000_000_u64].prop_map(Step::Pass),
        8 => ask,
        6 => (instance.clone(), 1..400_u64).prop_map(|(instance, tokens)| Step::Use { instance, tokens }),
        2 => instance.clone().prop_map(|instance| Step::GiveBack { instance }),
        3 => instance.prop_map(|instance| Step::UseAlone { instance }),
        1 => (0..40_usize).prop_map(|back| Step::FailOver { back }),
        1 => (1..1_000_000_u64).prop_map(Step::ClockBack),
    ]
}

impl Instance {
    fn report_spent(&mut self) -> Vec<LeaseReport> {
        let report = |held: &mut Held| LeaseReport {
            window: held.window,
            returned: 0,
            spent: std::mem::take(&mut held.spent),
        };
        self.leases.iter_mut().map(report).collect()
    }
}

struct Cluster {
    rate: Rate,
    shares: bool,
    now: f64,
    clock_behind: f64,
    epoch: f64,
    born: f64,
    state: Option<Vec<f64>>,
    past: Vec<Option<Vec<f64>>>,
    reference: Reference,
    instances: Vec<Instance>,
}

impl Cluster {
    fn new(limit: u64, burst: u64, shares: bool) -> Self {
        let rate = Rate::new(limit, Duration::from_secs(1), burst, Duration::from_secs(1))
            .expect("a rate");
        let (per, unit) = (limit as f64, 1e6);
        let full = burst as f64 * unit;
        Self {
            rate,
            shares,
            now: 1e9,
            clock_behind: 0.0,
            epoch: 1.0,
            born: 0.0,
            state: None,
            past: Vec::new(),
            reference: Reference { per, unit, full, level: full, last: 1e9 },
            instances: vec![
                Instance {
                    alone: -1e12,
                    sent: -1e12,
                    confirmed: -1e12,
                    ..Instance::default()
                };
                INSTANCES
            ],
        }
    }

    fn run(&mut self, lease: &Lease) -> LeaseReply {
        let moment =
            Moment { now: self.now - self.clock_behind, epoch: self.epoch, born: self.born };
        let applied = (TOKENS.model)(self.state.as_deref(), moment, &lease.arguments());
        self.past.push(self.state.clone());
        if let Some(state) = applied.state {
            self.state = Some(state);
        }
        LeaseReply::read(&applied.reply, lease).expect("a reply that can be read")
    }

    fn act(&mut self, step: Step) -> Result<(), TestCaseError> {
        let life = self.rate.life().as_micros() as f64;
        match step {
            Step::Pass(micros) => self.now += micros as f64,
            Step::Ask { instance: i, want, least, random, reports, lost } => {
                let mut asking = self.instances[i].clone();
                let passed = self.now - asking.asked;
                asking.own = asking.own * (1.0 - passed / life).max(0.0) + want as f64;
                (asking.asked, asking.sent) = (self.now, self.now);
                let lease = Lease {
                    want,
                    least,
                    demand: want,
                    own: asking.own,
                    random,
                    shares: self.shares,
                    member: if self.shares { i as u64 + 1 } else { 0 },
                    held: asking.share,
                    reports: if reports { asking.report_spent() } else { Vec::new() },
                    ..Lease::new(self.rate)
                };
                if lost != Lost::Request {
                    let reply = self.run(&lease);
                    if lost == Lost::Nothing {
                        (asking.share, asking.confirmed) = (reply.share, self.now);
                        let end = self.now + life;
                        asking.leases.extend(reply.granted.map(|g| Held {
                            tokens: g.tokens,
                            spent: 0,
                            window: g.window,
                            end,
                        }));
                    }
                }
                self.instances[i] = asking;
            }
            Step::Use { instance, tokens } => {
                let mut left = tokens;
                let now = self.now;
                for lease in &mut self.instances[instance].leases {
                    if lease.end > now {
                        let n = left.min(lease.tokens);
                        lease.tokens -= n;
                        lease.spent += n;
                        left -= n;
                    }
                }
                self.reference.take(now, (tokens - left) as f64)?;
            }
            Step::GiveBack { instance } => {
                let mut reports = Vec::new();
                for lease in std::mem::take(&mut self.instances[instance].leases) {
                    if lease.end > self.now {
                        let Held { tokens: returned, spent, window, .. } = lease;
                        reports.push(LeaseReport { window, returned, spent });
                    }
                }
                self.run(&Lease { reports, shares: self.shares, ..Lease::new(self.rate) });
            }
            Step::UseAlone { instance } => {
                let alone = &mut self.instances[instance];
                let after = share::WITHHELD_AFTER.as_micros() as f64 + 200_000.0;
                let until = share::WITHHELD_UNTIL.as_micros() as f64 - 200_000.0;
                let may = self.shares
                    && alone.share > 0.0
                    && self.now >= alone.sent + after
                    && self.now <= alone.confirmed + until
                    && self.now >= alone.alone + 1e6 / (self.rate.per_second() * alone.share);
                if may {
                    alone.alone = self.now;
                    self.reference.take(self.now, 1.0)?;
                }
            }
            Step::FailOver { back } => {
                self.state = self.past.iter().rev().nth(back).cloned().flatten();
                self.epoch += 1.0;
                self.born = self.now - self.clock_behind;
                self.past.clear();
            }
            Step::ClockBack(micros) if !self.shares => self.clock_behind += micros as f64,
            Step::ClockBack(_) => {}
        }
        Ok(())
    }

    /// Returns what is in the store and out, in tokens.
    fn sum(&self) -> f64 {
        let Some(state) = &self.state else { return 0.0 };
        let windows = state[7..].chunks(2).zip(0..).take_while(|(_, i)| f64::from(*i) < state[6]);
        state[1] / state[5] + windows.map(|(w, _)| w[1]).sum::<f64>()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_window_has_more_than_the_bound(
        limit in 1..2000_u64, burst in 1..2000_u64, shares: bool,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut cluster = Cluster::new(limit, burst, shares);
        for step in steps {
            cluster.act(step)?;
            prop_assert!(cluster.sum() <= burst as f64, "{} of {burst}", cluster.sum());
        }
    }
}

fn ask(want: u64) -> Step {
    let lost = Lost::Nothing;
    Step::Ask { instance: 0, want, least: 0, random: 0.0, reports: true, lost }
}

/// One refill with the cap at its end would let a window's tokens through twice.
#[test]
fn what_expired_long_ago_has_not_let_the_store_overflow() {
    let mut cluster = Cluster::new(1000, 1000, false);
    cluster.act(ask(300)).expect("within the bound");
    cluster.act(Step::Use { instance: 0, tokens: 300 }).expect("within the bound");
    cluster.now += 450_000.0;
    let reply = cluster.run(&Lease { want: 1000, ..Lease::new(cluster.rate) });
    // 700 were left; until the window's end at 444,444 µs there is room for no more than these.
    let tokens = reply.granted.map(|granted| granted.tokens);
    assert!(tokens <= Some(706), "{tokens:?}");
}

/// A key that is missing right after the server began was not unused: what was granted before is not
/// known.
#[test]
fn a_key_that_is_missing_on_a_new_server_begins_empty() {
    let mut cluster = Cluster::new(1000, 1000, false);
    cluster.act(Step::FailOver { back: 9 }).expect("within the bound");
    let all = Lease { want: 1000, ..Lease::new(cluster.rate) };
    assert_eq!(cluster.run(&all).granted, None);
    cluster.now += 1_700_000.0;
    let granted = cluster.run(&all).granted.map(|granted| granted.tokens);
    assert_eq!(granted, Some(1000), "full again");
}

#[test]
fn what_was_spent_flows_in_again_as_soon_as_it_is_reported() {
    let mut cluster = Cluster::new(1000, 1000, false);
    cluster.act(ask(1000)).expect("within the bound");
    cluster.act(Step::Use { instance: 0, tokens: 400 }).expect("within the bound");
    cluster.act(ask(0)).expect("within the bound");
    cluster.now += 100_001.0;
    let more = Lease { want: 1000, ..Lease::new(cluster.rate) };
    assert_eq!(cluster.run(&more).granted.map(|granted| granted.tokens), Some(100));
}

#[test]
fn a_request_after_its_deadline_does_nothing() {
    let mut cluster = Cluster::new(10, 10, false);
    let late = Lease { want: 5, deadline: cluster.now - 1.0, ..Lease::new(cluster.rate) };
    let reply = cluster.run(&late);
    assert!(reply.stale && reply.granted.is_none() && cluster.state.is_none(), "{reply:?}");
}

#[test]
fn fewer_than_the_fewest_are_not_granted() {
    let mut cluster = Cluster::new(10, 10, false);
    let most = Lease { want: 8, least: 8, ..Lease::new(cluster.rate) };
    assert_eq!(cluster.run(&most).granted.map(|granted| granted.tokens), Some(8));
    let reply = cluster.run(&most);
    // There is room for as many only when the first eight count as out no more; then six have to flow in.
    let room = Duration::from_micros(9004 * 111_111 - 1_000_000_000);
    assert_eq!((reply.granted, reply.retry_after), (None, room + Duration::from_millis(600)));
}
