use super::*;

#[test]
fn there_are_so_many_places_and_no_more() {
    let gate = gate(2);
    assert_eq!([(); 3].map(|()| gate.try_enter()), [Ok(None), Ok(None), Err(Denied::Full)]);
    assert_eq!(gate.taken(), 2);
    assert!(!gate.leave());
    assert_eq!(gate.try_enter(), Ok(None));
}

#[test]
fn a_place_goes_to_who_has_waited_longest_and_not_to_a_newcomer() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let (mut first, mut second) = (enter(&gate, &clock), enter(&gate, &clock));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    gate.leave();
    assert_eq!(gate.try_enter(), Err(Denied::Full));
    assert!(poll(&mut second).is_pending());
    assert_eq!(poll(&mut first), Poll::Ready(Ok(None)));
    assert_eq!(gate.waiting(), 1);
    gate.leave();
    assert_eq!(poll(&mut second), Poll::Ready(Ok(None)));
    gate.leave();
    assert_eq!((gate.waiting(), gate.taken(), gate.has_queue()), (0, 0, false));
}

#[test]
fn who_goes_away_with_a_place_he_never_saw_hands_it_on() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let (mut first, mut second) = (enter(&gate, &clock), enter(&gate, &clock));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    gate.leave();
    drop(first);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(None)));
}

#[test]
fn a_full_queue_takes_no_more() {
    let (gate, clock) = (Gate::new(1, Some(1), drop::<u8>), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = enter(&gate, &clock);
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(poll(&mut enter(&gate, &clock)), Poll::Ready(Err(Denied::Full)));
    drop(waiting);
    assert!(poll(&mut enter(&gate, &clock)).is_pending());
}

#[test]
fn no_cycle_of_sizes_makes_a_place_more_or_less() {
    let gate = gate(16);
    (0..16).for_each(|_| _ = gate.try_enter().expect("free"));
    for _ in 0..5 {
        gate.resize(1);
        gate.resize(16);
    }
    assert_eq!((gate.try_enter(), gate.taken()), (Err(Denied::Full), 16));
    gate.resize(2);
    assert_eq!(gate.give_back(1), Err(1), "its place is no more, so nobody finds it in front");
    for _ in 0..14 {
        gate.leave();
        assert_eq!(gate.try_enter(), Err(Denied::Full), "it is still overfull");
    }
    gate.leave();
    assert_eq!((gate.try_enter(), gate.taken()), (Ok(None), 2));
}

#[test]
fn growing_serves_waiters() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = [(); 3].map(|()| enter(&gate, &clock));
    waiting.iter_mut().for_each(|turn| assert!(poll(turn).is_pending()));
    gate.resize(3);
    let served = waiting.each_mut().map(|turn| poll(turn).is_ready());
    assert_eq!(served, [true, true, false]);
}

#[test]
fn closing_sends_everyone_away_and_is_heard() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = enter(&gate, &clock);
    let mut news = gate.news();
    let woken = [(); 2].map(|()| Arc::new(Count::default()));
    assert!(woken[0].poll(&mut waiting).is_pending() && woken[1].poll(&mut news).is_pending());
    assert!(!gate.is_closed() && gate.has_queue());
    gate.close();
    assert!(gate.is_closed());
    assert_eq!(woken.map(|woken| woken.get()), [1, 1]);
    assert_eq!(poll(&mut waiting), Poll::Ready(Err(Denied::Closed)));
    assert!(poll(&mut news).is_ready());
    assert_eq!(gate.try_enter(), Err(Denied::Closed));
    let mut news = gate.news();
    assert!(poll(&mut news).is_pending());
    assert_eq!(gate.give_back(1), Err(1), "a closed gate keeps nothing");
    assert!(gate.leave(), "it is closed");
    assert!(poll(&mut news).is_ready());
    assert_eq!(gate.taken(), 0);
}

#[test]
fn each_who_listens_hears_and_who_no_longer_does_is_left_alone() {
    let gate = gate(1);
    let woken = [(); 3].map(|()| Arc::new(Count::default()));
    let [mut one, mut gone, mut other] = [(); 3].map(|()| gate.news());
    for (woken, news) in woken.iter().zip([&mut one, &mut gone, &mut other]) {
        assert!(woken.poll(news).is_pending() && woken.poll(news).is_pending());
    }
    drop(gone);
    gate.close();
    assert_eq!(woken.map(|woken| woken.get()), [1, 0, 1]);
    assert!(poll(&mut one).is_ready() && poll(&mut other).is_ready());
}
