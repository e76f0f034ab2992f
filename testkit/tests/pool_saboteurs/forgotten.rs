//! Futures whose drop is lost.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use seawall_core::BoxFuture;

/// A future that may be leaked instead of dropped before its end.
pub(super) struct Forgotten<T> {
    future: Option<BoxFuture<'static, T>>,
    is_forgotten: bool,
}

impl<T> Forgotten<T> {
    pub(super) fn new(
        is_forgotten: bool,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        Self { future: Some(Box::pin(future)), is_forgotten }
    }
}

impl<T> Future for Forgotten<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let future = self.future.as_mut().expect("it is there until it is dropped");
        future.as_mut().poll(cx)
    }
}

impl<T> Drop for Forgotten<T> {
    fn drop(&mut self) {
        if self.is_forgotten {
            std::mem::forget(self.future.take());
        }
    }
}
