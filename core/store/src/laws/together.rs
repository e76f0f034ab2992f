use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// Runs all of `futures` at the same time and returns their outputs.
pub(super) async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Result<Pin<Box<F>>, _>> =
        futures.into_iter().map(|future| Ok(Box::pin(future))).collect();
    poll_fn(|cx| {
        for future in &mut running {
            let polled = future.as_mut().map(|future| future.as_mut().poll(cx));
            if let Ok(Poll::Ready(output)) = polled {
                *future = Err(output);
            }
        }
        if running.iter().all(Result::is_err) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(Result::err).collect()
}

/// Polls `future` up to `times` times, then drops it. Returns its output if that was enough.
pub(super) async fn dropped_after<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
