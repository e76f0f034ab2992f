//! What a script does in Lua, in a real server, and in Rust is equal bit for bit: states, replies and the times
//! for which states are kept, over sequences of random steps. `SEAWALL_STEPS` sets their number.

use std::fmt::Write as _;

use redis::Commands as _;
use seawall_store::circuit::CIRCUIT;
use seawall_store::permits::PERMITS;
use seawall_store::tokens::TOKENS;
use seawall_store::{Moment, Script};
use seawall_test_servers::Redis;

use random::Random;

#[path = "agree/circuit.rs"]
mod circuit;
#[path = "agree/permits.rs"]
mod permits;
#[path = "agree/random.rs"]
mod random;
#[path = "agree/tokens.rs"]
mod tokens;

/// Makes arguments for a step at the last of these times, in microseconds; the others are of the steps before.
type Arguments = fn(&mut Random, &[f64]) -> Vec<f64>;

const SCRIPTS: &[(&Script, Arguments)] = &[
    (&TOKENS, |random, times| tokens::arguments(random, times[times.len() - 1])),
    (&PERMITS, |random, times| permits::arguments(random, times[times.len() - 1])),
    (&CIRCUIT, circuit::arguments),
];

#[derive(Clone, Debug)]
struct Step {
    moment: Moment,
    /// What another program writes before.
    spoiled: Option<Vec<f64>>,
    arguments: Vec<f64>,
}

const CODEC: &str = include_str!("../src/codec.lua");
const STEPS: &str = include_str!("agree/steps.lua");
const SEQUENCE: usize = 1000;

struct Pair {
    script: &'static Script,
    connection: redis::Connection,
    text: String,
}

impl Pair {
    /// Returns the first step that the two do differently, with what came of it in Lua and in Rust.
    fn compare(&mut self, steps: &[Step]) -> Option<(usize, String)> {
        let bytes: Vec<u8> =
            steps.iter().flat_map(Step::numbers).flat_map(f64::to_le_bytes).collect();
        let eval = redis::cmd("EVAL").arg(&self.text).arg(0).arg(bytes).take();
        let lua: Vec<Vec<u8>> = eval.query(&mut self.connection).expect("the script runs");
        let mut state: Option<Vec<f64>> = None;
        for (n, step) in steps.iter().enumerate() {
            state = step.spoiled.clone().or(state);
            let applied = (self.script.model)(state.as_deref(), step.moment, &step.arguments);
            let mut rust = vec![applied.keep_ms, applied.reply.len() as f64];
            rust.extend(&applied.reply);
            rust.extend(applied.state.iter().flatten());
            state = applied.state.or(state);
            let lua: Vec<_> = lua[n].as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
            if !lua.iter().map(|n| n.to_bits()).eq(rust.iter().map(|n| n.to_bits())) {
                return Some((n, format!("lua:  {lua:?}\nrust: {rust:?}")));
            }
        }
        None
    }

    /// Removes steps for as long as the two still differ.
    fn shrink(&mut self, mut steps: Vec<Step>) -> String {
        let mut size = steps.len();
        while size > 0 {
            let mut at = 0;
            while at < steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(at..steps.len().min(at + size));
                match self.compare(&fewer) {
                    Some((last, _)) => {
                        fewer.truncate(last + 1);
                        steps = fewer;
                    }
                    None => at += size,
                }
            }
            size /= 2;
        }
        let (_, outcome) = self.compare(&steps).expect("they differ");
        let mut text = outcome;
        for step in &steps {
            write!(text, "\n{step:?}").expect("a string takes everything");
        }
        text
    }
}

impl Step {
    fn numbers(&self) -> Vec<f64> {
        let Moment { now, epoch, born } = self.moment;
        let mut numbers = vec![now, epoch, born];
        for list in [self.spoiled.as_deref(), Some(&self.arguments)] {
            numbers.push(list.map_or(-1.0, |list| list.len() as f64));
            numbers.extend(list.into_iter().flatten());
        }
        numbers
    }
}

fn sequence(random: &mut Random, arguments: Arguments) -> Vec<Step> {
    let (mut now, mut epoch, mut born) = (1.7e15, 5.0, 1.6e15);
    let mut times = Vec::with_capacity(SEQUENCE);
    let steps = (0..SEQUENCE).map(|_| {
        now += match random.below(20) {
            0 => 10_000_000.0,
            1 => -1_000_000.0,
            2 => 0.0,
            3..10 => random.whole(1000),
            _ => random.whole(400_000),
        };
        if random.below(100) == 0 {
            (epoch, born) = (random.whole(1 << 52), now - random.whole(3_000_000));
        }
        times.push(now);
        let spoiled = (random.below(50) == 0).then(|| spoiled(random, epoch));
        Step { moment: Moment { now, epoch, born }, spoiled, arguments: arguments(random, &times) }
    });
    steps.collect()
}

/// Makes a state that a script did not write, some of which look like one.
fn spoiled(random: &mut Random, epoch: f64) -> Vec<f64> {
    let length = random.below(40);
    let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, -0.0, 1e300, 1.0, 2.5, 3.0, epoch];
    let mut state: Vec<_> = (0..length)
        .map(|_| match random.below(3) {
            0 => random.pick(&odd),
            1 => random.whole(10),
            _ => 1.7e15 + random.whole(10_000_000),
        })
        .collect();
    let usual = [1.0, random.whole(1000), 1.7e15, epoch, 3.0, 1000.0, random.whole(9)];
    let other = [1.0, 1.7e15, epoch, random.whole(4), 1.7e15, 1.7e15, random.whole(9)];
    let usual = match random.below(4) {
        0 => return state,
        1 => other,
        _ => usual,
    };
    for (number, usual) in state.iter_mut().zip(usual) {
        *number = usual;
    }
    if random.below(2) == 0 {
        // As many whole numbers as instances need.
        state.retain(|number| *number >= 0.0 && number.fract() == 0.0);
        state.truncate(10 + (state.len().saturating_sub(10)) / 7 * 7);
        if random.below(4) == 0 {
            state.iter_mut().rev().take(1).for_each(|last| *last += 0.5);
        }
    }
    state
}

#[test]
fn scripts_are_the_same_in_lua_and_in_rust() {
    let steps = std::env::var("SEAWALL_STEPS").ok().and_then(|steps| steps.parse().ok());
    let sequences = steps.unwrap_or(50_000_usize).div_ceil(SEQUENCE);
    let server = Redis::start();
    for (script, arguments) in SCRIPTS {
        let client = redis::Client::open(server.url()).expect("a URL");
        let mut connection = client.get_connection().expect("a server");
        let _: () = connection.flushall().expect("a server");
        let text = format!("{}\n{CODEC}{STEPS}", script.lua);
        let mut pair = Pair { script, connection, text };
        for seed in 0..sequences {
            let mut random = Random::new(seed as u64);
            let mut steps = sequence(&mut random, *arguments);
            if let Some((last, _)) = pair.compare(&steps) {
                steps.truncate(last + 1);
                panic!("`{}`, seed {seed}: {}", script.name, pair.shrink(steps));
            }
        }
    }
}
