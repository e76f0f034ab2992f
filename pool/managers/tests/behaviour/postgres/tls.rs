//! TLS that cannot be had is called that.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use seawall_core::pool::Manage;
use seawall_pool_managers::{ManagerError, ManagerErrorKind, Postgres as Manager};
use seawall_test_servers::Postgres;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, NoTlsStream, TlsConnect, TlsStream};

use crate::support::{
    Answer, MS, Proxy, all_words, assert_whole, pool, server_that, source, unavailable,
};

/// Accepts no certificate.
#[derive(Clone)]
struct Strict;

impl MakeTlsConnect<Socket> for Strict {
    type Stream = NoTlsStream;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _: &str) -> io::Result<Self> {
        Ok(Self)
    }
}

impl TlsConnect<Socket> for Strict {
    type Stream = NoTlsStream;
    type Error = io::Error;
    type Future = Ready<io::Result<NoTlsStream>>;

    fn connect(self, _: Socket) -> Self::Future {
        ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the certificate has expired")))
    }
}

/// The manager of connections to `url` that asks for TLS so.
fn manager(url: &str, mode: &str) -> Manager {
    Manager::from_url(&format!("{url}?sslmode={mode}")).expect("a URL")
}

/// A pool of these cannot connect, and the reason is TLS: it is no timeout, and no other trouble.
async fn assert_no_tls<M: Manage>(manager: M, said: &str) {
    let refusal = unavailable(&pool(manager, 1)).await;
    let error = source::<ManagerError>(&refusal);
    assert_eq!(error.kind(), ManagerErrorKind::NoTls, "{error:?}");
    assert_eq!(error.to_string(), "the TLS handshake with PostgreSQL failed");
    let words = all_words(&refusal);
    assert!(words.contains(said) && !words.contains("opensesame"), "{words}");
}

#[tokio::test]
async fn bb8_and_r2d2_that_a_server_has_no_tls_surfaces_as_a_timeout() {
    let server = Postgres::options().with_password().start();
    let without = "server does not support TLS";
    assert_no_tls(manager(&server.url(), "require"), without).await;
    assert_no_tls(manager(&server.url(), "require").with_tls(Strict), without).await;
    // Who would rather have it does without.
    assert_whole(&pool(manager(&server.url(), "prefer").with_tls(Strict), 2)).await;
}

#[tokio::test]
async fn a_handshake_that_fails_comes_with_its_reason() {
    let url = || {
        let port = server_that(vec![Answer::Say(b"S".to_vec())]);
        format!("postgres://app:opensesame@127.0.0.1:{port}/orders")
    };
    let expired = "the certificate has expired";
    assert_no_tls(manager(&url(), "require").with_tls(Strict), expired).await;
    assert_no_tls(manager(&url(), "require"), "no TLS implementation configured").await;
}

/// Takes each stream for encrypted as it is.
#[derive(Clone)]
struct Trusting;

struct Trusted(Socket);

impl MakeTlsConnect<Socket> for Trusting {
    type Stream = Trusted;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _: &str) -> io::Result<Self> {
        Ok(Self)
    }
}

impl TlsConnect<Socket> for Trusting {
    type Stream = Trusted;
    type Error = io::Error;
    type Future = Ready<io::Result<Trusted>>;

    fn connect(self, socket: Socket) -> Self::Future {
        ready(Ok(Trusted(socket)))
    }
}

impl TlsStream for Trusted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Trusted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Trusted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn with_tls_requests_are_followed_and_cancelled_the_same_way() {
    let server = Postgres::options().with_password().start();
    let proxy = Proxy::start_with_tls(server.port()).await;
    let url = server.url().replace(&server.port().to_string(), &proxy.port.to_string());
    for mode in ["prefer", "require"] {
        let manager = manager(&url, mode).with_tls(Trusting);
        let mut connection = manager.create().await.expect("it connects");
        let sleep = connection.batch_execute("BEGIN; SELECT pg_sleep(60)");
        let cut = tokio::time::timeout(100 * MS, sleep).await;
        assert!(cut.is_err(), "it sleeps");
        manager.reset(&mut connection).await.expect("it is cancelled and rolled back");
        connection.batch_execute("SELECT 1").await.expect("it answers");
    }
    // A cancel request that finds nothing to cancel yet is repeated.
    assert!(proxy.encrypted() >= 4, "two sessions and two cancel requests, all encrypted");
}
