//! What the budget grants, and for how long.

use std::time::Duration;

use seawall_core::Tick;
use seawall_core::policy::{Budget, BudgetOptions};

const SECOND: Duration = Duration::from_secs(1);

fn budget(options: &BudgetOptions) -> Budget {
    Budget::start(options).expect("valid options")
}

fn options() -> BudgetOptions {
    BudgetOptions::new("payments").floor(0.0)
}

/// Takes and sends all there is, and returns how much it was.
fn drain(budget: &Budget, now: Tick) -> u64 {
    std::iter::from_fn(|| budget.withdraw(now).map(|extra| extra.send(now))).map(|()| 1).sum()
}

fn deposit(budget: &Budget, count: u32, now: Tick) {
    (0..count).for_each(|_| budget.deposit(now));
}

#[test]
fn the_floor_and_the_ratio_add_up() {
    let budget = budget(&options().floor(1.0).ratio(0.2));
    assert_eq!(drain(&budget, Tick::ZERO), 10, "1 a second for 10 s");
    deposit(&budget, 100, Tick::ZERO);
    assert_eq!(drain(&budget, Tick::ZERO), 20);
    assert_eq!(drain(&budget, Tick::ZERO), 0);
}

#[test]
fn a_deposit_counts_for_at_most_the_time_to_live_and_nine_tenths_of_it_at_least() {
    let budget = budget(&options().ratio(1.0));
    let at = Tick::from_millis(20_999);
    deposit(&budget, 1, at);
    let left = |now| budget.status(now).reading("balance").expect("a reading");
    assert_eq!(left(at), 1);
    assert_eq!(left(Tick::from_millis(29_999)), 1);
    assert_eq!(left(Tick::from_millis(30_001)), 0);
}

#[test]
fn what_was_sent_counts_for_at_least_the_time_to_live() {
    let budget = budget(&options().floor(0.1));
    let at = Tick::from_millis(20_001);
    assert_eq!(drain(&budget, at), 1);
    assert_eq!(drain(&budget, Tick::from_millis(30_001)), 0);
    assert_eq!(drain(&budget, Tick::from_millis(30_999)), 0);
    assert_eq!(drain(&budget, Tick::from_millis(31_001)), 1);
}

#[test]
fn what_is_granted_and_not_sent_counts_until_it_is_given_back() {
    let budget = budget(&options().floor(0.1));
    let extra = budget.withdraw(Tick::ZERO).expect("one is there");
    let hour = Tick::ZERO + 3600 * SECOND;
    assert_eq!(drain(&budget, hour), 0, "however long it waits");
    drop(extra);
    assert_eq!(drain(&budget, hour), 1);
    let status = budget.status(hour);
    assert_eq!((status.reading("withdrawn"), status.reading("exhausted")), (Some(1), Some(2)));
}

#[test]
fn time_that_goes_back_between_threads_grants_nothing_twice() {
    let budget = budget(&options().floor(0.1));
    assert_eq!(drain(&budget, Tick::from_millis(50_000)), 1);
    assert_eq!(drain(&budget, Tick::from_millis(1)), 0);
    deposit(&budget, 10, Tick::from_millis(1));
    assert_eq!(drain(&budget, Tick::from_millis(50_000)), 0, "expired");
}

#[test]
fn all_deposits_are_counted_however_many_slots_pass() {
    let budget = budget(&options());
    (0..1000).for_each(|nth| budget.deposit(Tick::from_millis(nth * 700)));
    let status = budget.status(Tick::from_millis(700_000));
    assert_eq!(status.reading("deposited"), Some(1000));
}

#[test]
fn options_out_of_bounds_are_refused() {
    let day = 86_400 * SECOND;
    for (options, text) in [
        (BudgetOptions::new(" "), "budget ` `: `name` must not be blank"),
        (options().ratio(-0.1), "budget `payments`: `ratio` must be between 0 and 100"),
        (options().ratio(f64::NAN), "budget `payments`: `ratio` must be between 0 and 100"),
        (
            options().floor(f64::INFINITY),
            "budget `payments`: `floor` must be between 0 and 1,000,000 calls a second",
        ),
        (options().ttl(SECOND / 11), "budget `payments`: `ttl` must be between 100 ms and one day"),
        (options().ttl(2 * day), "budget `payments`: `ttl` must be between 100 ms and one day"),
    ] {
        let error = Budget::start(&options).expect_err("invalid");
        assert_eq!(error.to_string(), text);
    }
    for valid in [options().ratio(100.0).floor(1e6).ttl(day), options().ratio(0.0).ttl(SECOND / 10)]
    {
        Budget::start(&valid).expect("valid options");
    }
}

#[test]
fn other_options_count_the_same_successes_otherwise() {
    let options = BudgetOptions::new("payments").floor(0.0).ratio(0.2);
    let budget = Budget::start(&options).expect("valid options");
    let now = Tick::ZERO;
    (0..100).for_each(|_| budget.deposit(now));
    budget.withdraw(now).expect("20 are there").send(now);
    let balance = || budget.status(now).reading("balance");
    assert_eq!(balance(), Some(19));
    budget.reconfigure(&options.clone().ratio(0.5)).expect("valid options");
    assert_eq!(balance(), Some(49), "50, of which one is spent");
    budget.reconfigure(&options.clone().ratio(0.5).floor(1.0)).expect("valid options");
    assert_eq!(balance(), Some(59), "and one a second for 10 s");
    let other = BudgetOptions::new("orders");
    for (options, problem) in [
        (options.clone().ratio(-1.0), "`ratio` must be between 0 and 100"),
        (
            options.ttl(Duration::from_secs(1)),
            "`ttl` cannot change from 10s while the budget is used",
        ),
        (other, "`name` cannot change from \"payments\" while the budget is used"),
    ] {
        let error = budget.reconfigure(&options).expect_err("refused").to_string();
        assert_eq!(error, format!("budget `payments`: {problem}"));
        assert_eq!(balance(), Some(59), "nothing has changed");
    }
}
