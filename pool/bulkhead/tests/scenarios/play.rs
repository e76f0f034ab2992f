use std::collections::BTreeMap;
use std::convert::Infallible;

use seawall_bulkhead::{Bulkhead, Error};
use seawall_core::{Permit, Refusal, Tick};
use seawall_testkit::scenario::{Answers, Run, Waiters};

use crate::bench::{Bench, ROW};
use crate::command::{self, Command};
use crate::expect;

type Answer<'b> = Result<Permit<'b, Bulkhead>, Refusal>;

/// Bulkheads, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    permits: BTreeMap<String, Permit<'b, Bulkhead>>,
    waiters: Waiters<'b, Answer<'b>>,
    pub(crate) answers: Answers,
    /// The calls that were admitted in this step.
    pub(crate) came_in: Vec<String>,
    /// Number of calls of this step that ran.
    pub(crate) ran: u32,
    /// When this step began.
    pub(crate) since: Tick,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.answers.clear();
        self.came_in.clear();
        self.ran = 0;
        self.since = self.bench.time.now();
        self.poll();
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        for command in command.split('&') {
            self.act(command::read(command)?)?;
        }
        self.poll();
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        self.answers.all_are(word)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        self.answers.refusals_are_in(words)
    }
}

impl<'b> Play<'b> {
    pub(crate) fn new(bench: &'b Bench) -> Self {
        Self {
            bench,
            permits: BTreeMap::new(),
            waiters: Waiters::default(),
            answers: Answers::default(),
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
                        self.answers.add("permit");
                    }
                    Err(Error::Refused(refusal)) => self.answers.refuse(refusal),
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
                self.waiters.add(call, acquire)?;
            }
            Command::Done(call) => self.permit(call)?.success(),
            Command::Drop(call) if self.waiters.contains(call) => self.waiters.cancel(call)?,
            Command::Drop(call) => drop(self.permit(call)?),
            Command::Pass(time) => bench.time.advance(time),
            Command::Read => {}
        }
        Ok(())
    }

    /// Lets the calls go on that wait.
    fn poll(&mut self) {
        for (name, answer) in self.waiters.poll() {
            self.answered(name, answer);
        }
    }

    fn answered(&mut self, name: String, answer: Answer<'b>) {
        match answer {
            Ok(permit) => {
                self.answers.add("permit");
                self.came_in.push(name.clone());
                self.permits.insert(name, permit);
            }
            Err(refusal) => self.answers.refuse(refusal),
        }
    }

    fn is_new(&self, name: &str) -> Result<(), String> {
        if self.permits.contains_key(name) || self.waiters.contains(name) {
            return Err(format!("`{name}` is there already"));
        }
        Ok(())
    }

    fn permit(&mut self, name: &str) -> Result<Permit<'b, Bulkhead>, String> {
        self.permits.remove(name).ok_or_else(|| format!("`{name}` has no place"))
    }
}
