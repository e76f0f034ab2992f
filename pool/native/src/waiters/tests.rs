use super::*;

type Queue = Waiters<u8, char, ()>;

fn join(queue: &mut Queue, works: bool, next: bool) -> usize {
    let limit = UseLimit { until: Tick::MAX, half: Duration::ZERO };
    queue.join(Waker::noop().clone(), Tick::MAX, limit, works, next)
}

fn answered(queue: &mut Queue, ticket: usize) -> Option<u8> {
    match queue.claim(ticket, Waker::noop()) {
        Given::Answer(answer, _) => answer.ok(),
        _ => None,
    }
}

#[test]
fn the_first_waiter_is_answered_first_whether_it_works_or_not() {
    let mut queue = Queue::new();
    let [one, two] = [true, false].map(|works| join(&mut queue, works, false));
    let front = join(&mut queue, false, true);
    for resource in 1..=3 {
        assert!(queue.answer(Ok(resource)).is_ok());
    }
    assert_eq!(queue.answer(Ok(4)).err(), Some(Ok(4)), "no waiter is left");
    let answers = [front, one, two].map(|ticket| answered(&mut queue, ticket));
    assert_eq!(answers, [Some(1), Some(2), Some(3)]);
}

#[test]
fn work_goes_to_the_first_waiter_without_any() {
    let mut queue = Queue::new();
    let [one, two] = [true, false].map(|works| join(&mut queue, works, false));
    assert!(queue.give('a').is_ok() && !queue.has_idle());
    assert_eq!(queue.give('b').err(), Some('b'));
    assert!(matches!(queue.claim(one, Waker::noop()), Given::Nothing));
    assert!(matches!(queue.claim(two, Waker::noop()), Given::Work('a')));
    queue.finish(two);
    assert_eq!((queue.has_idle(), queue.len()), (true, 1));
    assert_eq!(queue.leave(one), (None, None));
    assert!(queue.give('c').is_ok());
    assert_eq!(queue.leave(two), (None, Some('c')), "it has not taken it");
}

#[test]
fn a_burst_leaves_no_memory_behind_and_few_waiters_do() {
    let mut queue = Queue::new();
    let burst: Vec<_> = (0..=KEPT).map(|_| join(&mut queue, false, false)).collect();
    burst.into_iter().for_each(|ticket| _ = queue.leave(ticket));
    assert_eq!((queue.nodes.capacity(), queue.len(), queue.first.is_some()), (0, 0, false));
    let one = join(&mut queue, false, false);
    queue.leave(one);
    assert!(queue.nodes.capacity() > 0);
}
