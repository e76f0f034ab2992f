//! A file that several processes, or a person, use at the same time.

use super::*;

#[test]
fn stores_that_open_a_new_file_at_the_same_time_share_it() {
    for foreign in [None, Some("a short note")].into_iter().cycle().take(20) {
        let fixture = Fixture::new();
        if let Some(foreign) = foreign {
            fs::write(&fixture.path, foreign).expect("written");
        }
        let barrier = std::sync::Barrier::new(6);
        let insert = || {
            let mut store = fixture.store();
            barrier.wait();
            store.insert(&records(10)).expect("it stores records");
            store.stats().expect("it can be read").set_aside
        };
        let aside = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(insert)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("no panic"))
                .collect::<Vec<_>>()
        });
        assert_eq!(aside.len(), usize::from(foreign.is_some()), "{aside:?}");
        assert_eq!(count(&mut fixture.store()), 60);
    }
}

#[test]
fn what_a_person_adds_to_the_file_is_left_alone() {
    let fixture = Fixture::new();
    fixture.content(3);
    let database = Connection::open(&fixture.path).expect("a database");
    let added = "CREATE INDEX mine ON events (topic); CREATE VIEW opened AS SELECT * FROM events; \
                 CREATE TABLE notes (x); ANALYZE";
    database.execute_batch(added).expect("it can be added");
    drop(database);
    let mut store = fixture.store();
    assert_eq!(store.insert(&records(1)).expect("it stores records"), 4);
    assert_eq!(store.stats().expect("it can be read").set_aside, []);
}

#[test]
fn a_file_that_is_changed_while_it_is_used_loses_nothing_silently() {
    type Change = fn(&Fixture);
    // Each with the numbers of records that are there afterwards, and of files that were set aside.
    let changes: [(Change, u64, usize); 4] = [
        (|fixture| fs::remove_file(&fixture.path).expect("removed"), 5, 0),
        (|fixture| fs::rename(&fixture.path, fixture.beside("moved.db")).expect("moved"), 5, 0),
        (|fixture| drop(fs::File::create(&fixture.path).expect("truncated")), 5, 1),
        (
            |fixture| {
                let other = fixture.beside("other.db");
                fs::write(&other, Fixture::new().content(7)).expect("written");
                fs::rename(other, &fixture.path).expect("moved");
            },
            12,
            0,
        ),
    ];
    for (nth, (change, records_left, aside)) in changes.into_iter().enumerate() {
        for size in [40, 25_000] {
            let fixture = Fixture::new();
            let mut store = fixture.store();
            store.insert(&records(size)).expect("it stores records");
            change(&fixture);
            let stored = (0..3).find_map(|_| store.insert(&records(5)).ok());
            assert!(stored.is_some(), "{nth}: it stores nothing any more");
            let stats = store.stats().expect("it can be read");
            // What was only in the log of a file that was emptied is written into it again.
            let (left, aside) = match (nth, size) {
                (2, 40) => (45, 0),
                _ => (records_left, aside),
            };
            assert_eq!((stats.records, stats.set_aside.len()), (left, aside), "{nth}");
            drop(store);
            let stats = fixture.store().stats().expect("it can be read");
            assert_eq!((stats.records, stats.set_aside.len()), (left, 0), "{nth}");
            if nth == 1 {
                let mut moved = Store::new(fixture.beside("moved.db"));
                let records = moved.stats().expect("it can be read").records;
                assert_eq!(records, size as u64, "all of it is in the file that was moved");
            }
        }
    }
}
