//! The servers are real: they answer, stop, go on, die and come back on the same port.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::panic;
use std::process::Command;
use std::time::Duration;

use seawall_core::Clock;
use seawall_test_servers::{Postgres, Redis};

const SOON: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(30);

/// Asks PostgreSQL whether it would encrypt, to which any server says a letter.
const ENCRYPT: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What the server at `port` answers to `question`, in one letter.
fn ask(port: u16, question: &[u8], patience: Duration) -> Result<char, ErrorKind> {
    let mut stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.kind())?;
    stream.set_read_timeout(Some(patience)).expect("it is not zero");
    let mut letter = [0];
    let answered = stream.write_all(question).and_then(|()| stream.read_exact(&mut letter));
    answered.map(|()| char::from(letter[0])).map_err(|error| error.kind())
}

#[test]
fn postgres_answers_stops_goes_on_dies_and_comes_back() {
    let mut server = Postgres::start();
    let port = server.port();
    assert!(server.url().ends_with(&format!("@127.0.0.1:{port}/postgres")), "{}", server.url());
    assert_eq!(ask(port, &ENCRYPT, LONG), Ok('N'));
    server.stop_signal();
    assert_eq!(ask(port, &ENCRYPT, SOON), Err(ErrorKind::WouldBlock));
    server.resume();
    assert_eq!(ask(port, &ENCRYPT, LONG), Ok('N'));
    server.kill();
    assert_eq!(ask(port, &ENCRYPT, LONG), Err(ErrorKind::ConnectionRefused));
    server.restart();
    assert_eq!(ask(port, &ENCRYPT, LONG), Ok('N'));
}

#[test]
fn redis_answers_stops_goes_on_dies_and_comes_back() {
    let mut server = Redis::options().with_password().start();
    let port = server.port();
    assert!(server.url().contains("@127.0.0.1"), "{}", server.url());
    assert_eq!(ask(port, b"PING\r\n", LONG), Ok('-'), "it wants the password");
    server.stop_signal();
    assert_eq!(ask(port, b"PING\r\n", SOON), Err(ErrorKind::WouldBlock));
    server.resume();
    assert_eq!(ask(port, b"PING\r\n", LONG), Ok('-'));
    server.kill();
    assert_eq!(ask(port, b"PING\r\n", LONG), Err(ErrorKind::ConnectionRefused));
    server.restart();
    assert_eq!(ask(port, b"PING\r\n", LONG), Ok('-'));
}

#[test]
fn a_test_that_panics_leaves_no_server_behind_even_a_stopped_one() {
    let server = Redis::start();
    let port = server.port();
    assert_eq!(ask(port, b"PING\r\n", LONG), Ok('+'));
    let panicked = panic::catch_unwind(move || {
        server.stop_signal();
        panic!("{server:?} is dropped");
    });
    panicked.expect_err("it panics");
    assert_eq!(ask(port, b"PING\r\n", LONG), Err(ErrorKind::ConnectionRefused));
}

/// Set for the process that is about to die.
const CHILD: &str = "SEAWALL_SERVERS_CHILD";

#[test]
fn a_test_process_that_dies_leaves_no_server_behind() {
    if std::env::var_os(CHILD).is_some() {
        let server = Redis::start();
        println!("port {}", server.port());
        std::process::abort();
    }
    let test = std::env::current_exe().expect("a test is a program");
    let name = "a_test_process_that_dies_leaves_no_server_behind";
    let child = Command::new(test).args([name, "--exact", "--nocapture"]).env(CHILD, "").output();
    let said = child.expect("it runs").stdout;
    let said = String::from_utf8_lossy(&said);
    let port = said.lines().find_map(|line| line.strip_prefix("port ")).expect("its port");
    let port = port.parse().expect("a number");
    // Whoever kills it has a moment to do so.
    let clock = Clock::system();
    let end = clock.now() + LONG;
    while ask(port, b"PING\r\n", LONG) != Err(ErrorKind::ConnectionRefused) {
        assert!(clock.now() < end, "it is still there");
        std::thread::yield_now();
    }
}
