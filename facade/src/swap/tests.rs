use std::sync::{Arc, Weak};

use super::{Gate, Reader, Seen, Slot};

type Number = Arc<usize>;

fn slot(value: usize) -> (Arc<Slot<Number>>, Weak<usize>) {
    let value = Arc::new(value);
    let weak = Arc::downgrade(&value);
    (Arc::new(Slot::new(value, Arc::new(Gate::new()))), weak)
}

fn replace(slot: &Slot<Number>, value: usize) -> Weak<usize> {
    let value = Arc::new(value);
    let weak = Arc::downgrade(&value);
    slot.replace(value);
    weak
}

/// What the reader reads, and whether it keeps that.
fn read(reader: &Reader<Number>) -> (usize, bool) {
    match reader.get() {
        Seen::Kept(value) => (**value, true),
        Seen::Cloned(value) => (*value, false),
    }
}

#[test]
fn a_reader_follows_its_slot_and_a_clone_begins_with_the_current_value() {
    let (slot, first) = slot(0);
    let reader = Reader::new(Arc::clone(&slot));
    assert_eq!(read(&reader), (0, true));
    let second = replace(&slot, 1);
    assert_eq!([read(&reader), read(&reader)], [(1, true); 2]);
    let clone = reader.clone();
    assert_eq!((**clone.first(), read(&clone)), (1, (1, true)));
    assert!(first.strong_count() == 1 && second.strong_count() == 3);
    drop(reader);
    assert!(first.strong_count() == 0, "no reader has it any more");
}

#[test]
fn a_value_that_comes_back_takes_no_further_room() {
    let (slot, _) = slot(0);
    let reader = Reader::new(Arc::clone(&slot));
    let values: Vec<Number> = (0..3).map(Arc::new).collect();
    for round in 0..100 {
        let value = &values[round % 3];
        slot.replace(Arc::clone(value));
        assert_eq!(read(&reader), (**value, true));
    }
    let (first, _) = (Reader::new(Arc::clone(&slot)), replace(&slot, 7));
    assert_eq!(read(&first), (7, true));
    slot.replace(Arc::clone(first.first()));
    assert_eq!(read(&first), (**first.first(), true));
    assert!(first.current().is_some(), "it is the value that the reader was made with");
}

#[test]
fn a_reader_keeps_a_bounded_number_of_values() {
    let (slot, _) = slot(0);
    let reader = Reader::new(Arc::clone(&slot));
    let read_each = |value| (replace(&slot, value), read(&reader));
    let kept: Vec<_> = (1..=1000).map(read_each).collect();
    for (value, (weak, seen)) in (1..).zip(&kept) {
        assert_eq!(*seen, (value, value <= 15));
        let is_current = value == 1000;
        assert_eq!(weak.strong_count() > 0, value <= 15 || is_current, "{value}");
    }
    assert_eq!(read(&reader.clone()), (1000, true));
}

#[test]
fn a_name_is_asked_for_with_its_first_reading() {
    let (slot, _) = slot(0);
    let reader = Reader::unasked(Arc::clone(&slot));
    assert!(!slot.is_asked());
    assert_eq!(read(&reader), (0, true));
    assert!(slot.is_asked() && reader.current().is_some());
    assert!(Reader::unasked(slot).current().is_some(), "it was asked for");
}

#[test]
fn threads_see_all_of_a_change_or_nothing() {
    let gate = Arc::new(Gate::new());
    let slots = [0, 0].map(|value| Arc::new(Slot::new(Arc::new(value), Arc::clone(&gate))));
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let readers = slots.each_ref().map(|slot| Reader::new(Arc::clone(slot)));
                    let mut last = 0;
                    while last < 500 {
                        let [one, other] = gate.read(|| readers.each_ref().map(|r| read(r).0));
                        assert!(one == other && one >= last, "{one}, {other}, {last}");
                        last = one;
                    }
                })
            })
            .collect();
        for value in 1..=500 {
            gate.change(|| slots.iter().for_each(|slot| slot.replace(Arc::new(value))));
        }
        readers.into_iter().for_each(|thread| thread.join().expect("consistent"));
    });
}

#[test]
fn a_change_that_panics_leaves_readers_running() {
    let gate = Gate::new();
    let changed = std::panic::AssertUnwindSafe(|| gate.change(|| panic!("in the middle")));
    std::panic::catch_unwind(changed).expect_err("it goes on");
    assert_eq!(gate.read(|| 7), 7);
    assert_eq!(gate.change(|| 8), 8);
}
