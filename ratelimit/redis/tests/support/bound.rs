//! The count of all admitted calls, which knows nothing of leases and stores.

/// An admitted call: it started some time between its question and its answer, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub(crate) asked: u64,
    pub(crate) at: u64,
}

/// The store counts in whole microseconds, so that it may see a window a microsecond too long.
const ROUNDING: f64 = 0.01;

/// Checks that no window `[s, t]` has more than `burst + per_second × (t − s)` of these calls, question and
/// answer.
///
/// # Errors
/// With the first answer that ends such a window, and the number of calls that are too many.
pub(crate) fn check(calls: &mut [Admitted], per_second: f64, burst: f64) -> Result<(), String> {
    calls.sort_unstable_by_key(|call| call.asked);
    let Some(begin) = calls.first().map(|call| call.asked) else { return Ok(()) };
    let flow = |time: u64| (time - begin) as f64 * per_second / 1e9;
    let mut windows = Windows::new(calls.len());
    let mut by_answer: Vec<_> = (0..calls.len()).collect();
    by_answer.sort_unstable_by_key(|n| calls[*n].at);
    for n in by_answer {
        let Admitted { asked, at } = calls[n];
        windows.add(n, flow(asked));
        let above = windows.most() - flow(at) - burst;
        if above > ROUNDING {
            return Err(format!("{above:.2} calls too many in a window until {at} ns"));
        }
    }
    Ok(())
}

/// The windows that begin with the question of a call that was added: for each, what flows in before, and the
/// calls since then. A tree in an array, as a heap is.
struct Windows(Vec<Node>);

#[derive(Clone, Copy)]
struct Node {
    calls: f64,
    /// The most of these windows, each until the end of the node.
    most: f64,
}

impl Windows {
    fn new(calls: usize) -> Self {
        let none = Node { calls: 0.0, most: f64::NEG_INFINITY };
        Self(vec![none; 2 * calls.next_power_of_two()])
    }

    fn add(&mut self, call: usize, flow: f64) {
        let mut node = self.0.len() / 2 + call;
        self.0[node] = Node { calls: 1.0, most: flow + 1.0 };
        while node > 1 {
            node /= 2;
            let [first, second] = [self.0[2 * node], self.0[2 * node + 1]];
            let most = second.most.max(first.most + second.calls);
            self.0[node] = Node { calls: first.calls + second.calls, most };
        }
    }

    fn most(&self) -> f64 {
        self.0[1].most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn at(times: &[u64]) -> Vec<Admitted> {
        times.iter().map(|ms| Admitted { asked: ms * MS, at: ms * MS }).collect()
    }

    #[test]
    fn a_burst_and_what_flows_in_fit_and_one_more_does_not() {
        let times = [205, 5, 5, 105, 5, 205];
        assert_eq!(check(&mut at(&times[..5]), 10.0, 3.0), Ok(()));
        let why = check(&mut at(&times), 10.0, 3.0).expect_err("one too many");
        assert_eq!(why, "1.00 calls too many in a window until 205000000 ns");
        assert_eq!(check(&mut [], 10.0, 3.0), Ok(()));
    }

    #[test]
    fn a_window_in_the_middle_counts() {
        let mut times = vec![1000; 4];
        times.extend([0, 5000, 9000]);
        check(&mut at(&times), 1.0, 3.0).expect_err("four at once");
        check(&mut at(&times), 1.0, 4.0).expect("four at once are permitted");
        check(&mut at(&[0, 980]), 1.0, 1.0).expect_err("too early");
        check(&mut at(&[0, 1000]), 1.0, 1.0).expect("a second later");
    }

    #[test]
    fn a_call_counts_where_a_window_has_both_its_question_and_its_answer() {
        let call = |asked, at| Admitted { asked: asked * MS, at: at * MS };
        check(&mut [call(0, 0), call(0, 1000)], 1.0, 1.0).expect("the second may have waited");
        check(&mut [call(0, 0), call(0, 980)], 1.0, 1.0).expect_err("not for long enough");
        let mut crossed = [call(900, 1100), call(0, 0), call(500, 3000)];
        check(&mut crossed, 1.0, 1.0).expect("one at 1000, one at 2000");
        let mut nested = [call(900, 1100), call(0, 0), call(500, 1900)];
        check(&mut nested, 1.0, 1.0).expect_err("three until 1900");
    }
}
