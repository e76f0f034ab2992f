use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Failure;
use crate::upstream::{Counts, Mode};

/// The argument with which this program is the payment service.
pub(crate) const ARGUMENT: &str = "--upstream";

/// The process of the payment service. It is killed when this is dropped, and ends when the parent
/// process does.
pub(crate) struct Process {
    child: Child,
    port: u16,
    http: reqwest::Client,
}

impl Process {
    /// Starts the payment service on a free port.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let (child, port) = spawn(0).await?;
        Ok(Self { child, port, http: reqwest::Client::new() })
    }

    /// Returns the address, which stays the same after a restart.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Sets how the service behaves.
    pub(crate) async fn set(&self, mode: Mode) -> Result<(), Failure> {
        let answer = self.http.put(self.url("/mode")).json(&mode).send().await?;
        answer.error_for_status()?;
        Ok(())
    }

    /// Returns its counts since it was last started.
    pub(crate) async fn counts(&self) -> Result<Counts, Failure> {
        Ok(self.http.get(self.url("/counts")).send().await?.json().await?)
    }

    /// Kills the process at once.
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Starts the service again on the same port.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        (self.child, _) = spawn(self.port).await?;
        Ok(())
    }
}

/// Starts this program as the payment service, and waits until it listens.
async fn spawn(port: u16) -> Result<(Child, u16), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([ARGUMENT, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
    let mut lines = BufReader::new(stdout).lines();
    let line = timeout(Duration::from_secs(20), lines.next_line()).await??;
    let port = line.ok_or("the payment service did not start")?.parse()?;
    Ok((child, port))
}
