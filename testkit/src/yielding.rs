use std::future::{Future, poll_fn};
use std::task::Poll;

/// Returns a future that yields `times` times before it completes: an operation with this number of
/// awaits.
pub fn yield_times(times: usize) -> impl Future<Output = ()> + Send {
    let mut left = times;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
