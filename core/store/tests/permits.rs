//! Instances never hold more permits than there are, by leases that are valid: whatever is lost, and after
//! a failover to any earlier state.

use std::time::Duration;

use proptest::prelude::*;
use seawall_store::Moment;
use seawall_store::permits::{Held, Hold, PERMITS};

const INSTANCES: usize = 4;
const LIFE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u64),
    /// The instance starts or ends calls, within what it may use.
    Use {
        instance: usize,
        calls: u32,
    },
    Ask {
        instance: usize,
        want: u32,
        request_lost: bool,
        reply_lost: bool,
    },
    Repeat {
        instance: usize,
    },
    FailOver {
        back: usize,
    },
    Crash {
        instance: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let instance = 0..INSTANCES;
    let rarely = || prop::bool::weighted(0.1);
    prop_oneof![
        4 => prop_oneof![1..1000_u64, 1..400_000_u64, 1..3_000_000_u64].prop_map(Step::Pass),
        6 => (instance.clone(), 0..12_u32).prop_map(|(instance, calls)| Step::Use { instance, calls }),
        8 => (instance.clone(), 0..12_u32, rarely(), rarely()).prop_map(
            |(instance, want, request_lost, reply_lost)| Step::Ask { instance, want, request_lost, reply_lost }
        ),
        1 => instance.clone().prop_map(|instance| Step::Repeat { instance }),
        1 => (0..20_usize).prop_map(|back| Step::FailOver { back }),
        1 => instance.prop_map(|instance| Step::Crash { instance }),
    ]
}

#[derive(Clone, Copy, Debug, Default)]
struct Instance {
    id: u64,
    number: u64,
    used: u32,
    may: u32,
    until: u64,
    last: Option<Hold>,
}

struct Cluster {
    most: u32,
    now: u64,
    epoch: f64,
    born: f64,
    state: Option<Vec<f64>>,
    past: Vec<Option<Vec<f64>>>,
    instances: [Instance; INSTANCES],
    ids: u64,
}

impl Cluster {
    fn new(most: u32) -> Self {
        let mut ids = 0;
        let instances = [(); INSTANCES].map(|()| {
            ids += 1;
            Instance { id: ids, ..Instance::default() }
        });
        let (state, past) = (None, Vec::new());
        Self { most, now: 10_u64.pow(12), epoch: 1.0, born: 0.0, state, past, instances, ids }
    }

    fn run(&mut self, hold: &Hold) -> Held {
        let moment = Moment { now: self.now as f64, epoch: self.epoch, born: self.born };
        let applied = (PERMITS.model)(self.state.as_deref(), moment, &hold.arguments());
        self.past.push(self.state.clone());
        if applied.state.is_some() {
            self.state = applied.state;
        }
        Held::read(&applied.reply, hold).expect("a reply that can be read")
    }

    fn act(&mut self, step: Step) {
        for instance in &mut self.instances {
            if instance.until <= self.now {
                // Calls may run on; no further one starts.
                instance.may = 0;
            }
        }
        match step {
            Step::Pass(micros) => self.now += micros,
            Step::Use { instance, calls } => {
                let instance = &mut self.instances[instance];
                let most = instance.may.max(instance.used);
                instance.used = calls.min(most);
            }
            Step::Ask { instance: i, want, request_lost, reply_lost } => {
                let mut instance = self.instances[i];
                instance.number += 1;
                instance.may = instance.may.min(want.max(instance.used));
                let hold = Hold {
                    most: self.most,
                    life: LIFE,
                    member: instance.id,
                    number: instance.number,
                    held: instance.may,
                    used: instance.used,
                    want,
                    deadline: self.now + 500_000,
                };
                instance.last = Some(hold);
                if !request_lost {
                    let held = self.run(&hold);
                    if let (Some(granted), false) = (held.granted, reply_lost) {
                        instance.may = granted;
                        instance.until = self.now + 1_000_000;
                    }
                }
                self.instances[i] = instance;
            }
            Step::Repeat { instance } => {
                if let Some(hold) = self.instances[instance].last {
                    self.run(&hold);
                }
            }
            Step::FailOver { back } => {
                self.state = self.past.iter().rev().nth(back).cloned().flatten();
                (self.epoch, self.born) = (self.epoch + 1.0, self.now as f64);
                self.past.clear();
                // A request of a connection that is gone does not arrive at another server.
                self.instances.iter_mut().for_each(|instance| instance.last = None);
            }
            Step::Crash { instance } => {
                self.ids += 1;
                self.instances[instance] = Instance { id: 100 + self.ids, ..Instance::default() };
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn instances_never_use_more_permits_than_there_are(
        most in 1..12_u32, steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut cluster = Cluster::new(most);
        for step in steps {
            cluster.act(step);
            let valid = cluster.instances.iter().filter(|instance| instance.until > cluster.now);
            let may: u32 = valid.map(|instance| instance.may).sum();
            prop_assert!(may <= most, "{may} of {most}");
        }
    }
}

fn hold(member: u64, number: u64, used: u32, want: u32) -> Hold {
    Hold { most: 10, life: LIFE, member, number, held: used, used, want, deadline: 0 }
}

#[test]
fn permits_of_an_instance_that_is_gone_are_free_after_its_lease() {
    let mut cluster = Cluster::new(10);
    assert_eq!(cluster.run(&hold(1, 1, 0, 10)).granted, Some(10));
    cluster.now += 999_999;
    assert_eq!(cluster.run(&hold(2, 1, 0, 10)).granted, Some(0));
    cluster.now += 1;
    assert_eq!(cluster.run(&hold(2, 2, 0, 10)).granted, Some(10));
}

#[test]
fn an_instance_grows_to_its_fair_part_where_others_wait() {
    let mut cluster = Cluster::new(10);
    cluster.run(&hold(1, 1, 0, 10));
    let waiting = cluster.run(&hold(2, 1, 0, 8));
    assert_eq!((waiting.granted, waiting.fair), (Some(0), 5));
    let told = cluster.run(&hold(1, 2, 3, 10));
    assert_eq!((told.granted, told.fair, told.others_wait), (Some(10), 5, true));
    assert_eq!(cluster.run(&hold(1, 3, 3, 5)).granted, Some(5));
    assert_eq!(cluster.run(&hold(2, 2, 0, 8)).granted, Some(5));
    assert_eq!(cluster.run(&hold(1, 4, 3, 10)).granted, Some(5), "another waits");
}

#[test]
fn an_instance_keeps_what_it_holds_after_a_failover() {
    let mut cluster = Cluster::new(10);
    cluster.run(&hold(1, 1, 0, 6));
    cluster.act(Step::FailOver { back: 9 });
    assert_eq!(cluster.run(&hold(2, 1, 0, 10)).granted, Some(0), "what others hold is not known");
    assert_eq!(cluster.run(&hold(1, 2, 6, 6)).granted, Some(6));
    cluster.now += 1_000_000;
    cluster.run(&hold(1, 3, 6, 6));
    assert_eq!(cluster.run(&hold(2, 2, 0, 10)).granted, Some(4));
}
