//! A protected call allocates nothing: admitted or refused, composed by type or by configuration.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall::breaker::{BreakerOptions, CircuitBreaker};
use seawall::bulkhead::{Bulkhead, BulkheadOptions};
use seawall::dry_run::{DryRun, Mode, Shadow};
use seawall::policy::{Budget, BudgetOptions, Policy, Retry};
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Driver, Error, Infrastructure};
use seawall_core::Backend;

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000
    period = "1h"

    [bulkhead.api]
    max_concurrent = 4

    [breaker.api]
    failures = 1
    reset_after = "1h"

    [protection.api]
    rate_limit = "api"
    bulkhead = "api"
    breaker = "api"
"#;

const WAIT: Duration = Duration::from_secs(1);

fn infrastructure() -> Infrastructure {
    let config = ConfigSource::new().toml_str(SETTINGS);
    Infrastructure::builder().config(config).build().expect("valid settings")
}

/// Polls once: what is measured never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// How often `call` allocates, the second time: the first makes room for its key.
fn allocations(mut call: impl FnMut()) -> u64 {
    call();
    allocation_counter::measure(call).count_total
}

type Call<'c> = (&'static str, Box<dyn FnMut() -> Result<(), Error<Infallible>> + 'c>);

fn check(infra: &Infrastructure, admitted: bool) {
    let limiter = infra.component::<RateLimiter>("api").expect("configured");
    let bulkhead = infra.component::<Bulkhead>("api").expect("configured");
    let breaker = infra.component::<CircuitBreaker>("api").expect("configured");
    let layers = (&limiter, &bulkhead, &breaker);
    let driver = infra.driver();
    let key = ("user", 123, "a key that is longer than any buffer would hold in itself");
    let calls: [Call<'_>; 4] = [
        ("static", Box::new(|| now(driver.protect(&layers).key(key).run(async || Ok(()))))),
        ("static, blocking", Box::new(|| driver.protect(&layers).key(key).run_blocking(|| Ok(())))),
        ("dynamic", Box::new(|| now(infra.protect("api")?.key(key).run(async || Ok(()))))),
        ("dynamic, blocking", Box::new(|| infra.execute_protected_blocking("api", || Ok(())))),
    ];
    for (name, mut call) in calls {
        let count = allocations(|| assert_eq!(call().is_ok(), admitted, "{name}"));
        assert_eq!(count, 0, "{name}, admitted: {admitted}");
    }
}

#[test]
fn an_admitted_call_allocates_nothing() {
    check(&infrastructure(), true);
}

#[test]
fn a_call_that_the_breaker_refuses_allocates_nothing() {
    let infra = infrastructure();
    let failed = infra.execute_protected_blocking("api", || Err::<(), ()>(()));
    assert!(matches!(failed, Err(Error::Failed(()))));
    check(&infra, false);
}

#[test]
fn a_call_that_the_bulkhead_refuses_allocates_nothing() {
    let infra = infrastructure();
    let bulkhead = infra.component::<Bulkhead>("api").expect("configured");
    let _held: Vec<_> = (0..4)
        .map(|_| bulkhead.protect().acquire_blocking().expect("there are four places"))
        .collect();
    check(&infra, false);
}

#[test]
fn a_call_that_the_rate_limit_refuses_allocates_nothing() {
    let infra = infrastructure();
    let limiter = infra.component::<RateLimiter>("api").expect("configured");
    let key = ("user", 123, "a key that is longer than any buffer would hold in itself");
    limiter.check_rate(key, 1000).expect("all there is");
    limiter.protect().cost(1000).acquire_blocking().expect("all there is").success();
    check(&infra, false);
}

#[test]
fn a_timeout_that_is_not_needed_allocates_nothing() {
    let infra = infrastructure();
    let count = allocations(|| {
        let call = infra.protect("api").expect("configured").timeout(Duration::from_secs(1));
        now(call.run(async || Ok::<(), Infallible>(()))).expect("admitted");
    });
    assert_eq!(count, 0, "the timer is armed only where the operation waits");
}

