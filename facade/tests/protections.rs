//! What calls go through: one protection or several, by name, by handle and composed in code, for
//! tasks and for threads.

use std::convert::Infallible;
use std::time::Duration;

use seawall::bulkhead::Bulkhead;
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Error, Handle, Infrastructure, RefusalKind, Topic, Verdict};
use seawall_testkit::{ManualClock, Recorder};

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 10
    period = "1h"

    [bulkhead.api]
    max_concurrent = 1

    [breaker.payments]
    consecutive_failures = 2

    [protection.outer]
    rate_limit = "api"
    deadline = "10s"

    [protection.inner]
    breaker = "payments"
    timeout = "1s"

    [protection.innermost]
    bulkhead = "api"
"#;

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
}

impl Fixture {
    fn new() -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
        let builder = builder.clock(time.clock()).observer(recorder.clone());
        Self { time, recorder, infra: builder.build().expect("valid settings") }
    }

    fn handle(&self, name: &str) -> Handle {
        self.infra.protection(name).expect("configured")
    }

    fn tokens(&self) -> u64 {
        let limiter: RateLimiter = self.infra.component("api").expect("configured");
        limiter.protect().peek().remaining
    }

    fn is_free(&self) -> bool {
        let bulkhead: Bulkhead = self.infra.component("api").expect("configured");
        bulkhead.protect().acquire_blocking().map(seawall_core::Permit::success).is_ok()
    }

    /// The protections that have ended a call since the last look, in that order.
    fn ended(&self) -> Vec<String> {
        let events = self.recorder.take();
        let ends = events.iter().filter(|event| event.topic == Topic::ProtectionExecuted);
        ends.map(|event| event.layer.name().to_string()).collect()
    }
}

async fn ok() -> Result<u8, Infallible> {
    Ok(1)
}

fn ok_blocking() -> Result<u8, Infallible> {
    Ok(1)
}

#[test]
fn one_protection_or_several_are_taken_by_name_by_handle_and_mixed() {
    let fixture = Fixture::new();
    let Fixture { time, infra, .. } = &fixture;
    let (outer, inner) = (fixture.handle("outer"), fixture.handle("inner"));
    let (owned, all) = (String::from("inner"), ["outer", "inner", "innermost"]);
    let _started = fixture.ended();
    macro_rules! both {
        ($protection:expr, $ended:expr) => {
            time.block_on(infra.execute_protected($protection, ok)).expect("admitted");
            assert_eq!(fixture.ended(), $ended);
            infra.execute_protected_blocking($protection, ok_blocking).expect("admitted");
            assert_eq!(fixture.ended(), $ended);
        };
    }
    both!("inner", ["inner"]);
    both!(&owned, ["inner"]);
    both!(&inner, ["inner"]);
    both!(["outer", "inner"], ["inner", "outer"]);
    both!(("outer", &inner), ["inner", "outer"]);
    both!((&outer, "inner", "innermost"), ["innermost", "inner", "outer"]);
    both!(all, ["innermost", "inner", "outer"]);
    assert_eq!(fixture.tokens(), 2, "each call through `outer` costs a token");
}

#[test]
fn the_outer_protection_holds_what_it_took_until_the_inner_one_is_done() {
    let fixture = Fixture::new();
    let through = ["innermost", "outer"];
    let op = async || Ok::<_, Infallible>(fixture.is_free());
    let free = fixture.time.block_on(fixture.infra.execute_protected(through, op));
    assert!(!free.expect("admitted"), "the place is taken");
    assert!(fixture.is_free());
}

#[test]
fn refusals_and_timeouts_of_an_inner_protection_are_returned_as_they_are() {
    let fixture = Fixture::new();
    let Fixture { time, infra, .. } = &fixture;
    for _ in 0..2 {
        let op = std::future::pending::<Result<u8, Infallible>>;
        let result = time.block_on(infra.execute_protected(["outer", "inner"], op));
        let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
        assert_eq!(elapsed.by().name().as_str(), "inner");
    }
    let refused = time.block_on(infra.execute_protected(["outer", "inner"], ok));
    let refused = refused.expect_err("the circuit is open");
    assert!(refused.refusal().expect("refused").is_circuit_open());
    let refused = infra.execute_protected_blocking(["outer", "inner"], ok_blocking);
    assert!(refused.expect_err("open").refusal().expect("refused").is_circuit_open());
}

#[test]
fn an_unknown_name_among_several_is_a_refusal() {
    let fixture = Fixture::new();
    let call = fixture.infra.execute_protected(["outer", "iner"], ok);
    let refused = fixture.time.block_on(call).expect_err("unknown");
    assert_eq!(refused.refusal().expect("refused").kind(), RefusalKind::UnknownName);
    assert!(refused.to_string().contains("did you mean `inner`?"), "{refused}");
}

#[test]
fn an_unknown_name_is_refused_only_once_the_call_is_polled() {
    let fixture = Fixture::new();
    fixture.infra.close();
    let _earlier = fixture.recorder.take();
    let call = fixture.infra.execute_protected("inner", ok);
    assert_eq!(fixture.recorder.count(Topic::ProtectionRejected), 0);
    let refused = fixture.time.block_on(call).expect_err("closed");
    assert_eq!(refused.to_string(), "protection `inner` is shutting down");
    assert_eq!(fixture.recorder.count(Topic::ProtectionRejected), 1);
}

