use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};

use crate::template;

/// Below the ports that systems give to outgoing connections, so that one that is free stays free
/// while a server is restarted.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port of this machine that nobody else takes, until this is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) number: u16,
    /// Kept locked, so that tests in other processes choose another.
    _lock: File,
}

impl Port {
    /// One that is free.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn free() -> Self {
        let start = u16::try_from(std::process::id() % u32::from(COUNT)).expect("a small number");
        let numbers = (0..COUNT).map(|step| FIRST + (start + step) % COUNT);
        numbers.filter_map(Self::take).next().expect("no port from 20000 to 29999 is free")
    }

    fn take(number: u16) -> Option<Self> {
        let lock = template::lock_file(&format!("port-{number}"));
        lock.try_lock().ok()?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok();
        free.then_some(Self { number, _lock: lock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_while_it_is_held() {
        let (one, other) = (Port::free(), Port::free());
        assert_ne!(one.number, other.number);
        let number = one.number;
        assert!(Port::take(number).is_none(), "nobody listens, but it is held");
        drop(one);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).expect("it was given back");
        assert!(Port::take(number).is_none(), "somebody listens");
        drop(listener);
    }
}
