//! A server that logs clients in as Redis does, and then answers as a test says.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with each command after the login.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// Sends this, and waits for the next command.
    Say(Vec<u8>),
    /// Sends this, and closes the connection.
    SayAndClose(Vec<u8>),
    /// Sends a text that goes on as long as the connection.
    SayForever,
    /// Closes the connection without waiting for a command.
    Close,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(then: Then) -> Self {
        Self::start_with(|_| then).await
    }

    /// Does the same with an answer that depends on the server's port.
    pub(crate) async fn start_with(then: impl FnOnce(u16) -> Then) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (then, connections) = (then(port), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Relaxed);
                tokio::spawn(serve(client, then.clone()));
            }
        });
        Self { port, connections }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:opensesame@127.0.0.1:{}", self.port)
    }

    /// Returns the number of connections that were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }
}

/// Serves until the client or this server closes the connection.
async fn serve(client: TcpStream, then: Then) -> Option<()> {
    let mut client = BufReader::new(client);
    while read(&mut client).await? != "HELLO" {}
    client.write_all(b"%1\r\n+server\r\n+redis\r\n").await.ok()?;
    if let Then::Close = then {
        return None;
    }
    loop {
        read(&mut client).await?;
        match &then {
            Then::Say(answer) => client.write_all(answer).await.ok()?,
            Then::SayAndClose(answer) => return client.write_all(answer).await.ok(),
            Then::SayForever => {
                client.write_all(b"$9000000000000000000\r\n").await.ok()?;
                loop {
                    client.write_all(&[0; 1000]).await.ok()?;
                    tokio::task::yield_now().await;
                }
            }
            Then::Close => {}
        }
    }
}

/// Reads a command and returns its name.
async fn read(client: &mut BufReader<TcpStream>) -> Option<String> {
    let parts = number(client).await?;
    let mut command = Vec::new();
    for _ in 0..parts {
        let mut part = vec![0; number(client).await? + 2];
        client.read_exact(&mut part).await.ok()?;
        command.push(String::from_utf8_lossy(&part).trim_end().to_owned());
    }
    command.into_iter().next()
}

/// Reads the number of a line such as `*3`.
async fn number(client: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    client.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim_end().parse().ok()
}
