use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Calls that wait while other commands are executed, by name, in the order of their arrival.
pub struct Waiters<'a, T>(Vec<(String, Waiter<'a, T>)>);

type Waiter<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

impl<T> Default for Waiters<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> fmt::Debug for Waiters<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl<'a, T> Waiters<'a, T> {
    /// Adds a call.
    ///
    /// # Errors
    /// If a call of this name waits.
    pub fn add(&mut self, name: &str, call: impl Future<Output = T> + 'a) -> Result<(), String> {
        if self.contains(name) {
            return Err(format!("`{name}` waits already"));
        }
        self.0.push((name.to_owned(), Box::pin(call)));
        Ok(())
    }

    /// Drops the call.
    ///
    /// # Errors
    /// If no call of this name waits.
    pub fn cancel(&mut self, name: &str) -> Result<(), String> {
        let at = self.0.iter().position(|(waits, _)| waits == name);
        let at = at.ok_or_else(|| format!("`{name}` does not wait"))?;
        drop(self.0.remove(at));
        Ok(())
    }

    /// Returns true if a call of this name waits.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(waits, _)| waits == name)
    }

    /// Returns the number of calls that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if no call waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Polls each call once, the last first: serving them in order is up to what they wait for.
    /// Returns the output of those that are ready.
    pub fn poll(&mut self) -> Vec<(String, T)> {
        let (mut waits, mut ready) = (Vec::new(), Vec::new());
        for (name, mut call) in self.0.drain(..).rev() {
            match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(output) => ready.push((name, output)),
                Poll::Pending => waits.push((name, call)),
            }
        }
        waits.reverse();
        self.0 = waits;
        ready
    }
}
