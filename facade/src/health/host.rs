use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seawall_core::Clock;
use serde::{Serialize, Serializer};

/// The load of the machine, or of the container that the process runs in. What cannot be read is `None`:
/// pressure and memory are those that Linux reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HostLoad {
    /// The memory that the control group (version 2) uses, in bytes.
    pub memory_used: Option<u64>,
    /// The memory that it may use, in bytes; `None` if it is not limited.
    pub memory_limit: Option<u64>,
    /// The time that tasks waited for a processor.
    pub cpu: Option<Pressure>,
    /// The time that tasks waited for memory.
    pub memory: Option<Pressure>,
    /// The time that tasks waited for disks.
    pub io: Option<Pressure>,
    /// How late a timer of the background work fired, at most, within the last ten seconds: the runtime
    /// is that busy.
    #[serde(rename = "lag_seconds", serialize_with = "seconds")]
    pub lag: Duration,
}

/// Shares of the last ten seconds, from 0 to 1 (Linux' pressure stall information).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pressure {
    /// The share in which some task waited.
    pub some: f64,
    /// The share in which all tasks waited.
    pub full: f64,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// Measures the load of the host, every second, as a part of the background work.
#[derive(Clone)]
pub(crate) struct HostSampler {
    root: Arc<Path>,
    known: Arc<Mutex<Sampled>>,
}

#[derive(Default)]
struct Sampled {
    last: Option<HostLoad>,
    lags: [Duration; SAMPLES],
}

/// The time between samples, and the number of them that the largest lag is of.
const EVERY: Duration = Duration::from_secs(1);
const SAMPLES: usize = 10;

impl HostSampler {
    /// Creates one that finds `proc` and `sys` in `root`.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into().into(), known: Arc::default() }
    }

    pub(crate) fn last(&self) -> Option<HostLoad> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// Waits for a second, and measures.
    pub(crate) async fn sample(&self, clock: &Clock) {
        let until = clock.now() + EVERY;
        clock.sleep_until(until).await;
        let load = self.read();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.lags.rotate_right(1);
        known.lags[0] = clock.now().since(until);
        let lag = known.lags.into_iter().max().unwrap_or_default();
        known.last = Some(HostLoad { lag, ..load });
    }

    fn read(&self) -> HostLoad {
        let group = self.control_group();
        let number = |name: &str| self.text(&group.join(name))?.trim().parse().ok();
        // The group's own pressure, where there is one, else that of the machine.
        let pressure = |what: &str| {
            let own = self.text(&group.join(format!("{what}.pressure")));
            let text = own.or_else(|| self.text(&Path::new("proc/pressure").join(what)));
            Pressure::parse(&text?)
        };
        HostLoad {
            memory_used: number("memory.current"),
            memory_limit: number("memory.max"),
            cpu: pressure("cpu"),
            memory: pressure("memory"),
            io: pressure("io"),
            lag: Duration::ZERO,
        }
    }

    /// Returns the path of the process's control group of version 2.
    fn control_group(&self) -> PathBuf {
        let groups = self.text(Path::new("proc/self/cgroup")).unwrap_or_default();
        let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
        Path::new("sys/fs/cgroup").join(own)
    }

    fn text(&self, path: &Path) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }
}

impl Pressure {
    /// Reads `some avg10=1.23 …` and `full avg10=…`, in percent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let share = |of: &str| -> Option<f64> {
            let line = text.lines().find_map(|line| line.strip_prefix(of))?;
            let percent = line.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?;
            Some(percent.parse::<f64>().ok()? / 100.0)
        };
        // Kernels before 5.13 have no line `full` for processors.
        Some(Self { some: share("some")?, full: share("full").unwrap_or(0.0) })
    }
}
