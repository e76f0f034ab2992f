use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Stands between a manager and its server, and counts round trips.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    turns: Arc<Turns>,
}

/// A round trip begins when a client speaks after its server did.
#[derive(Default)]
struct Turns {
    trips: AtomicU64,
    encrypted: AtomicU64,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        Self::start_as(server, false).await
    }

    /// Agrees to each request for TLS of a client of PostgreSQL, and encrypts nothing.
    pub(crate) async fn start_with_tls(server: u16) -> Self {
        Self::start_as(server, true).await
    }

    async fn start_as(server: u16, has_tls: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let turns = Arc::new(Turns::default());
        let counts = Arc::clone(&turns);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                if has_tls {
                    let mut request = [0; 8];
                    client.read_exact(&mut request).await.expect("it asks for TLS");
                    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
                    client.write_all(b"S").await.expect("it listens");
                    counts.encrypted.fetch_add(1, SeqCst);
                }
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await;
                tokio::spawn(relay(client, server.expect("it listens"), Arc::clone(&counts)));
            }
        });
        Self { port, turns }
    }

    /// Returns the number of connections for which TLS was asked.
    pub(crate) fn encrypted(&self) -> u64 {
        self.turns.encrypted.load(SeqCst)
    }

    /// Returns the number of round trips since the last call.
    pub(crate) fn trips(&self) -> u64 {
        self.turns.trips.swap(0, SeqCst)
    }
}

const CLIENT: u8 = 1;
const SERVER: u8 = 2;

async fn relay(client: TcpStream, server: TcpStream, turns: Arc<Turns>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let last = AtomicU8::new(SERVER);
    let asks = async {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            if last.swap(CLIENT, SeqCst) == SERVER {
                turns.trips.fetch_add(1, SeqCst);
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let answers = async {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            last.store(SERVER, SeqCst);
            if to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = to_client.shutdown().await;
    };
    tokio::join!(asks, answers);
}
