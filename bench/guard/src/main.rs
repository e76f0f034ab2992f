//! Makes calls of one kind for callgrind to count: `seawall-guard NAME CALLS`. `.ci/instructions` compares
//! the counts with those in `expected.txt`.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall::{
    Clock, ConfigSource, Driver, Event, Handle, Infrastructure, Interest, Observer, Sleep, Tick,
    TimeSource,
};
use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio};
use seawall_core::dry_run::{DryRun, Mode};
use seawall_core::policy::{Budget, BudgetOptions, Hedge, Policy, Retry};
use seawall_core::pool::{Manage, PoolOptions};
use seawall_pool::Pool;
use seawall_ratelimit::{RateLimiter, Rule};

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000000000
    period = "1s"

    [breaker.payments]
    failure_rate = 0.5

    [protection.charge_card]
    rate_limit = "api"
    breaker = "payments"
    timeout = "1s"
"#;

type Failed = std::convert::Infallible;

/// A call of some kind, made again and again.
type Call = Box<dyn Fn()>;

/// A name, and what starts calls of that kind.
type Kind = (&'static str, fn() -> Call);

/// All kinds.
const KINDS: [Kind; 21] = [
    ("by name, ready", || {
        let infra = infrastructure();
        Box::new(move || succeed(infra.execute_protected("charge_card", ready)))
    }),
    ("by name, suspends once", || {
        let infra = infrastructure();
        Box::new(move || succeed(infra.execute_protected("charge_card", suspends)))
    }),
    ("held, ready", || {
        let handle = handle();
        Box::new(move || succeed(handle.run(ready)))
    }),
    ("held, suspends once", || {
        let handle = handle();
        Box::new(move || succeed(handle.run(suspends)))
    }),
    ("held, observer of refusals, ready", || {
        let handle = builder().observer(OfRefusals);
        let handle = handle.build().expect("valid settings");
        let handle = handle.protection("charge_card").expect("configured");
        Box::new(move || succeed(handle.run(ready)))
    }),
    ("owned, ready", || {
        let handle = handle();
        Box::new(move || succeed(handle.owned().run(ready)))
    }),
    ("by name, blocking", || {
        let infra = infrastructure();
        Box::new(move || {
            let call = || black_box(Ok::<_, Failed>(42));
            _ = black_box(infra.execute_protected_blocking("charge_card", call));
        })
    }),
    ("static limit + breaker + timeout, ready", || {
        let (driver, layers) = (Driver::new(), (limiter(1_000_000_000), breaker()));
        let second = Duration::from_secs(1);
        Box::new(move || succeed(driver.protect(&layers).timeout(second).run(ready)))
    }),
    ("static breaker, ready", || {
        let (driver, breaker) = (Driver::new(), breaker());
        Box::new(move || succeed(driver.protect(&breaker).run(ready)))
    }),
    ("static breaker, retries not needed, ready", || {
        let (driver, breaker, policy) = (Driver::new(), breaker(), policy());
        Box::new(move || {
            let call = driver.protect(&breaker).policy(&policy).idempotent();
            succeed(call.run_attempts(|_| ready()));
        })
    }),
    ("static breaker, hedge not needed, ready", || {
        let (driver, breaker) = (Driver::new(), breaker());
        let policy = policy().with_hedge(Hedge::new()).expect("valid options");
        Box::new(move || {
            let call = driver.protect(&breaker).policy(&policy).idempotent();
            succeed(call.run_attempts(|_| ready()));
        })
    }),
    ("static breaker, observed, ready", || {
        let (driver, breaker) = (Driver::new(), DryRun::new(breaker(), Mode::Observe));
        Box::new(move || succeed(driver.protect(&breaker).run(ready)))
    }),
    ("static limit + breaker + timeout, retries not needed, ready", || {
        let (driver, policy) = (Driver::new(), policy());
        let (layers, second) = ((limiter(1_000_000_000), breaker()), Duration::from_secs(1));
        Box::new(move || {
            let call = driver.protect(&layers).timeout(second).policy(&policy).idempotent();
            succeed(call.run_attempts(|_| ready()));
        })
    }),
    ("static breaker, suspends once", || {
        let (driver, breaker) = (Driver::new(), breaker());
        Box::new(move || succeed(driver.protect(&breaker).run(suspends)))
    }),
    ("static breaker, retries not needed, suspends once", || {
        let (driver, breaker, policy) = (Driver::new(), breaker(), policy());
        Box::new(move || {
            let call = driver.protect(&breaker).policy(&policy).idempotent();
            succeed(call.run_attempts(|_| suspends()));
        })
    }),
    ("static limit, ready", || {
        let (driver, limiter) = (Driver::new(), limiter(1_000_000_000));
        Box::new(move || succeed(driver.protect(&limiter).run(ready)))
    }),
    ("breaker, open, refused", || {
        let (driver, breaker) = (Driver::new(), breaker());
        breaker.trip(Duration::from_secs(3600));
        Box::new(move || _ = black_box(poll(driver.protect(&breaker).run(ready))))
    }),
    ("limit, check, allowed", || {
        let limiter = limiter(1_000_000_000);
        Box::new(move || limiter.check(1).expect("far from the limit"))
    }),
    ("limit, check, denied", || {
        // How long a refusal computes its time depends on the position, and so on the time.
        let driver = Driver::new().with_clock(Clock::custom(Still));
        let limiter = limiter(1).with_driver(driver);
        limiter.check(1).expect("the first one is admitted");
        Box::new(move || _ = black_box(limiter.check(1).expect_err("the limit is reached")))
    }),
    ("pool, idle, checkout", || {
        let pool = pool();
        Box::new(move || {
            let mut lent = poll(pool.checkout()).expect("a resource is idle");
            *lent = black_box(*lent);
        })
    }),
    ("pool, idle, with, under a breaker", || {
        let (driver, breaker, pool) = (Driver::new(), breaker(), pool());
        let use_one = async |number: &mut u64| black_box(Ok::<_, Failed>(*number));
        Box::new(move || succeed(driver.protect(&breaker).with(&pool, use_one)))
    }),
];

/// Pools integers, which take no time to create, check or reset.
struct Numbers;

impl Manage for Numbers {
    type Resource = u64;
    type Error = Failed;

    async fn create(&self) -> Result<u64, Failed> {
        Ok(42)
    }
}

fn pool() -> Pool<Numbers> {
    Pool::new("orders", Numbers, PoolOptions::new()).expect("valid options")
}

/// A clock at an ordinary time, which stands still.
struct Still;

impl TimeSource for Still {
    fn now(&self) -> Tick {
        Tick::from_nanos(123_456_789_012)
    }

    fn sleep_until(&self, _: Tick) -> Sleep {
        Sleep::new(std::future::pending())
    }
}

/// An observer of changes and refusals, as a journal is one.
struct OfRefusals;

impl Observer for OfRefusals {
    fn observe(&self, _: &Event<'_>) {}

    fn interest(&self) -> Interest {
        Interest::Refusals
    }
}

fn settings() -> ConfigSource {
    ConfigSource::new().toml_str(SETTINGS)
}

/// By the system's clock: under valgrind, the cycle counter is steady in some runs and not in others.
fn builder() -> seawall::Builder {
    Infrastructure::builder().config(settings()).clock(Clock::system())
}

fn infrastructure() -> Infrastructure {
    builder().build().expect("valid settings")
}

fn handle() -> Handle {
    infrastructure().protection("charge_card").expect("configured")
}

fn limiter(per_second: u32) -> RateLimiter {
    let period = if per_second == 1 { 3600 } else { 1 };
    let rule = Rule::new("api", per_second, Duration::from_secs(period));
    RateLimiter::start(&rule).expect("a valid rule")
}

fn policy() -> Policy {
    let budget = Budget::start(&BudgetOptions::new("payments")).expect("valid options");
    Policy::new(&budget).with_retry(Retry::new()).expect("valid options")
}

fn breaker() -> CircuitBreaker {
    let options = BreakerOptions::new("payments").failure_rate(Ratio::percent(50));
    CircuitBreaker::start(&options).expect("valid options")
}

async fn ready() -> Result<u64, Failed> {
    black_box(Ok(42))
}

async fn suspends() -> Result<u64, Failed> {
    let mut suspended = false;
    poll_fn(|_| match std::mem::replace(&mut suspended, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
    black_box(Ok(42))
}

// Inlined, so that a count does not depend on how many kinds have a future of the same type.
#[inline(always)]
fn succeed<E>(call: impl Future<Output = Result<u64, E>>) {
    assert!(poll(call).is_ok(), "the call is admitted and succeeds");
}

/// Polls until the future is ready, at most twice.
#[inline(always)]
fn poll<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("not ready at the second poll")
}

/// What callgrind counts, told apart by this function's name.
#[inline(never)]
fn counted(call: &Call, calls: u64) {
    for _ in 0..calls {
        call();
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => KINDS.iter().for_each(|(name, _)| println!("{name}")),
        [name, calls] => {
            let kind = KINDS.iter().find(|(known, _)| *known == name);
            let (Some((_, start)), Ok(calls)) = (kind, calls.parse()) else {
                eprintln!("unknown kind or invalid number: see `seawall-guard list`");
                return ExitCode::FAILURE;
            };
            let call = start();
            for _ in 0..1_000 {
                call();
            }
            counted(&call, calls);
        }
        _ => {
            eprintln!("usage: seawall-guard list | NAME CALLS");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
