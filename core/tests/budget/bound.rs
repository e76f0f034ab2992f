//! The bound holds under any schedule of failures, threads and cancellations.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::Tick;
use seawall_core::policy::{Budget, BudgetOptions, Extra};

#[derive(Clone, Debug)]
enum Act {
    Succeed(u8),
    /// An extra call is decided upon.
    Withdraw(u8),
    /// One of those that were granted is sent.
    Send(prop::sample::Index),
    /// One of those that were granted is not sent.
    Drop(prop::sample::Index),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1_u8..40).prop_map(Act::Succeed),
        3 => (1_u8..10).prop_map(Act::Withdraw),
        3 => any::<prop::sample::Index>().prop_map(Act::Send),
        1 => any::<prop::sample::Index>().prop_map(Act::Drop),
        3 => (0_u16..700).prop_map(Act::Wait),
    ]
}

/// The times at which calls succeeded, and at which extra ones were decided upon and sent.
#[derive(Default)]
struct Log {
    successes: Vec<Tick>,
    sent: Vec<(Tick, Tick)>,
}

impl Log {
    /// Extra calls sent in any time of length `ttl` ≤ `floor` × `ttl` + `ratio` × the successes in the `ttl`
    /// before the last of them was decided upon.
    fn check(&self, options: &BudgetOptions) {
        let ttl = options.ttl;
        let floor = options.floor * ttl.as_secs_f64();
        for &(_, end) in &self.sent {
            let window =
                self.sent.iter().filter(|(_, sent)| *sent <= end && end.since(*sent) < ttl);
            let (count, last) = window.fold((0.0, Tick::ZERO), |(count, last), (decided, _)| {
                (count + 1.0, last.max(*decided))
            });
            let successes = self.successes.iter();
            let before = successes.filter(|at| **at <= last && last.since(**at) <= ttl).count();
            let bound = floor + options.ratio * f64::from(u32::try_from(before).expect("few"));
            assert!(count <= bound + 1e-6, "{count} sent, at most {bound}, in {ttl:?} to {end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn extra_calls_are_bounded_by_the_floor_and_the_successes(
        acts in prop::collection::vec(act(), 1..200),
        ratio in prop::sample::select(vec![0.0, 0.1, 0.2, 0.3, 1.0, 1.5]),
        floor in prop::sample::select(vec![0.0, 0.5, 1.0, 3.0]),
        ttl in prop::sample::select(vec![500, 1_000, 3_000_u64]),
    ) {
        let options = BudgetOptions::new("bound").ratio(ratio).floor(floor);
        let options = options.ttl(Duration::from_millis(ttl));
        let budget = Budget::start(&options).expect("valid options");
        let (mut now, mut log, mut granted) = (Tick::from_millis(77), Log::default(), Vec::new());
        for act in acts {
            match act {
                Act::Succeed(count) => (0..count).for_each(|_| {
                    budget.deposit(now);
                    log.successes.push(now);
                }),
                Act::Withdraw(count) => (0..count).for_each(|_| {
                    granted.extend(budget.withdraw(now).map(|extra| (now, extra)));
                }),
                Act::Send(index) if !granted.is_empty() => {
                    let (decided, extra): (Tick, Extra) =
                        granted.swap_remove(index.index(granted.len()));
                    extra.send(now);
                    log.sent.push((decided, now));
                }
                Act::Drop(index) if !granted.is_empty() => {
                    drop(granted.swap_remove(index.index(granted.len())));
                }
                Act::Wait(millis) => now = now + Duration::from_millis(millis.into()),
                Act::Send(_) | Act::Drop(_) => {}
            }
        }
        log.check(&options);
    }
}

#[test]
fn the_bound_holds_for_64_threads_that_succeed_fail_and_go_away() {
    let options = BudgetOptions::new("bound").floor(2.0).ttl(Duration::from_secs(1));
    let budget = Budget::start(&options).expect("valid options");
    let log = Mutex::new(Log::default());
    // Within a phase, time stands still, so that the log has the times that the budget was given.
    for phase in 0..30_u64 {
        let now = Tick::from_millis(phase * 130);
        thread::scope(|scope| {
            for thread in 0..64_u64 {
                let (budget, log) = (&budget, &log);
                scope.spawn(move || {
                    for nth in 0..20 {
                        match (thread * 31 + nth * 7 + phase) % 5 {
                            0 | 1 => {
                                log.lock().expect("no panic").successes.push(now);
                                budget.deposit(now);
                            }
                            2 => drop(budget.withdraw(now)),
                            _ => {
                                let Some(extra) = budget.withdraw(now) else { continue };
                                extra.send(now);
                                log.lock().expect("no panic").sent.push((now, now));
                            }
                        }
                    }
                });
            }
        });
    }
    let log = log.into_inner().expect("no panic");
    assert!(log.sent.len() > 1000, "{}", log.sent.len());
    log.check(&options);
}