#[test]
fn a_handle_refuses_after_close_however_it_is_called() {
    let fixture = Fixture::new();
    let Fixture { time, infra, .. } = &fixture;
    let composed = infra.compose().breaker("payments").build().expect("valid");
    let handles = [fixture.handle("inner"), composed];
    let running = handles[0].owned().acquire_blocking().expect("admitted");
    infra.close();
    let late = infra.compose().breaker("payments").build().expect("valid");
    for handle in handles.iter().chain([&fixture.handle("inner"), &late]) {
        let refused = [
            time.block_on(handle.run(ok)).expect_err("closed"),
            time.block_on(handle.owned().run(ok)).expect_err("closed"),
            time.block_on(handle.clone().run(ok)).expect_err("closed"),
            handle.run_blocking(ok_blocking).expect_err("closed"),
            time.block_on(infra.execute_protected(handle, ok)).expect_err("closed"),
        ];
        for refused in refused {
            let kind = refused.refusal().expect("refused").kind();
            assert_eq!(kind, RefusalKind::ShuttingDown);
        }
    }
    running.success();
}

#[test]
fn a_handles_classifier_judges_calls_that_bring_none() {
    let fixture = Fixture::new();
    let Fixture { time, infra, .. } = &fixture;
    let classify = |result: &Result<u8, &str>| match result {
        Err("declined") => Verdict::Ignored,
        Err(_) => Verdict::Failure,
        Ok(_) => Verdict::Success,
    };
    let inner = fixture.handle("inner").with_classifier(classify);
    let declined = async || Err::<u8, _>("declined");
    for _ in 0..2 {
        time.block_on(inner.run(declined)).expect_err("declined");
        time.block_on(inner.owned().run(declined)).expect_err("declined");
        time.block_on(infra.execute_protected(&inner, declined)).expect_err("declined");
        let both = infra.execute_protected(("outer", &inner), declined);
        time.block_on(both).expect_err("declined");
        inner.run_blocking(|| Err::<u8, _>("declined")).expect_err("declined");
    }
    time.block_on(inner.run(async || Ok(1))).expect("the circuit is closed");
    for _ in 0..2 {
        let call = inner.call().classify(|_: &Result<u8, &str>| Verdict::Failure);
        time.block_on(call.run(declined)).expect_err("declined");
    }
    let refused = time.block_on(inner.run(async || Ok(1))).expect_err("two failures");
    assert!(refused.refusal().expect("refused").is_circuit_open());
}

#[tokio::test]
async fn protected_work_can_be_spawned() {
    let config = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(config).build().expect("valid settings");
    let handle = infra.protection("inner").expect("configured");
    let owned = tokio::spawn(handle.owned().run(ok));
    let clone = handle.clone();
    let borrowed = tokio::spawn(async move {
        infra.execute_protected("inner", ok).await?;
        infra.execute_protected(&clone, ok).await?;
        infra.execute_protected(("outer", &clone), ok).await?;
        infra.execute_protected(["outer", "inner", "innermost"], ok).await
    });
    let answers = [owned.await.expect("no panic"), borrowed.await.expect("no panic")];
    for answer in answers {
        assert_eq!(answer.expect("admitted"), 1);
    }
}

#[test]
fn what_is_composed_runs_through_its_layers_and_has_its_limits_and_its_name() {
    let fixture = Fixture::new();
    let compose = fixture.infra.compose().name("refunds").rate_limit("api").bulkhead("api");
    let handle = compose.breaker("payments").timeout(Duration::from_secs(1)).build();
    let handle = handle.expect("valid");
    fixture.time.block_on(handle.call().cost(3).run(ok)).expect("admitted");
    assert_eq!(fixture.tokens(), 7);
    let op = std::future::pending::<Result<u8, Infallible>>;
    let Err(Error::TimedOut(elapsed)) = fixture.time.block_on(handle.run(op)) else { panic!() };
    assert_eq!(elapsed.to_string(), "the call through protection `refunds` was cut after 1.0 s");

    let unnamed = fixture.infra.compose().rate_limit("api").breaker("payments").build();
    assert_eq!(unnamed.expect("valid").layer().name().as_str(), "api+payments");
}

#[test]
fn a_composition_is_checked_as_settings_are() {
    let infra = Fixture::new().infra;
    let second = Duration::from_secs(1);
    let report = |composition: seawall::Composition<'_>| {
        let error = composition.name("p").build().expect_err("wrong").to_string();
        error.split_once('\n').expect("a line for each").1.to_owned()
    };
    assert_eq!(
        report(infra.compose().breaker("paymnts")),
        "code: protection.p.breaker: no circuit breaker named `paymnts` is configured; did you mean \
         `payments`?"
    );
    assert_eq!(
        report(infra.compose().rate_limit("api").rate_limit("api")),
        "code: protection.p.rate_limit: `api` is added twice; expected each component once"
    );
    assert_eq!(
        report(infra.compose().breaker("payments").bulkhead("api")),
        "code: protection.p.bulkhead: the bulkhead `api` is behind the circuit breaker `payments`, so \
         that a call would hold what that gave it while it waits; expected rate limits, then bulkheads, \
         then breakers"
    );
    assert_eq!(
        report(infra.compose().breaker("payments").timeout(2 * second).deadline(second)),
        "code: protection.p.timeout: it never passes, as the `deadline` of 1s ends the call; expected \
         1s at most"
    );
    assert_eq!(
        report(infra.compose()),
        "code: protection.p.compose: the protection is empty; expected one of rate_limit, bulkhead, \
         breaker, timeout, deadline, attempts"
    );
    let blank = infra.compose().name(" ").breaker("payments").build().expect_err("blank");
    assert!(blank.to_string().contains("must not be blank"), "{blank}");
}
