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
/// in a hundred turns, but few rounds. Each round is compared with the raw one beside it, which the same
/// noise has met, so a ratio is the median of the rounds' ratios.
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
    for round in 0..ROUNDS {
        // No subject always runs after the same one.
        for at in 0..crowds.len() {
            let at = (round + at) % crowds.len();
            rounds[at].push(Round::of(&crowds[at](runtime, TASKS, TURNS)));
        }
    }
    let columns =
        ["subject", "p50, µs", "× raw", "p99, µs", "× raw", "(middle half)", "a turn, µs", "× raw"];
    let mut table = Table::new(title, &columns);
    for (contender, of) in contenders.iter().zip(&rounds) {
        let numbers = |number: fn(&Round) -> f64| {
            let ratios = of.iter().zip(&rounds[0]).map(|(round, raw)| number(round) / number(raw));
            (quartiles(of.iter().map(number))[1], quartiles(ratios))
        };
        let (median, [_, median_ratio, _]) = numbers(|round| round.median);
        let (high, [low, high_ratio, top]) = numbers(|round| round.high);
        let (each, [_, each_ratio, _]) = numbers(|round| round.each);
        let number = |number: f64| format!("{number:.2}");
        let spread = format!("{low:.2} to {top:.2}");
        let row = [median, median_ratio, high, high_ratio].map(number).to_vec();
        let row = [row, vec![spread, number(each), number(each_ratio)]].concat();
        table.row(contender.name, &row);
    }
    table.print();
}

/// The quartiles of what was found in the rounds.
fn quartiles(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| numbers[numbers.len() * quarter / 4])
}
