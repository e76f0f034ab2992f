//! Tasks that can be sent to another thread, whatever their operations return: a compile-time check.

use std::future::Future;
use std::io;
use std::time::Duration;

use seawall::policy::{Attempt, Coalescer, Fallback, LastGood};
use seawall::{Clock, Error, Infrastructure, Pool, Tick, protected};
use seawall_core::Deadline;
use seawall_testkit::pool::{Connection, Dummy, DummyError};

fn is_send<F: Future + Send>(_: impl FnOnce(Infrastructure) -> F) {}

type Text = Result<&'static str, Error<io::Error>>;

#[protected("stock")]
async fn stock(infra: &Infrastructure, name: &str) -> Text {
    Ok(if name.is_empty() { "none" } else { "some" })
}

#[test]
fn a_reference_can_be_the_value_of_any_operation() {
    let ask = async || Ok::<&'static str, io::Error>("some");
    let attempt = async |_: Attempt| Ok::<&'static str, io::Error>("some");
    is_send(async move |infra| infra.execute_protected("stock", ask).await);
    is_send(async move |infra| {
        let handle = infra.protection("stock").expect("configured");
        infra.execute_protected(("shop", &handle), ask).await?;
        infra.execute_protected(&handle, ask).await
    });
    is_send(async move |infra| infra.execute_protected(["a", "b", "c"], ask).await);
    is_send(async move |infra| infra.execute_protected(["a", "b", "c", "d"], ask).await);
    is_send(async move |infra| infra.protect("stock")?.key("a").run(ask).await);
    is_send(async move |infra| infra.protect("stock")?.run_or(ask, |_| "none").await);
    is_send(async move |infra| infra.protect("stock")?.run_attempts(attempt).await);
    let other = async || Ok::<&'static str, ()>("none");
    is_send(async move |infra| infra.protect("stock")?.run_or_fallback(attempt, other).await);
    is_send(async move |infra| infra.protect("stock")?.run_future(ask()).await);
    is_send(async move |infra| stock(&infra, "a").await);
    is_send(async move |infra| {
        let name = "a".to_owned();
        let attempt = async |_: Attempt| Ok::<_, io::Error>(name.len());
        infra.protect("stock")?.run_attempts(attempt).await
    });
}

#[test]
fn a_replacement_can_be_an_async_closure() {
    let attempt = async |_: Attempt| Ok::<&'static str, io::Error>("some");
    is_send(async move |infra| {
        let call = infra.protect("stock")?;
        call.run_or_else(Fallback::default(), attempt, async |_| Ok::<_, ()>("none")).await
    });
}

#[test]
fn a_reference_can_be_shared_kept_and_read_from_a_resource() {
    type Shared = Coalescer<&'static str, io::Error>;
    type Kept = LastGood<&'static str, io::Error>;
    let (shared, kept): (Option<Shared>, Option<Kept>) = (None, None);
    let ask = async || Ok::<&'static str, io::Error>("some");
    is_send(async move |_| shared?.run("a", ask).await.ok());
    is_send(async move |infra: Infrastructure| {
        let clock = Clock::system();
        let call = async || infra.execute_protected("stock", ask).await;
        kept?.get(Deadline::new(&clock, Tick::MAX), "a", call).await.ok()
    });
    is_send(async move |infra| {
        let pool: Pool<Dummy> = infra.pool("stock").expect("configured");
        let read = async |_: &mut Connection| Ok::<&'static str, DummyError>("some");
        pool.with(read, Duration::from_secs(1)).await
    });
}
