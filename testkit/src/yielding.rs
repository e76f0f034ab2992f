use std::future::{Future, poll_fn};
use std::task::Poll;

/// A future that lets go `times` times before it completes: an operation with as many awaits.
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
