//! The circuit that instances share opens only if enough of them agree, and one of them probes at a time:
//! whatever is lost, repeated or late.

use std::time::Duration;

use proptest::prelude::*;
use seawall_store::Moment;
use seawall_store::circuit::{Answer, CIRCUIT, ClusterView, Exchange, Phase, Probe, Prober, Terms};

const TERMS: Terms = Terms {
    least_calls: 20,
    failure_rate: 0.5,
    least_nodes: 2,
    node_share: 1.0 / 3.0,
    lease: Duration::from_secs(1),
    life: Duration::from_secs(1),
};
const WAIT: Duration = Duration::from_secs(5);

struct Store {
    now: u64,
    epoch: f64,
    state: Option<Vec<f64>>,
    number: u64,
}

impl Store {
    fn new() -> Self {
        Self { now: 10_u64.pow(12), epoch: 1.0, state: None, number: 0 }
    }

    fn run(&mut self, exchange: &Exchange) -> Answer {
        let moment = Moment { now: self.now as f64, epoch: self.epoch, born: 0.0 };
        let applied = (CIRCUIT.model)(self.state.as_deref(), moment, &exchange.arguments());
        if applied.state.is_some() {
            self.state = applied.state;
        }
        Answer::read(&applied.reply, exchange).expect("a reply that can be read")
    }

    /// Has `node` say what it counted in the phase that lasts.
    fn say(&mut self, node: u64, succeeded: u64, failed: u64, probe: Probe) -> ClusterView {
        let period = self.look().period;
        let exchange = Exchange { period, succeeded, failed, probe, ..self.exchange(node) };
        self.view(&exchange)
    }

    fn view(&mut self, exchange: &Exchange) -> ClusterView {
        match self.run(exchange) {
            Answer::View(view) => view,
            Answer::TooLate { .. } => panic!("{exchange:?} is too late"),
        }
    }

    /// Returns the view of an instance that has no calls.
    fn look(&mut self) -> ClusterView {
        let exchange = self.exchange(1000);
        self.view(&exchange)
    }

