use std::collections::BTreeMap;
use std::convert::Infallible;
use std::task::{Context, Poll, Waker};

use seawall_bulkhead::{Bulkhead, Error};
use seawall_core::{Permit, Refusal, Tick};
use seawall_testkit::scenario::Run;

use crate::bench::{Bench, ROW};
use crate::command::{self, Command};
use crate::expect;

type Answer<'b> = Result<Permit<'b, Bulkhead>, Refusal>;
type Wait<'b> = std::pin::Pin<Box<dyn Future<Output = Answer<'b>> + 'b>>;

/// Bulkheads, while steps are done to them.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    permits: BTreeMap<String, Permit<'b, Bulkhead>>,
    /// Who waits, in the order in which they came.
    waits: Vec<(String, Wait<'b>)>,
    /// What calls of this step were told: why not, or nothing if they were let in.
    pub(crate) told: Vec<Option<Refusal>>,
    /// Who was let in in this step.
    pub(crate) came_in: Vec<String>,
    /// How many calls of this step ran.
    pub(crate) ran: u32,
    /// When this step began.
    pub(crate) since: Tick,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.told.clear();
        self.came_in.clear();
        self.ran = 0;
        self.since = self.bench.time.now();
        self.look();
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        for command in command.split('&') {
            self.act(command::read(command)?)?;
        }
        self.look();
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        expect::is(word, self)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        match self.told.iter().flatten().next() {
            Some(refusal) if words.is_empty() => Err(format!("a call was refused: {refusal}")),
            _ => Ok(()),
        }
    }
}

impl<'b> Play<'b> {
    pub(crate) fn new(bench: &'b Bench) -> Self {
        Self {
            bench,
            permits: BTreeMap::new(),
            waits: Vec::new(),
            told: Vec::new(),
            came_in: Vec::new(),
            ran: 0,
            since: bench.time.now(),
        }
    }

    fn act(&mut self, command: Command<'_>) -> Result<(), String> {
        let bench = self.bench;
        match command {
            Command::Call => {
                let call = bench.bulkhead(ROW)?.execute(async || Ok::<(), Infallible>(()));
                match bench.time.block_on(call) {
                    Ok(()) => {
                        self.ran += 1;
                        self.told.push(None);
                    }
                    Err(Error::Refused(refusal)) => self.told.push(Some(refusal)),
                    Err(error) => return Err(error.to_string()),
                }
            }
            Command::Acquire { call, bulkhead } => {
                self.is_new(call)?;
                let acquire = bench.bulkhead(bulkhead)?.protect().acquire();
                let answer = bench.time.block_on(acquire);
                self.answered(call.to_owned(), answer);
            }
            Command::Wait { call } => {
                self.is_new(call)?;
                let acquire = bench.bulkhead(ROW)?.protect().acquire();
                self.waits.push((call.to_owned(), Box::pin(acquire)));
            }
            Command::Done(call) => self.permit(call)?.success(),
            Command::Drop(call) => match self.waits.iter().position(|(name, _)| name == call) {
                Some(at) => drop(self.waits.remove(at)),
                None => drop(self.permit(call)?),
            },
            Command::Pass(time) => bench.time.advance(time),
            Command::Read => {}
        }
        Ok(())
    }

    /// All who wait look whether it is their turn: who came last does so first, so that the order in
    /// which they are let in is the bulkhead's.
    fn look(&mut self) {
        let mut still = Vec::new();
        for (name, mut wait) in std::mem::take(&mut self.waits).into_iter().rev() {
            match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => self.answered(name, answer),
                Poll::Pending => still.push((name, wait)),
            }
        }
        still.reverse();
        self.waits = still;
    }

    fn answered(&mut self, name: String, answer: Answer<'b>) {
        match answer {
            Ok(permit) => {
                self.told.push(None);
                self.came_in.push(name.clone());
                self.permits.insert(name, permit);
            }
            Err(refusal) => self.told.push(Some(refusal)),
        }
    }

    fn is_new(&self, name: &str) -> Result<(), String> {
        if self.permits.contains_key(name) || self.waits.iter().any(|(waits, _)| waits == name) {
            return Err(format!("`{name}` is there already"));
        }
        Ok(())
    }

    fn permit(&mut self, name: &str) -> Result<Permit<'b, Bulkhead>, String> {
        self.permits.remove(name).ok_or_else(|| format!("`{name}` has no place"))
    }
}
