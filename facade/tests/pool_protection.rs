//! Pools behind the breaker of a protection: what it hears of them, and what it spares them.

use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall::breaker::{CircuitBreaker, State};
use seawall::{ConfigSource, Error, Infrastructure, Pool};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};

/// Those that need no runtime and no threads, so that time can stand still.
const BACKENDS: [&str; 2] = ["native", "deadpool"];

const SETTINGS: &str = r#"
    [breaker.database]
    failures = 3
    window = "10s"
    reset_after = "5s"

    [pool.orders]
    max_size = 8

    [protection.place_order]
    breaker = "database"
    deadline = "2s"
"#;

struct Bench {
    time: ManualClock,
    infra: Infrastructure,
    orders: Dummy,
    pool: Pool<Dummy>,
}

fn bench(backend: &str) -> Bench {
    let time = ManualClock::new();
    let orders = Dummy::new(time.clock());
    let settings = SETTINGS.replace("max_size", &format!("backend = {backend:?}\nmax_size"));
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(settings));
    let builder = builder.clock(time.clock()).pool("orders", orders.clone());
    let infra = builder.build().expect("good settings");
    let pool = infra.pool("orders").expect("it is there");
    Bench { time, infra, orders, pool }
}

impl Bench {
    fn place(
        &self,
        op: impl AsyncFnOnce(&mut Connection) -> Result<(), &'static str>,
    ) -> Result<(), Error<&'static str>> {
        let call = self.infra.protect("place_order")?;
        self.time.block_on(call.with(&self.pool, op))
    }

    fn state(&self) -> State {
        self.infra.component::<CircuitBreaker>("database").expect("it is there").status().state
    }

    /// Each of sixty-four callers is refused because the circuit is open.
    #[track_caller]
    fn assert_refuses(&self) {
        for _ in 0..64 {
            let refused = self.place(async |_| Ok(())).expect_err("it is open");
            assert!(refused.refusal().is_some_and(seawall::Refusal::is_circuit_open), "{refused}");
        }
    }
}

#[test]
fn while_the_circuit_is_open_no_caller_connects() {
    for backend in BACKENDS {
        let bench = bench(backend);
        bench
            .infra
            .component::<CircuitBreaker>("database")
            .expect("it is there")
            .trip(Duration::from_secs(5));
        bench.assert_refuses();
        assert_eq!(bench.orders.calls(Act::Create), 0, "{backend}");
        bench.time.advance(Duration::from_secs(5));
        bench.place(async |_| Ok(())).expect("the probe");
        assert_eq!((bench.orders.calls(Act::Create), bench.state()), (1, State::Closed));
    }
}

#[test]
fn connects_that_fail_open_the_circuit_which_then_stops_them() {
    for backend in BACKENDS {
        let bench = bench(backend);
        for _ in 0..4 {
            bench.orders.then(Act::Create, Step::Fail("refused"));
        }
        for _ in 0..3 {
            assert_eq!(bench.state(), State::Closed, "{backend}");
            let refused = bench.place(async |_| Ok(())).expect_err("it cannot be reached");
            let source = refused.refusal().and_then(|refusal| refusal.source());
            assert_eq!(source.and_then(|error| error.downcast_ref()), Some(&DummyError("refused")));
            // A pool may pause between connects that fail.
            bench.time.advance(Duration::from_secs(1));
        }
        bench.assert_refuses();
        assert_eq!(bench.orders.calls(Act::Create), 3, "{backend}");
        bench.time.advance(Duration::from_secs(5));
        bench.place(async |_| Ok(())).expect_err("the probe finds no database");
        bench.assert_refuses();
        assert_eq!(bench.orders.calls(Act::Create), 4, "{backend}: one for the probe");
        bench.time.advance(Duration::from_secs(5));
        bench.place(async |_| Ok(())).expect("it is back");
        assert_eq!((bench.state(), bench.pool.status().idle), (State::Closed, 1));
    }
}

/// Its pool caught whatever went wrong in it and returned that, and what is returned was a success.
#[test]
fn the_elixir_one_the_breaker_never_sees_what_fails_in_a_pool() {
    for backend in BACKENDS {
        let bench = bench(backend);
        bench.place(async |_| Err("no such row")).expect_err("its own");
        let panics = || bench.place(async |_| -> Result<(), &'static str> { panic!("a borrower") });
        catch_unwind(AssertUnwindSafe(panics)).expect_err("it goes on");
        assert_eq!(bench.state(), State::Closed, "{backend}: two of three");
        bench.orders.then(Act::Create, Step::Fail("refused"));
        bench.place(async |_| Ok(())).expect_err("it cannot be reached");
        assert_eq!(bench.state(), State::Open, "{backend}");
    }
}
