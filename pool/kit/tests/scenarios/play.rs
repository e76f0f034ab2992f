use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use seawall_core::pool::{Lent, Pool as Spi, Terms};
use seawall_core::{BoxFuture, Deadline, Error, Exit, Refusal, Tick, Verdict};
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};
use seawall_testkit::scenario::Run;

use super::bench::Bench;
use super::command::{self, Command, End};
use super::expect;
use crate::Pool;

pub(crate) type Borrowed<'b> = Lent<'b, Pool<Dummy>>;
type Answer<'b> = Result<Borrowed<'b>, Refusal>;
type Wait<'b> = Pin<Box<dyn Future<Output = Answer<'b>> + 'b>>;

/// What became of a checkout or a transaction.
#[derive(Debug)]
pub(crate) enum Told {
    Lent,
    Failed,
    Panicked,
    Cut,
    Refused(Refusal),
}

/// A pool, while steps are done to it.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    lent: BTreeMap<String, Borrowed<'b>>,
    /// Who waits, in the order in which they came.
    waits: Vec<(String, Wait<'b>)>,
    work: BoxFuture<'static, ()>,
    /// What became of the checkouts and transactions of this step.
    pub(crate) told: Vec<Told>,
    /// When this step began.
    pub(crate) since: Tick,
}

/// More often than any row tries to connect.
const OFTEN: usize = 100;

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.told.clear();
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
        match self.refusals().next() {
            Some(refusal) if !words.iter().any(|word| word.starts_with("refused(")) => {
                Err(format!("it was refused: {refusal}"))
            }
            _ => Ok(()),
        }
    }
}

impl<'b> Play<'b> {
    pub(crate) fn new(bench: &'b Bench) -> Self {
        Self {
            bench,
            lent: BTreeMap::new(),
            waits: Vec::new(),
            work: Box::pin(bench.pool.maintain()),
            told: Vec::new(),
            since: bench.time.now(),
        }
    }

    /// The refusals of this step.
    pub(crate) fn refusals(&self) -> impl DoubleEndedIterator<Item = &Refusal> {
        self.told.iter().filter_map(|told| match told {
            Told::Refused(refusal) => Some(refusal),
            _ => None,
        })
    }

    /// What `borrower` has.
    ///
    /// # Errors
    /// If that is nothing.
    pub(crate) fn lent(&self, borrower: &str) -> Result<&Borrowed<'b>, String> {
        self.lent.get(borrower).ok_or_else(|| format!("`{borrower}` has none"))
    }

    fn act(&mut self, command: Command<'_>) -> Result<(), String> {
        let Bench { time, dummy, pool, .. } = self.bench;
        match command {
            Command::Work => drop(poll(&mut self.work)),
            Command::Take { borrower, waits } => {
                self.is_new(borrower)?;
                let lend = pool.lend();
                let lend = if waits { lend } else { lend.without_waiting() };
                let answer = time.block_on(lend.checkout());
                self.answered(borrower.to_owned(), answer);
            }
            Command::Wait(borrower) => {
                self.is_new(borrower)?;
                self.waits.push((borrower.to_owned(), Box::pin(pool.checkout())));
            }
            Command::Give(borrower) => drop(self.take_from(borrower)?),
            Command::Lose(borrower) => {
                dummy.then(Act::IsBroken, Step::Fail("broken pipe"));
                drop(self.take_from(borrower)?);
            }
            Command::Leave(borrower) => {
                let at = self.waits.iter().position(|(name, _)| name == borrower);
                let at = at.ok_or_else(|| format!("`{borrower}` does not wait"))?;
                drop(self.waits.remove(at));
            }
            Command::Transaction(end) => {
                let told = self.transaction(end);
                self.told.push(told);
            }
            Command::Mistake => self.mistake()?,
            Command::Down => (0..OFTEN).for_each(|_| {
                dummy.then(Act::Create, Step::Fail("connection refused"));
            }),
            Command::Up => dummy.forget(),
            Command::Pass(length) => time.advance(length),
            Command::Read => {}
        }
        Ok(())
    }

    /// All who wait look whether it is their turn: who came last does so first, so that the order in
    /// which they are served is the pool's.
    fn look(&mut self) {
        let mut still = Vec::new();
        for (name, mut wait) in std::mem::take(&mut self.waits).into_iter().rev() {
            match poll(&mut wait) {
                Poll::Ready(answer) => self.answered(name, answer),
                Poll::Pending => still.push((name, wait)),
            }
        }
        still.reverse();
        self.waits = still;
    }

    fn answered(&mut self, name: String, answer: Answer<'b>) {
        self.told.push(match answer {
            Ok(lent) => {
                self.lent.insert(name, lent);
                Told::Lent
            }
            Err(refusal) => Told::Refused(refusal),
        });
    }

    fn transaction(&self, end: End) -> Told {
        let Bench { time, pool, .. } = self.bench;
        let used = pool.lend().transaction(async |connection: &mut Connection| match end {
            End::Success => connection.request(0).await.map(drop),
            End::Failure => Err(DummyError("syntax error")),
            // A panic as any other, but for the message on the terminal.
            End::Panic => resume_unwind(Box::new("the body panics")),
            End::Cut => connection.request(1).await.map(drop),
        });
        let mut used = Box::pin(used);
        if let End::Cut = end {
            return match poll(&mut used) {
                Poll::Pending => Told::Cut,
                Poll::Ready(used) => told(used),
            };
        }
        catch_unwind(AssertUnwindSafe(|| time.block_on(used))).map_or(Told::Panicked, told)
    }

    /// Checks in here what the other pool has lent.
    fn mistake(&self) -> Result<(), String> {
        let Bench { time, pool, other, .. } = self.bench;
        let clock = time.clock();
        let terms = Terms::by(Deadline::new(&clock, time.now()));
        let item = time.block_on(Spi::checkout(other, terms));
        let item = item.map_err(|refusal| refusal.to_string())?;
        Spi::checkin(pool, item, &Exit::at(time.now(), Verdict::Success));
        Ok(())
    }

    fn is_new(&self, borrower: &str) -> Result<(), String> {
        if self.lent.contains_key(borrower) || self.waits.iter().any(|(name, _)| name == borrower) {
            return Err(format!("`{borrower}` is there already"));
        }
        Ok(())
    }

    fn take_from(&mut self, borrower: &str) -> Result<Borrowed<'b>, String> {
        self.lent.remove(borrower).ok_or_else(|| format!("`{borrower}` has none"))
    }
}

fn told(used: Result<(), Error<DummyError>>) -> Told {
    match used {
        Ok(()) => Told::Lent,
        Err(Error::Refused(refusal)) => Told::Refused(refusal),
        Err(Error::Failed(_)) => Told::Failed,
        Err(Error::TimedOut(_)) => Told::Cut,
    }
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
