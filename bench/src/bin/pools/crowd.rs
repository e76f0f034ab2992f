//! Many more borrowers than connections.

use std::time::{Duration, Instant};

use seawall_bench::Table;
use tokio::runtime::{Builder, Runtime};

use crate::peers;

/// Numbers of tasks or threads, and of turns of each.
pub type Crowd = Box<dyn Fn(&Runtime, usize, usize) -> Vec<Turn>>;

/// Time from asking for a connection to having returned it.
#[derive(Clone, Copy)]
pub struct Turn {
    pub began: Instant,
    pub ended: Instant,
}

/// One of the subjects that are compared.
pub struct Contender {
    pub name: &'static str,
    pub start: fn(&Runtime) -> Crowd,
}

/// Rounds are short: a disturbance of the machine affects all tasks at once. That is more than one
/// in a hundred turns, but few rounds.
const ROUNDS: usize = 151;
const TASKS: usize = 64;
const TURNS: usize = 20;

/// Compares the groups whose title contains `part`.
pub fn compare(part: &str) {
    println!("{ROUNDS} rounds of {TURNS} turns of each of {TASKS}, interleaved.\n");
    let one = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let two = Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let two = two.expect("a runtime");
    let show = |title: String, contenders: &[Contender], runtime: &Runtime| {
        if title.contains(part) {
            show(&title, contenders, runtime);
        }
    };
    for (of, contenders) in peers::tasks() {
        show(format!("{TASKS} tasks over 8 connections{of}, one thread"), &contenders, &one);
        show(format!("{TASKS} tasks over 8 connections{of}, two threads"), &contenders, &two);
    }
    for (of, contenders) in peers::threads() {
        show(format!("{TASKS} threads over 8 connections{of}"), &contenders, &one);
    }
}

/// Results of one round of a subject, in µs.
struct Round {
    median: f64,
    high: f64,
    /// Duration of the round divided by its turns.
    each: f64,
}

impl Round {
    fn of(turns: &[Turn]) -> Self {
        let mut times: Vec<_> = turns.iter().map(|turn| turn.ended - turn.began).collect();
        times.sort_unstable();
        let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
        let at = |percent: usize| micros(times[times.len() * percent / 100]);
        let began = turns.iter().map(|turn| turn.began).min().expect("turns");
        let ended = turns.iter().map(|turn| turn.ended).max().expect("turns");
        let each = micros(ended - began) / turns.len() as f64;
        Self { median: at(50), high: at(99), each }
    }
}

fn show(title: &str, contenders: &[Contender], runtime: &Runtime) {
    let crowds: Vec<_> = contenders.iter().map(|contender| (contender.start)(runtime)).collect();
    crowds.iter().for_each(|crowd| _ = crowd(runtime, TASKS, TURNS));
    let mut rounds: Vec<Vec<Round>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (crowd, rounds) in crowds.iter().zip(&mut rounds) {
            rounds.push(Round::of(&crowd(runtime, TASKS, TURNS)));
        }
    }
    let columns = ["subject", "p50, µs", "× raw", "p99, µs", "× raw", "a turn, µs", "× raw"];
    let mut table = Table::new(title, &columns);
    let numbers = |rounds: &[Round]| {
        [
            middle(rounds, |round| round.median),
            middle(rounds, |round| round.high),
            middle(rounds, |round| round.each),
        ]
    };
    let raw = numbers(&rounds[0]);
    for (contender, rounds) in contenders.iter().zip(&rounds) {
        let [median, high, each] = numbers(rounds);
        let row = [median, median / raw[0], high, high / raw[1], each, each / raw[2]];
        table.row(contender.name, &row.map(|number| format!("{number:.2}")));
    }
    table.print();
}

/// Median of the rounds.
fn middle(rounds: &[Round], number: impl Fn(&Round) -> f64) -> f64 {
    let mut numbers: Vec<_> = rounds.iter().map(number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
