use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use redis::Cmd;
use seawall_store::{Script, StoreKey};

const CODEC: &str = include_str!("codec.lua");
const RUN: &str = include_str!("run.lua");

/// The text of a script as the server runs it, with its hash.
pub(crate) struct Code {
    text: String,
    hash: String,
}

/// The text of each script, by its address.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<usize, Arc<Code>>>);

impl Codes {
    pub(crate) fn get(&self, script: &'static Script) -> Arc<Code> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let code = codes.entry(std::ptr::from_ref(script).addr());
        Arc::clone(code.or_insert_with(|| Arc::new(Code::new(script))))
    }
}

impl Code {
    fn new(script: &Script) -> Self {
        let text = format!("{}\n{CODEC}{RUN}", script.lua);
        let hash = redis::Script::new(&text).get_hash().to_owned();
        Self { text, hash }
    }

    /// Returns the command that runs the script if the server has it.
    pub(crate) fn by_hash(&self, key: &StoreKey, arguments: &[f64], seen: &[f64]) -> Cmd {
        command("EVALSHA", &self.hash, key, arguments, seen)
    }

    /// Returns the command that brings the script to the server and runs it.
    pub(crate) fn by_text(&self, key: &StoreKey, arguments: &[f64], seen: &[f64]) -> Cmd {
        command("EVAL", &self.text, key, arguments, seen)
    }
}

fn command(name: &str, script: &str, key: &StoreKey, arguments: &[f64], seen: &[f64]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(1).arg(key.as_str()).arg(encode(arguments)).arg(encode(seen));
    command
}

fn encode(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The answer of a script: the server's time and, if the server was promoted while it ran, its epoch.
pub(crate) struct Answer {
    pub(crate) now: f64,
    pub(crate) promoted: Option<f64>,
    pub(crate) reply: Vec<f64>,
}

impl Answer {
    /// Reads the bytes that a server sent; `None` if they cannot be an answer.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks();
        let mut numbers = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes));
        let (now, epoch) = (numbers.next()?, numbers.next()?);
        if !now.is_finite() || !epoch.is_finite() {
            return None;
        }
        let promoted = (epoch > 0.0).then_some(epoch);
        rest.is_empty().then(|| Self { now, promoted, reply: numbers.collect() })
    }
}
