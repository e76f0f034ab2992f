use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a manager is to do when it is asked, and what it was asked.
#[derive(Clone)]
pub(super) struct Script(Arc<Mutex<Pages>>);

struct Pages {
    asked: Vec<String>,
    next: HashMap<&'static str, Does>,
    made: u32,
    go_on: Sender<()>,
    may_go_on: Arc<Mutex<Receiver<()>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Fail,
    Panic,
    /// Does not end until it may go on.
    Hang,
    /// Says no, without an error: a connection is broken, or would not be recycled.
    SayNo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble(pub(super) String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trouble with {}", self.0)
    }
}

impl std::error::Error for Trouble {}

/// A connection, by number.
#[derive(Debug)]
pub(super) struct Scripted(pub(super) u32);

impl Script {
    pub(super) fn new() -> Self {
        let (go_on, may_go_on) = channel();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let (asked, next) = (Vec::new(), HashMap::new());
        Self(Arc::new(Mutex::new(Pages { asked, next, made: 0, go_on, may_go_on })))
    }

    /// What it does when it is next asked for `what`.
    pub(super) fn next(&self, what: &'static str, does: Does) {
        self.pages().next.insert(what, does);
    }

    /// Who hangs may go on.
    pub(super) fn go_on(&self) {
        self.pages().go_on.send(()).expect("it may hang still");
    }

    /// What it was asked since this was last asked.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.pages().asked)
    }

    /// It is asked for `what`, of a connection with this number. True if all is well, false if it is
    /// to say no.
    pub(super) fn is_asked(&self, what: &'static str, of: u32) -> Result<bool, Trouble> {
        let does = {
            let mut pages = self.pages();
            pages.asked.push(format!("{what} {of}"));
            pages.next.remove(what)
        };
        match does {
            None => Ok(true),
            Some(Does::SayNo) => Ok(false),
            Some(Does::Fail) => Err(Trouble(what.to_owned())),
            Some(Does::Panic) => panic!("{what} panics"),
            Some(Does::Hang) => {
                let may_go_on = Arc::clone(&self.pages().may_go_on);
                let gone_on = may_go_on.lock().expect("no panic under it").recv();
                gone_on.expect("the test goes on");
                Ok(true)
            }
        }
    }

    /// The same for those who may not block.
    pub(super) async fn is_asked_async(
        &self,
        what: &'static str,
        of: u32,
    ) -> Result<bool, Trouble> {
        let hangs = self.pages().next.get(what) == Some(&Does::Hang);
        if hangs {
            self.pages().next.remove(what);
            std::future::pending::<()>().await;
        }
        self.is_asked(what, of)
    }

    /// The number of another connection.
    pub(super) fn number(&self) -> u32 {
        let mut pages = self.pages();
        pages.made += 1;
        pages.made
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("no panic under it")
    }
}
