use seawall_core::{RefusalKind, Verdict};

use crate::breaker::Subject;
use crate::breaker::fixture::Fixture;

pub(in crate::breaker) fn forced_open_refuses_as_such(subject: &Subject<'_>) {
    for (from, verdict) in ["closed", "open", "half_open"]
        .into_iter()
        .flat_map(|from| [Verdict::Success, Verdict::Failure].map(|verdict| (from, verdict)))
    {
        let fixture = Fixture::new(subject);
        let mut earlier = fixture.admitted("the circuit is closed");
        if from != "closed" {
            fixture.trip();
        }
        if from == "half_open" {
            fixture.pass_reset_time();
            earlier = fixture.admitted("its reset time is over");
        }
        fixture.force_open();
        is_forced(&fixture, &format!("just after it was {from}"));
        fixture.end(earlier, verdict);
        is_forced(&fixture, &format!("after a call from before ended {}", verdict.as_str()));
        for time in [fixture.setup.reset_after, fixture.setup.probe_lease, fixture.setup.window] {
            fixture.pass(time);
            is_forced(&fixture, &format!("after {time:?}, when it was {from} before"));
        }
    }
}

#[track_caller]
fn is_forced(fixture: &Fixture, when: &str) {
    let refusal = fixture.refused("the circuit is forced open");
    assert_eq!(refusal.kind(), RefusalKind::CircuitForcedOpen, "the refusal's kind {when}");
    assert_eq!(refusal.retry_after(), None, "the `retry_after` {when}");
}
