use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::Plan;

/// Runs `check` on the plan of each seed.
///
/// # Panics
/// If `check` panics for one of them; the message has the smallest plan found that still fails.
pub fn explore(
    seeds: impl IntoIterator<Item = u64>,
    plan: impl Fn(u64) -> Plan,
    check: impl Fn(&Plan),
) {
    let fails = |plan: &Plan| catch_unwind(AssertUnwindSafe(|| check(plan))).is_err();
    for seed in seeds {
        let plan = plan(seed);
        if fails(&plan) {
            let least = shrink(plan, fails);
            let cause = catch_unwind(AssertUnwindSafe(|| check(&least)));
            let cause = cause.err().and_then(|cause| cause.downcast::<String>().ok());
            panic!(
                "seed {seed}: {}\nsmallest plan that fails: {least:#?}",
                cause.unwrap_or_default()
            );
        }
    }
}

/// Returns the smallest plan found for which `fails` returns true, by leaving out faults and instances, and
/// by shortening it.
#[must_use]
pub fn shrink(plan: Plan, fails: impl Fn(&Plan) -> bool) -> Plan {
    let mut least = plan;
    while let Some(smaller) = smaller(&least).into_iter().find(|plan| fails(plan)) {
        least = smaller;
    }
    least
}

/// Returns plans that are a little smaller.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    for i in 0..plan.faults.len() {
        let mut plan = plan.clone();
        plan.faults.remove(i);
        plans.push(plan);
    }
    if plan.instances > 1 {
        let instances = plan.instances - 1;
        let mut plan = Plan { instances, ..plan.clone() };
        plan.faults.retain(|fault| fault.instance().is_none_or(|instance| instance < instances));
        plans.push(plan);
    }
    for part in [0.5, 0.9] {
        let length = plan.length.mul_f64(part);
        if length >= Duration::from_millis(1) {
            plans.push(Plan { length, ..plan.clone() });
        }
    }
    plans
}

#[cfg(test)]
mod tests {
    use super::super::{Fault, FaultKind};
    use super::*;

    #[test]
    fn a_plan_shrinks_to_what_makes_it_fail() {
        let at = Duration::from_secs;
        let mut plan = Plan::new(1, 8, at(60), 100.0);
        for second in 1..10 {
            plan = plan.with(Fault::new(at(second), at(1), FaultKind::Down));
        }
        let culprit = Fault::new(at(20), at(1), FaultKind::Stop);
        let least = shrink(plan.with(culprit), |plan| {
            plan.faults.contains(&culprit) && plan.length > at(21) && plan.instances > 2
        });
        assert_eq!((least.faults, least.instances), (vec![culprit], 3));
        assert!(least.length < at(25), "{:?}", least.length);
    }

    #[test]
    #[should_panic(expected = "seed 3: three")]
    fn a_failure_names_its_seed() {
        let plan = |seed| Plan::new(seed, 1, Duration::from_secs(1), 1.0);
        explore(0..5, plan, |plan| assert!(plan.seed != 3, "{}", "three"));
    }
}
