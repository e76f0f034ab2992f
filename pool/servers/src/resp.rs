use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

/// Sends `command` to the Redis server at `port`, after a login if there is a password, and returns the
/// answer: text, or the elements of a list, a line each.
///
/// # Panics
/// If the server cannot be reached, or answers with an error.
pub(crate) fn ask(port: u16, login: &[&str], command: &[&str]) -> String {
    try_ask(port, login, command).unwrap_or_else(|why| panic!("{command:?} at port {port}: {why}"))
}

/// Does the same.
///
/// # Errors
/// Why there is no answer, or the server's error.
pub(crate) fn try_ask(port: u16, login: &[&str], command: &[&str]) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let mut stream = BufReader::new(stream);
    if !login.is_empty() {
        let login: Vec<_> = std::iter::once("AUTH").chain(login.iter().copied()).collect();
        send(&mut stream, &login).map_err(failed)?;
        receive(&mut stream)?;
    }
    send(&mut stream, command).map_err(failed)?;
    receive(&mut stream)
}

fn send(stream: &mut BufReader<TcpStream>, command: &[&str]) -> std::io::Result<()> {
    let parts = command.iter().map(|part| format!("${}\r\n{part}\r\n", part.len()));
    let text = format!("*{}\r\n{}", command.len(), parts.collect::<String>());
    stream.get_mut().write_all(text.as_bytes())
}

fn receive(stream: &mut BufReader<TcpStream>) -> Result<String, String> {
    let mut line = String::new();
    stream.read_line(&mut line).map_err(|error| error.to_string())?;
    let line = line.trim_end();
    let Some((kind, rest)) = line.split_at_checked(1) else { return Err("it hung up".to_owned()) };
    let length = rest.parse::<usize>().ok();
    match (kind, length) {
        ("-", _) => Err(rest.to_owned()),
        ("$", Some(length)) => {
            let mut bytes = vec![0; length + 2];
            stream.read_exact(&mut bytes).map_err(|error| error.to_string())?;
            Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
        }
        ("*", Some(length)) => {
            let parts: Result<Vec<_>, _> = (0..length).map(|_| receive(stream)).collect();
            Ok(parts?.join("\n"))
        }
        _ => Ok(rest.to_owned()),
    }
}
