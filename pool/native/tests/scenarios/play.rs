use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use seawall_core::pool::{Lent, Pool as Spi, Terms};
use seawall_core::{BoxFuture, Deadline, Error, Exit, Refusal, Tick, Verdict};
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};
use seawall_testkit::scenario::{Answers, Run, Waiters};

use super::bench::Bench;
use super::command::{self, Command, End};
use super::expect;
use crate::Pool;

pub(crate) type Borrowed<'b> = Lent<'b, Pool<Dummy>>;
type Answer<'b> = Result<Borrowed<'b>, Refusal>;

/// A pool, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    lent: BTreeMap<String, Borrowed<'b>>,
    waiters: Waiters<'b, Answer<'b>>,
    work: BoxFuture<'static, ()>,
    /// How the checkouts and transactions of this step ended.
    pub(crate) answers: Answers,
    /// When this step began.
    pub(crate) since: Tick,
}

/// More than any row tries to connect.
const OFTEN: usize = 100;

impl Run for Play<'_> {
    fn begin(&mut self) {
        self.answers.clear();
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
        expect::is(word, self)
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
            lent: BTreeMap::new(),
            waiters: Waiters::default(),
            work: Box::pin(bench.pool.maintain()),
            answers: Answers::default(),
            since: bench.time.now(),
        }
    }

    /// Returns the connection of `borrower`.
    ///
    /// # Errors
    /// If it has none.
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
                self.waiters.add(borrower, pool.checkout())?;
            }
            Command::Give(borrower) => drop(self.take_from(borrower)?),
            Command::Lose(borrower) => {
                dummy.then(Act::IsBroken, Step::Fail("broken pipe"));
                drop(self.take_from(borrower)?);
            }
            Command::Leave(borrower) => self.waiters.cancel(borrower)?,
            Command::Transaction(end) => self.transaction(end),
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

    /// Lets the calls go on that wait.
    fn poll(&mut self) {
        for (name, answer) in self.waiters.poll() {
            self.answered(name, answer);
        }
    }

    fn answered(&mut self, name: String, answer: Answer<'b>) {
        match answer {
            Ok(lent) => {
                self.lent.insert(name, lent);
                self.answers.add("lent");
            }
            Err(refusal) => self.answers.refuse(refusal),
        }
    }

    fn transaction(&mut self, end: End) {
        let Bench { time, pool, .. } = self.bench;
        let used = pool.lend().with(async |connection: &mut Connection| match end {
            End::Success => connection.request(0).await.map(drop),
            End::Failure => Err(DummyError("syntax error")),
            // A panic as any other, but for the message on the terminal.
            End::Panic => resume_unwind(Box::new("the body panics")),
            End::Cut => connection.request(1).await.map(drop),
        });
        let mut used = Box::pin(used);
        let used = match end {
            End::Cut => match poll(&mut used) {
                Poll::Pending => return self.answers.add("cut"),
                Poll::Ready(used) => Ok(used),
            },
            _ => catch_unwind(AssertUnwindSafe(|| time.block_on(used))),
        };
        match used {
            Ok(Ok(())) => self.answers.add("lent"),
            Ok(Err(Error::Refused(refusal))) => self.answers.refuse(refusal),
            Ok(Err(Error::Failed(_))) => self.answers.add("failed"),
            Ok(Err(Error::TimedOut(_))) => self.answers.add("cut"),
            Err(_) => self.answers.add("panicked"),
        }
    }

    /// Checks in a connection of the other pool.
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
        if self.lent.contains_key(borrower) || self.waiters.contains(borrower) {
            return Err(format!("`{borrower}` is there already"));
        }
        Ok(())
    }

    fn take_from(&mut self, borrower: &str) -> Result<Borrowed<'b>, String> {
        self.lent.remove(borrower).ok_or_else(|| format!("`{borrower}` has none"))
    }
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
