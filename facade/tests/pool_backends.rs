//! One program, whatever library the settings name for its pools.

use std::convert::Infallible;
use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use seawall::pooling::{Manage, PoolOptions, PoolState};
use seawall::{ConfigSource, Error, Infrastructure, Pool, Refusal, RefusalKind};
use seawall_testkit::ManualClock;

const BACKENDS: [&str; 4] = ["native", "deadpool", "r2d2", "bb8"];
/// Those that need no runtime and no threads, so that time can stand still.
const BY_THE_CLOCK: [&str; 2] = ["native", "deadpool"];
const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// Makes 1, 2, 3 and so on.
#[derive(Default)]
struct Counter(AtomicU32);

impl Manage for Counter {
    type Resource = u32;
    type Error = Infallible;

    async fn create(&self) -> Result<u32, Infallible> {
        Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

struct Bench {
    time: ManualClock,
    infra: Infrastructure,
    pool: Pool<Counter>,
}

fn bench(settings: ConfigSource) -> Bench {
    let time = ManualClock::new();
    let builder = Infrastructure::builder().config(settings).clock(time.clock());
    let infra = builder.pool("numbers", Counter::default()).build().expect("good settings");
    let pool = infra.pool("numbers").expect("it is there");
    Bench { time, infra, pool }
}

/// What happens when a pool of two is used in several ways, one line for each.
fn story(bench: &Bench) -> String {
    let Bench { time, infra, pool } = bench;
    let mut told = String::new();
    let mut tell = |what: &str, lent: &[u32]| {
        let status = pool.status();
        let (idle, size, created) = (status.idle, status.size, status.created);
        writeln!(told, "{what}: {lent:?}, {idle} of {size} idle, {created} made").expect("text");
    };
    let take = || {
        time.block_on(pool.lend().without_waiting().deadline(Duration::from_nanos(1)).checkout())
    };
    let [first, second] = [(); 2].map(|()| take().expect("free"));
    tell("two", &[*first, *second]);
    let full = take().expect_err("full");
    drop(second);
    drop(first);
    tell(&full.to_string(), &[]);
    let [first, second] = [(); 2].map(|()| take().expect("idle"));
    tell("again", &[*first, *second]);
    second.discard();
    drop(first);
    pool.resize(3.try_into().expect("not zero")).expect("it can");
    let lent = [(); 3].map(|()| take().expect("free"));
    tell("three", &lent.each_ref().map(|lent| **lent));
    drop(lent);
    pool.resize(1.try_into().expect("not zero")).expect("it can");
    tell("one", &[]);
    let thread = pool.with_blocking(|number| Ok::<_, Infallible>(*number), Duration::from_secs(1));
    thread.expect("one is idle");
    tell("a thread", &[]);
    infra.close();
    tell(&take().expect_err("closed").to_string(), &[]);
    told
}

fn settings(backend: &str, order: &str) -> ConfigSource {
    let settings = format!(
        "[pool.numbers]\nbackend = {backend:?}\norder = {order:?}\nmax_size = 2\n\
         checkout_timeout = \"1s\"\n"
    );
    ConfigSource::new().toml_str(settings)
}

#[test]
fn the_same_program_does_the_same_where_the_library_can() {
    for (order, again, three) in [("lifo", [1, 2], [1, 3, 4]), ("fifo", [2, 1], [2, 3, 4])] {
        let expected = format!(
            "two: [1, 2], 0 of 2 idle, 2 made\n\
             connection pool `numbers` is full (2 resources): [], 2 of 2 idle, 2 made\n\
             again: {again:?}, 0 of 2 idle, 2 made\n\
             three: {three:?}, 0 of 3 idle, 4 made\n\
             one: [], 1 of 1 idle, 4 made\n\
             a thread: [], 1 of 1 idle, 4 made\n\
             connection pool `numbers` is shutting down: [], 0 of 0 idle, 4 made\n"
        );
        for backend in BY_THE_CLOCK {
            let bench = bench(settings(backend, order));
            assert_eq!(story(&bench), expected, "{backend}, {order}");
        }
    }
}

#[tokio::test]
async fn every_backend_lends_to_tasks_and_threads() {
    for backend in BACKENDS {
        let infra = Infrastructure::builder().config(settings(backend, "lifo"));
        let infra = infra.pool("numbers", Counter::default()).build().expect("good settings");
        let pool: Pool<Counter> = infra.pool("numbers").expect("it is there");
        let number = pool.with(async |number| Ok::<_, Infallible>(*number), SECOND).await;
        assert_eq!(number.expect("lent"), 1, "{backend}");
        let cut = pool.with(async |_| std::future::pending::<Result<(), Infallible>>().await, MS);
        assert!(cut.await.expect_err("it hangs").is_timed_out(), "{backend}");
        let thread = pool.clone();
        let work = move || thread.with_blocking(|number| Ok::<_, Infallible>(*number), SECOND);
        let number = tokio::task::spawn_blocking(work).await.expect("no panic");
        assert_eq!(number.expect("lent"), 2, "{backend}: what was cut was closed");
        let drained = infra.drain(SECOND).await;
        assert!(drained.iter().all(|(_, pool)| pool.is_complete()), "{backend}: {drained:?}");
        assert_eq!(pool.status().state, PoolState::Closed, "{backend}");
    }
}

#[test]
fn the_backend_is_that_of_the_settings_and_native_without() {
    let backend_of = |settings| {
        let statuses = bench(settings).infra.components();
        statuses[0].backend.map(ToString::to_string)
    };
    for backend in BACKENDS {
        assert_eq!(backend_of(settings(backend, "lifo")).as_deref(), Some(backend));
        let variables = [("SEAWALL_POOL__NUMBERS__BACKEND", backend)];
        let environment = ConfigSource::new().environment_from(variables);
        assert_eq!(backend_of(environment).as_deref(), Some(backend));
    }
    for none in ["", "[pool.numbers]\nmax_size = 2\n"] {
        let backend = backend_of(ConfigSource::new().toml_str(none));
        assert_eq!(backend.as_deref(), Some("native"));
    }
}

#[test]
fn an_option_that_a_library_does_not_have_is_reported_with_its_place() {
    let lacking = [
        ("deadpool", "min_idle = 1"),
        ("bb8", "max_overflow = 1"),
        ("r2d2", "order = \"fifo\""),
        ("r2d2", "leak_after = \"1s\""),
    ];
    for (backend, option) in lacking {
        let settings = format!("[pool.numbers]\nbackend = {backend:?}\n{option}\n");
        let built = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .pool("numbers", Counter::default())
            .build();
        let error = built.expect_err("it has none").to_string();
        let name = option.split(' ').next().expect("a name");
        let expected = format!(
            "inline TOML:3: pool.numbers.{name}: `{name}` is not supported by {backend}; the \
             backend `native` supports it"
        );
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn an_adopted_pool_is_in_the_status_and_closed_with_the_rest() {
    let Bench { time, infra, pool } = bench(settings("native", "lifo"));
    let made = seawall::pool_native::Pool::new("own", Counter::default(), PoolOptions::new());
    let own = infra.adopt(made.expect("good options")).expect("the name is free");
    let protected = time.block_on(own.lend().with(async |number| Ok::<_, Infallible>(*number)));
    assert_eq!(protected.expect("lent"), 1);
    let names: Vec<_> =
        infra.components().iter().map(|status| status.layer.name().to_string()).collect();
    assert_eq!(names, ["numbers", "own"]);
    for taken in [infra.adopt(own.clone()).err(), infra.adopt(pool).err()] {
        let taken = taken.expect("the name is in use").to_string();
        assert!(taken.ends_with("`name` is the name of another pool"), "{taken}");
    }
    let drained = time.block_on(infra.drain(SECOND));
    assert_eq!(drained.len(), 2, "{drained:?}");
    assert_eq!(own.status().state, PoolState::Closed);
}

#[test]
fn a_backend_that_is_not_known_is_reported_with_those_that_are() {
    let settings = ConfigSource::new().toml_str("[pool.numbers]\nbackend = \"r2d3\"\n");
    let built = Infrastructure::builder().config(settings).pool("numbers", Counter::default());
    assert_eq!(
        built.build().expect_err("wrong").to_string(),
        "1 problem in the configuration:\n\
         inline TOML:2: pool.numbers.backend: \"r2d3\" is not known; expected one of native, \
         deadpool, r2d2, bb8; did you mean `r2d2`?"
    );
}

#[test]
fn an_option_that_makes_no_sense_is_reported_with_its_place() {
    let settings = ConfigSource::new().toml_str("[pool.numbers]\nmax_overflow = -1\n");
    let built = Infrastructure::builder().config(settings).pool("numbers", Counter::default());
    let error = built.build().expect_err("less than nothing").to_string();
    assert!(error.contains("inline TOML:2: pool.numbers.max_overflow: "), "{error}");
}

#[test]
fn two_managers_for_one_name_are_reported() {
    for settings in ["", "[pool.numbers]\nmax_size = 2\n"] {
        let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(settings));
        let twice = builder.pool("numbers", Counter::default()).pool("numbers", Counter::default());
        let error = twice.build().expect_err("one would replace the other").to_string();
        assert!(
            error.ends_with("pool: two managers are given for pool `numbers` in the code"),
            "{error}"
        );
    }
}

/// Makes nothing of any use.
struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Whoever does not find out at once waits for the whole timeout, and looks at the wrong end.
#[test]
fn the_elixir_one_no_such_pool_is_reported_as_a_timeout() {
    for backend in BY_THE_CLOCK {
        let Bench { time, infra, pool } = bench(settings(backend, "lifo"));
        let number = |name| {
            let pool: Pool<Counter> = infra.pool(name).map_err(Refusal::from)?;
            let work = pool.with(async |number| Ok::<_, Infallible>(*number), SECOND);
            time.block_on(work)
        };
        let (asked, unknown) = (time.now(), number("nubmers"));
        let Err(Error::Refused(refusal)) = unknown else { panic!("{backend}: {unknown:?}") };
        assert_eq!((refusal.kind(), time.now()), (RefusalKind::UnknownName, asked), "{backend}");
        assert_eq!(refusal.by().to_string(), "connection pool `nubmers`");
        assert!(refusal.source().is_none(), "the sentence says it all");
        assert_eq!(
            refusal.to_string(),
            "connection pool `nubmers` is not configured; did you mean `numbers`? (configured: \
             numbers)"
        );
        assert_eq!(pool.status().created, 0, "{backend}: no other pool was asked");
        assert_eq!(number("numbers").expect("this one is there"), 1);
    }
}

#[test]
fn a_pool_of_what_another_manager_makes_is_not_found_and_says_so() {
    for backend in BACKENDS {
        let infra = bench(settings(backend, "lifo")).infra;
        let unknown = infra.pool::<Nothing>("numbers").expect_err("it is one of numbers");
        assert_eq!(
            unknown.to_string(),
            "connection pool `numbers` is a `seawall::Pool<pool_backends::Counter>`, not a \
             `seawall::Pool<pool_backends::Nothing>`"
        );
        assert_eq!((unknown.nearest(), unknown.known().count()), (None, 0), "no other name helps");
        assert_eq!(Refusal::from(unknown).kind(), RefusalKind::UnknownName);
    }
}

#[test]
fn where_no_pool_is_configured_none_is_found() {
    let infra = Infrastructure::builder().build().expect("good settings");
    let unknown = infra.pool::<Nothing>("numbers").expect_err("there is none");
    assert_eq!(
        unknown.to_string(),
        "connection pool `numbers` is not configured (none are configured)"
    );
}

#[test]
fn a_transaction_on_an_idle_resource_allocates_nothing() {
    for backend in BY_THE_CLOCK {
        let bench = bench(settings(backend, "lifo"));
        let transaction = || {
            let lend = bench.pool.lend();
            let transaction =
                std::pin::pin!(lend.with(async |number| { Ok::<_, Infallible>(*number) }));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            match transaction.poll(&mut cx) {
                std::task::Poll::Ready(number) => number.expect("idle"),
                std::task::Poll::Pending => panic!("it waits"),
            }
        };
        assert_eq!(transaction(), 1, "warmed up");
        let info = allocation_counter::measure(|| {
            for _ in 0..100 {
                assert_eq!(transaction(), 1);
            }
        });
        assert_eq!(info.count_total, 0, "{backend}: {info:?}");
    }
}
