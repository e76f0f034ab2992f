use std::sync::Barrier;
use std::thread;

use super::table::Table;

#[test]
fn threads_that_add_the_same_key_get_the_same_value() {
    let table = Table::<(u32, String), 64>::default();
    let begin = Barrier::new(8);
    let get = |key: u32| {
        let value = table.get_or_add(&key, |(of, _)| *of == key, || (key, key.to_string()))?;
        assert_eq!(value.1, key.to_string());
        Some(std::ptr::from_ref(value).addr())
    };
    let all: Vec<Vec<_>> = thread::scope(|scope| {
        let add = || {
            begin.wait();
            (0..40).map(get).collect()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(all.iter().all(|places| *places == all[0] && places.iter().all(Option::is_some)));
    assert_eq!(table.iter().count(), 40);
}

#[test]
fn a_full_table_takes_no_more() {
    let table = Table::<u32, 8>::default();
    let get = |key: u32| table.get_or_add(&key, |of| *of == key, || key).copied();
    let kept = (0..20).filter_map(get).count();
    assert_eq!((kept, table.iter().count()), (8, 8));
    let first = *table.iter().next().expect("it is full");
    assert_eq!(get(first), Some(first));
}
