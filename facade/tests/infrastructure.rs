//! From settings to protected calls.

use std::convert::Infallible;
use std::time::Duration;

use seawall::breaker::CircuitBreaker;
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Error, Infrastructure, Refusal, RefusalKind, Topic};
use seawall_testkit::{ManualClock, Recorder};

const SETTINGS: &str = r#"
    [rate_limit.per_user]
    limit = 5
    period = "1s"

    [rate_limit.global]
    limit = 8
    period = "1s"

    [bulkhead.cards]
    max_concurrent = 2

    [breaker.cards]
    failures = 2
    window = "10s"
    reset_after = "5s"

    [protection.charge_card]
    rate_limit = ["per_user", "global"]
    bulkhead = "cards"
    breaker = "cards"
    timeout = "500ms"
    deadline = "2s"

    [protection.only_breaker]
    breaker = "cards"

    [protection.only_limit]
    rate_limit = "per_user"

    [protection.only_time]
    timeout = "1s"
"#;

struct Bench {
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
}

impl Bench {
    fn new() -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let infra = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(SETTINGS))
            .clock(time.clock())
            .observer(recorder.clone())
            .build()
            .expect("valid settings");
        Self { time, recorder, infra }
    }

    fn call(&self, user: u32, result: Result<(), &'static str>) -> Result<(), Error<&'static str>> {
        let call = self.infra.protect("charge_card")?.key(("user", user));
        self.time.block_on(call.run(async || result))
    }
}

#[test]
fn what_is_configured_is_used() {
    let bench = Bench::new();
    for _ in 0..5 {
        bench.call(1, Ok(())).expect("within the limit");
    }
    let refused = bench.call(1, Ok(())).expect_err("the sixth");
    let refusal = refused.refusal().expect("refused");
    assert_eq!(refusal.by().name().as_str(), "per_user");
    assert_eq!(refusal.retry_after(), Some(Duration::from_millis(200)));
    bench.call(2, Ok(())).expect("another user");
}

#[test]
fn of_several_limits_none_is_charged_for_what_another_refuses() {
    let bench = Bench::new();
    for user in 1..=8 {
        // Keys are counted under every limit of the protection.
        bench.call(user, Ok(())).expect("within both limits");
    }
    for _ in 0..5 {
        bench.call(9, Ok(())).expect("within both limits");
    }
    bench.call(9, Ok(())).expect_err("too many");
    let limiter = bench.infra.component::<RateLimiter>("global").expect("configured");
    assert_eq!(limiter.status(("user", 9)).remaining, 3);
}

#[test]
fn errors_open_the_circuit_and_cost_no_tokens_while_it_is() {
    let bench = Bench::new();
    for _ in 0..2 {
        assert!(matches!(bench.call(1, Err("declined")), Err(Error::Failed("declined"))));
    }
    for _ in 0..10 {
        let refused = bench.call(1, Ok(())).expect_err("open");
        assert!(refused.refusal().expect("refused").is_circuit_open(), "and not the limit");
    }
    bench.time.advance(Duration::from_secs(5));
    bench.call(1, Ok(())).expect("the probe");
    bench.call(1, Ok(())).expect("closed again");
}

#[test]
fn timeouts_count_and_deadlines_hold() {
    let bench = Bench::new();
    for _ in 0..2 {
        let op = std::future::pending::<Result<(), Infallible>>;
        let result = bench.time.block_on(bench.infra.execute_protected("charge_card", op));
        let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
        assert_eq!(elapsed.limit(), Duration::from_millis(500));
        assert_eq!(elapsed.by().to_string(), "protection `charge_card`");
    }
    assert_eq!(bench.infra.status("charge_card").expect("configured")[3].state, "open");
}

#[test]
fn one_layer_alone_does() {
    let bench = Bench::new();
    let run = |name| bench.infra.execute_protected_blocking(name, || Ok::<_, Infallible>(7));
    assert_eq!(run("only_breaker").expect("closed"), 7);
    assert_eq!(run("only_time").expect("nothing refuses"), 7);
    for _ in 0..5 {
        run("only_limit").expect("within the limit");
    }
    assert!(run("only_limit").expect_err("used up").refusal().expect("refused").is_rate_limited());
}

#[test]
fn an_unknown_name_is_a_refusal_that_helps() {
    let bench = Bench::new();
    let refused = bench.infra.execute_protected_blocking("chargecard", || Ok::<(), Infallible>(()));
    let refused = refused.expect_err("unknown");
    assert_eq!(refused.refusal().expect("refused").kind(), RefusalKind::UnknownName);
    let unknown = bench.infra.status("chargecard").expect_err("unknown").to_string();
    assert_eq!(refused.to_string(), unknown);
    assert_eq!(
        unknown,
        "protection `chargecard` is not configured; did you mean `charge_card`? (configured: \
         charge_card, only_breaker, only_limit, only_time)"
    );
    let unknown = bench.infra.component::<CircuitBreaker>("x").expect_err("unknown").to_string();
    assert_eq!(unknown, "circuit breaker `x` is not configured (configured: cards)");
    let refused = bench.infra.check_rate("key", "per-user", 1).expect_err("unknown");
    assert_eq!(refused.kind(), RefusalKind::UnknownName);
}

#[test]
fn a_rate_is_checked_by_rule_and_key() {
    let bench = Bench::new();
    bench.infra.check_rate(("user", 1), "per_user", 5).expect("all five");
    let refused = bench.infra.check_rate(("user", 1), "per_user", 1).expect_err("used up");
    assert_eq!(refused.retry_after(), Some(Duration::from_millis(200)));
    let refused = bench.infra.check_rate(("user", 2), "per_user", 6).expect_err("never");
    assert_eq!(refused.kind(), RefusalKind::CostAboveLimit);
}

