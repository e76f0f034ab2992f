use std::sync::Arc;

use super::Subject;
use super::scripts::{COUNT, MOMENT, SWAP};
use super::together::{dropped_after, together};
use crate::tokens::{Lease, LeaseReply, Rate, TOKENS};
use crate::{KeySecret, Script, Store, StoreKey};

type Subjects = Arc<dyn Subject>;

fn key(script: &Script, name: &str) -> StoreKey {
    KeySecret::new("laws").name(script.name, name, None)
}

async fn run(store: &dyn Store, script: &'static Script, name: &str, given: &[f64]) -> Vec<f64> {
    let reply = store.run(script, &key(script, name), given).await;
    reply.unwrap_or_else(|error| panic!("`{}` fails: {error}", script.name))
}

async fn count(store: &dyn Store) -> f64 {
    run(store, &COUNT, "count", &[]).await[0]
}

async fn moment(store: &dyn Store) -> [f64; 3] {
    let reply = run(store, &MOMENT, "moment", &[]).await;
    reply.try_into().expect("the script replies with three numbers")
}

pub(super) async fn runs_at_the_same_time_do_not_overlap(subject: Subjects) {
    let clients = [subject.client(), subject.client(), subject.client()];
    let runs = (0..90).map(|n| count(&*clients[n % 3]));
    let mut counts = together(runs).await;
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    assert_eq!(counts.len(), 90, "two runs saw the same state");
}

pub(super) async fn a_run_runs_once_and_at_most_once_if_dropped(subject: Subjects) {
    let store = subject.client();
    let (mut begun, mut ended) = (0.0, 0.0);
    for polls in (1..12).cycle().take(60) {
        begun += 1.0;
        if dropped_after(polls, count(&*store)).await.is_some() {
            ended += 1.0;
        }
    }
    let counted = count(&*store).await - 1.0;
    assert!(counted >= ended, "{ended} runs have ended, and {counted} counted");
    assert!(counted <= begun, "{begun} runs were begun, and {counted} counted");
}

pub(super) async fn a_dropped_run_leaves_the_store_usable(subject: Subjects) {
    let store = subject.client();
    for polls in 1..12 {
        dropped_after(polls, run(&*store, &SWAP, "a", &[1.0])).await;
        run(&*store, &SWAP, "b", &[f64::from(u8::try_from(polls).expect("a small number"))]).await;
        let after = run(&*store, &SWAP, "b", &[]).await;
        assert_eq!(after.len(), 1, "dropped after {polls} polls, then a run");
    }
}

pub(super) async fn each_key_has_a_state_of_its_own(subject: Subjects) {
    let store = subject.client();
    for (name, number) in [("a", 1.0), ("b", 2.0)] {
        assert_eq!(run(&*store, &SWAP, name, &[number]).await, [], "nothing was written there");
    }
    assert_eq!(run(&*store, &SWAP, "a", &[]).await, [1.0]);
    assert_eq!(run(&*subject.client(), &SWAP, "b", &[]).await, [2.0]);
}

pub(super) async fn states_and_replies_keep_every_bit(subject: Subjects) {
    let store = subject.client();
    let largest = (1_u64 << 53) as f64;
    let mut numbers = vec![0.0, -0.0, 0.1, -1.5, f64::MIN_POSITIVE / 8.0, f64::MAX, largest];
    numbers.extend([f64::INFINITY, f64::NEG_INFINITY, largest - 1.0, 1e-300]);
    numbers.extend((0..1000_u32).map(|n| f64::from(n) / 7.0));
    run(&*store, &SWAP, "bits", &numbers).await;
    let kept = run(&*store, &SWAP, "bits", &[]).await;
    assert_eq!(kept.len(), numbers.len());
    for (kept, number) in kept.iter().zip(&numbers) {
        assert_eq!(kept.to_bits(), number.to_bits(), "{kept:?} came back for {number:?}");
    }
}

pub(super) async fn a_state_that_a_script_leaves_stays(subject: Subjects) {
    let store = subject.client();
    run(&*store, &SWAP, "left", &[4.0, 5.0]).await;
    for _ in 0..3 {
        assert_eq!(run(&*store, &SWAP, "left", &[]).await, [4.0, 5.0]);
    }
}

pub(super) async fn what_another_program_wrote_is_replaced(subject: Subjects) {
    let store = subject.client();
    let second = std::time::Duration::from_secs(1);
    let rate = Rate::new(10, second, 10, second).expect("a rate");
    let lease = Lease { want: 5, ..Lease::new(rate) };
    let spoiled: [&[f64]; 5] = [
        &[],
        &[f64::NAN],
        &[1.0, 1e300, 0.0],
        &[1.0, 10.0, 0.0, 1.0, 0.0, 1.0, 1e18],
        &[2.0, 10.0, 0.0, 1.0, 0.0, 1.0, 0.0],
    ];
    for numbers in spoiled {
        subject.spoil(&key(&TOKENS, "spoiled"), numbers).await;
        for _ in 0..2 {
            let reply = run(&*store, &TOKENS, "spoiled", &lease.arguments()).await;
            let reply = LeaseReply::read(&reply, &lease).expect("a reply of the script");
            assert_eq!(reply.granted, None, "what is out is not known, after {numbers:?}");
        }
    }
}

pub(super) async fn all_clients_get_the_time_of_the_store(subject: Subjects) {
    let clients = [subject.client(), subject.client()];
    let mut last = 0.0;
    for n in 0..20 {
        let [now, ..] = moment(&*clients[n % 2]).await;
        assert!(now >= last, "{now} µs came after {last} µs, from another client");
        last = now;
    }
}

pub(super) async fn the_epoch_stays_while_nothing_is_lost(subject: Subjects) {
    let [_, first, _] = moment(&*subject.client()).await;
    assert!(first > 0.0 && first < (1_u64 << 53) as f64 && first.fract() == 0.0, "{first}");
    for _ in 0..5 {
        let [now, epoch, born] = moment(&*subject.client()).await;
        assert_eq!(epoch, first);
        assert!(born <= now, "it begins in the future");
    }
}

pub(super) async fn the_epoch_changes_when_data_may_be_lost(subject: Subjects) {
    let store = subject.client();
    let [_, before, _] = moment(&*store).await;
    subject.lose_data().await;
    let [_, after, _] = moment(&*store).await;
    assert_ne!(after, before);
}

pub(super) async fn an_epoch_does_not_begin_before_the_last_one_ends(subject: Subjects) {
    let store = subject.client();
    let [last, ..] = moment(&*store).await;
    subject.lose_data().await;
    let [_, _, born] = moment(&*store).await;
    assert!(born >= last, "the epoch began at {born} µs, while another was there at {last} µs");
}
