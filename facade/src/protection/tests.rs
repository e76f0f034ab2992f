//! A protection that is replaced while calls run.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Clock, Component, Driver, Entry, Exit, Layer, Stack, Status, Tick, Token,
};

use super::{Handle, Snapshot};
use crate::swap::{Gate, Slot};
use crate::{AnyLayer, ConfigSource, Infrastructure};

/// Admits all calls. It lives as long as the version of the protection that it is a layer of.
struct Open(Layer);

impl Backend for Open {
    fn layer(&self) -> &Layer {
        &self.0
    }

    fn enter(&self, _: &Call<'_>) -> Entry {
        Entry::Go(Token::default())
    }

    fn exit(&self, _: Token, _: &Exit<'_>) {}

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.0, "open")
    }
}

/// A version of the protection `p` with this timeout, and its only layer.
fn version(timeout: u64) -> (Snapshot, Weak<Open>) {
    let open = Arc::new(Open(Layer::new(Component::Bulkhead, "open")));
    let weak = Arc::downgrade(&open);
    let stack = Stack::new("p", vec![AnyLayer::Other(open)]).expect("valid");
    let driver = Driver::new().with_clock(Clock::system());
    (driver.handle(stack).with_limits(Some(Duration::from_secs(timeout)), None), weak)
}

fn open(snapshot: Snapshot) -> Handle {
    Handle::new(Arc::new(Slot::new(snapshot, Arc::new(Gate::new()))))
}

fn current(handle: &Handle) -> Snapshot {
    handle.slot().current().0
}

fn is_alive(version: &Weak<Open>) -> bool {
    version.strong_count() > 0
}

fn poll<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

async fn ok() -> Result<u8, Infallible> {
    Ok(1)
}

#[test]
fn a_borrowed_call_counts_no_reference_and_an_owned_one_counts_one() {
    let (snapshot, _) = version(1);
    let handle = open(snapshot);
    let count = || current(&handle).reference_count();
    let before = count();
    let borrowed = handle.call().run(ok);
    assert_eq!(count(), before);
    let owned = handle.owned().run(ok);
    assert_eq!(count(), before + 1);
    assert!(poll(borrowed).is_ok() && poll(owned).is_ok());
    assert_eq!(count(), before);
}

#[test]
fn new_calls_use_the_new_version_and_those_in_flight_keep_the_old_one() {
    let ((first, old), (second, _)) = (version(1), version(2));
    let handle = open(first);
    let timeout = |handle: &Handle| format!("{:?}", handle.call());
    assert!(timeout(&handle).contains("timeout: Some(1s)"), "{}", timeout(&handle));

    let permit = poll(handle.owned().acquire()).expect("admitted");
    handle.slot().replace(second);
    assert!(timeout(&handle).contains("timeout: Some(2s)"), "{}", timeout(&handle));
    assert!(timeout(&handle.clone()).contains("timeout: Some(2s)"));
    assert!(poll(handle.run(ok)).is_ok());
    assert!(poll(handle.owned().run(ok)).is_ok());

    drop(handle);
    assert!(is_alive(&old), "the call in flight uses it");
    permit.success();
    assert!(!is_alive(&old));
}

#[test]
fn a_superseded_version_is_freed_when_the_last_of_its_handles_goes() {
    let ((first, old), (second, new)) = (version(1), version(2));
    let handle = open(first);
    let clone = handle.clone();
    handle.slot().replace(second);
    let newer = clone.clone();
    drop((handle, clone));
    assert!(!is_alive(&old) && is_alive(&new), "the clone of a superseded handle is current");
    let count = || newer.slot().current().0.reference_count();
    let before = count();
    let call = newer.call();
    assert_eq!(count(), before, "it borrows again");
    drop(call);
}

#[test]
fn a_closed_protection_refuses_all_calls() {
    let config = ConfigSource::new().toml_str("[protection.p]\ntimeout = '9s'");
    let infra = Infrastructure::builder().config(config).build().expect("valid settings");
    let handle = infra.protection("p").expect("configured");
    infra.close();
    let refused = [
        poll(handle.run(ok)).expect_err("closed"),
        poll(handle.owned().run(ok)).expect_err("closed"),
        poll(handle.clone().run(ok)).expect_err("closed"),
        handle.run_blocking(|| Ok::<_, Infallible>(())).expect_err("closed"),
    ];
    for refused in refused {
        assert_eq!(refused.to_string(), "protection `p` is shutting down");
    }
    poll(handle.call().acquire()).expect_err("closed");
    handle.owned().reserve_blocking().expect_err("closed");
}
