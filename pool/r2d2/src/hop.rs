use std::io;
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Runs `work` on a thread that may block: one of the Tokio runtime's, or a new one outside of any
/// runtime. If the future is dropped, `work` runs to its end and its output is dropped there.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    let work = move || drop(sender.send(work()));
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_outside) => {
            thread::Builder::new().name("seawall-r2d2".to_owned()).spawn(work)?;
        }
    }
    receiver.await.map_err(|_| io::Error::other("the thread that was to check out has ended"))
}
