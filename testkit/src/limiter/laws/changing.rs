use std::time::Duration;

use crate::limiter::fixture::{BOTH, Fixture};
use crate::limiter::queue::Queue;
use crate::limiter::script::assert_no_effect;
use crate::limiter::{Setup, Subject};

const HOUR: Duration = Duration::from_secs(60 * 60);

pub(in crate::limiter) fn same_rule_changes_nothing(subject: &Subject<'_>) {
    assert_no_effect(subject, "with and without setting the same rule", |fixture, _, _| {
        fixture.set_rule(&fixture.setup);
    });
    for key in BOTH {
        let twins = Fixture::twins(subject);
        let began = twins.each_ref().map(|fixture| {
            let mut queue = Queue::at(fixture);
            fixture.use_up(key);
            for cost in [1, 3, 1, 5, 2, 1, 4] {
                queue.wait(key, cost, HOUR);
                queue.pass(fixture.token() / 3);
                if std::ptr::eq(fixture, &raw const twins[0]) {
                    fixture.set_rule(&fixture.setup);
                }
            }
            queue.finish();
            queue.all_began()
        });
        let [with, without] = began;
        assert_eq!(with, without, "when waiters go, with and without setting the same rule");
    }
}

pub(in crate::limiter) fn limit_down_and_up_forgives_nothing(subject: &Subject<'_>) {
    for (key, part) in BOTH.into_iter().flat_map(|key| [(key, 2), (key, 10)]) {
        let fixture = Fixture::new(subject);
        let Setup { limit, burst, .. } = fixture.setup;
        let smaller = Setup { limit: limit / part, burst: 1.max(burst / part), ..fixture.setup };
        fixture.use_up(key);
        for _ in 0..5 {
            fixture.set_rule(&smaller);
            fixture.refused(key, 1, "all tokens were spent before the limit became smaller");
            fixture.set_rule(&fixture.setup);
            fixture.refused(key, 1, "all tokens were spent, and the limit is what it was");
        }
        fixture.pass_until_full();
        fixture.remains(key, fixture.all(), "long after the limit became what it was");
        fixture.use_up(key);
    }
}
