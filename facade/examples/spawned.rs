//! Spawns protected work: each task owns what its call needs.
//!
//! ```text
//! cargo run --example spawned
//! ```

use std::io;

use seawall::{ConfigSource, Error, Infrastructure};
use tokio::task::JoinSet;

const SETTINGS: &str = r#"
    [bulkhead.reports]
    max_concurrent = 4
    max_wait = "10s"

    [protection.build_report]
    bulkhead = "reports"
    timeout = "1s"
"#;

/// Stands for work that takes a while.
async fn build_report(number: u32) -> Result<String, io::Error> {
    tokio::task::yield_now().await;
    Ok(format!("report {number}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(config).build()?;
    let reports = infra.protection("build_report")?;

    let mut tasks = JoinSet::new();
    for number in 1..=8 {
        // The future borrows nothing, so that it can be spawned as it is.
        tasks.spawn(reports.owned().run(move || build_report(number)));
    }
    while let Some(done) = tasks.join_next().await {
        match done? {
            Ok(report) => println!("{report}"),
            Err(Error::Refused(refusal)) => println!("not tried: {refusal}"),
            Err(Error::TimedOut(elapsed)) => println!("cut: {elapsed}"),
            Err(Error::Failed(error)) => println!("failed: {error}"),
        }
    }
    Ok(())
}
