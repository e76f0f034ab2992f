//! Replacing values while they are read, explored by loom.

use std::sync::Arc;

use loom::thread;

use super::{Gate, Reader, Seen, Slot};

type Number = Arc<usize>;

fn slot(gate: &Arc<Gate>) -> Arc<Slot<Number>> {
    Arc::new(Slot::new(Arc::new(0), Arc::clone(gate)))
}

fn read(reader: &Reader<Number>) -> usize {
    match reader.get() {
        Seen::Kept(value) => **value,
        Seen::Cloned(value) => *value,
    }
}

#[test]
fn several_slots_change_in_one_step() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let slots = [slot(&gate), slot(&gate)];
        let readers = slots.clone().map(Reader::new);
        let reading = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.read(|| readers.each_ref().map(read)))
        };
        gate.change(|| slots.iter().for_each(|slot| slot.replace(Arc::new(1))));
        let [one, other] = reading.join().expect("no panic");
        assert_eq!(one, other);
    });
}

#[test]
fn a_reader_never_goes_back_and_ends_with_the_last_value() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let slot = slot(&gate);
        let reader = Arc::new(Reader::new(Arc::clone(&slot)));
        let reading = {
            let reader = Arc::clone(&reader);
            thread::spawn(move || [read(&reader), read(&reader)])
        };
        slot.replace(Arc::new(1));
        slot.replace(Arc::new(2));
        let own = read(&reader);
        let [first, second] = reading.join().expect("no panic");
        assert!(first <= second, "{first}, then {second}");
        assert_eq!((own, read(&reader)), (2, 2));
    });
}

#[test]
fn a_name_is_removed_or_asked_for_but_not_both() {
    loom::model(|| {
        const REMOVED: usize = 9;
        let gate = Arc::new(Gate::new());
        let slot = slot(&gate);
        let reader = Reader::unasked(Arc::clone(&slot));
        let reading = thread::spawn(move || read(&reader));
        let is_removed = gate.change(|| {
            let removes = !slot.is_asked();
            if removes {
                slot.replace(Arc::new(REMOVED));
            }
            removes
        });
        let read = reading.join().expect("no panic");
        assert_eq!(read == REMOVED, is_removed);
    });
}
