use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

/// What a server does that is none, each time that it is asked something.
pub(crate) enum Answer {
    /// Says this, and hangs up.
    Say(Vec<u8>),
    HangUp,
}

/// The port of a server that lets one client in and asks nothing but what is in `answers`.
pub(crate) fn server_that(answers: Vec<Answer>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for answer in answers {
            let (mut client, _) = listener.accept().expect("a client");
            let question = client.read(&mut [0; 4096]);
            assert!(question.expect("it asks") > 0);
            match answer {
                Answer::Say(words) => client.write_all(&words).expect("it listens"),
                Answer::HangUp => {}
            }
        }
    });
    port
}

/// Ports at which there is no server of any kind that is looked for.
pub(crate) struct Strangers {
    /// Nobody listens there.
    pub(crate) nobody: u16,
    /// It hangs up.
    pub(crate) mute: u16,
    /// It speaks HTTP.
    pub(crate) other: u16,
}

impl Strangers {
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let nobody = listener.local_addr().expect("it listens").port();
        drop(listener);
        let mute = server_that(vec![Answer::HangUp]);
        let other = server_that(vec![Answer::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())]);
        Self { nobody, mute, other }
    }
}
