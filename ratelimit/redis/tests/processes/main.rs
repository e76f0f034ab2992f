//! Four processes share limits over real servers that are stopped, killed, restarted, failed over, or hand keys
//! over in a cluster: never more than the limit in any window of time, and back within two seconds.
//!
//! Servers and clocks are real, so this takes real time: `SEAWALL_SECONDS` for each run, which run side by side.
//! The bound does not depend on how fast the machine is. The times do, so a run in which a process did not get to
//! run is repeated for them.

#[path = "../support/bound.rs"]
mod bound;
mod clock;
mod fault;
mod instance;
mod judge;
mod limits;
mod records;
mod scenario;

use std::thread;
use std::time::Duration;

use fault::Fault;
use instance::Instance;

/// The least length of a run without the variable: time for two faults.
const SECONDS: u64 = 12;

/// How often the times of a run are measured, if the machine is too busy.
const ATTEMPTS: u32 = 3;

#[test]
fn four_processes_keep_their_limits_whatever_happens_to_the_server() {
    let test = "four_processes_keep_their_limits_whatever_happens_to_the_server";
    if let Some(instance) = Instance::of_environment() {
        return instance.run();
    }
    let seconds = std::env::var("SEAWALL_SECONDS").map(|text| text.parse().expect("a number"));
    let length = Duration::from_secs(seconds.unwrap_or(SECONDS));
    let runs = thread::scope(|scope| {
        let runs = Fault::ALL.map(|fault| scope.spawn(move || until_measured(test, fault, length)));
        runs.map(|run| run.join().unwrap_or_else(|_| Err("it has panicked".to_owned())))
    });
    let failed = Fault::ALL.iter().zip(runs).filter_map(|(fault, run)| Some((fault, run.err()?)));
    let failed: Vec<_> = failed.map(|(fault, why)| format!("{fault:?}: {why}")).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn until_measured(test: &str, fault: Fault, length: Duration) -> Result<(), String> {
    let mut spoilt = None;
    for _ in 0..ATTEMPTS {
        let report = scenario::run(test, fault, length)?;
        print!("{}", report.text);
        spoilt = report.spoilt;
        match &spoilt {
            None => return Ok(()),
            Some(why) => println!("{fault:?}: the machine is too busy to tell: {why}"),
        }
    }
    Err(spoilt.unwrap_or_default())
}