#[test]
fn the_status_lists_layers_in_the_order_they_are_asked() {
    let bench = Bench::new();
    let status = bench.infra.status("charge_card").expect("configured");
    let layers: Vec<_> = status.iter().map(|status| status.layer.to_string()).collect();
    assert_eq!(
        layers,
        [
            "rate limit `per_user`",
            "rate limit `global`",
            "bulkhead `cards`",
            "circuit breaker `cards`"
        ]
    );
    assert_eq!(bench.infra.components().len(), 4);
    assert_eq!(
        bench.infra.protections().iter().map(|name| &**name).collect::<Vec<_>>(),
        ["charge_card", "only_breaker", "only_limit", "only_time"]
    );
}

#[test]
fn every_layer_tells_its_part() {
    let bench = Bench::new();
    assert_eq!(bench.recorder.count(Topic::ComponentStarted), 4);
    let _started = bench.recorder.take();
    bench.call(1, Ok(())).expect("allowed");
    assert_eq!(
        bench.recorder.names(),
        [
            "rate_limiter.request_allowed",
            "rate_limiter.request_allowed",
            "circuit_breaker.call_executed",
            "bulkhead.call_executed",
            "protection.call_executed"
        ]
    );
}

#[test]
fn closing_refuses_every_call_and_lets_what_runs_end() {
    let bench = Bench::new();
    let Bench { time, infra, recorder } = &bench;
    let running = infra.protect("charge_card").expect("configured").acquire_blocking();
    let running = running.expect("admitted");
    infra.close();
    let _earlier = recorder.take();
    let kind = |refusal: Option<&Refusal>| refusal.expect("refused").kind();
    for name in &infra.protections() {
        let call = || infra.execute_protected_blocking(name, || Ok::<_, Infallible>(()));
        assert_eq!(kind(call().expect_err(name).refusal()), RefusalKind::ShuttingDown, "{name}");
        let protect = infra.protect(name).map(drop).expect_err(name);
        assert_eq!(protect.to_string(), format!("protection `{name}` is shutting down"));
    }
    assert_eq!(recorder.count(Topic::ProtectionRejected), 8);
    let rates = [
        infra.check_rate("key", "global", 1),
        infra.reserve_rate("key", "global", 1).map(drop),
        time.block_on(infra.wait_for_rate("key", "global", 1, Duration::from_secs(1))),
        infra.wait_for_rate_blocking("key", "global", 1, Duration::from_secs(1)),
    ];
    for refused in rates {
        assert_eq!(kind(refused.as_ref().err()), RefusalKind::ShuttingDown);
    }
    assert_eq!(infra.rate_status("key", "global").expect("configured").remaining, 8, "not taken");
    time.block_on(infra.run());
    running.success();
}

#[test]
fn a_status_has_the_name_of_its_backend() {
    let settings = "[breaker.a]\n[breaker.b]\nbackend = 'failsafe'\n[bulkhead.c]\n\
                    [rate_limit.d]\nbackend = 'governor'\nlimit = 1\nperiod = '1s'\n\
                    [rate_limit.e]\nlimit = 1\nperiod = '1s'\n[protection.p]\nbreaker = 'b'";
    let config = ConfigSource::new().toml_str(settings);
    let infra = Infrastructure::builder().config(config).build().expect("valid settings");
    let backends: Vec<_> =
        infra.components().iter().map(|status| status.backend.expect("known")).collect();
    assert_eq!(backends, ["semaphore", "native", "failsafe", "governor", "native"]);
    assert_eq!(infra.status("p").expect("configured")[0].backend, Some("failsafe"));
}

#[test]
fn the_facades_limiter_methods_do_what_the_limiters_own_do() {
    let bench = Bench::new();
    let Bench { infra, .. } = &bench;
    let own: RateLimiter = infra.component("per_user").expect("configured");
    let (rule, key) = ("per_user", ("user", 1));
    infra.check_rate(key, rule, 2).expect("five are there");
    assert_eq!(infra.rate_status(key, rule).expect("configured"), own.status(key));
    assert_eq!(infra.peek_rate(key, rule, 9).expect("configured"), own.peek(key, 9));
    let reserved = infra.reserve_rate(key, rule, 2).expect("three are there");
    assert_eq!(own.status(key).remaining, 1);
    drop(reserved);
    infra.refund_rate(key, rule, 1).expect("configured");
    assert_eq!(own.status(key).remaining, 4);
    assert_eq!(infra.exhaust_rate(key, rule).expect("configured"), 4);
    assert_eq!(own.status(key).remaining, 0);
    infra.reset_rate(key, rule).expect("configured");
    assert_eq!(own.status(key).remaining, 5);
}

#[test]
fn a_status_is_serialized_for_a_status_page() {
    let bench = Bench::new();
    for _ in 0..2 {
        bench.call(1, Err("declined")).expect_err("its own error");
    }
    let status = bench.infra.status("only_breaker").expect("configured");
    let json = serde_json::to_value(&status[0]).expect("it can be");
    assert_eq!(json["component"], "circuit_breaker");
    assert_eq!(json["name"], "cards");
    assert_eq!(json["backend"], "native");
    assert_eq!(json["state"], "open");
    assert_eq!(json["retry_after_seconds"], 5.0);
    let failures = &json["readings"]["failure"];
    assert_eq!(failures["value"], 2);
    assert_eq!((&failures["kind"], &failures["unit"]), (&"counter".into(), &"{call}".into()));
    assert_eq!(json["readings"]["failures_in_window"]["kind"], "gauge");
}
