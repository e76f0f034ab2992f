//! Answers with a body that streams, and holds the place in the bulkhead until the body ends: the
//! verdict is known with the headers, but the work goes on.
//!
//! ```text
//! cargo run --example streamed
//! ```

mod streaming;

use seawall::{ConfigSource, Infrastructure};

use self::streaming::{SETTINGS, fetch};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(config).build()?;
    let download = infra.protection("download")?;

    let mut body = fetch(&download).await?;
    let second = fetch(&download).await.map(drop).expect_err("the place is taken");
    println!("while the body streams: {second}");
    while let Some(chunk) = body.next().await {
        println!("{} bytes", chunk.len());
    }
    drop(body);
    fetch(&download).await?;
    println!("after its end the next one is admitted");
    Ok(())
}