/// A wait on the system's clock costs one allocation, of the timer library's; nothing else does.
#[test]
fn a_call_that_is_attempted_again_allocates_only_its_waits() {
    let budget = Budget::start(&BudgetOptions::new("api").floor(100.0)).expect("valid options");
    let retry = Retry::new().attempts(3).base(Duration::from_millis(1));
    let policy = Policy::new(&budget).with_retry(retry).expect("valid options");
    let breaker = BreakerOptions::new("api").failures(1000);
    let breaker = CircuitBreaker::start(&breaker).expect("valid options");
    let driver = Driver::new();
    let call = || driver.protect(&breaker).policy(&policy).idempotent();
    for (last, waits) in [(1, 0), (3, 2)] {
        let count = allocations(|| {
            let result = call().run_attempts_blocking(|attempt| {
                if attempt.number() < last { Err("down") } else { Ok(attempt.number()) }
            });
            assert_eq!(result.expect("the last one"), last);
        });
        assert_eq!(count, waits, "{last} attempts, blocking");
    }
    let count = allocations(|| {
        now(call().run_attempts(async |_| Ok::<(), ()>(()))).expect("the first one");
    });
    assert_eq!(count, 0, "not needed");
}

#[test]
fn an_observed_layer_and_a_shadow_allocate_nothing() {
    let breaker = |name, failures| {
        CircuitBreaker::start(&BreakerOptions::new(name).failures(failures)).expect("valid options")
    };
    let full =
        Bulkhead::start(&BulkheadOptions::new("full").max_concurrent(1)).expect("valid options");
    let _held = full.protect().acquire_blocking().expect("its only place");
    let shadow = Arc::new(Shadow::new(breaker("stricter", 1)));
    let enforced = DryRun::new(breaker("api", 2), Mode::Enforce).with_shadow(&shadow);
    let share = DryRun::new(breaker("share", 1), Mode::share(0.5).expect("valid"));
    let full = DryRun::new(full.clone(), Mode::Observe);
    let (driver, layers) = (Driver::new(), (full, share, enforced, shadow.clone()));
    for failed in 0..3 {
        let count = allocations(|| {
            let call = driver.protect(&layers).key(("user", 123));
            let ended = call.run_blocking(|| if failed == 0 { Ok(()) } else { Err(()) });
            assert_eq!(ended.is_ok(), failed == 0);
        });
        assert_eq!(count, 0, "{failed} calls failed");
    }
    let status = |layer: &dyn Backend| layer.status(driver.clock().now());
    assert!(status(&layers.0).reading("would_refuse") > Some(0));
    assert!(status(&*shadow).reading("would_refuse") > Some(0));
    assert!(status(&*shadow).reading("would_admit") == Some(0), "it is the stricter one");
}

#[test]
fn a_call_by_name_allocates_nothing_however_long_the_name_is() {
    for length in [6, 24, 100] {
        let name = "x".repeat(length);
        let settings = SETTINGS.replace("api", &name) + "\n[protection.time]\ndeadline = '1s'";
        let config = ConfigSource::new().toml_str(settings);
        let infra = Infrastructure::builder().config(config).build().expect("valid settings");
        let key = ("user", 123);
        let handle = infra.protection(&name).expect("configured");
        let compose = infra.compose().rate_limit(&name).bulkhead(&name).breaker(&name);
        let composed = compose.build().expect("valid");
        let calls: [Call<'_>; 11] = [
            ("execute", Box::new(|| now(infra.execute_protected(&name, async || Ok(()))))),
            (
                "several",
                Box::new(|| now(infra.execute_protected(["time", &name], async || Ok(())))),
            ),
            ("handle", Box::new(|| now(handle.call().key(key).run(async || Ok(()))))),
            ("owned", Box::new(|| now(handle.owned().key(key).run(async || Ok(()))))),
            ("composition", Box::new(|| now(infra.execute_protected(&composed, async || Ok(()))))),
            ("blocking", Box::new(|| composed.run_blocking(|| Ok(())))),
            ("run", Box::new(|| now(infra.protect(&name)?.key(key).run(async || Ok(()))))),
            ("run_blocking", Box::new(|| infra.execute_protected_blocking(&name, || Ok(())))),
            ("check_rate", Box::new(|| Ok(infra.check_rate(key, &name, 1)?))),
            ("reserve_rate", Box::new(|| Ok(infra.reserve_rate(key, &name, 1).map(drop)?))),
            ("wait_for_rate", Box::new(|| Ok(now(infra.wait_for_rate(key, &name, 1, WAIT))?))),
        ];
        for (what, mut call) in calls {
            let count = allocations(|| call().expect("admitted"));
            assert_eq!(count, 0, "{what} with a name of {length} bytes");
        }
        let count = allocations(|| {
            infra.component::<CircuitBreaker>(&name).expect("configured");
        });
        assert_eq!(count, 0, "a handle by a name of {length} bytes");
    }
}

#[test]
fn the_measure_sees_an_allocation() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}
