//! The faults of other budgets, each by name.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use seawall_core::Tick;
use seawall_core::policy::{Budget, BudgetOptions};

fn budget(ratio: f64) -> Budget {
    let options = BudgetOptions::new("payments").floor(0.0).ratio(ratio);
    Budget::start(&options).expect("valid options")
}

fn granted(budget: &Budget, now: Tick) -> usize {
    std::iter::from_fn(|| budget.withdraw(now).map(|extra| extra.send(now))).count()
}

/// Where 1 / ratio is cut to an integer, 0.3 allows 33 % and 0.6 to 1.0 allow 100 %.
#[test]
fn a_ratio_is_kept_to_a_thousandth() {
    for (ratio, extra) in
        [(0.001, 1), (0.1, 100), (0.29, 290), (0.3, 300), (0.6, 600), (0.7, 700), (1.0, 1000)]
    {
        let budget = budget(ratio);
        (0..1000).for_each(|_| budget.deposit(Tick::ZERO));
        assert_eq!(granted(&budget, Tick::ZERO), extra, "{ratio}");
    }
}

/// Where each success puts a whole retry in, the share of retries is 100 % in the long run.
#[test]
fn a_success_does_not_buy_a_whole_retry() {
    let budget = budget(0.2);
    let second = |nth: u64| Tick::from_millis(1000 * nth);
    let extra: usize = (0..100)
        .map(|nth| {
            (0..10).for_each(|_| budget.deposit(second(nth)));
            granted(&budget, second(nth))
        })
        .sum();
    assert!(extra <= 200, "{extra} of 1000");
}

/// Where threads compare and then add, k threads overshoot by k; the same where a slot is summed and
/// changed in two steps.
#[test]
fn threads_never_overshoot() {
    const THREADS: usize = 64;
    for round in 0..20_u32 {
        let (budget, barrier) = (budget(0.5), Barrier::new(THREADS));
        let now = Tick::from_millis(999 + u64::from(round));
        (0..20).for_each(|_| budget.deposit(now));
        let taken = thread::scope(|scope| {
            let take = || {
                barrier.wait();
                budget.withdraw(now).map(|extra| extra.send(now)).is_some()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(take)).collect();
            let taken = threads.into_iter().map(|thread| thread.join().expect("no panic"));
            taken.filter(|taken| *taken).count()
        });
        assert_eq!(taken, 10);
    }
}

/// Where a slot begins when the one before is looked at, slots grow and deposits live too long.
#[test]
fn slots_do_not_grow_when_calls_are_rare() {
    let budget = budget(1.0);
    for nth in 0..50_u64 {
        let at = Tick::from_millis(1_500 * nth);
        budget.deposit(at);
        // The last ten seconds have seven of them.
        let left = budget.status(at).reading("balance").expect("a reading");
        assert!(left <= 7, "{left} after {nth}");
    }
}

/// Where every request deposits, an outage has its extra load for as long as it lasts.
#[test]
fn an_outage_has_the_floor_and_nothing_more() {
    let options = BudgetOptions::new("payments").floor(1.0).ratio(0.2);
    let budget = Budget::start(&options).expect("valid options");
    let at = |millis: u64| Tick::from_millis(millis);
    // A busy minute, and then an outage in which every call fails.
    (0..60_000).for_each(|nth| budget.deposit(at(nth)));
    let outage = Duration::from_secs(60);
    let extra = |from: u64| -> usize {
        (from..from + 10_000).step_by(10).map(|nth| granted(&budget, at(nth))).sum()
    };
    assert!(extra(60_000) <= 2_010, "what the calm before had deposited, once");
    let last: usize = (1..6).map(|nth| extra(60_000 + nth * 10_000)).sum();
    assert!(last <= 50, "{last} in the last {:?}", outage * 5 / 6);
}
