//! A database on paper, a pool of connections to it, and a clock to turn.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

mod db;
mod on_drop;
mod rig;

pub(crate) use self::db::{Broken, Conn, Db, DbError, Step};
pub(crate) use self::on_drop::OnDrops;
pub(crate) use self::rig::{Rig, options, rig, rig_in, rig_with};

pub(crate) const MS: Duration = Duration::from_millis(1);

/// Polls `future` once, as if it had been woken.
pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// The one thing a future that is ready gives.
#[track_caller]
pub(crate) fn ready<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> F::Output {
    match poll(future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
