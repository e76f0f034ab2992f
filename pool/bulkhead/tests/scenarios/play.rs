use std::convert::Infallible;

use seawall_bulkhead::{Bulkhead, Error};
use seawall_core::{Permit, Tick};
use seawall_testkit::scenario::{Borrowers, Run};

use crate::bench::{Bench, ROW};
use crate::command::{self, Command};
use crate::expect;

/// Bulkheads, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    pub(crate) borrowers: Borrowers<'b, Permit<'b, Bulkhead>>,
    /// Number of calls of this step that ran.
    pub(crate) ran: u32,
    /// When this step began.
    pub(crate) since: Tick,
}

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.ran = 0;
        self.since = self.bench.time.now();
        self.borrowers.begin();
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        for command in command.split('&') {
            self.act(command::read(command)?)?;
        }
        self.borrowers.poll();
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        self.borrowers.answers.all_are(word)
    }

    fn value(&self, key: &str) -> Result<String, String> {
        expect::value(key, self)
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        self.borrowers.answers.refusals_are_in(words)
    }
}

impl<'b> Play<'b> {
    pub(crate) fn new(bench: &'b Bench) -> Self {
        Self { bench, borrowers: Borrowers::new("permit"), ran: 0, since: bench.time.now() }
    }

    fn act(&mut self, command: Command<'_>) -> Result<(), String> {
        let bench = self.bench;
        match command {
            Command::Call => {
                let call = bench.bulkhead(ROW)?.execute(async || Ok::<(), Infallible>(()));
                match bench.time.block_on(call) {
                    Ok(()) => {
                        self.ran += 1;
                        self.borrowers.answers.add("permit");
                    }
                    Err(Error::Refused(refusal)) => self.borrowers.answers.refuse(refusal),
                    Err(error) => return Err(error.to_string()),
                }
            }
            Command::Acquire { call, bulkhead } => {
                self.borrowers.is_new(call)?;
                let acquire = bench.bulkhead(bulkhead)?.protect().acquire();
                let answer = bench.time.block_on(acquire);
                self.borrowers.answer(call, answer);
            }
            Command::Wait { call } => {
                self.borrowers.wait(call, bench.bulkhead(ROW)?.protect().acquire())?;
            }
            Command::Done(call) => self.borrowers.take(call)?.success(),
            Command::Drop(call) if self.borrowers.waits(call) => self.borrowers.leave(call)?,
            Command::Drop(call) => drop(self.borrowers.take(call)?),
            Command::Pass(time) => bench.time.advance(time),
            Command::Max(max) => bench.change(|options| options.max_concurrent(max))?,
            Command::MaxWait(wait) => bench.change(|options| options.max_wait(wait))?,
            Command::Read => {}
        }
        Ok(())
    }
}