    fn exchange(&mut self, node: u64) -> Exchange {
        self.number += 1;
        Exchange {
            terms: TERMS,
            wait: WAIT,
            node,
            number: self.number,
            period: 0,
            succeeded: 0,
            failed: 0,
            is_open: false,
            probe: Probe::None,
            deadline: 0,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += u64::try_from(time.as_micros()).expect("short");
    }

    /// Begins, and lets the time pass in which all instances say what they counted.
    fn begin(&mut self) {
        self.look();
        self.pass(TERMS.life);
    }

    /// Opens it by the failures of two instances.
    fn open(&mut self) -> ClusterView {
        self.begin();
        self.say(1, 0, 10, Probe::None);
        let view = self.say(2, 0, 10, Probe::None);
        assert_eq!((view.phase, view.probe_in), (Phase::Open, WAIT));
        view
    }

    /// Opens it and gives the lease to `node`.
    fn probe(&mut self, node: u64) -> u64 {
        self.open();
        self.pass(WAIT);
        let view = self.say(node, 0, 0, Probe::Wanted);
        assert_eq!(view.prober, Prober::This);
        view.fence.expect("a lease")
    }
}

#[test]
fn it_opens_on_twenty_calls_half_of_which_fail_for_two_instances() {
    for (counts, opens) in [
        ([(0, 10), (0, 10)], true),
        ([(5, 5), (5, 5)], true),
        ([(0, 10), (0, 9)], false),
        ([(5, 5), (6, 5)], false),
        ([(0, 40), (0, 0)], false),
        ([(0, 40), (10, 9)], false),
    ] {
        let mut store = Store::new();
        store.begin();
        for (node, (succeeded, failed)) in (1..).zip(counts) {
            store.say(node, succeeded, failed, Probe::None);
        }
        assert_eq!(store.look().phase == Phase::Open, opens, "{counts:?}");
    }
}

#[test]
fn it_opens_only_if_a_third_of_the_active_instances_fail() {
    for (failing, opens) in [(2, false), (3, true)] {
        let mut store = Store::new();
        store.begin();
        // Those that fail speak last. Nine are active, and others have no calls.
        for node in (1..20).rev() {
            let (succeeded, failed) = match node {
                node if node <= failing => (0, 100),
                node if node <= 9 => (5, 0),
                _ => (0, 0),
            };
            store.say(node, succeeded, failed, Probe::None);
        }
        let view = store.look();
        assert_eq!(view.phase == Phase::Open, opens);
        if !opens {
            assert_eq!((view.active_nodes, u64::from(view.failing_nodes)), (9, failing));
        }
    }
}

#[test]
fn it_does_not_open_before_all_instances_had_time_to_speak() {
    let mut store = Store::new();
    store.look();
    let half = TERMS.life / 2;
    for _ in 0..2 {
        for node in [1, 2] {
            assert_eq!(store.say(node, 0, 100, Probe::None).phase, Phase::New);
        }
        store.pass(half);
    }
    assert_eq!(store.say(1, 0, 100, Probe::None).phase, Phase::Open);
}

#[test]
fn an_instance_whose_own_circuit_is_open_is_a_failing_one() {
    let mut store = Store::new();
    store.begin();
    let period = store.look().period;
    store.say(1, 0, 30, Probe::None);
    let exchange = Exchange { period, is_open: true, ..store.exchange(2) };
    assert_eq!(store.view(&exchange).phase, Phase::Open);
}

#[test]
fn counts_replace_those_before_and_end_with_the_silence_of_their_instance() {
    let mut store = Store::new();
    store.look();
    for _ in 0..10 {
        store.say(1, 0, 10, Probe::None);
    }
    assert_eq!(store.look().failed, 10, "what is said again is not counted again");
    store.pass(TERMS.life);
    let view = store.say(2, 0, 10, Probe::None);
    assert_eq!((view.failed, view.active_nodes, view.phase), (10, 1, Phase::New));
}

#[test]
fn a_request_that_is_repeated_or_late_does_nothing() {
    let mut store = Store::new();
    let period = store.look().period;
    let first = Exchange { period, failed: 9, ..store.exchange(1) };
    store.view(&first);
    store.view(&Exchange { failed: 3, number: first.number + 100, ..first });
    let now = store.now;
    for number in [first.number, first.number + 100] {
        let late = Exchange { failed: 90, number, ..first };
        assert_eq!(store.run(&late), Answer::TooLate { now });
    }
    let deadline = Exchange { deadline: now - 1, number: first.number + 200, ..first };
    assert_eq!(store.run(&deadline), Answer::TooLate { now });
    assert_eq!(store.look().failed, 3);
}

#[test]
fn a_reply_to_another_request_is_refused() {
    let mut store = Store::new();
    let exchange = store.exchange(1);
    let moment = Moment { now: 1e12, epoch: 1.0, born: 0.0 };
    let reply = (CIRCUIT.model)(None, moment, &exchange.arguments()).reply;
    assert!(Answer::read(&reply, &exchange).is_some());
    let next = Exchange { number: exchange.number + 1, ..exchange };
    assert_eq!(Answer::read(&reply, &next), None);
    assert_eq!(Answer::read(&reply[1..], &exchange), None);
}

#[test]
fn one_instance_probes_when_it_is_time() {
    let mut store = Store::new();
    store.open();
    store.pass(WAIT - Duration::from_micros(1));
    assert_eq!(store.say(3, 0, 0, Probe::Wanted).fence, None);
    store.pass(Duration::from_micros(1));
    assert_eq!(store.say(4, 0, 0, Probe::None).fence, None, "it has no calls to probe with");
    let view = store.say(3, 0, 0, Probe::Wanted);
    assert_eq!(view.prober, Prober::This);
    let other = store.say(4, 0, 0, Probe::Wanted);
    assert_eq!((other.fence, other.prober), (None, Prober::Other));
}

#[test]
fn a_probe_that_succeeds_closes_it_and_forgets_what_was_counted() {
    let mut store = Store::new();
    let fence = store.probe(3);
    let period = store.look().period;
    let view = store.say(3, 1, 0, Probe::Succeeded(fence));
    assert_eq!((view.phase, view.prober, view.fence), (Phase::Closed, Prober::None, None));
    assert!(view.period > period);
    // Two instances that have not heard of it yet.
    for node in [1, 2] {
        let exchange = Exchange { period, failed: 50, is_open: true, ..store.exchange(node) };
        let view = store.view(&exchange);
        assert_eq!((view.phase, view.failing_nodes), (Phase::Closed, 0));
    }
}

#[test]
fn a_probe_that_fails_leaves_it_open_for_the_time_to_wait() {
    let mut store = Store::new();
    let fence = store.probe(3);
    let period = store.look().period;
    let view = store.say(3, 0, 1, Probe::Failed(fence));
    assert_eq!((view.phase, view.failed_probes, view.probe_in), (Phase::Open, 1, WAIT));
    assert_eq!(view.period, period, "it was open all the time");
    store.pass(WAIT);
    let next = store.say(4, 0, 0, Probe::Wanted).fence.expect("a lease");
    assert!(next > fence);
}

#[test]
fn the_lease_of_an_instance_that_crashed_goes_to_another_and_its_result_is_ignored() {
    let mut store = Store::new();
    let old = store.probe(3);
    store.pass(TERMS.lease - Duration::from_micros(1));
    assert_eq!(store.say(4, 0, 0, Probe::Wanted).fence, None);
    store.pass(Duration::from_micros(1));
    let new = store.say(4, 0, 0, Probe::Wanted).fence.expect("a lease");
    for probe in
        [Probe::Succeeded(old), Probe::Failed(old), Probe::GivenUp(old), Probe::Running(old)]
    {
        let view = store.say(3, 0, 0, probe);
        assert_eq!((view.phase, view.prober), (Phase::Open, Prober::Other), "{probe:?}");
        assert_eq!(view.failed_probes, 0, "{probe:?}");
    }
    assert_eq!(store.say(4, 0, 0, Probe::Succeeded(new)).phase, Phase::Closed);
}

#[test]
fn a_lease_that_is_renewed_lasts_and_one_that_is_given_up_is_another_s() {
    let mut store = Store::new();
    let fence = store.probe(3);
    for _ in 0..10 {
        store.pass(TERMS.lease / 2);
        assert_eq!(store.say(3, 0, 0, Probe::Running(fence)).fence, Some(fence));
        assert_eq!(store.say(4, 0, 0, Probe::Wanted).fence, None);
    }
    assert_eq!(store.say(3, 0, 0, Probe::GivenUp(fence)).prober, Prober::None);
    assert!(store.say(4, 0, 0, Probe::Wanted).fence.is_some());
}

#[test]
fn an_instance_that_lost_the_reply_with_its_lease_gets_another_one() {
    let mut store = Store::new();
    let lost = store.probe(3);
    let again = store.say(3, 0, 0, Probe::Wanted).fence.expect("a lease");
    assert!(again > lost);
    assert_eq!(store.say(3, 0, 0, Probe::Succeeded(lost)).phase, Phase::Open, "of an older lease");
    assert_eq!(store.say(3, 0, 0, Probe::Succeeded(again)).phase, Phase::Closed);
}

#[test]
fn an_instance_that_begins_its_numbers_anew_is_heard_after_its_silence() {
    let mut store = Store::new();
    let exchange = store.exchange(1);
    store.view(&Exchange { number: 100, ..exchange });
    store.pass(TERMS.life);
    store.view(&Exchange { number: 1, ..exchange });
}

#[test]
fn a_store_that_lost_its_data_knows_nothing_and_gives_out_no_earlier_number() {
    let mut store = Store::new();
    let fence = store.probe(3);
    store.pass(Duration::from_micros(1));
    (store.state, store.epoch) = (None, 2.0);
    let view = store.look();
    assert_eq!(view.phase, Phase::New);
    assert!(view.period > fence);
    assert_eq!(store.say(3, 0, 0, Probe::Succeeded(fence)).phase, Phase::New, "of another epoch");
    // A stale replica: it knows an opening that may be over.
    let mut stale = Store::new();
    stale.open();
    stale.epoch = 2.0;
    assert_eq!(stale.look().phase, Phase::New);
}

#[test]
fn a_clock_that_went_back_does_not_keep_it_open() {
    let mut store = Store::new();
    store.open();
    store.now -= 500_000;
    assert_eq!(store.look().phase, Phase::Open, "by less than a life");
    store.now -= 3_600_000_000;
    assert_eq!(store.look().phase, Phase::New);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u64),
    Exchange {
        node: u64,
        succeeded: u64,
        failed: u64,
        is_open: bool,
        lost: bool,
    },
    /// A request is carried out again.
    Repeat(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let counts = (1..5_u64, 0..20_u64, 0..20_u64, any::<bool>(), prop::bool::weighted(0.1));
    prop_oneof![
        2 => prop_oneof![1..300_000_u64, 1..6_000_000_u64].prop_map(Step::Pass),
        8 => counts.prop_map(|(node, succeeded, failed, is_open, lost)| {
            Step::Exchange { node, succeeded, failed, is_open, lost }
        }),
        1 => (0..20_usize).prop_map(Step::Repeat),
    ]
}

#[derive(Clone, Copy, Default)]
struct Node {
    period: u64,
    /// The fence, and when the lease ends, as the instance knows it.
    lease: Option<(u64, u64)>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_instance_has_a_lease_and_numbers_only_grow(
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut store = Store::new();
        let mut nodes = [Node::default(); 5];
        let (mut sent, mut fence, mut period) = (Vec::<Exchange>::new(), 0, 0);
        for (turn, step) in steps.into_iter().enumerate() {
            match step {
                Step::Pass(micros) => store.now += micros,
                Step::Repeat(back) => {
                    if let Some(exchange) = sent.iter().rev().nth(back) {
                        // One whose instance has been silent since may be taken for a new one.
                        let _answer = store.run(exchange);
                    }
                }
                Step::Exchange { node, succeeded, failed, is_open, lost } => {
                    let at = usize::try_from(node).expect("small");
                    let probe = match nodes[at].lease {
                        None => Probe::Wanted,
                        Some((fence, _)) => match turn % 4 {
                            0 => Probe::Succeeded(fence),
                            1 => Probe::Failed(fence),
                            2 => Probe::GivenUp(fence),
                            _ => Probe::Running(fence),
                        },
                    };
                    let period_seen = nodes[at].period;
                    let exchange = Exchange {
                        period: period_seen, succeeded, failed, is_open, probe, ..store.exchange(node)
                    };
                    sent.push(exchange);
                    let view = store.view(&exchange);
                    prop_assert!(view.period >= period, "{view:?}");
                    period = view.period;
                    if lost {
                        if !matches!(probe, Probe::Running(_) | Probe::Wanted) {
                            nodes[at].lease = None;
                        }
                        continue;
                    }
                    let before = nodes[at].lease.map(|(fence, _)| fence);
                    nodes[at].period = view.period;
                    nodes[at].lease = view.fence.map(|fence| (fence, store.now + 1_000_000));
                    if let Some(new) = view.fence.filter(|fence| Some(*fence) != before) {
                        prop_assert!(new > fence, "{new} after {fence}");
                        fence = new;
                    }
                }
            }
            let valid = nodes.iter().filter(|node| {
                node.lease.is_some_and(|(_, until)| until > store.now)
            });
            prop_assert!(valid.count() <= 1);
        }
    }
}
