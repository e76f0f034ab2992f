use std::future::poll_fn;
use std::task::Poll;

use super::Work;

/// What all of `works` give, in their order, each of which goes on while others wait.
pub(crate) async fn join<T>(works: Vec<Work<'_, T>>) -> Vec<T> {
    enum Part<'a, T> {
        Runs(Work<'a, T>),
        Done(T),
    }
    let mut parts: Vec<Part<'_, T>> = works.into_iter().map(Part::Runs).collect();
    poll_fn(|cx| {
        let mut runs = false;
        for part in &mut parts {
            let Part::Runs(work) = part else { continue };
            match work.as_mut().poll(cx) {
                Poll::Ready(output) => *part = Part::Done(output),
                Poll::Pending => runs = true,
            }
        }
        if runs { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    let done = |part| match part {
        Part::Done(output) => Some(output),
        Part::Runs(_) => None,
    };
    parts.into_iter().filter_map(done).collect()
}
