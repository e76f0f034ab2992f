//! One of the processes that share limits.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seawall_core::{Driver, Event, Interest, Observer, Permit, Topic};
use seawall_ratelimit_redis::RateLimiter;

use crate::clock;
use crate::limits::{LIMITS, Limit, connect};
use crate::records::Writer;

/// The file for the records, and the store: set in the processes that the test starts.
const FILE: &str = "SEAWALL_INSTANCE_FILE";
const STORE: &str = "SEAWALL_INSTANCE_STORE";

/// A store that does not answer for this time counts as away, so threads have to run more often.
const STALL: Duration = Duration::from_millis(100);

/// What this process is to do, if it is one of those.
pub(crate) struct Instance {
    file: PathBuf,
    store: String,
}

/// Starts a process that runs the test `name`, which finds itself to be an instance.
pub(crate) fn spawn(name: &str, file: &Path, store: &str) -> Child {
    let test = std::env::current_exe().expect("a test is a program");
    let mut command = Command::new(test);
    command.args([name, "--exact", "--nocapture"]);
    command.envs([(FILE, file.as_os_str()), (STORE, OsStr::new(store))]);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("the test can be run again")
}

impl Instance {
    pub(crate) fn of_environment() -> Option<Self> {
        let file = std::env::var_os(FILE)?.into();
        Some(Self { file, store: std::env::var(STORE).ok()? })
    }

    /// Calls by all limits until the test closes the input, or is gone.
    pub(crate) fn run(&self) {
        let records = Arc::new(Writer::create(&self.file));
        watch_for_stalls({
            let records = Arc::clone(&records);
            move |from, until| records.stalled(from, until)
        });
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = connect(&self.store);
            for limit in &LIMITS {
                let limiter = RateLimiter::start(&limit.rule(), Arc::clone(&store) as _);
                let contact = Contact { limit: limit.name, records: Arc::clone(&records) };
                let driver = Driver::new().with_observer(contact);
                let limiter = limiter.expect("a valid rule").with_driver(driver);
                tokio::spawn(limiter.run());
                tokio::spawn(call(limiter, limit, Arc::clone(&records)));
            }
            let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
            let _closed = end.await.expect("no panic");
        });
        runtime.shutdown_background();
        records.finish();
    }
}

/// Makes calls at the limit's pace, however long the earlier ones take.
async fn call(limiter: RateLimiter, limit: &'static Limit, records: Arc<Writer>) {
    let mut ticks = tokio::time::interval(limit.every);
    loop {
        ticks.tick().await;
        let (limiter, records) = (limiter.clone(), Arc::clone(&records));
        tokio::spawn(async move {
            let asked = clock::now();
            let call = limiter.protect().max_wait(Duration::ZERO).acquire().await;
            if call.map(Permit::success).is_ok() {
                records.admitted(limit.name, asked);
            }
        });
    }
}

/// Records when a limiter counts its store as away or back.
struct Contact {
    limit: &'static str,
    records: Arc<Writer>,
}

impl Observer for Contact {
    fn observe(&self, event: &Event<'_>) {
        match event.topic {
            Topic::ComponentDegraded => self.records.away(self.limit),
            Topic::ComponentRecovered => self.records.back(self.limit),
            _ => {}
        }
    }

    fn interest(&self) -> Interest {
        Interest::Infrastructure
    }
}

/// Calls `stalled` whenever a thread of this process has not run for a while, until it ends.
pub(crate) fn watch_for_stalls(stalled: impl Fn(u64, u64) + Send + 'static) {
    thread::spawn(move || {
        let mut before = clock::now();
        loop {
            thread::park_timeout(Duration::from_millis(10));
            let now = clock::now();
            if now - before > clock::nanos(STALL) {
                stalled(before, now);
            }
            before = now;
        }
    });
}
