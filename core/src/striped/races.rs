//! Runs counting, thread start and thread end in every order within loom's bounds.
//!
//! ```sh
//! RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-core --lib races
//! ```

use loom::sync::Arc;
use loom::thread;

use super::{Counter, StripedCounters};

type Counters = StripedCounters<Counter>;

fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

fn counting(counters: &Arc<Counters>, times: usize) -> thread::JoinHandle<()> {
    let counters = Arc::clone(counters);
    thread::spawn(move || (0..times).for_each(|_| counters.local().add(|counter| counter)))
}

fn total(counters: &Counters) -> u64 {
    counters.sum(Counter::get)
}

#[test]
fn threads_that_count_at_once_lose_nothing() {
    check(|| {
        let counters = Arc::new(Counters::default());
        // Three threads for one stripe: two of them share.
        let others = [counting(&counters, 1), counting(&counters, 1)];
        counters.local().add(|counter| counter);
        for other in others {
            other.join().expect("no panic");
        }
        assert_eq!(total(&counters), 3);
    });
}

#[test]
fn a_thread_goes_on_where_one_that_ends_leaves_off() {
    check(|| {
        let counters = Arc::new(Counters::default());
        counters.local().add(|counter| counter);
        // The second starts before the first has ended and shares, or claims its slot.
        let first = counting(&counters, 2);
        let second = counting(&counters, 2);
        first.join().expect("no panic");
        second.join().expect("no panic");
        assert_eq!(total(&counters), 5);
    });
}

#[test]
fn threads_that_share_a_set_change_it_one_after_the_other() {
    check(|| {
        let counters = Arc::new(Counters::default());
        let doubling = || {
            let counters = Arc::clone(&counters);
            thread::spawn(move || counters.local().update(|count| count, |before| 2 * before + 1))
        };
        let others = [doubling(), doubling(), doubling()];
        for other in others {
            other.join().expect("no panic");
        }
        // Three in one set, or two and one.
        assert!([4, 7].contains(&total(&counters)), "{}", total(&counters));
    });
}
