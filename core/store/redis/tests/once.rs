//! No request is sent twice, whatever happens to the connection.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use common::granted;
use seawall_store::StoreErrorKind as Kind;
use seawall_store_redis::RedisStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Accepts logins, counts scripts, and answers the first on each connection; in place of an answer to the next, it
/// hangs up.
async fn hang_up(listener: TcpListener, scripts: Arc<AtomicU64>) {
    loop {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let (mut bytes, mut has_answered) = ([0; 4096], false);
        loop {
            let n = stream.read(&mut bytes).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..n]);
            let is_script = text.contains("EVAL");
            scripts.fetch_add(u64::from(is_script), SeqCst);
            match is_script {
                _ if n == 0 => break,
                true if has_answered => break,
                true => refuse(&mut stream).await,
                false => answer(&mut stream).await,
            }
            has_answered |= is_script;
        }
    }
}

async fn answer(stream: &mut TcpStream) {
    stream.write_all(b"%1\r\n+server\r\n+redis\r\n").await.expect("it listens");
}

async fn refuse(stream: &mut TcpStream) {
    stream.write_all(b"-ERR refused\r\n").await.expect("it listens");
}

#[tokio::test]
async fn a_request_whose_connection_is_lost_is_not_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let scripts = Arc::new(AtomicU64::new(0));
    let server = tokio::spawn(hang_up(listener, Arc::clone(&scripts)));
    let store = RedisStore::connect(&url).expect("a URL");
    for n in 1..=20 {
        let error = granted(&store, 1).await.expect_err("it hangs up");
        let is_hung_up = error.kind() == Kind::Unavailable;
        assert_eq!(is_hung_up, n % 2 == 0, "request {n}: {error}");
        assert_eq!(scripts.load(SeqCst), n, "each request was sent once");
    }
    server.abort();
}
