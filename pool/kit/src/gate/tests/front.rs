use super::*;

#[test]
fn what_comes_back_goes_with_its_place_to_who_has_waited_longest() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = [(); 3].map(|()| enter(&gate, &clock));
    waiting.iter_mut().for_each(|turn| assert!(poll(turn).is_pending()));
    assert_eq!(gate.give_back(7), Ok(()));
    let [first, mut second, third] = waiting;
    drop((third, first));
    assert_eq!(poll(&mut second), Poll::Ready(Ok(Some(7))), "handed on by the first");
    assert_eq!(gate.give_back(8), Ok(()));
    assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    assert_eq!(gate.try_enter(), Ok(Some(8)), "it was in front");
}

#[test]
fn who_goes_away_with_what_nobody_wants_leaves_it_in_front_or_has_it_put_away() {
    static PUT_AWAY: AtomicUsize = AtomicUsize::new(0);
    let put_away = |held: u8| PUT_AWAY.store(held.into(), Ordering::Relaxed);
    let (gate, clock) = (Gate::new(2, None, put_away), Clock::system());
    for held in [1, 2] {
        assert!(gate.try_enter().is_ok() && gate.try_enter().is_ok());
        let mut waits = enter(&gate, &clock);
        assert!(poll(&mut waits).is_pending());
        assert_eq!(gate.give_back(held), Ok(()));
        if held == 2 {
            // The other one comes back after it, so it is the one in front.
            assert_eq!(gate.give_back(3), Ok(()));
        } else {
            gate.leave();
        }
        drop(waits);
        assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    }
    assert_eq!(PUT_AWAY.load(Ordering::Relaxed), 3);
    assert_eq!(gate.try_enter(), Ok(Some(2)));
}

#[test]
fn only_one_is_in_front_and_it_is_the_last() {
    let gate = gate(2);
    gate.try_enter().expect("free");
    gate.try_enter().expect("free");
    assert_eq!(gate.give_back(1), Ok(()));
    assert_eq!(gate.give_back(2), Err(1), "to be put away");
    assert_eq!(gate.taken(), 1, "its place is still taken");
    gate.leave();
    assert_eq!([(); 3].map(|()| gate.try_enter()), [Ok(Some(2)), Ok(None), Err(Denied::Full)]);
}

#[test]
fn what_is_in_front_or_was_given_can_be_taken_out() {
    let (gate, clock) = (gate(2), Clock::system());
    assert!(gate.try_enter().is_ok() && gate.try_enter().is_ok());
    let mut waits = enter(&gate, &clock);
    assert!(poll(&mut waits).is_pending());
    assert_eq!([gate.give_back(6), gate.give_back(7)], [Ok(()); 2]);
    assert_eq!(gate.remove(&mut |held| *held > 7, |held| held), [0; 0]);
    assert_eq!(gate.remove(&mut |held| *held == 6, |held| held), [6], "was given");
    assert_eq!(gate.remove(&mut |held| *held == 7, |held| held), [7], "was in front");
    assert_eq!(poll(&mut waits), Poll::Ready(Ok(None)), "the place is still his");
    assert_eq!(gate.try_enter(), Ok(None));
}

#[test]
fn who_has_a_place_may_leave_or_take_what_is_in_front() {
    let gate = gate(2);
    gate.try_enter().expect("free");
    assert_eq!(gate.give_back(7), Ok(()));
    assert_eq!([gate.try_enter_only(), gate.try_enter_only()], [Ok(()); 2]);
    assert_eq!(gate.try_enter_only(), Err(Denied::Full));
    assert_eq!([gate.take_front(), gate.take_front()], [Some(7), None]);
}
