use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use seawall_core::pool::{Lent, Pool as Spi, Terms};
use seawall_core::{BoxFuture, Deadline, Error, Exit, Tick, Verdict};
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError, Step};
use seawall_testkit::scenario::{Borrowers, Run};

use super::bench::Bench;
use super::command::{self, Command, End};
use super::expect;
use crate::Pool;

pub(crate) type Borrowed<'b> = Lent<'b, Pool<Dummy>>;

/// A pool, while the steps of a row are executed.
pub(crate) struct Play<'b> {
    pub(crate) bench: &'b Bench,
    pub(crate) borrowers: Borrowers<'b, Borrowed<'b>>,
    work: BoxFuture<'static, ()>,
    /// When this step began.
    pub(crate) since: Tick,
}

/// More than any row tries to connect.
const OFTEN: usize = 100;

impl Run for Play<'_> {
    fn begin(&mut self) {
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
        expect::is(word, self)
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
        Self {
            bench,
            borrowers: Borrowers::new("lent"),
            work: Box::pin(bench.pool.maintain()),
            since: bench.time.now(),
        }
    }

    fn act(&mut self, command: Command<'_>) -> Result<(), String> {
        let Bench { time, dummy, pool, .. } = self.bench;
        match command {
            Command::Work => drop(poll(&mut self.work)),
            Command::Take { borrower, waits } => {
                self.borrowers.is_new(borrower)?;
                let lend = pool.lend();
                let lend = if waits { lend } else { lend.without_waiting() };
                let answer = time.block_on(lend.checkout());
                self.borrowers.answer(borrower, answer);
            }
            Command::Wait(borrower) => self.borrowers.wait(borrower, pool.checkout())?,
            Command::Give(borrower) => drop(self.borrowers.take(borrower)?),
            Command::Lose(borrower) => {
                dummy.then(Act::IsBroken, Step::Fail("broken pipe"));
                drop(self.borrowers.take(borrower)?);
            }
            Command::Leave(borrower) => self.borrowers.leave(borrower)?,
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

    fn transaction(&mut self, end: End) {
        let (Bench { time, pool, .. }, answers) = (self.bench, &mut self.borrowers.answers);
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
                Poll::Pending => return answers.add("cut"),
                Poll::Ready(used) => Ok(used),
            },
            _ => catch_unwind(AssertUnwindSafe(|| time.block_on(used))),
        };
        match used {
            Ok(Ok(())) => answers.add("lent"),
            Ok(Err(Error::Refused(refusal))) => answers.refuse(refusal),
            Ok(Err(Error::Failed(_))) => answers.add("failed"),
            Ok(Err(Error::TimedOut(_))) => answers.add("cut"),
            Err(_) => answers.add("panicked"),
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
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
